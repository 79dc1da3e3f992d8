"""All claims of the book: those of every `chapter_NN.py` beside this file."""

import importlib
from pathlib import Path

from bnlib.claims.claim import Claim


def all_claims():
    """The claims of all chapters, chapter by chapter, each in the order of its module.

    A new module is found by its name; nothing else lists it.

    Returns
    -------
    tuple of Claim

    Raises
    ------
    ValueError
        For a number that two claims have, or a claim that another chapter treats.
    TypeError
        For a module whose CLAIMS hold something else.
    """
    claims = []
    for path in sorted(Path(__file__).parent.glob("chapter_[0-9][0-9].py")):
        claims += claims_of(importlib.import_module(f"bnlib.claims.{path.stem}"))
    numbers = [str(claim.number) for claim in claims]
    twice = sorted({number for number in numbers if numbers.count(number) > 1})
    if twice:
        raise ValueError(f"two claims have the number {twice[0]}; give one of them a letter")
    return tuple(claims)


def claims_of(module):
    """The CLAIMS of one chapter's module, checked.

    Parameters
    ----------
    module : module
        Called `chapter_NN`.

    Returns
    -------
    tuple of Claim

    Raises
    ------
    ValueError, TypeError
        As `all_claims`.
    """
    chapter = int(module.__name__.rpartition("_")[2])
    for claim in module.CLAIMS:
        if not isinstance(claim, Claim):
            raise TypeError(f"{module.__name__}.CLAIMS holds {claim!r}; it may hold only Claims")
        if claim.chapter != chapter:
            raise ValueError(
                f"claim {claim.number} is in {module.__name__}, but its section is in chapter "
                f"{claim.chapter}; move one of them"
            )
    return tuple(module.CLAIMS)
