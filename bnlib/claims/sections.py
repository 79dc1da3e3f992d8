"""The sections of the book's chapters: what a link such as `...ipynb#drop-the-bias` points to."""

import json
import re
import unicodedata
from pathlib import Path

_HEADING = re.compile(r"^#{1,3} +(.+?) *$", re.MULTILINE)
_FENCE = re.compile(r"^(`{3,}|~{3,}).*?^\1", re.MULTILINE | re.DOTALL)


def anchor(title):
    """The anchor that a heading has on the page.

    Parameters
    ----------
    title : str

    Returns
    -------
    str
        Lower case, with "-" for everything that is no ASCII letter or digit.
    """
    plain = unicodedata.normalize("NFKD", title.lower()).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")


def sections(path):
    """The headings of a notebook or a Markdown page, down to ###, by anchor.

    Parameters
    ----------
    path : str or path

    Returns
    -------
    dict of str to str
        Anchor to title, in the page's order. A title that comes twice is there once.
    """
    text = Path(path).read_text(encoding="utf-8")
    if str(path).endswith(".ipynb"):
        cells = json.loads(text)["cells"]
        text = "\n".join("".join(c["source"]) for c in cells if c["cell_type"] == "markdown")
    titles = _HEADING.findall(_FENCE.sub("", text))
    return {anchor(title): title for title in titles}


def section_title(section, root="."):
    """The title of a section.

    Parameters
    ----------
    section : str
        "chapters/02_the_transform.ipynb#drop-the-bias"
    root : str or path
        The book's top folder.

    Returns
    -------
    str

    Raises
    ------
    ValueError
        For a chapter that is not there, or one without such a heading; it lists those it has.
    """
    page, _, name = section.partition("#")
    path = Path(root, page)
    if not path.is_file():
        raise ValueError(f"{section}: there is no {path}; pass the book's top folder as root")
    known = sections(path)
    if name not in known:
        raise ValueError(f"{section}: {page} has no such heading, but {', '.join(known)}")
    return known[name]
