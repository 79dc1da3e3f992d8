"""Each network gets the training that suits it: all are tried, and the best meet again."""

import numpy as np
import pytest

from bnlib.experiments import tuned_places
from bnlib.experiments.placed_networks import Place, Training
from bnlib.experiments.tuned_places import (
    COMPARED,
    FINALISTS,
    FIRST,
    GAINS,
    MOMENTA,
    PER_RATE,
    RATES,
    TUNING_SEEDS,
    from_stored,
    tune,
    tuned_and_measured,
)

PLACE = Place("relu", "before")
# Made-up scores: one training leads on the first seeds and loses over all of them; at the rate 3
# the four without momentum lead on the very first seeds alone.
LUCKY, STEADY = Training(0.1, 0.9, 1.0), Training(0.3, 0.0, 2.0)


def score(training, seed):
    if training == STEADY:
        return 0.8
    if training.learning_rate == 3 and not training.momentum:
        return 0.9 if seed < FIRST else 0.1
    if seed < COMPARED and training == LUCKY:
        return 0.9
    return 0.5 if seed < COMPARED else 0.4


@pytest.fixture
def asked(monkeypatch):
    """The tasks of a sweep that makes up its scores."""
    asked = []

    def made_up(_function, tasks, folder):
        asked.extend(tasks)
        return [
            {"accuracy": np.array([[score(training, seed) for seed in seeds] for training in some])}
            for _, some, seeds, _ in tasks
        ]

    monkeypatch.setattr(tuned_places, "sweep", made_up)
    return asked


def test_all_seeds_decide_and_the_rates_are_compared_on_the_first_of_them(asked):
    finalists, by_rate = tune(PLACE, seeds=range(20))
    assert finalists[:2] == (STEADY, LUCKY)
    assert len(finalists) == FINALISTS
    fading = (FIRST * 0.9 + (COMPARED - FIRST) * 0.1) / COMPARED
    expected = dict.fromkeys(RATES, 0.5) | {0.1: 0.9, 0.3: 0.8, 3.0: fading}
    assert dict(zip(RATES, by_rate, strict=True)) == pytest.approx(expected)
    assert {part for *_, part in asked} == {"validation"}


def test_everything_is_tried_and_some_of_each_rate_go_on(asked):
    finalists, _ = tune(PLACE, seeds=range(20))
    rounds = {}
    for _, some, seeds, _ in asked:
        rounds.setdefault(seeds, []).extend(some)
    assert list(rounds) == [
        tuple(range(FIRST)),
        tuple(range(FIRST, COMPARED)),
        tuple(range(COMPARED, 20)),
    ]
    first, second, last = rounds.values()
    assert len(first) == len({*first}) == len(RATES) * len(MOMENTA) * len(GAINS["relu"])
    assert [training.learning_rate for training in second] == list(np.repeat(RATES, PER_RATE))
    assert {LUCKY, STEADY} <= {*second}
    assert {*last} == {*finalists}


@pytest.mark.parametrize("number", [COMPARED - 1, COMPARED])
def test_too_few_seeds_to_find_finalists_are_refused(number):
    with pytest.raises(ValueError, match=f"^{number} seeds; pass more"):
        tune(PLACE, TUNING_SEEDS[:number])


def test_one_seed_more_than_compare_the_rates_is_enough(asked):
    assert len(tune(PLACE, seeds=range(COMPARED + 1))[0]) == FINALISTS


def test_what_is_stored_says_which_network_is_the_best_and_which_came_next(monkeypatch):
    finalists = tuple(Training(rate, 0.0, 1.0) for rate in RATES[:FINALISTS])
    accuracy = np.arange(FINALISTS)[:, None] + np.array([0.1, 0.2])
    monkeypatch.setattr(tuned_places, "tune", lambda place, folder: (finalists, np.arange(7.0)))
    monkeypatch.setattr(
        tuned_places, "measure", lambda place, some, folder: (accuracy, accuracy + 10)
    )
    outcome = from_stored({"it": PLACE}, [tuned_and_measured(PLACE)])["it"]
    assert (outcome.place, outcome.training) == (PLACE, finalists[0])
    assert outcome.by_rate.tolist() == [0, 1, 2, 3, 4, 5, 6]
    assert outcome.accuracy.tolist() == [0.1, 0.2]
    assert outcome.recalibrated.tolist() == [10.1, 10.2]
    assert outcome.runners_up.tolist() == [[1.1, 1.2], [2.1, 2.2], [3.1, 3.2]]
