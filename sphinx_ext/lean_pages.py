"""What the theme puts on every page and this book does without.

A reader of a small book needs no kernel launcher (thebe asks a CDN for itself), no 1.5 MB icon
script and no tooltip library. The icons are drawn by assets/icons.css. And no script that a page
can do without at first holds up its text.
"""

import re
from pathlib import Path

from sphinx.errors import ExtensionError

HERE = Path(__file__).parent
UNUSED = ("scripts/fontawesome.js", "scripts/bootstrap.js", "sphinx-thebe")
# Loaded on every page, for a launcher, tabs and dropdowns, of which this book has none.
ABSENT = ("thebe", "design", "togglebutton", "togglehint", "toggleopen")
ABSENT_CLASSES = re.compile(r'class="(?:[^"]* )?(?:sd-[^"]*|dropdown|toggle)[ "]')

# Matplotlib's drawings, which say their size in points.
DRAWN = re.compile(r'<img(?![^>]* width=)[^>]* src="[^"]*/([^"/]*\.svg)"')
SVG_SIZE = re.compile(r'<svg [^>]*width="([\d.]+)pt" height="([\d.]+)pt"')
PIXELS_A_POINT = 96 / 72  # as CSS has them

# The theme's own line writes "" for "follow the system" and so starts every first visit in light.
# Storage may be forbidden (a file:// page, a strict browser): the page then follows the system.
CHOOSE_THEME = """<script>
    (() => {
      let mode = null;
      try { mode = localStorage.getItem("mode"); } catch {}
      if (mode !== "light" && mode !== "dark") mode = "auto";
      const dark = matchMedia("(prefers-color-scheme: dark)").matches;
      const root = document.documentElement.dataset;
      root.mode = mode;
      root.theme = mode === "auto" ? (dark ? "dark" : "light") : mode;
    })();
  </script>"""


def without_unused(html):
    """Drop the tags that load an unused file; an error if none is found."""
    names = "|".join(map(re.escape, UNUSED))
    script = rf'<script[^>]*src="[^"]*(?:{names})[^"]*"[^>]*></script>'
    preload = rf'<link[^>]*href="[^"]*(?:{names})[^"]*"[^>]*/?>'
    return _replaced(f"(?:{script}|{preload})\n?", "", html)


def lean_head(html):
    """Reduce the theme's part of the head: own colour mode, no unused script, no detour for CSS."""
    html = _replaced(r'<script data-cfasync="false">.*?</script>', CHOOSE_THEME, html)
    # theme.css only imports basic.css, which costs one more round trip before the first paint.
    html = _replaced(r"styles/theme\.css(?:\?digest=\w+)?", "basic.css", html)
    return without_unused(html)


def deferred(html):
    """Let the scripts that a head loads wait for its page; they still run in their order.

    Not the options, which lines of script further down in the head set.
    """
    waits = r"<script(?=[^>]* src=)(?![^>]* (?:async|defer)\b)(?![^>]*documentation_options)"
    return _replaced(waits, "<script defer", html)


def _replaced(pattern, new, html):
    html, count = re.subn(pattern, lambda _: new, html, flags=re.DOTALL)
    if not count:
        raise ExtensionError(f"lean_pages: the theme has changed, nothing matches {pattern}")
    return html


def accessible(body):
    """Mend what docutils and myst-nb get wrong for screen readers in a page's text."""
    # ARIA has dropped this role of a bibliography's entries.
    body = body.replace('role="doc-biblioentry"', 'role="listitem"')
    # The visible words, "Show the code", name a folded cell better than this label.
    return body.replace('<summary aria-label="Toggle hidden content">', "<summary>")


def without_launcher(body):
    """Drop the settings of the kernel launcher, which nothing reads here."""
    settings = r'<script type="text/x-thebe-config">.*?</script>'
    return re.sub(rf"{settings}|<script>kernelName = '[^']*'</script>", "", body, flags=re.DOTALL)


def sized(body, pictures):
    """Give each drawn picture its size, so that its place is kept until it is there.

    Parameters
    ----------
    body : str
        HTML of a page's text.
    pictures : dict of str to Path
        The files, by their names in the built site.
    """

    def with_size(tag):
        size = SVG_SIZE.search(pictures[tag[1]].read_text(encoding="utf-8"))
        if not size:
            raise ExtensionError(f"lean_pages: {pictures[tag[1]]} does not say its size in pt")
        width, height = (round(float(points) * PIXELS_A_POINT) for points in size.groups())
        return f'<img width="{width}" height="{height}"{tag[0].removeprefix("<img")}'

    return DRAWN.sub(with_size, body)


def trim_context(app, pagename, templatename, context, doctree):
    """Hand the functions to the templates, and remove from the page what it has no use for."""
    context["lean_head"] = lean_head
    context["without_unused"] = without_unused
    # The page that searches has more scripts in its head, which need the others at once.
    context["deferred"] = deferred if pagename != "search" else str
    body = without_launcher(accessible(context.get("body", "")))
    pictures = {name: Path(app.srcdir, path) for path, name in app.builder.images.items()}
    context["body"] = sized(body, pictures)
    if found := ABSENT_CLASSES.search(body):
        raise ExtensionError(f"lean_pages: {pagename} has {found[0]}, whose script is left out")
    # Sphinx loads MathJax also where only a page further down the table of contents has formulas.
    has_math = app.env.get_domain("math").data["has_equations"].get(pagename, False)
    unused = ABSENT if has_math else (*ABSENT, "mathjax")
    for key in ("script_files", "css_files"):
        context[key][:] = [asset for asset in context[key] if not _mentions(asset, unused)]


def _mentions(asset, names):
    body = getattr(asset, "attributes", {}).get("body") or ""
    text = f"{getattr(asset, 'filename', asset)} {body}".lower()
    return any(name in text for name in names)


def add_templates(app, config):
    """Let the templates beside this file win over the theme's."""
    config.templates_path.insert(0, str(HERE / "templates"))


def setup(app):
    """Register after the theme's own handlers, which add what is removed here."""
    app.connect("config-inited", add_templates, priority=900)
    app.connect("html-page-context", trim_context, priority=900)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
