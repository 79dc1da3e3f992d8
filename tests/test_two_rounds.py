"""Settings are judged in two rounds: nobody far behind is tried further, and all seeds decide."""

import numpy as np
import pytest

from bnlib.experiments.two_rounds import two_rounds

# Scores of four settings on five seeds: "b" leads on two of them, "a" on all, "d" on the others.
TABLE = {"a": (5, 5, 5, 5, 5), "b": (7, 7, 2, 2, 2), "c": (4, 4, 4, 4, 4), "d": (1, 1, 9, 9, 9)}


def table(settings, seeds):
    return np.array([[TABLE[setting][seed] for seed in seeds] for setting in settings])


def test_all_seeds_decide_between_the_finalists():
    ranking = two_rounds(table, TABLE, range(5), first=2, finalists=3)
    assert ranking.settings == ("a", "b", "c")  # 5, 4 and 4: of equals, the first
    assert ranking.scores.tolist() == [5, 4, 4]
    assert ranking.early.tolist() == [[5, 5], [7, 7], [4, 4], [1, 1]]


def test_no_run_is_made_twice_and_none_of_what_is_far_behind():
    asked = []

    def score(settings, seeds):
        asked.append((settings, seeds))
        return table(settings, seeds)

    two_rounds(score, "abcd", range(5), first=2, finalists=2)
    assert asked == [(("a", "b", "c", "d"), (0, 1)), (("a", "b"), (2, 3, 4))]


def test_with_few_seeds_or_settings_one_round_is_all():
    assert two_rounds(table, TABLE, range(2), first=2, finalists=9).settings == tuple("bacd")


def test_a_setting_that_diverges_comes_last():
    ranking = two_rounds(
        lambda settings, seeds: np.where(table(settings, seeds) > 6, -np.inf, 1),
        "bac",
        range(2),
        first=1,
        finalists=3,
    )
    assert ranking.settings == ("a", "c", "b")


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        (((), (1,), 1, 1), ValueError, "settings is empty"),
        (("ab", (), 1, 1), ValueError, "seeds is empty"),
        (("ab", (1,), 0, 1), ValueError, "first"),
        (("ab", (1,), 1, 0), ValueError, "finalists"),
    ],
)
def test_nothing_to_choose_from_is_refused(arguments, error, message):
    settings, seeds, first, finalists = arguments
    with pytest.raises(error, match=message):
        two_rounds(table, settings, seeds, first=first, finalists=finalists)
