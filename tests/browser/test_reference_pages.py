"""The reference on the built site: every link leads somewhere, every name to its definition."""

import re
from html import unescape
from posixpath import dirname, join, normpath

import pytest

from tests.browser import book_site
from tests.browser.visit import visiting

pytestmark = pytest.mark.browser

LINK = re.compile(r'<a\b[^>]*?\shref="([^"]*)"')
ELSEWHERE = re.compile(r"[a-z]+:")  # https:, mailto:
REFERENCE = [page for page in book_site.all_pages() if page.startswith("reference/")]
CLIPPED = """() => [...document.querySelectorAll("dt.sig, dl.field-list dt, dl.field-list dd")]
  .filter((one) => one.scrollWidth > one.clientWidth + 1)
  .map((one) => one.textContent.trim().slice(0, 60))"""
COPY = """() => {
  let copied = null;
  document.addEventListener("copy", () => { copied = getSelection().toString(); });
  document.querySelector("dl.py button.copybtn").click();
  return copied;
}"""


def anchors(html):
    """What a page's addresses may end on after "#"."""
    return {unescape(name) for name in re.findall(r'\sid="([^"]+)"', html)} | {""}


def dead_links(root, pages):
    """Links of the pages to files that are not in `root`, or to places that a page lacks."""
    texts = {page: (root / page).read_text(encoding="utf-8") for page in pages}
    places = {page: anchors(html) for page, html in texts.items()}
    for page, html in texts.items():
        for href in map(unescape, LINK.findall(html)):
            path, _, anchor = href.partition("#")
            target = normpath(join(dirname(page), path)) if path else page
            known = target in places and anchor in places[target]
            other_file = target not in places and (root / target).is_file()
            if not (known or other_file or ELSEWHERE.match(href)):
                yield f"{page}: {href}"


def lines_linked(root, page):
    """(name of an entry, line of source that its link leads to) for all entries of a page."""
    html = (root / page).read_text(encoding="utf-8")
    for href in re.findall(r'<a class="source-link[^"]*" href="([^"]+)"', html):
        path, _, name = href.partition("#")
        source = (root / normpath(join(dirname(page), path))).read_text(encoding="utf-8")
        line = source.partition(f'<span id="{name}"></span>')[2].partition("\n")[0]
        yield name, unescape(re.sub(r"<[^>]+>", "", line)).strip()


def test_no_link_of_the_site_is_dead(site):
    assert list(dead_links(book_site.HTML, book_site.all_pages())) == []


def test_a_dead_link_would_be_seen(tmp_path):
    html = (
        '<a href="#here" id="here">x</a> <a href="b.html#no">y</a> <a class="z" href="c.html">z</a>'
    )
    (tmp_path / "a.html").write_text(html + '<a href="https://example.org/">elsewhere</a>')
    (tmp_path / "b.html").write_text('<a href="a.html#here">x</a>')
    assert list(dead_links(tmp_path, ["a.html", "b.html"])) == [
        "a.html: b.html#no",
        "a.html: c.html",
    ]


@pytest.mark.parametrize("page", REFERENCE)
def test_every_source_link_leads_to_the_definition(site, page):
    for name, line in lines_linked(book_site.HTML, page):
        assert re.match(rf"(def|class) {name.rpartition('.')[2]}\b", line), (name, line)


def test_names_have_source_links(site):
    linked = [name for page in REFERENCE for name, _ in lines_linked(book_site.HTML, page)]
    assert {"batch_norm", "BatchNorm.load_state", "Recorder"} <= set(linked)


@pytest.mark.parametrize("page", REFERENCE)
@pytest.mark.parametrize("width", [320, 1280])
def test_signatures_and_arguments_wrap(browser, site, page, width):
    with visiting(browser, site.url, page, width=width) as visit:
        assert visit.page.evaluate(CLIPPED) == []


def test_an_example_is_copied_without_prompts_and_results(browser, site):
    with visiting(browser, site.url, "reference/normalizations.html") as visit:
        copied = visit.page.evaluate(COPY)
    assert copied.startswith("x = np.array(")
    assert ">>>" not in copied
    assert "array([-1.15" not in copied


def test_in_a_docstring_a_documented_name_is_a_link_and_other_names_are_code(site):
    html = (book_site.HTML / "reference" / "normalizations.html").read_text(encoding="utf-8")
    code = '<code class="docutils literal notranslate"><span class="pre">{}</span></code>'
    backward = re.escape(code.format("batch_norm_backward"))
    assert re.search(rf'<a [^>]*href="#bnlib.batch_norm_backward"[^>]*>{backward}</a>', html)
    assert f" {code.format('inv_std')} is 1" in html
