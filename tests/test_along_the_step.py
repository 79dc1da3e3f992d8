"""Walks along the gradient step: right numbers, and a network that stays as it was."""

import numpy as np
import pytest

import bnlib
from bnlib.experiments.along_the_step import relative_walk, walk
from bnlib.experiments.scale_invariance import lengths, network_without_eps, rescaled
from bnlib.experiments.shaken_norm import build, hidden_linears


@pytest.fixture(scope="module")
def images():
    training = bnlib.load_digits().split(0)[0]
    return training.x[:100], training.labels[:100]


def gradient(network, images):
    loss, doutputs = bnlib.softmax_cross_entropy(
        network.forward(images[0], training=True), images[1]
    )
    network.backward(doutputs)
    return loss, network.gradient.copy()


def test_a_walk_is_what_going_there_by_hand_gives(images):
    network = build(0, True, 0.0, 1.0, dtype=np.float64)
    found = walk(network, *images, (0.1, 0.3))
    loss, first = gradient(network, images)
    np.testing.assert_allclose([found.loss[0], found.gradient], [loss, np.linalg.norm(first)])
    start = network.theta.copy()
    for i, rate in enumerate((0.1, 0.3)):
        network.theta = start - rate * first
        there, second = gradient(network, images)
        expected = [there, np.linalg.norm(second - first), rate * np.linalg.norm(first)]
        got = [found.loss[i + 1], found.change[i], found.length[i]]
        np.testing.assert_allclose(got, expected, rtol=1e-9)
    assert found.loss_range == np.ptp(found.loss[1:])
    assert found.predictiveness == found.change.max()
    assert found.smoothness == (found.change / found.length).max()


def test_along_a_short_step_the_loss_falls_by_the_gradient_squared(images):
    for network in (build(0, False, 0.0, 1.0, np.float64), build(0, True, 0.5, 1.0, np.float64)):
        found = walk(network, *images, (1e-6,))
        fall = (found.loss[0] - found.loss[1]) / 1e-6
        np.testing.assert_allclose(fall, found.gradient**2, rtol=1e-3)


def test_the_network_its_running_statistics_and_its_noise_stay_as_they_were(images):
    network, twin = (build(0, True, 0.5, 1.0) for _ in range(2))
    walk(network, *images, (1.0,))
    relative_walk(network, *images, (0.1,))
    np.testing.assert_array_equal(network.theta, twin.theta)
    x = images[0].astype(np.float32)
    outputs = [each.forward(x, training=True) for each in (network, twin)]
    np.testing.assert_array_equal(*outputs)
    means = [each.layers[1].running_mean for each in (network, twin)]
    np.testing.assert_array_equal(*means)


def test_a_relative_walk_moves_every_w_by_its_share_and_ignores_the_scale_of_w(images):
    network = network_without_eps(0)
    first = relative_walk(network, *images, (0.01, 0.1))
    for layer in hidden_linears(network):
        layer.params["W"] *= 7
    again = relative_walk(network, *images, (0.01, 0.1))
    for name in ("loss", "change", "length", "gradient"):
        np.testing.assert_allclose(getattr(again, name), getattr(first, name), rtol=1e-8)
    np.testing.assert_allclose(first.length, np.array([0.01, 0.1]) * np.sqrt(5))


def test_a_scaled_matrix_changes_no_loss_and_shrinks_gradient_and_smoothness():
    found = rescaled(4.0, seeds=(300, 301))
    assert (found.loss < 1e-12).all()
    assert (found.cosine < 1e-12).all()
    np.testing.assert_allclose(found.gradient, 1 / 4, rtol=1e-9)
    np.testing.assert_allclose(found.smoothness, 1 / 16, rtol=1e-7)


def test_no_step_of_plain_gradient_descent_shortens_a_matrix_behind_which_stands_batch_norm():
    seen, loss = lengths(seed=300, rate=0.5, steps=30)
    assert seen.shape == (31, 5)
    assert (np.diff(seen, axis=0) > 0).all()
    assert 0 < loss < 2.3


@pytest.mark.parametrize("rates", [(), (0.0,), (-1.0, 1.0)])
def test_steps_must_be_above_0(rates, images):
    for go in (walk, relative_walk):
        with pytest.raises(ValueError, match="above 0"):
            go(build(0, True, 0.0, 1.0), *images, rates)


def test_scaling_refuses_what_makes_no_sense():
    with pytest.raises(ValueError, match="factor"):
        rescaled(0)
    with pytest.raises(ValueError, match="seeds is empty"):
        rescaled(2.0, seeds=())
