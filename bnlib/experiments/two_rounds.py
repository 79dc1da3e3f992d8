"""Which setting is best? All of them on a few seeds; then the best of those on all seeds."""

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
    early : (T, first) array
        What the first round saw, of all settings in their order.
    """

    settings: tuple
    scores: np.ndarray
    early: np.ndarray


def two_rounds(score, settings, seeds, *, first, finalists):
    """Rank settings by their mean score; those that are far behind after a few seeds end there.

    Parameters
    ----------
    score : function
        Takes a tuple of T settings and one of S seeds, returns their scores, (T, S); higher is
        better.
    settings : sequence of T settings
    seeds : sequence of int
    first : int
        How many of the seeds see all settings; if there are no more, that is all.
    finalists : int
        How many settings see the other seeds, too.

    Returns
    -------
    Ranking
        Of settings with equal scores, the one that comes first in `settings` is first.

    Raises
    ------
    ValueError, TypeError
        For no settings or no seeds, or numbers below 1.

    Examples
    --------
    >>> from bnlib.experiments.two_rounds import two_rounds
    >>> def score(settings, seeds):  # the largest is best, on every seed
    ...     return np.add.outer(settings, seeds)
    >>> two_rounds(score, (1, 3, 2), range(5), first=1, finalists=2).settings
    (3, 2)
    """
    settings = at_least_one("settings", settings, "settings")
    seeds = at_least_one("seeds", seeds)
    first, finalists = check_count("first", first), check_count("finalists", finalists)
    early = np.asarray(score(settings, seeds[:first]))
    kept = np.sort(np.argsort(-early.mean(axis=1), kind="stable")[:finalists])
    settings, all_scores = tuple(settings[i] for i in kept), early[kept]
    if seeds[first:]:
        all_scores = np.hstack([all_scores, score(settings, seeds[first:])])
    means = all_scores.mean(axis=1)
    order = np.argsort(-means, kind="stable")
    return Ranking(tuple(settings[i] for i in order), means[order], early)
