"""Settings are judged in rounds: nobody far behind is tried further, and all seeds decide."""

import numpy as np
import pytest

from bnlib.experiments.rounds import OfEach, in_rounds

# Scores of four settings on five seeds: "b" leads on two of them, "a" on all, "d" on the others.
TABLE = {"a": (5, 5, 5, 5, 5), "b": (7, 7, 2, 2, 2), "c": (4, 4, 4, 4, 4), "d": (1, 1, 9, 9, 9)}


def table(settings, seeds):
    return np.array([[TABLE[setting][seed] for seed in seeds] for setting in settings])


def asked_of(kept):
    """Which settings were tried on which seeds, and the ranking."""
    asked = []

    def score(settings, seeds):
        asked.append(("".join(settings), seeds))
        return table(settings, seeds)

    return asked, in_rounds(score, "abcd", range(5), kept=kept)


def test_all_seeds_decide_between_the_finalists():
    ranking = in_rounds(table, TABLE, range(5), kept={2: 3})
    assert ranking.settings == ("a", "b", "c")  # 5, 4 and 4: of equals, the first
    assert ranking.scores.tolist() == [5, 4, 4]
    assert [row.tolist() for row in ranking.seen] == [
        *(list(TABLE[setting]) for setting in "abc"),
        [1, 1],
    ]


def test_no_run_is_made_twice_and_none_of_what_is_far_behind():
    assert asked_of({2: 2})[0] == [("abcd", (0, 1)), ("ab", (2, 3, 4))]


def test_each_round_ends_for_some_and_all_seeds_so_far_decide():
    """After four seeds b's mean is 4.5, and c's 4, although c led on the last two."""
    asked, ranking = asked_of({2: 3, 4: 2})
    assert asked == [("abcd", (0, 1)), ("abc", (2, 3)), ("ab", (4,))]
    assert ranking.settings == ("a", "b")
    assert [len(row) for row in ranking.seen] == [5, 5, 4, 2]


def test_some_of_each_group_go_on():
    asked, ranking = asked_of({2: OfEach(1, lambda setting: setting in "ab"), 3: OfEach(9, str)})
    assert asked == [("abcd", (0, 1)), ("bc", (2,)), ("bc", (3, 4))]
    assert ranking.settings == ("b", "c")


def test_with_few_seeds_or_settings_one_round_is_all():
    assert in_rounds(table, TABLE, range(2), kept={2: 1}).settings == tuple("bacd")
    assert in_rounds(table, TABLE, range(2), kept={1: 9, 5: 1}).settings == tuple("bacd")


def test_a_setting_that_diverges_comes_last():
    ranking = in_rounds(
        lambda settings, seeds: np.where(table(settings, seeds) > 6, -np.inf, 1),
        "bac",
        range(2),
        kept={1: 3},
    )
    assert ranking.settings == ("a", "c", "b")


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        (((), (1,), {1: 1}), ValueError, "settings is empty"),
        (("ab", (), {1: 1}), ValueError, "seeds is empty"),
        (("ab", (1,), {0: 1}), ValueError, "kept"),
        (("ab", (1,), {1: 0}), ValueError, "kept"),
        (("ab", (1,), {5: -3}), ValueError, "kept"),
        (("ab", (1, 2), {1: "3"}), TypeError, "kept"),
        (("ab", (1, 2), {1: OfEach(0, str)}), ValueError, "kept"),
        (("ab", (1,), {1.5: 1}), TypeError, "kept"),
        (("ab", (1, 2, 3), {2: 2, 1: 1}), ValueError, "ascending"),
        (("ab", (1,), [2]), TypeError, "dict"),
    ],
)
def test_nothing_to_choose_from_is_refused_before_anything_is_tried(arguments, error, message):
    settings, seeds, kept = arguments

    def score(settings, seeds):
        raise AssertionError("tried")

    with pytest.raises(error, match=message):
        in_rounds(score, settings, seeds, kept=kept)


@pytest.mark.parametrize("shape", [(4, 1), (2, 4), (4,)])
def test_scores_of_another_shape_are_refused(shape):
    with pytest.raises(ValueError, match="score gave shape"):
        in_rounds(lambda settings, seeds: np.ones(shape), "abcd", range(2), kept={2: 2})
