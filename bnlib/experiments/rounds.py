"""Which setting is best? All of them on a few seeds; then fewer and fewer of them on more."""

from collections import Counter
from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from bnlib.checks import check_count
from bnlib.experiments.at_least_one import at_least_one


class OfEach(NamedTuple):
    """So many settings of each group go on, so that no group ends early.

    Attributes
    ----------
    count : int
    group : function
        Takes a setting, returns what its group has in common.
    """

    count: int
    group: Callable


class Ranking(NamedTuple):
    """The F finalists among T settings, the best first.

    Attributes
    ----------
    settings : tuple
    scores : (F,) array
        Mean over all seeds.
    seen : list of (r,) array
        The scores of all T settings in their order, each on the r seeds that it came to.
    """

    settings: tuple
    scores: np.ndarray
    seen: list


def in_rounds(score, settings, seeds, kept):
    """Rank settings by their mean score; those that are far behind after a few seeds end there.

    Parameters
    ----------
    score : function
        Takes a tuple of T settings and one of S seeds, returns their scores, (T, S); higher is
        better.
    settings : sequence of T settings
    seeds : sequence of int
    kept : dict of int to (int or OfEach)
        After so many seeds, ascending, so many of the settings go on, those with the highest mean
        of all their scores so far. What does not come before the last seed is left out.

    Returns
    -------
    Ranking
        Of settings with equal scores, the one that comes first in `settings` is first.

    Raises
    ------
    ValueError, TypeError
        For no settings or no seeds, numbers below 1, or rounds that don't ascend, before the first
        score; for scores of another shape.

    Examples
    --------
    >>> from bnlib.experiments.rounds import in_rounds
    >>> def score(settings, seeds):  # the largest is best, on every seed
    ...     return np.add.outer(settings, seeds)
    >>> in_rounds(score, (1, 3, 2), range(5), kept={1: 2}).settings
    (3, 2)
    """
    settings = at_least_one("settings", settings, "settings")
    seeds = at_least_one("seeds", seeds)
    rounds = [*_checked(kept, len(seeds)), (len(seeds), len(settings))]
    left, start = np.arange(len(settings)), 0
    scores, seen = np.empty((len(settings), 0)), [None] * len(settings)
    for end, rule in rounds:
        new = np.asarray(score(tuple(settings[i] for i in left), seeds[start:end]))
        if new.shape != (len(left), end - start):
            raise ValueError(
                f"score gave shape {new.shape}, expected {(len(left), end - start)}: a row for "
                "each setting, a column for each seed"
            )
        scores = np.hstack([scores, new])
        for i, row in zip(left, scores, strict=True):
            seen[i] = row
        best = _going_on(rule, [settings[i] for i in left], scores.mean(axis=1))
        left, scores, start = left[best], scores[best], end
    means = scores.mean(axis=1)
    order = np.argsort(-means, kind="stable")
    return Ranking(tuple(settings[left[i]] for i in order), means[order], seen)


def _checked(kept, seeds):
    """The (end, rule) that come before the last of the seeds."""
    if not isinstance(kept, dict):
        raise TypeError(f"kept must be a dict such as {{2: 5}}, got {kept!r}")
    ends = [check_count("kept", end) for end in kept]
    if ends != sorted(ends):
        raise ValueError(f"kept must name ascending numbers of seeds, got {ends}")
    for rule in kept.values():
        check_count("kept", rule.count if isinstance(rule, OfEach) else rule)
    return [(end, rule) for end, rule in kept.items() if end < seeds]


def _going_on(rule, settings, means):
    """Indices of the settings that go on, ascending."""
    best = np.argsort(-means, kind="stable")
    if not isinstance(rule, OfEach):
        return np.sort(best[:rule])
    going_on, taken = [], Counter()
    for i in best:
        group = rule.group(settings[i])
        if taken[group] < rule.count:
            going_on.append(i)
        taken[group] += 1
    return np.sort(going_on)
