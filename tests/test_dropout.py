"""Dropout: its masks, its generator, and what a refusal or a copy does to them."""

import json
from copy import deepcopy

import numpy as np
import pytest

import bnlib


def rng(seed=0):
    return np.random.default_rng(seed)


def forward(layer, x, training=True):
    return layer.forward(x, training=training)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("rate", [0.0, 0.25, 0.9])
def test_values_are_dropped_at_the_rate_or_divided_by_what_is_kept(rate, dtype):
    x = rng(1).normal(size=(200, 5, 10, 10)).astype(dtype)
    y = forward(bnlib.Dropout(rate, rng=rng()), x)
    assert y.dtype == dtype
    kept = y != 0
    np.testing.assert_allclose(y[kept], (x / (1 - rate))[kept], rtol=1e-6)
    assert abs(1 - kept.mean() - rate) <= 4 * np.sqrt(rate * (1 - rate) / x.size)


def test_the_gradient_passes_where_the_value_did():
    layer, dy = bnlib.Dropout(0.4, rng=rng()), rng(1).normal(size=(30, 20))
    y = forward(layer, np.ones((30, 20)))
    np.testing.assert_array_equal(layer.backward(dy), dy * y)


def test_inference_does_nothing_and_draws_nothing():
    layer, x = bnlib.Dropout(0.4, rng=rng()), rng(1).normal(size=(6, 5))
    before = layer.state
    np.testing.assert_array_equal(forward(layer, x, training=False), x)
    np.testing.assert_array_equal(layer.backward(x), x)
    assert layer.state == before


def test_each_step_and_each_layer_has_a_mask_of_its_own_and_rng_is_left_alone():
    parent, x = rng(), np.ones((10, 20))
    one, two = (bnlib.Dropout(0.5, rng=parent) for _ in range(2))
    masks = [forward(one, x), forward(one, x), forward(two, x)]
    shares = [(a == b).mean() for a, b in zip(masks, masks[1:] + masks[:1], strict=True)]
    assert max(shares) < 0.7
    assert parent.random() == rng().random()
    np.testing.assert_array_equal(forward(bnlib.Dropout(0.5, rng=rng()), x), masks[0])


def test_a_twin_with_the_same_state_goes_on_with_the_same_masks():
    x = np.ones((10, 20))
    layer, twin = bnlib.Dropout(0.5, rng=rng()), bnlib.Dropout(0.5, rng=rng(9))
    forward(layer, x)
    copy = deepcopy(layer)
    twin.load_state(json.loads(json.dumps(layer.state)))
    expected = forward(layer, x)
    np.testing.assert_array_equal(forward(twin, x), expected)
    np.testing.assert_array_equal(forward(copy, x), expected)


@pytest.mark.parametrize("inside", [False, True])
def test_a_refused_forward_puts_the_generator_and_the_mask_back(inside):
    layer = bnlib.Dropout(0.5, rng=rng())
    outer = bnlib.Network([layer, bnlib.BatchNorm(20, eps=0)]) if inside else layer
    x, dy = rng(1).normal(size=(2, 30, 20))
    forward(outer, x)
    expected, before = outer.backward(dy), layer.state
    with pytest.raises(ValueError, match=r"too large|constant"):
        forward(outer, np.zeros((30, 20)) if inside else np.full((30, 20), 1.5e308))
    assert layer.state == before
    np.testing.assert_array_equal(outer.backward(dy), expected)


def test_gradients_of_a_network_with_dropout_hold_the_mask_still():
    layers = [bnlib.Linear(3, 6, rng=rng()), bnlib.Dropout(0.5, rng=rng()), bnlib.BatchNorm(6)]
    network = bnlib.Network([*layers, bnlib.Tanh(), bnlib.Dropout(0.2, rng=rng(1))])
    before = layers[1].state
    errors = bnlib.check_gradients(network, rng(2).normal(size=(8, 3)), training=True, rng=rng(5))
    assert max(errors.values()) < 1e-7
    assert layers[1].state == before


def without_seed_sequence():
    return np.random.Generator(np.random.RandomState(0)._bit_generator)


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ((1, rng()), ValueError, "rate must be below 1"),
        ((-0.1, rng()), ValueError, "rate must be at least 0"),
        ((True, rng()), TypeError, "rate"),
        ((0.5, 0), TypeError, "Generator"),
        ((0.5, without_seed_sequence()), TypeError, "spawn"),
    ],
)
def test_bad_arguments_are_refused(arguments, error, message):
    rate, generator = arguments
    with pytest.raises(error, match=message):
        bnlib.Dropout(rate, rng=generator)


@pytest.mark.parametrize(
    "change",
    [
        {"state": None},
        {"state": {"state": 1.5, "inc": 3}},
        {"state": {"state": 1, "inc": -3}},
        {"bit_generator": "MT19937"},
        {"has_uint32": np.ones(2)},
        {"more": 1},
    ],
)
def test_a_damaged_state_is_refused_and_changes_nothing(change):
    layer = bnlib.Dropout(0.5, rng=rng())
    before = layer.state
    for bad in ({"generator": before["generator"] | change}, before | {"more": 1}, {}, None):
        with pytest.raises(ValueError, match=r"Dropout\.state"):
            layer.load_state(bad)
        assert layer.state == before
