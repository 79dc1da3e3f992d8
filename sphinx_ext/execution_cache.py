"""Never show a stale page, and never run a notebook twice for nothing.

myst-nb's cache finds a notebook's results by the notebook alone, so a change in `bnlib` would
leave old numbers on the page. Here the cache's folder is named by what the numbers depend on
besides the notebook: the package, the lock file and Python's version.
"""

import hashlib
import shutil
import sys
import time
from pathlib import Path

from myst_nb.sphinx_ import NbMetadataCollector

# What the results of a cell depend on, and what a page's look depends on.
RESULT_SOURCES = ("bnlib", "requirements.lock")
PAGE_SOURCES = ("_config.yml", "_toc.yml", "references.bib", "assets", "sphinx_ext")
CACHES = ".executed"
NO_CHAPTERS = ("_static", "source")  # folders of the site that are made anew or never change


def files_under(path):
    """Every file at or below `path` that a person wrote, sorted."""
    found = [path] if path.is_file() else sorted(path.rglob("*"))
    return [p for p in found if p.is_file() and not p.name.endswith((".pyc", "~"))]


def digest(root, names):
    """A hexadecimal digest of the named files and folders: their paths and their content."""
    total = hashlib.sha256(repr(sys.version_info[:2]).encode())
    for name in names:
        for path in files_under(root / name):
            content = hashlib.sha256(path.read_bytes()).digest()
            total.update(path.relative_to(root).as_posix().encode() + b"\0" + content)
    return total.hexdigest()[:16]


def choose_cache(app, config):
    """Point myst-nb to this digest's cache, and remove the caches of other digests."""
    root = Path(app.srcdir)
    caches = Path(app.outdir).parent / CACHES
    results = digest(root, RESULT_SOURCES)
    config.nb_execution_mode = "cache"
    config.nb_execution_cache_path = str(caches / results)
    config.book_sources = results + digest(root, PAGE_SOURCES)
    for old in caches.glob("*"):
        if old.name != results:
            shutil.rmtree(old)
    start_afresh_if_changed(Path(app.outdir), config.book_sources)


def start_afresh_if_changed(site, sources):
    """Empty the site's folder if other sources built it: no file of theirs stays behind."""
    note = site / ".sources"
    if not note.exists() or note.read_text(encoding="utf-8") != sources:
        shutil.rmtree(site, ignore_errors=True)
        site.mkdir(parents=True)
        note.write_text(sources, encoding="utf-8")


def rewrite_all(app, env):
    """If any page was read anew, write all: each shows the others' titles. Nothing is executed."""
    return env.found_docs if env.book_read_any else None


def note_reading(app, env, docnames):
    """Remember whether this build reads anything."""
    env.book_read_any = bool(docnames)


def say_reading(app, docname, source):
    """Say which page is being read: running its notebook may take a minute."""
    app.book_reading_since = time.time()
    print(f"reading {docname} ...", end="", flush=True)


def say_run(app, doctree):
    """Say whether the page's notebook ran or came from the cache."""
    result = NbMetadataCollector.get_exec_data(app.env, app.env.docname)
    if result is None:
        print()
    elif not result["succeeded"]:
        print(" failed")
    elif result["mtime"] >= app.book_reading_since:
        print(f" ran in {result['runtime']:.1f} s")
    else:
        print(" unchanged, results from the cache")


def finish(app, error):
    """Leave nothing behind that misleads: no page of a removed chapter, no silenced warning."""
    if error is not None or app.builder.format != "html":
        return
    pages = {app.builder.get_outfilename(name) for name in (*app.env.found_docs, "search")}
    for page in Path(app.outdir).rglob("*.html"):
        if str(page) not in pages and page.relative_to(app.outdir).parts[0] not in NO_CHAPTERS:
            page.unlink()
    if app._warncount:
        # Else a second build would read nothing, find no warning and pass.
        (Path(app.doctreedir) / "environment.pickle").unlink(missing_ok=True)


def setup(app):
    """Register the digests with Sphinx: a change of either makes it read every page again."""
    app.add_config_value("book_sources", "", "env", str)
    app.connect("config-inited", choose_cache)
    app.connect("env-before-read-docs", note_reading)
    app.connect("env-updated", rewrite_all)
    app.connect("source-read", say_reading)
    app.connect("doctree-read", say_run)
    app.connect("build-finished", finish)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
