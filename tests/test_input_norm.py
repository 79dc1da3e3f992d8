"""The stored result on batch norm of X: is it what the code gives, and is it no lucky draw?

The margins were written down before the fresh seeds were run.
"""

import numpy as np
import pytest

from bnlib.experiments.input_norm import PLACES, batch_norm_of_x, load_stored
from bnlib.experiments.placed_networks import BATCH_SIZE, CHECK_SEEDS, SEEDS, measure
from bnlib.experiments.scaled_digits import DATA, split
from bnlib.experiments.tuned_places import from_stored

POSITIONS = ("none", "before")


@pytest.fixture(scope="module")
def results():
    return load_stored()


@pytest.fixture(scope="module")
def fresh(results):
    return {
        key: measure(outcome.place, [outcome.training], CHECK_SEEDS)[0][0]
        for key, outcome in results.items()
    }


def test_the_stored_result_covers_every_place_and_no_run_diverged(results):
    assert list(results) == list(PLACES)
    for outcome in results.values():
        assert outcome.accuracy.shape == (len(SEEDS),)
        assert outcome.accuracy.min() > 0.3


def test_two_of_the_stored_runs_come_out_again(results):
    outcome = results["awkward", "batch norm", "before"]
    accuracy, recalibrated = measure(outcome.place, [outcome.training], list(SEEDS)[:2])
    np.testing.assert_allclose(accuracy[0], outcome.accuracy[:2], atol=0.02)
    np.testing.assert_allclose(recalibrated[0], outcome.recalibrated[:2], atol=0.02)


def test_on_fresh_seeds_the_accuracies_are_those_of_the_book(results, fresh):
    for (data, x, position), accuracy in fresh.items():
        margin = 0.08 if (data, x) == ("awkward", "as it is") else 0.03
        stored = results[data, x, position].accuracy.mean()
        assert abs(accuracy.mean() - stored) < margin, (data, x, position)


def test_on_fresh_seeds_awkward_scales_cost_much_and_batch_norm_of_the_hidden_layers_does_not_mend(
    fresh,
):
    for position, least in zip(POSITIONS, (0.05, 0.03), strict=True):
        lost = fresh["awkward", "standardized", position] - fresh["awkward", "as it is", position]
        assert lost.mean() > least


def test_on_fresh_seeds_batch_norm_of_x_does_what_standardizing_does(fresh):
    for data in DATA:
        for position in POSITIONS:
            both = fresh[data, "batch norm", position], fresh[data, "standardized", position]
            assert abs((both[0] - both[1]).mean()) < 0.02


def test_batch_norm_of_x_averages_the_batches_of_the_training():
    x = split("plain", 0)[0].x
    norm = batch_norm_of_x(x, seed=0, steps=1)
    order = np.random.default_rng([0, 1]).permutation(len(x))[:BATCH_SIZE]
    np.testing.assert_allclose(norm.running_mean, x[order].mean(axis=0))
    np.testing.assert_allclose(norm.running_var, x[order].var(axis=0, ddof=1), atol=1e-12)
    late = batch_norm_of_x(x, seed=0)
    assert np.abs(late.running_mean - x.mean(axis=0)).max() < 0.2


def test_a_stored_result_of_other_places_is_refused(results):
    outcomes = [{"place": vars(outcome.place)} for outcome in results.values()]
    with pytest.raises(ValueError, match="run it again"):
        from_stored(PLACES, outcomes[::-1])
