"""Each network gets the training that suits it: all are tried, and the best meet again."""

import numpy as np
import pytest

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
    tune,
)

# Made-up scores: one training leads on the first seeds and loses over all of them.
LUCKY, STEADY = Training(0.1, 0.9, 1.0), Training(0.3, 0.0, 2.0)


def score(training, seed):
    if training == STEADY:
        return 0.8
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

    monkeypatch.setattr("bnlib.experiments.tuned_places.sweep", made_up)
    return asked


def test_all_seeds_decide_and_the_rates_are_compared_on_the_first_of_them(asked):
    finalists, by_rate = tune(Place("relu", "before"), seeds=range(20))
    assert finalists[:2] == (STEADY, LUCKY)
    assert len(finalists) == FINALISTS
    expected = dict.fromkeys(RATES, 0.5) | {0.1: 0.9, 0.3: 0.8}
    assert dict(zip(RATES, by_rate, strict=True)) == pytest.approx(expected)
    assert {part for *_, part in asked} == {"validation"}


def test_everything_is_tried_and_some_of_each_rate_go_on(asked):
    finalists, _ = tune(Place("relu", "before"), seeds=range(20))
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


def test_too_few_seeds_to_compare_rates_are_refused():
    with pytest.raises(ValueError, match="5 seeds, got 4"):
        tune(Place("relu", "before"), TUNING_SEEDS[:4])
