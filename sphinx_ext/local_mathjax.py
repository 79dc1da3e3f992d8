"""MathJax from the installed package, so that no page asks anyone else for it.

The package's own Sphinx hook copies all of MathJax, 24 MB; a page needs one script and its fonts.
"""

import shutil
from importlib.metadata import distribution
from pathlib import Path

PACKAGE = "sphinx-mathjax-offline"
NEEDED = ("tex-chtml.js", "output/chtml/fonts/woff-v2")


def copy_mathjax(app):
    """Copy what the pages load, before they are written: Sphinx puts a checksum in each link."""
    if app.builder.format != "html":
        return
    source = Path(distribution(PACKAGE).locate_file(f"{PACKAGE}/static/mathjax"))
    target = Path(app.outdir) / "_static" / "mathjax"
    for name in NEEDED:
        if (target / name).exists():
            continue
        (target / name).parent.mkdir(parents=True, exist_ok=True)
        if (source / name).is_dir():
            shutil.copytree(source / name, target / name)
        else:
            shutil.copyfile(source / name, target / name)


def setup(app):
    """Register the copying; `mathjax_path` in _config.yml points to the copy."""
    app.connect("builder-inited", copy_mathjax)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
