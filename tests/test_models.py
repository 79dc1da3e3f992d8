"""Ready-made networks: where they start from, and what the convolutional one learns."""

import numpy as np
import pytest

import bnlib


def rng(seed=0):
    return np.random.default_rng(seed)


def names(network):
    return [type(layer).__name__ for layer in network.layers]


def weights(network):
    return [layer.params["W"] for layer in network.layers if "W" in layer.params]


@pytest.mark.parametrize(
    ("activation", "more", "scale"),
    [
        ("relu", {}, np.sqrt(2) / np.sqrt([4, 6])),
        ("tanh", {}, 1 / np.sqrt([4, 6])),
        ("relu", {"initializer": "lecun", "gain": 3}, 3 / np.sqrt([4, 6])),
        ("sigmoid", {"initializer": "glorot"}, np.sqrt(2) / np.sqrt([10, 11])),
        ("sigmoid", {"initializer": "plain", "gain": 0.1}, np.array([0.1, 0.1])),
    ],
)
def test_mlp_draws_its_weights_in_order_at_the_scale_asked_for(activation, more, scale):
    network, draws = bnlib.mlp([4, 6, 5, 3], activation, rng=rng(7), **more), rng(7)
    for W, std in zip(weights(network), [*scale, 1 / np.sqrt(5)], strict=True):
        # Equal to the last bit: printed numbers of the chapters depend on it.
        np.testing.assert_array_equal(W, draws.standard_normal(W.shape) * std)


def test_mlp_without_a_hidden_layer_is_logistic_regression():
    network = bnlib.mlp([3, 1], rng=rng())
    assert names(network) == ["Linear"]
    x = rng().normal(size=(200, 3))
    targets = (x @ [1, -2, 0.5] > 0.3).astype(int)
    optimizer = bnlib.SGD(1.0, momentum=0.9)
    bnlib.train(network, x, targets, steps=200, batch_size=50, optimizer=optimizer, rng=rng(1),
                loss="binary_cross_entropy")  # fmt: skip
    assert bnlib.accuracy(network, x, targets) > 0.97


def test_convnet_with_and_without_batch_norm_starts_from_the_same_weights():
    normed, plain = bnlib.convnet(rng=rng()), bnlib.convnet(batch_norm=False, rng=rng())
    for a, b in zip(weights(normed), weights(plain), strict=True):
        np.testing.assert_array_equal(a, b)
    assert names(normed) == [
        *["Conv2d", "BatchNorm", "ReLU", "MaxPool2d"] * 2, "Flatten", "Linear"
    ]  # fmt: skip
    assert [name for name in names(normed) if name != "BatchNorm"] == names(plain)
    assert [layer.bias for layer in normed.layers if hasattr(layer, "bias")] == [False, False, True]


@pytest.mark.parametrize("channels", [[3], (3, 5), (2, 3, 4)])
def test_convnet_takes_one_to_three_convolutions(channels):
    network = bnlib.convnet(channels=channels, rng=rng(), dtype=np.float32)
    outputs = network.forward(np.ones((4, 1, 8, 8)), training=True)
    assert outputs.shape == (4, 10)
    assert outputs.dtype == np.float32
    assert names(network).count("Conv2d") == len(channels)


def test_convnet_reads_97_percent_of_unseen_digits():
    accuracies = []
    for seed in (0, 1):
        training, _, test = (
            (part.x.reshape(-1, 1, 8, 8), part.labels)
            for part in bnlib.load_digits().split(seed, dtype=np.float32)
        )
        network = bnlib.convnet(rng=rng(seed), dtype=np.float32)
        bnlib.train(network, *training, steps=600, batch_size=32, rng=rng([seed, 1]),
                    optimizer=bnlib.SGD(0.02, momentum=0.9))  # fmt: skip
        accuracies.append(bnlib.accuracy(network, *test))
    assert np.mean(accuracies) >= 0.97  # 98.1 % when this was written


@pytest.mark.parametrize(("call", "error", "message"), [
    (lambda: bnlib.mlp([3, 2], initializer="big", rng=rng()), ValueError, "initializer"),
    (lambda: bnlib.mlp([3, 2], gain=0, rng=rng()), ValueError, "gain"),
    (lambda: bnlib.mlp([3, 4, 2], rng=1), TypeError, "Generator"),
    (lambda: bnlib.convnet(rng=None), TypeError, "Generator"),
    (lambda: bnlib.convnet(batch_norm=1, rng=rng()), TypeError, "batch_norm"),
    (lambda: bnlib.convnet(channels=[], rng=rng()), ValueError, "channels must have 1 to 3"),
    (lambda: bnlib.convnet(channels=(2, 2, 2, 2), rng=rng()), ValueError, "channels must have"),
    (lambda: bnlib.convnet(channels=8, rng=rng()), TypeError, "channels must be a list"),
    (lambda: bnlib.convnet(channels=[2, 0], rng=rng()), ValueError, "channels must be at least 1"),
    (lambda: bnlib.convnet(rng=rng(), dtype=int), ValueError, "dtype"),
])  # fmt: skip
def test_bad_input_is_refused(call, error, message):
    with pytest.raises(error, match=message):
        call()
