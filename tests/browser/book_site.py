"""The built site: its pages, whether it is fresh, what each page should hold, and a server."""

import ast
import contextlib
import functools
import http.server
import json
import re
import sys
import threading

from sphinx_ext.execution_cache import PAGE_SOURCES, RESULT_SOURCES, digest
from tools.normalize_notebooks import ROOT, notebooks
from tools.serve import SiteHandler

HTML = ROOT / "_build" / "html"
REBUILD = "run `make book`"
# Pages that Sphinx writes for its own use and that no reader opens.
NOT_READ = re.compile(r"^_(static|sources|images|downloads)/")


def all_pages():
    """Addresses of all pages of the built site, relative to its root; the landing page first."""
    found = (path.relative_to(HTML).as_posix() for path in HTML.rglob("*.html"))
    kept = sorted(address for address in found if not NOT_READ.match(address))
    return sorted(kept, key=lambda address: address != "index.html") or ["index.html"]


def pages():
    """`all_pages`, but of those that show source code, which are made alike, the longest alone."""
    every = all_pages()
    code = {page: (HTML / page).stat().st_size for page in every if page.startswith("source/")}
    longest = max(code, key=code.get, default=None)
    return [page for page in every if page not in code or page == longest]


def why_unusable():
    """Why the built site can't be tested, in one sentence; None if it can."""
    if not (HTML / "index.html").is_file():
        return f"The site is not built: {REBUILD}."
    # Sphinx keeps a copy of each page's source.
    copies = HTML / "_sources"
    kept = {path.relative_to(copies) for path in copies.rglob("*") if path.is_file()}
    for source in kept | {path.relative_to(ROOT) for path in notebooks()}:
        texts = [path.read_bytes() for path in (ROOT / source, copies / source) if path.is_file()]
        if len(texts) < 2 or texts[0] != texts[1]:
            return f"The site is older than {source}: {REBUILD}."
    # The build's state names the digest of all other sources: see sphinx_ext/execution_cache.py.
    sources = digest(ROOT, RESULT_SOURCES) + digest(ROOT, PAGE_SOURCES)
    state = HTML.parent / ".doctrees" / "environment.pickle"
    if not state.is_file() or sources.encode() not in state.read_bytes():
        names = ", ".join(RESULT_SOURCES + PAGE_SOURCES)
        return f"The site is older than its sources ({names}): {REBUILD}."
    return None


def page_of(notebook):
    """Address of the page that is made of a notebook."""
    return notebook.relative_to(ROOT).with_suffix(".html").as_posix()


def widget_names():
    """{class name: its data-widget name} of every widget of the book, read from its source."""
    found = {}
    for path in (ROOT / "bnlib" / "widgets").glob("*.py"):
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            bases = [ast.unparse(base) for base in getattr(node, "bases", ())]
            if any(base.endswith("BookWidget") for base in bases):
                found[node.name] = re.sub(r"(?<!^)(?=[A-Z])", "-", node.name).lower()
    return found


def widgets_by_page():
    """{page: [data-widget name, ...]} in the order in which the notebooks call the widgets."""
    return {page_of(path): widget_calls(path.read_text(encoding="utf-8")) for path in notebooks()}


def widget_calls(notebook_text):
    """The data-widget names of the widgets that a notebook makes, one for each call."""
    names = widget_names()
    calls = []
    for cell in json.loads(notebook_text)["cells"]:
        if cell["cell_type"] == "code":
            lines = "".join(cell["source"]).splitlines()
            python = "\n".join(line for line in lines if not line.startswith(("%", "!")))
            for node in ast.walk(ast.parse(python)):
                if isinstance(node, ast.Call):
                    called = set(ast.unparse(node.func).split("."))
                    calls += [names[name] for name in names if name in called]
    return calls


class _CountingHandler(SiteHandler):
    """The site's server, taking note of what it sent."""

    def copyfile(self, source, outputfile):
        body = source.read()
        self.server.sent.append((self.path, len(body)))
        outputfile.write(body)


class _Server(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request, client_address):
        """A browser that closes a page in mid-transfer is no error."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)


@contextlib.contextmanager
def served():
    """Serve the site on a free port; yields the server with `.url` and `.sent`, (path, bytes)s."""
    server = _Server(("127.0.0.1", 0), functools.partial(_CountingHandler, directory=str(HTML)))
    server.url = f"http://127.0.0.1:{server.server_port}/"
    server.sent = []
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
