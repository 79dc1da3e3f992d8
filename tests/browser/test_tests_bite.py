"""The page tests can fail: each of their questions is put to a page that deserves a no."""

import pytest

from tests.browser import book_site
from tests.browser.visit import visiting
from tests.synthetic_notebooks import code, notebook
from tools.normalize_notebooks import to_json

pytestmark = pytest.mark.browser

HOME = "http://127.0.0.1:9/"
WIDGET = '<div class="widget-view"><div class="bn-widget" data-widget="layer-shift"{}>x</div></div>'


@pytest.fixture
def look_at(browser):
    """`look_at(html)`: a Visit to a page of that text."""
    opened = []

    def look(html, **options):
        whole = f'<!doctype html><html lang="en"><title>t</title><body>{html}'

        def answer(route):
            route.fulfill(body=whole, content_type="text/html")

        opened.append(visiting(browser, HOME, "page", answer=answer, **options))
        return opened[-1].__enter__()

    yield look
    for visit in opened:
        visit.__exit__(None, None, None)


def test_a_blameless_page_passes(look_at):
    visit = look_at(f"<main><h1>t</h1>{WIDGET.format(' data-ready=true')}</main>")
    assert visit.elsewhere == []
    assert visit.complaints == []
    assert visit.missing_widgets(["layer-shift"]) == []
    assert visit.axe_violations() == []


@pytest.mark.parametrize(
    "html",
    [
        '<script src="https://cdn.jsdelivr.net/npm/x.js"></script>',
        '<link rel="stylesheet" href="https://fonts.googleapis.com/css2?family=X">',
        '<img src="//example.org/pixel.gif" alt="">',
        '<script>fetch("http://localhost:1/count").catch(() => 0)</script>',
    ],
)
def test_a_request_to_anyone_else_is_seen(look_at, html):
    visit = look_at(html)
    assert len(visit.elsewhere) == 1
    assert visit.complaints, "a blocked request complains on the console"


@pytest.mark.parametrize(
    "script",
    [
        "console.error('no')",
        "console.warn('hm')",
        "throw Error('no')",
        "Promise.reject(Error('no'))",
    ],
)
def test_an_exception_or_a_warning_is_seen(look_at, script):
    assert len(look_at(f"<script>{script}</script>").complaints) == 1


def test_a_page_without_its_widget_is_seen(look_at):
    assert look_at("<p>text</p>").missing_widgets(["layer-shift"]) == ["0 of 1 layer-shift widgets"]


def test_one_widget_too_few_is_seen(look_at):
    visit = look_at(WIDGET.format(" data-ready=true"))
    assert visit.missing_widgets(["layer-shift"] * 2) == ["1 of 2 layer-shift widgets"]


def test_a_notebook_s_widgets_are_found_in_its_code():
    source = "from bnlib.widgets import LayerShift\nLayerShift()\nw.BatchNormMachine([1])"
    calls = book_site.widget_calls(to_json(notebook(code(source), code("print('LayerShift()')"))))
    assert calls == ["layer-shift", "batch-norm-machine"]


def test_an_accessibility_fault_is_seen(look_at):
    faults = look_at('<main><h1>t</h1><img src="data:,"><button></button></main>').axe_violations()
    assert {fault.split(":")[0] for fault in faults} == {"image-alt", "button-name"}


def test_a_jump_is_seen(look_at):
    jump = """<div class="late"></div><p style="height: 300px">text</p><script>
      const grow = () => { document.querySelector(".late").style.height = "400px"; };
      setTimeout(grow, 300);</script>"""
    visit = look_at(jump)
    visit.page.wait_for_timeout(500)
    assert visit.page.evaluate("window.layoutShift") > 0.02
