"""Settings are judged in rounds: nobody far behind is tried further, and all seeds decide."""

import numpy as np
import pytest

from bnlib.experiments.rounds import in_rounds

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


def test_each_round_ends_for_some():
    asked, ranking = asked_of({1: 3, 4: 1})
    assert asked == [("abcd", (0,)), ("abc", (1, 2, 3)), ("a", (4,))]
    assert ranking.settings == ("a",)
    assert [len(row) for row in ranking.seen] == [5, 4, 4, 1]


def test_a_function_can_say_who_goes_on():
    seen = []

    def last_and_first(settings, means):
        seen.append((settings, means.tolist()))
        return [3, 0]

    asked, ranking = asked_of({2: last_and_first})
    assert seen == [(list("abcd"), [5, 7, 4, 1])]
    assert asked[1] == ("ad", (2, 3, 4))
    assert ranking.settings == ("d", "a")


def test_with_few_seeds_or_settings_one_round_is_all():
    assert in_rounds(table, TABLE, range(2), kept={2: 9}).settings == tuple("bacd")
    assert in_rounds(table, TABLE, range(2), kept={5: 1}).settings == tuple("bacd")


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
        (("ab", (1, 2), {1: 0}), ValueError, "kept"),
        (("ab", (1,), {1.5: 1}), TypeError, "kept"),
        (("ab", (1, 2, 3), {2: 2, 1: 1}), ValueError, "ascending"),
    ],
)
def test_nothing_to_choose_from_is_refused(arguments, error, message):
    settings, seeds, kept = arguments
    with pytest.raises(error, match=message):
        in_rounds(table, settings, seeds, kept=kept)
