"""A changed W1 and layer 5: the measure by hand, and the stored result.

The margins were written down before the fresh seeds were run.
"""

import numpy as np
import pytest

import bnlib
from bnlib.experiments.coupling import CHECK_SEEDS, FIELDS, SEEDS, load_stored, measure, response
from bnlib.experiments.gradient_shift import NAMES


@pytest.fixture(scope="module")
def results():
    return load_stored()


@pytest.fixture(scope="module")
def fresh():
    return measure(CHECK_SEEDS)


def test_the_stored_result_covers_all_networks_and_seeds(results):
    assert list(results) == list(NAMES)
    for each in results.values():
        assert all(getattr(each, field).shape == (len(SEEDS), 2) for field in FIELDS)


def test_on_fresh_seeds_batch_norm_holds_mean_and_spread_by_construction(fresh):
    for name, each in fresh.items():
        if not name.endswith("without"):
            assert each.mean.max() < 1e-3
            assert each.std.max() < 0.02  # but for what eps takes


def test_on_fresh_seeds_values_of_a_relu_network_move_as_far_with_batch_norm_as_without(fresh):
    ratio = fresh["relu alike"].value.mean(axis=0) / fresh["relu without"].value.mean(axis=0)
    assert (ratio > 0.75).all()
    assert (ratio < 1.6).all()


def test_on_fresh_seeds_the_numbers_are_those_of_the_book(results, fresh):
    for name, each in fresh.items():
        known = results[name].value.mean(axis=0)
        np.testing.assert_allclose(each.value.mean(axis=0), known, rtol=0.25, atol=0.01)


def test_a_linear_network_of_one_layer_responds_as_computed():
    rng = np.random.default_rng(0)
    network = bnlib.mlp([3, 2, 2], rng=rng)
    x = np.array([[1.0, 0.0, 2.0], [0.0, 1.0, -1.0], [3.0, 1.0, 0.0]])
    weights = network.layers[0].params["W"].copy()
    found = response(network, x, np.random.default_rng(5), change=0.2, layer=1)
    direction = np.random.default_rng(5).standard_normal(weights.shape)
    direction *= 0.2 * np.linalg.norm(weights) / np.linalg.norm(direction)
    std, moved = (x @ weights).std(axis=0), x @ direction
    expected = (np.sqrt((moved**2).mean(axis=0)) / std).mean()
    assert found["value"] == pytest.approx(expected)
    assert found["mean"] == pytest.approx((np.abs(moved.mean(axis=0)) / std).mean())
    np.testing.assert_array_equal(network.layers[0].params["W"], weights)  # as it was


def test_a_change_of_nothing_is_refused():
    with pytest.raises(ValueError, match="change"):
        response(bnlib.mlp([3, 2, 2], rng=np.random.default_rng(0)), np.eye(3), None, change=0)
