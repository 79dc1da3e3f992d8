"""The first figure of the paper, on digits: the stored result and a fresh slice of it.

The margins were written down before the fresh seeds were run.
"""

import numpy as np
import pytest

from bnlib.experiments.figure_one import (
    CHECK_SEEDS,
    LOOK_EVERY,
    NETWORKS,
    SEEDS,
    STEPS,
    find,
    load_stored,
    measure,
    watch_unit,
)


@pytest.fixture(scope="module")
def runs():
    return load_stored()


@pytest.fixture(scope="module")
def fresh():
    return measure(
        CHECK_SEEDS[:3], networks=[(False, 0.1, 1.0), (False, 0.5, 1.0), (True, 0.1, 1.0)]
    )


def test_the_stored_result_covers_all_networks_and_seeds(runs):
    assert [(run.batch_norm, run.learning_rate, run.gain) for run in runs] == list(NETWORKS)
    for run in runs:
        assert run.accuracy.shape == (len(SEEDS), STEPS // LOOK_EVERY)
        assert run.moved.shape == (len(SEEDS), 10)


def test_on_fresh_seeds_the_figure_comes_out(fresh):
    without, _, with_norm = fresh
    assert with_norm.accuracy[:, -1].mean() > without.accuracy[:, -1].mean() + 0.1
    assert with_norm.moved.mean() < 0.2 * without.moved.mean()


def test_on_fresh_seeds_a_larger_rate_moves_further_and_learns_better(fresh):
    slow, fast, _ = fresh
    assert fast.moved.mean() > 2 * slow.moved.mean()
    assert fast.accuracy[:, -1].mean() > slow.accuracy[:, -1].mean() + 0.1


def test_on_fresh_seeds_the_accuracies_are_those_of_the_book(runs, fresh):
    for run in fresh:
        side = "with" if run.batch_norm else "without"
        known = find(runs, side, run.learning_rate, run.gain)
        margin = 0.08 if known.accuracy[:, -1].mean() < 0.9 else 0.03  # it still climbs steeply
        assert abs(run.accuracy[:, -1].mean() - known.accuracy[:, -1].mean()) < margin


def test_the_unit_watched_is_one_run_of_the_experiment(runs):
    steps, values, accuracy = watch_unit(True, 0.1)
    assert steps[-1] == STEPS
    assert values.shape == (len(steps), 200)
    known = find(runs, "with", 0.1, 1.0).accuracy[0]
    np.testing.assert_allclose(accuracy[1:], known, atol=0.03)
    np.testing.assert_allclose(values[0].std(), 1, atol=1e-3)  # after batch norm, at the start


def test_an_unknown_network_is_refused(runs):
    with pytest.raises(ValueError, match="no run at rate"):
        find(runs, "with", 0.2, 1.0)
