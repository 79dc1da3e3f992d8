"""Networks: gradients, parameters in one vector, copies, and refusals that change nothing."""

import pickle
from copy import deepcopy

import numpy as np
import pytest

import bnlib


def rng(seed=0):
    return np.random.default_rng(seed)


def linear(*sizes, **more):
    return bnlib.Linear(*sizes, rng=rng(), **more)


@pytest.mark.parametrize("activation", ["sigmoid", "tanh"])
@pytest.mark.parametrize("batch_norm", [True, False])
@pytest.mark.parametrize("training", [True, False])
def test_gradients_of_a_whole_network(activation, batch_norm, training):
    network = bnlib.mlp([4, 5, 3, 2], activation, batch_norm, rng=rng())
    network.theta += 0.3 * rng(3).normal(size=network.theta.shape)
    network.forward(rng(2).normal(size=(9, 4)), training=True)
    errors = bnlib.check_gradients(
        network, rng().normal(size=(6, 4)), training=training, rng=rng(5)
    )
    assert len(errors) == 1 + sum(len(layer.params) for layer in network.layers)
    assert max(errors.values()) < 1e-7


def test_the_gradient_checker_puts_everything_back():
    network = bnlib.mlp([4, 5, 2], batch_norm=True, rng=rng())
    x = rng().normal(size=(6, 4))
    network.forward(x, training=True)
    network.backward(np.ones((6, 2)))
    gradient = network.gradient.copy()
    kept, theta, states = x.copy(), network.theta.copy(), [la.state for la in network.layers]
    bnlib.check_gradients(network, x, training=True, rng=rng(5))
    np.testing.assert_array_equal(x, kept)
    np.testing.assert_array_equal(network.theta, theta)
    np.testing.assert_array_equal(network.gradient, gradient)
    for layer, state in zip(network.layers, states, strict=True):
        assert repr(layer.state) == repr(state)


def test_a_network_that_refuses_deep_inside_leaves_the_layers_above_alone():
    network = bnlib.Network(
        [bnlib.BatchNorm(2), bnlib.Linear(2, 2, rng=rng()), bnlib.BatchNorm(2, eps=0)]
    )
    network.layers[1].params["W"][:] = 0
    with pytest.raises(ValueError, match="constant"):
        network.forward(rng().normal(size=(5, 2)), training=True)
    assert network.layers[0].state["updates"] == 0


def test_a_refused_call_leaves_what_backward_needs_and_the_gradient():
    network = bnlib.Network([bnlib.BatchNorm(2), bnlib.BatchNorm(2, eps=0)])
    x, dy = rng().normal(size=(2, 5, 2))
    network.forward(x, training=True)
    expected, gradient = network.backward(dy), network.gradient.copy()
    with pytest.raises(ValueError, match="constant"):
        network.forward(np.ones((5, 2)), training=True)
    with pytest.raises(ValueError, match="too large"):
        network.backward(np.sign(dy) * 1.7e308)
    np.testing.assert_array_equal(network.gradient, gradient)
    np.testing.assert_array_equal(network.backward(dy), expected)


@pytest.mark.parametrize("copy", [deepcopy, lambda network: pickle.loads(pickle.dumps(network))])
def test_the_parameters_of_a_copy_are_views_of_its_own_vector(copy):
    network = bnlib.mlp([4, 6, 3], batch_norm=True, rng=rng())
    twin = copy(network)
    before = network.theta.copy()
    twin.theta[:] = 7
    assert all((p == 7).all() for layer in twin.layers for p in layer.params.values())
    assert np.shares_memory(twin.gradient, twin.layers[0].grads["W"])
    np.testing.assert_array_equal(network.theta, before)


def test_assigning_parameters_copies_into_the_vector():
    network = bnlib.mlp([4, 3, 2], rng=rng())
    W = np.ones((4, 3))
    network.layers[0].params["W"] = W
    network.layers[0].params.update(b=[5, 6, 7])
    W[:] = 9
    np.testing.assert_array_equal(network.theta[:15], [1] * 12 + [5, 6, 7])
    network.theta = np.zeros(network.theta.size)
    assert not network.layers[0].params["W"].any()
    for name, value in (("W", np.ones(3)), ("V", W), ("b", None)):
        with pytest.raises((ValueError, TypeError)):
            network.layers[0].params[name] = value
    with pytest.raises(ValueError, match="theta"):
        network.theta = np.zeros(3)


def test_mlp_with_and_without_batch_norm_starts_from_the_same_weights():
    plain = bnlib.mlp([4, 6, 5, 3], rng=rng())
    normed = bnlib.mlp([4, 6, 5, 3], batch_norm=True, rng=rng())
    weights = [
        [layer.params["W"] for layer in net.layers if isinstance(layer, bnlib.Linear)]
        for net in (plain, normed)
    ]
    for a, b in zip(*weights, strict=True):
        np.testing.assert_array_equal(a, b)
    assert ["b" in la.params for la in normed.layers if isinstance(la, bnlib.Linear)] == [
        False, False, True,
    ]  # fmt: skip


def test_parameters_are_views_of_one_vector():
    network = bnlib.mlp([4, 6, 3], batch_norm=True, rng=rng())
    network.theta[:] = np.arange(network.theta.size)
    seen = np.concatenate([p.ravel() for la in network.layers for p in la.params.values()])
    np.testing.assert_array_equal(seen, network.theta)


def images_out():
    return bnlib.Network([bnlib.Conv2d(1, 2, 1, rng=rng())])


@pytest.mark.parametrize(("call", "error", "message"), [
    (lambda: bnlib.Network([]), ValueError, "at least one"),
    (lambda: bnlib.Network([np.tanh]), TypeError, "bnlib layers"),
    (lambda: bnlib.Network([linear(3, 2), linear(3, 2)]), ValueError, "layer 1: a Linear takes"),
    (lambda: bnlib.Network([linear(3, 2), linear(2, 2, dtype="f4")]), ValueError, "dtypes"),
    (lambda: bnlib.Network(bnlib.mlp([3, 2], rng=rng()).layers), ValueError, "twice"),
    (lambda: bnlib.Network(None), TypeError, "layers must be a list"),
    (lambda: images_out().predict(np.ones((3, 1, 2, 2))), ValueError, "end on a Linear"),
    (lambda: images_out().forward(np.ones((3, 2, 2, 2)), training=True), ValueError, "layer 0"),
    (lambda: bnlib.mlp([3], rng=rng()), ValueError, "sizes"),
    (lambda: bnlib.mlp([3, 2], gain="big", rng=rng()), TypeError, "gain"),
    (lambda: bnlib.mlp([3, 0, 2], rng=rng()), ValueError, "sizes"),
    (lambda: bnlib.mlp([3, 2], "gelu", rng=rng()), ValueError, "'relu', 'sigmoid', 'tanh'"),
    (lambda: bnlib.mlp([3, 2], batch_norm=None, rng=rng()), TypeError, "batch_norm"),
])  # fmt: skip
def test_bad_input_is_refused(call, error, message):
    with pytest.raises(error, match=message):
        call()
