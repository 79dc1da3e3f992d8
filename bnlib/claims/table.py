"""The claims as one table of the book, in Markdown."""

from collections import Counter

from bnlib.claims.claim import NOTES, VERDICTS

# Beside the word, never in its place.
SIGNS = dict(zip(VERDICTS, ("✓", "✎", "?", "±"), strict=True))
COLUMNS = ("Claim", "Said in", "Verdict", "What we measured", "Seeds", "Read on")


def claims_table(claims):
    """All claims with what the stored results say of them.

    Parameters
    ----------
    claims : sequence of Claim

    Returns
    -------
    str
        A Markdown table; sources are MyST citations, links go from the book's top folder.
    """
    lines = [_row(COLUMNS), _row(["---"] * len(COLUMNS))]
    for claim in claims:
        found = claim.stored()
        lines.append(
            _row(
                [
                    claim.said,
                    ", ".join(map(_source, claim.sources)),
                    f"{SIGNS[found.verdict]} {found.verdict}",
                    found.effect,
                    str(found.seeds) if found.seeds else "exact",
                    f"[{section_title(claim)}]({claim.section})",
                ]
            )
        )
    return "\n".join(lines)


def verdict_counts(claims):
    """How many claims have each verdict, as a sentence.

    Parameters
    ----------
    claims : sequence of Claim

    Returns
    -------
    str
    """
    counts = Counter(claim.stored().verdict for claim in claims)
    parts = [f"{counts[verdict]} {verdict}" for verdict in VERDICTS]
    return f"{len(claims)} claims: {', '.join(parts)}"


def section_title(claim):
    """The chapter's number and the section's name, as its link has them.

    Parameters
    ----------
    claim : Claim

    Returns
    -------
    str
    """
    words = claim.section.partition("#")[2].replace("-", " ")
    return f"{claim.chapter}. {words[0].upper()}{words[1:]}"


def _row(cells):
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def _source(source):
    return source if source == NOTES else f"{{cite:t}}`{source}`"
