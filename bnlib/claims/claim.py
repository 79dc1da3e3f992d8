"""A claim about batch norm, and what measuring it found.

A chapter's module in this package holds its claims. The rule that turns numbers into a verdict is
a function of those numbers, so that the stored result and fresh seeds are judged alike.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass

from bnlib.checks import check_choice, check_count

VERDICTS = ("confirmed", "corrected", "contested", "depends")
NOTES = "lecture notes"

_NUMBER = re.compile(r"[1-9][0-9]*[a-z]?")
_KEY = re.compile(r"[a-z][a-z0-9]*")
_SECTION = re.compile(r"chapters/([0-9]{2})_[a-z_]+\.ipynb#[a-z0-9][a-z0-9-]*")


@dataclass(frozen=True)
class Finding:
    """What the numbers say of a claim.

    Attributes
    ----------
    verdict : str
        One of VERDICTS. "confirmed": it holds as it is said. "corrected": as it is said it is
        wrong or too vague, and a sentence near it holds. "contested": we measured it, and whether
        it holds, or explains what it is said to explain, stays open. "depends": it holds in some
        settings and not in others.
    effect : str
        A sentence or two made from the numbers, with 95 % intervals where seeds are behind it.
    seeds : int
        Runs behind it; 0 for exact mathematics, which needs no seeds.
    """

    verdict: str
    effect: str
    seeds: int

    def __post_init__(self):
        check_choice("verdict", self.verdict, VERDICTS)
        _check_sentence("effect", self.effect)
        check_count("seeds", self.seeds, least=0)


@dataclass(frozen=True)
class Claim:
    """Something that is said about batch norm, where it is said, and how it is tested.

    Attributes
    ----------
    number : int or str
        Names the claim, such as 13 or "13b", where one sentence makes two claims.
    said : str
        The claim in plain words, one sentence.
    source : str
        Where it is said: keys of references.bib, or "lecture notes", separated by ", ".
    section : str
        Where the book treats it: "chapters/04_faster_descent.ipynb#take-tiny-steps-and-wait".
    stored : function () -> Finding
        From the stored result, or computed at once where that takes no longer than a second.
    fresh : function (seeds, folder) -> Finding
        Measured on other seeds and judged by the same rule. `folder` is where `sweep` keeps the
        finished runs, or None.
    """

    number: int | str
    said: str
    source: str
    section: str
    stored: Callable
    fresh: Callable

    def __post_init__(self):
        if isinstance(self.number, bool) or not _NUMBER.fullmatch(str(self.number)):
            raise ValueError(f"number must be like 13 or '13b', got {self.number!r}")
        _check_sentence("said", self.said)
        if not self.sources or not all(s == NOTES or _KEY.fullmatch(s) for s in self.sources):
            raise ValueError(
                f"source must be keys of references.bib or {NOTES!r}, separated by ', ', "
                f"got {self.source!r}"
            )
        if not isinstance(self.section, str) or not _SECTION.fullmatch(self.section):
            raise ValueError(
                f"section must be like 'chapters/04_faster_descent.ipynb#a-heading', "
                f"got {self.section!r}"
            )
        for name in ("stored", "fresh"):
            if not callable(getattr(self, name)):
                raise TypeError(f"{name} must be a function, got {getattr(self, name)!r}")

    @property
    def sources(self):
        """The parts of `source`, as a tuple."""
        if not isinstance(self.source, str):
            raise TypeError(f"source must be a string, got {self.source!r}")
        return tuple(part for part in self.source.split(", ") if part)

    @property
    def chapter(self):
        """The number of the chapter that treats it."""
        return int(_SECTION.fullmatch(self.section)[1])


def _check_sentence(name, value):
    if not isinstance(value, str):
        raise TypeError(f"{name} must be a string, got {value!r}")
    if not value.strip() or "\n" in value or not value.endswith((".", "?", "!", "”", '"')):
        raise ValueError(f"{name} must be one sentence on one line, with its stop, got {value!r}")
