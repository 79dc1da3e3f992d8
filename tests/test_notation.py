"""The glossary: no term twice, every link leads to a heading, chapters link to terms that exist."""

import json
import re

import pytest

from bnlib.claims.sections import anchor, sections
from tools.normalize_notebooks import ROOT

PAGE = ROOT / "notation.md"
LINK = re.compile(r"\[[^\]]*\]\(([^)\s#]+)(?:#([^)\s]+))?\)")
CHAPTERS = {int(path.name[:2]): path for path in sorted((ROOT / "chapters").glob("*.ipynb"))}


def text():
    return PAGE.read_text(encoding="utf-8")


def entries():
    """(term, its text) of every term."""
    words = text().partition("## Words\n")[2]
    return [tuple(part.split("\n", 1)) for part in re.split(r"^### ", words, flags=re.M)[1:]]


def missing(links, folder):
    """Which of the (page, anchor) of links from `folder` lead nowhere."""
    for page, name in links:
        path = (folder / page).resolve()
        if not path.is_file():
            yield f"{page}: there is no such page"
        elif name and name not in sections(path):
            yield f"{page}#{name}: no such heading"


def test_every_link_of_the_glossary_leads_to_a_heading():
    links = LINK.findall(text())
    assert len(links) > 80
    assert all(name for _, name in links), "a link to a chapter names the section of the first use"
    assert not list(missing(links, ROOT))


def test_a_link_to_nowhere_would_be_found():
    links = LINK.findall("[a](chapters/02_the_transform.ipynb#nowhere) [b](chapters/00_no.ipynb)")
    assert len(list(missing(links, ROOT))) == 2


def test_terms_are_sorted_and_none_comes_twice():
    terms = [term.lower() for term, _ in entries()]
    assert terms == sorted(terms)
    anchors = [anchor(term) for term in terms]
    assert len(set(anchors)) == len(anchors)


def test_signs_come_once():
    rows = re.findall(r"^\| (.+?)<br>`", text(), re.M)
    assert len(rows) > 20
    signs = [sign for row in rows for sign in row.split(", ")]
    # W is the weights, and with C and H the width of an image.
    assert sorted(s for s in signs if signs.count(s) > 1) == ["W", "W"]


@pytest.mark.parametrize(("term", "meaning"), entries(), ids=[term for term, _ in entries()])
def test_a_term_is_short_and_says_where_it_comes_from(term, meaning):
    meaning = meaning.strip()
    assert "\n" not in meaning
    assert len(meaning.split()) < 60
    numbers = [int(number) for number in re.findall(r"chapter (\d+)", meaning)]
    assert numbers, f"{term}: name the chapter that explains it"
    unlinked = [int(n) for n in re.findall(r"(?<!\[)chapter (\d+)", meaning) if int(n) in CHAPTERS]
    assert not unlinked, f"{term}: chapter {unlinked[0]} is there now; link to its section"


def links_to_the_glossary():
    for path in CHAPTERS.values():
        cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
        for cell in cells:
            for page, name in LINK.findall("".join(cell["source"])):
                if page.endswith(PAGE.name):
                    yield path, page, name


def test_chapters_link_to_terms_that_the_glossary_has():
    found = list(links_to_the_glossary())
    assert found
    for path, page, name in found:
        assert not list(missing([(page, name)], path.parent)), path.name
