"""Which setting is best? All of them on a few seeds; then fewer and fewer of them on more."""

from typing import NamedTuple

import numpy as np

from bnlib.checks import check_count
from bnlib.experiments.at_least_one import at_least_one


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
    kept : dict of int to (int or function)
        Who goes on after so many seeds, ascending: how many, or a function that takes the
        settings that are left and their mean scores and returns the indices of those. What comes
        after the last seed is left out.

    Returns
    -------
    Ranking
        Of settings with equal scores, the one that comes first in `settings` is first.

    Raises
    ------
    ValueError, TypeError
        For no settings or no seeds, numbers below 1, or rounds that don't ascend.

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
    ends = [check_count("kept", end) for end in kept]
    if ends != sorted(set(ends)):
        raise ValueError(f"kept must name ascending numbers of seeds, got {ends}")
    rounds = [(end, rule) for end, rule in kept.items() if end < len(seeds)]
    left, start = np.arange(len(settings)), 0
    scores, seen = np.empty((len(settings), 0)), [None] * len(settings)
    for end, rule in [*rounds, (len(seeds), len(settings))]:
        new = score(tuple(settings[i] for i in left), seeds[start:end])
        scores = np.hstack([scores, new])
        for i, row in zip(left, scores, strict=True):
            seen[i] = row
        best = _going_on(rule, [settings[i] for i in left], scores.mean(axis=1))
        left, scores, start = left[best], scores[best], end
    means = scores.mean(axis=1)
    order = np.argsort(-means, kind="stable")
    return Ranking(tuple(settings[left[i]] for i in order), means[order], seen)


def _going_on(rule, settings, means):
    """Indices of the settings that go on, ascending."""
    if callable(rule):
        return np.sort(rule(settings, means))
    return np.sort(np.argsort(-means, kind="stable")[: check_count("kept", rule)])
