"""The claims as one table of the book, in Markdown."""

import re
from collections import Counter

from bnlib.claims.claim import NOTES, VERDICTS
from bnlib.claims.sections import section_title

# Beside the word, never in its place.
SIGNS = dict(zip(VERDICTS, ("✓", "✎", "?", "±"), strict=True))
_TIE = "\N{NO-BREAK SPACE}"
COLUMNS = ("Claim, and who says it", "Verdict", "What we measured", "Read on")


def with_findings(claims):
    """Each claim with what its stored result says: some take a second, so it is asked once.

    Parameters
    ----------
    claims : sequence of Claim

    Returns
    -------
    list of (Claim, Finding)
    """
    return [(claim, claim.stored()) for claim in claims]


def claims_table(found, root="."):
    """The claims, one row each, in the order given.

    Parameters
    ----------
    found : sequence of (Claim, Finding)
    root : str or path
        The book's top folder, whose chapters have the sections.

    Returns
    -------
    str
        A Markdown table; sources are MyST citations, links go from the top folder.

    Raises
    ------
    ValueError
        For a claim whose section is not there.
    """
    lines = [_row(COLUMNS), _row(["---"] * len(COLUMNS))]
    for claim, finding in found:
        seeds = f"{finding.seeds}{_TIE}seeds" if finding.seeds else "exact"
        title = section_title(claim.section, root)
        cells = [
            f"{claim.said}<br>— {', '.join(map(_source, claim.sources))}",
            f"{SIGNS[finding.verdict]} {finding.verdict}",
            f"{_typeset(finding.effect)} ({seeds})",
            f"[{claim.chapter}. {title}]({claim.section})",
        ]
        lines.append(_row(cells))
    return "\n".join(lines)


def verdict_counts(found):
    """How many claims have each verdict, as a line.

    Parameters
    ----------
    found : sequence of (Claim, Finding)

    Returns
    -------
    str
    """
    counts = Counter(finding.verdict for _, finding in found)
    parts = [f"{SIGNS[verdict]} {counts[verdict]} {verdict}" for verdict in VERDICTS]
    return f"{len(found)} claims: {', '.join(parts)}"


def _typeset(text):
    """Intervals on one line, and a minus sign that is as wide as a plus."""
    return re.sub(r"(?<!\w)-(?=\d)", "−", text.replace(" ± ", f"{_TIE}±{_TIE}"))


def _row(cells):
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def _source(source):
    return source if source == NOTES else f"{{cite:t}}`{source}`"
