"""Batch norm in any place: the networks are built, trained and scored as they should be."""

import numpy as np
import pytest

import bnlib
from bnlib.experiments.perceptron import POSITIONS, perceptron
from bnlib.experiments.placed_networks import BATCH_SIZE, STEPS, Place, Training, run_together
from bnlib.experiments.scaled_digits import split

SIZES = [6, 5, 4, 3]


def kinds(network):
    return [type(layer).__name__ for layer in network.layers]


def weights(network):
    return [layer.params["W"] for layer in network.layers if isinstance(layer, bnlib.Linear)]


def built(position, on_x=False, activation="tanh"):
    rng = np.random.default_rng(0)
    return perceptron(SIZES, activation, position, on_x=on_x, rng=rng, gain=2.0)


@pytest.mark.parametrize(("position", "batch_norm"), [("before", True), ("none", False)])
def test_before_the_activation_and_nowhere_are_the_engine_s_own_networks(position, batch_norm):
    rng = np.random.default_rng(0)
    known = bnlib.mlp(SIZES, "tanh", batch_norm, rng=rng, initializer="lecun", gain=2.0)
    assert kinds(built(position)) == kinds(known)
    np.testing.assert_array_equal(built(position).theta, known.theta)


def test_after_the_activation_batch_norm_follows_it_and_the_bias_stays():
    network = built("after", on_x=True)
    hidden = ["Linear", "Tanh", "BatchNorm"]
    assert kinds(network) == ["BatchNorm", *hidden, *hidden, "Linear"]
    assert [layer.bias for layer in network.layers if isinstance(layer, bnlib.Linear)] == [True] * 3


def test_all_places_start_from_the_same_weights():
    first = weights(built("before"))
    for position in POSITIONS:
        for one, other in zip(first, weights(built(position, on_x=True)), strict=True):
            np.testing.assert_array_equal(one, other)


def awkward_point(position):
    """A network with batch norm of x, all its parameters away from their start, and an x."""
    rng = np.random.default_rng(1)
    network = built(position, on_x=True, activation="sigmoid")
    network.theta = network.theta + 0.3 * rng.standard_normal(network.theta.size)
    return network, rng.normal(size=(7, 6)), rng


@pytest.mark.parametrize("position", POSITIONS)
def test_gradients_are_right_in_every_place(position):
    network, x, rng = awkward_point(position)
    errors = bnlib.check_gradients(network, x, training=True, rng=rng)
    if position == "before":
        errors.pop("0.beta")  # rounding alone: see the next test
    assert max(errors.values()) < 1e-8


def test_where_the_next_layer_is_normalized_the_beta_of_x_has_no_gradient():
    network, x, rng = awkward_point("before")
    network.backward(rng.standard_normal(network.forward(x, training=True).shape))
    np.testing.assert_allclose(network.layers[0].grads["beta"], 0, atol=1e-14)


@pytest.mark.parametrize(
    "arguments", [("gelu", "before"), ("relu", "beside"), (None, "before"), ("relu", None)]
)
def test_an_unknown_place_is_refused(arguments):
    with pytest.raises(ValueError, match="must be one of"):
        perceptron(SIZES, *arguments, rng=np.random.default_rng(0))


def by_hand(place, training, seed):
    """The network of one run, trained by `bnlib.train`."""
    images = split(place.data, seed, standardize=place.x == "standardized", dtype=np.float32)
    network = perceptron(
        [64, 50, 50, 10],
        place.activation,
        place.position,
        on_x=place.x == "batch norm",
        rng=np.random.default_rng(seed),
        gain=training.gain,
        dtype=np.float32,
    )
    sgd = bnlib.SGD(training.learning_rate, training.momentum)
    options = {"steps": STEPS, "batch_size": BATCH_SIZE, "optimizer": sgd}
    rng = np.random.default_rng([seed, 1])
    bnlib.train(network, images[0].x, images[0].labels, rng=rng, **options)
    return network, images


@pytest.mark.parametrize(
    "place", [Place("relu", "after", "batch norm", "awkward"), Place("tanh", "none")]
)
def test_networks_trained_together_are_scored_as_if_each_were_trained_alone(place):
    trainings = Training(0.03, 0.9, 1.0), Training(0.1, 0.0, 2**0.5)
    together = run_together((place, trainings, (7, 8), "test"))
    network, (training, _, test) = by_hand(place, trainings[1], 8)
    alone = bnlib.accuracy(network, test.x, test.labels)
    assert abs(together["accuracy"][1, 1] - alone) <= 0.01  # sums are rounded in another order
    if place.position != "none":
        bnlib.recalibrate(network, training.x)
    anew = bnlib.accuracy(network, test.x, test.labels)
    assert abs(together["recalibrated"][1, 1] - anew) <= 0.01


def test_a_run_that_diverges_scores_nothing_and_harms_no_other():
    trainings = Training(1e6, 0.9, 1.0), Training(0.1, 0.0, 1.0)
    accuracy = run_together((Place("relu", "none"), trainings, (0,), "test"))["accuracy"]
    assert accuracy[0, 0] == 0
    assert accuracy[1, 0] > 0.9
