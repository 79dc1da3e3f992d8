"""Folding batch norm away: the same outputs in inference, from fewer layers."""

import numpy as np
import pytest

import bnlib


def rng(seed=0):
    return np.random.default_rng(seed)


def linear(inputs, outputs, **more):
    return bnlib.Linear(inputs, outputs, rng=rng(), **more)


def trained(layers, shape=(16, 6)):
    """Parameters away from their start, and running averages of four batches."""
    network = bnlib.Network(layers)
    network.theta += 0.3 * rng(1).normal(size=network.theta.shape)
    for seed in range(4):
        network.forward(rng(seed).normal(2, 3, shape), training=True)
    return network


def names(network):
    return [type(layer).__name__ for layer in network.layers]


def assert_same_outputs(folded, network, x, rtol):
    expected = network.forward(x, training=False)
    y = folded.forward(x, training=False)
    assert y.dtype == expected.dtype
    assert np.abs(y - expected).max() <= rtol * np.abs(expected).max()


@pytest.mark.parametrize(("dtype", "rtol"), [(np.float64, 1e-12), (np.float32, 1e-5)])
@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize("more", [{}, {"running_var_correction": 0, "bias_correction": False}])
def test_a_folded_network_gives_the_same_outputs(dtype, rtol, bias, more):
    network = trained(
        [
            linear(6, 8, bias=bias, dtype=dtype),
            bnlib.BatchNorm(8, eps=0.1, dtype=dtype, **more),
            bnlib.Tanh(),
            linear(8, 3, bias=bias, dtype=dtype),
            bnlib.BatchNorm(3, ghost_batch_size=4, dtype=dtype),
        ]
    )
    folded = bnlib.fold_batch_norm(network)
    assert names(folded) == ["Linear", "Tanh", "Linear"]
    assert folded.theta.dtype == dtype
    assert_same_outputs(folded, network, rng(9).normal(2, 3, (50, 6)), rtol)


def test_a_batch_norm_with_nothing_to_fold_into_stays():
    network = trained([bnlib.BatchNorm(6), linear(6, 4), bnlib.ReLU(), bnlib.BatchNorm(4)])
    folded = bnlib.fold_batch_norm(network)
    assert names(folded) == ["BatchNorm", "Linear", "ReLU", "BatchNorm"]
    assert_same_outputs(folded, network, rng(9).normal(2, 3, (50, 6)), 0)


@pytest.mark.parametrize(("dtype", "rtol"), [(np.float64, 1e-12), (np.float32, 1e-5)])
def test_a_convolution_takes_its_batch_norm_in(dtype, rtol):
    layers = [
        bnlib.Conv2d(2, 4, 3, padding=1, bias=False, rng=rng(), dtype=dtype),
        bnlib.BatchNorm(4, dtype=dtype),
        bnlib.ReLU(),
        bnlib.Conv2d(4, 3, 2, stride=2, rng=rng(), dtype=dtype),
        bnlib.BatchNorm(3, dtype=dtype),
        bnlib.Flatten(),
        bnlib.BatchNorm(12, dtype=dtype),
    ]
    network = trained(layers, shape=(16, 2, 4, 4))
    folded = bnlib.fold_batch_norm(network)
    assert names(folded) == ["Conv2d", "ReLU", "Conv2d", "Flatten", "BatchNorm"]
    assert_same_outputs(folded, network, rng(9).normal(2, 3, (20, 2, 4, 4)), rtol)


def test_dropout_in_a_folded_network_goes_on_by_itself():
    layers = [linear(6, 5), bnlib.BatchNorm(5), bnlib.Dropout(0.5, rng=rng())]
    network = trained(layers)
    folded, state = bnlib.fold_batch_norm(network), layers[2].state
    folded.forward(np.ones((4, 6)), training=True)
    assert layers[2].state == state != folded.layers[1].state


def test_two_batch_norms_in_a_row_are_both_folded():
    network = trained([linear(6, 4), bnlib.BatchNorm(4), bnlib.BatchNorm(4, eps=0.3)])
    folded = bnlib.fold_batch_norm(network)
    assert names(folded) == ["Linear"]
    assert_same_outputs(folded, network, rng(9).normal(2, 3, (50, 6)), 1e-12)


def test_a_folded_network_is_an_ordinary_one():
    network = trained([linear(6, 5, bias=False), bnlib.BatchNorm(5), bnlib.Tanh(), linear(5, 2)])
    folded = bnlib.fold_batch_norm(network)
    errors = bnlib.check_gradients(folded, rng().normal(size=(7, 6)), training=True, rng=rng(5))
    assert set(errors) == {"x", "0.W", "0.b", "2.W", "2.b"}
    assert max(errors.values()) < 1e-8
    assert folded.theta.size == 6 * 5 + 5 + 5 * 2 + 2
    assert folded.layers[0].configuration["bias"] is True
    assert names(bnlib.fold_batch_norm(folded)) == names(folded)


def test_the_given_network_stays_as_it_was():
    network = trained([linear(6, 5, bias=False), bnlib.BatchNorm(5), bnlib.BatchNorm(5)])
    x = rng().normal(size=(8, 6))
    network.forward(x, training=True)
    theta, states = network.theta.copy(), repr([layer.state for layer in network.layers])
    folded = bnlib.fold_batch_norm(network)
    folded.theta += 1
    folded.backward(folded.forward(x, training=True))
    np.testing.assert_array_equal(network.theta, theta)
    assert repr([layer.state for layer in network.layers]) == states
    assert network.backward(np.ones((8, 5))).shape == (8, 6)  # its forward is not forgotten


def test_folding_agrees_after_recalibration():
    x = rng(9).normal(1, 2, (40, 6))
    network = bnlib.mlp([6, 8, 7, 3], batch_norm=True, rng=rng())
    bnlib.recalibrate(network, x)
    assert_same_outputs(bnlib.fold_batch_norm(network), network, x, 1e-12)


def test_a_frozen_batch_norm_is_folded_too():
    network = trained([linear(6, 5), bnlib.BatchNorm(5)])
    network.layers[1].frozen = True
    assert_same_outputs(bnlib.fold_batch_norm(network), network, rng().normal(size=(9, 6)), 1e-12)


def diverged():
    network = trained([linear(6, 5), bnlib.BatchNorm(5)])
    network.theta[3] = np.inf
    return network


def overflowing():
    network = trained([linear(6, 5, dtype=np.float32), bnlib.BatchNorm(5, dtype=np.float32)])
    network.layers[1].params["gamma"] += 1e38
    network.layers[0].params["W"] += 1e3
    return network


def constant():
    network = bnlib.Network([linear(6, 5), bnlib.BatchNorm(5, eps=0)])
    state = {"raw_mean": np.ones(5), "raw_var": np.zeros(5), "updates": 1, "frozen": False}
    network.layers[1].load_state(state)
    return network


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: bnlib.mlp([6, 5, 3], batch_norm=True, rng=rng()), "layer 1.*no update yet"),
        (lambda: bnlib.Network([bnlib.BatchNorm(6)]), "layer 0.*no update yet"),
        (diverged, "layer 1.*W of shape .* has inf"),
        (overflowing, "too large for float32"),
        (constant, "eps is 0"),
    ],
)
def test_what_cannot_be_folded_is_refused_and_stays(make, message):
    network = make()
    theta = network.theta.copy()
    with pytest.raises(ValueError, match=message):
        bnlib.fold_batch_norm(network)
    np.testing.assert_array_equal(network.theta, theta)


def test_only_networks_are_folded():
    with pytest.raises(TypeError, match="Network"):
        bnlib.fold_batch_norm([linear(6, 5), bnlib.BatchNorm(5)])
