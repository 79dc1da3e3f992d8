"""Measure the book's claims again on fresh seeds: `python -m bnlib.claims`, or some by number.

It says which verdicts moved; then the exit status is 1. Finished runs are kept in `_build/claims`,
so one that was interrupted goes on where it was.
"""

import argparse
import sys
import textwrap
from pathlib import Path

import joblib
from tqdm import tqdm

from bnlib.claims.registry import all_claims

FIRST_SEED = 1000  # no experiment tunes or measures from here on
LEAST_SEEDS = 5  # an interval needs them
FOLDER = Path("_build", "claims")


def main(arguments=None, claims=None, folder=FOLDER):
    """Measure the named claims, or all, on every core.

    Parameters
    ----------
    arguments : list of str, optional
        By default those of the command line.
    claims : sequence of Claim, optional
        By default all of the book.
    folder : path
        Where finished runs are kept.

    Returns
    -------
    int
        The exit status: 1 if a verdict moved, 130 after an interruption, else 0.
    """
    claims = all_claims() if claims is None else claims
    options = _parsed(arguments, claims)
    seeds = range(options.first_seed, options.first_seed + options.seeds)
    chosen = [c for c in claims if not options.numbers or str(c.number) in options.numbers]
    print(f"{len(chosen)} claims, fresh seeds {seeds[0]} to {seeds[-1]}")
    moved = []
    try:
        with joblib.parallel_config(n_jobs=options.jobs):
            for claim in tqdm(chosen, desc="claims", unit="claim", disable=None):
                stored, fresh = claim.stored(), claim.fresh(seeds, folder)
                tqdm.write(report(claim, stored, fresh))
                if fresh.verdict != stored.verdict:
                    moved.append(f"{claim.number}: {stored.verdict} -> {fresh.verdict}")
    except KeyboardInterrupt:
        print("\nInterrupted; the same command goes on from here.", file=sys.stderr)
        return 130
    print(f"\nVerdicts that moved: {len(moved)} of {len(chosen)}", *moved, sep="\n  ")
    return 1 if moved else 0


def _parsed(arguments, claims):
    numbers = [str(claim.number) for claim in claims]
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("numbers", nargs="*", metavar="number", help=f"of {', '.join(numbers)}")
    parser.add_argument("--seeds", type=int, default=20, help="how many (default 20)")
    parser.add_argument("--first-seed", type=int, default=FIRST_SEED, help=f"default {FIRST_SEED}")
    parser.add_argument("--jobs", type=int, default=-1, help="processes (default: one a core)")
    options = parser.parse_args(arguments)
    unknown = [number for number in options.numbers if number not in numbers]
    if unknown:
        parser.error(f"no claim has the number {unknown[0]}; there is {', '.join(numbers)}")
    if options.seeds < LEAST_SEEDS:
        parser.error(f"an interval needs {LEAST_SEEDS} seeds or more, got {options.seeds}")
    return options


def report(claim, stored, fresh):
    """One claim's lines of the printed table.

    Parameters
    ----------
    claim : Claim
    stored, fresh : Finding

    Returns
    -------
    str
    """
    state = "MOVED" if fresh.verdict != stored.verdict else "holds"
    head = textwrap.wrap(f"{claim.said}", 88)
    lines = [f"{claim.number!s:>4}  {head[0]}", *(f"{'':6}{line}" for line in head[1:])]
    for name, finding in (("stored", stored), ("fresh", fresh)):
        label = f"{'':6}{name:8}{finding.verdict:11}{finding.seeds:>3} seeds  "
        text = textwrap.wrap(finding.effect, 66)
        lines += [f"{label}{text[0]}", *(" " * len(label) + line for line in text[1:])]
    return "\n".join([*lines, f"{'':6}{state}"])


if __name__ == "__main__":
    sys.exit(main())
