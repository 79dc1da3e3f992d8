"""Convolution and pooling: against loops written out, at every gradient, and at their edges."""

import numpy as np
import pytest

import bnlib
from bnlib import conv


def rng(seed=0):
    return np.random.default_rng(seed)


def a_conv(in_channels=2, out_channels=3, kernel_size=3, seed=0, **more):
    layer = bnlib.Conv2d(in_channels, out_channels, kernel_size, rng=rng(seed), **more)
    if layer.bias:
        layer.params["b"] += rng(1).normal(size=out_channels)
    return layer


def by_loops(x, W, b, padding, stride):
    """The definition: multiply and add, for each output by itself."""
    x = np.pad(x, [(0, 0), (0, 0), (padding, padding), (padding, padding)])
    size = W.shape[2]
    height, width = ((side - size) // stride + 1 for side in x.shape[2:])
    y = np.zeros((len(x), len(W), height, width))
    for n, o, i, j in np.ndindex(y.shape):
        down, across = i * stride, j * stride
        window = x[n, :, down : down + size, across : across + size]
        y[n, o, i, j] = (window * W[o]).sum() + b[o]
    return y


GEOMETRIES = [
    {"kernel_size": 3, "padding": 1},
    {"kernel_size": 3},
    {"kernel_size": 1},
    {"kernel_size": 2, "padding": 1, "stride": 2},
    {"kernel_size": 3, "stride": 2},  # the last column of 6 is left over
    {"kernel_size": 2, "padding": 2, "stride": 3},
    {"kernel_size": 5, "padding": 2},
]


@pytest.mark.parametrize("geometry", GEOMETRIES, ids=str)
def test_a_convolution_is_what_the_loops_give(geometry):
    layer, x = a_conv(**geometry), rng(2).normal(size=(4, 2, 5, 6))
    W, b = layer.params["W"], layer.params["b"]
    expected = by_loops(x, W, b, layer.padding, layer.stride)
    np.testing.assert_allclose(layer.forward(x, training=True), expected, rtol=1e-12, atol=1e-12)
    network = bnlib.Network([layer])
    assert network._shapes(x.shape[1:])[-1] == expected.shape[1:]


@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize("geometry", GEOMETRIES, ids=str)
def test_gradients_of_a_convolution(geometry, bias):
    x = rng(2).normal(size=(3, 2, 5, 6))
    layer = a_conv(bias=bias, **geometry)
    errors = bnlib.check_gradients(layer, x, training=True, rng=rng(5))
    assert list(errors) == (["x", "W", "b"] if bias else ["x", "W"])
    assert max(errors.values()) < 1e-8


@pytest.mark.parametrize("values", [1, 100, 2**15])
def test_the_size_of_the_blocks_does_not_matter(values, monkeypatch):
    x, dy = rng().normal(size=(7, 2, 4, 4)), rng(1).normal(size=(7, 3, 4, 4))
    layer = a_conv(padding=1)
    expected = by_loops(x, layer.params["W"], layer.params["b"], 1, 1)
    monkeypatch.setattr(conv, "_BLOCK", values)
    np.testing.assert_allclose(layer.forward(x, training=True), expected, rtol=1e-12, atol=1e-12)
    assert max(bnlib.check_gradients(layer, x, training=True, rng=rng()).values()) < 1e-8
    layer.backward(dy)
    by_example = 0
    for each, gradient in zip(x, dy, strict=True):
        twin = a_conv(padding=1)
        twin.forward(each[None], training=True)
        twin.backward(gradient[None])
        by_example = by_example + twin.grads["W"]
    np.testing.assert_allclose(layer.grads["W"], by_example, rtol=1e-12, atol=1e-12)


def test_a_kernel_of_1_is_a_linear_layer_at_each_pixel():
    layer, x = a_conv(kernel_size=1), rng(2).normal(size=(4, 2, 3, 5))
    linear = bnlib.Linear(2, 3, rng=rng())
    linear.params.update(W=layer.params["W"][:, :, 0, 0].T, b=layer.params["b"])
    pixels = np.moveaxis(x, 1, -1).reshape(-1, 2)
    expected = np.moveaxis(linear.forward(pixels, training=True).reshape(4, 3, 5, 3), -1, 1)
    np.testing.assert_allclose(layer.forward(x, training=True), expected, rtol=1e-13)


@pytest.mark.parametrize("make", [
    lambda: a_conv(padding=1, dtype=np.float32), lambda: bnlib.AveragePool2d(2),
    lambda: bnlib.MaxPool2d(2),
])  # fmt: skip
def test_float32_stays_float32_and_memory_order_does_not_matter(make):
    x = rng().normal(size=(3, 2, 4, 6)).astype(np.float32)
    layer = make()
    y = layer.forward(x, training=True)
    dy = rng(1).normal(size=y.shape).astype(np.float32)
    dx = layer.backward(dy)
    assert y.dtype == dx.dtype == np.float32
    layer.forward(np.asfortranarray(x), training=True)
    np.testing.assert_allclose(layer.backward(np.asfortranarray(dy)), dx, rtol=1e-5)


def test_gradients_of_images_through_convolution_batch_norm_and_pooling():
    layers = [
        a_conv(padding=1, bias=False),
        bnlib.BatchNorm(3),
        bnlib.Tanh(),
        bnlib.MaxPool2d(2),
        a_conv(3, 4, 2, seed=3, stride=2),
        bnlib.AveragePool2d(1),
        bnlib.Flatten(),
        bnlib.Linear(4, 2, rng=rng()),
    ]
    network = bnlib.Network(layers)
    network.theta += 0.3 * rng(4).normal(size=network.theta.shape)
    x = rng(2).normal(size=(4, 2, 4, 4))
    network.forward(x, training=True)
    for training in (True, False):
        errors = bnlib.check_gradients(network, x, training=training, rng=rng(5))
        assert len(errors) == 8
        assert max(errors.values()) < 1e-7


def test_the_bias_before_batch_norm_has_no_gradient():
    layer, norm = a_conv(padding=1), bnlib.BatchNorm(3)
    norm.params["gamma"] += 1
    z = layer.forward(rng().normal(size=(5, 2, 4, 4)), training=True)
    layer.backward(norm.backward(rng(1).normal(size=norm.forward(z, training=True).shape)))
    assert np.abs(layer.grads["b"]).max() < 1e-13
    assert np.abs(layer.grads["W"]).max() > 0.1


def windows(x, size):
    n, channels, height, width = x.shape
    cut = x.reshape(n, channels, height // size, size, width // size, size)
    return cut.swapaxes(3, 4).reshape(n, channels, height // size, width // size, -1)


@pytest.mark.parametrize(("size", "shape"), [(1, (2, 3)), (2, (4, 6)), (3, (3, 9))])
def test_pooling_takes_the_mean_or_the_maximum_of_each_window(size, shape):
    x = rng().normal(size=(3, 2, *shape))
    for layer, expected in (
        (bnlib.AveragePool2d(size), windows(x, size).mean(-1)),
        (bnlib.MaxPool2d(size), windows(x, size).max(-1)),
    ):
        np.testing.assert_allclose(layer.forward(x, training=True), expected, rtol=1e-13)
        errors = bnlib.check_gradients(layer, x, training=True, rng=rng(5))
        assert errors["x"] < 1e-8


def test_the_first_of_equal_maxima_gets_the_gradient():
    x = np.array([[1, 3, 0, 0], [3, 3, 0, 0], [2, 1, 5, 6], [2, 0, 7, 7]])
    first = np.array([[0, 1, 1, 0], [0, 0, 0, 0], [1, 0, 0, 0], [0, 0, 1, 0]])
    layer = bnlib.MaxPool2d(2)
    layer.forward(x[None, None], training=True)
    np.testing.assert_array_equal(layer.backward(np.ones((1, 1, 2, 2))), first[None, None])


def test_a_large_window_has_its_maximum_anywhere():
    x = np.zeros((2, 1, 20, 20))
    x[0, 0, 19, 18], x[1, 0, 0, 0] = 1, 1
    layer = bnlib.MaxPool2d(20)
    layer.forward(x, training=True)
    np.testing.assert_array_equal(layer.backward(np.ones((2, 1, 1, 1))), x)


@pytest.mark.parametrize("make", [a_conv, lambda: bnlib.AveragePool2d(2),
                                  lambda: bnlib.MaxPool2d(2)])  # fmt: skip
def test_arguments_stay_and_may_be_changed_afterwards(make):
    x = rng().normal(size=(3, 2, 4, 4))
    layer, kept = make(), x.copy()
    y = layer.forward(x, training=True)
    dy = rng(1).normal(size=y.shape)
    dx, kept_dy = layer.backward(dy), dy.copy()
    np.testing.assert_array_equal(x, kept)
    np.testing.assert_array_equal(dy, kept_dy)
    x[:], y[:] = 7, 7
    np.testing.assert_array_equal(layer.backward(dy), dx)


IMAGE = np.ones((2, 2, 4, 6))
REFUSED = [
    (lambda: a_conv(kernel_size=5).forward(IMAGE, training=True), "5 x 5 .* padded image of 4 x 6"),
    (lambda: a_conv(kernel_size=7, padding=1).forward(IMAGE, training=True), "7 x 7 .* of 6 x 8"),
    (lambda: a_conv(3).forward(IMAGE, training=True), r"\(N, 3, H, W\), but gets \(N, 2, 4, 6\)"),
    (lambda: a_conv().forward(IMAGE[0], training=True), "needs 4 dimensions"),
    (lambda: a_conv().forward(IMAGE * np.nan, training=True), "nan"),
    (lambda: a_conv(padding=-1), "padding"),
    (lambda: a_conv(stride=0), "stride"),
    (lambda: a_conv(kernel_size=0), "kernel_size"),
    (lambda: a_conv(initializer="big"), "initializer"),
    (lambda: bnlib.MaxPool2d(0), "size"),
    (lambda: bnlib.MaxPool2d(4).forward(IMAGE, training=True), r"4 \* w\), but gets \(N, 2, 4"),
    (lambda: bnlib.AveragePool2d(3).forward(IMAGE, training=True), r"\(N, C, 3 \* h, 3 \* w\)"),
    (lambda: bnlib.AveragePool2d(2).forward(IMAGE[0], training=True), "needs 4 dimensions"),
    (lambda: bnlib.Network([a_conv(), bnlib.BatchNorm(2)]), r"layer 1: .*\(N, 3, \?, \?\)"),
    (lambda: bnlib.Network([a_conv(), bnlib.Linear(3, 2, rng=rng())]), "layer 1: a Linear takes"),
    (lambda: bnlib.Network([bnlib.Linear(3, 2, rng=rng()), bnlib.MaxPool2d(2)]), "layer 1: a Max"),
]  # fmt: skip


@pytest.mark.parametrize(("call", "message"), REFUSED)
def test_bad_input_is_refused(call, message):
    with pytest.raises(ValueError, match=message):
        call()


@pytest.mark.parametrize("more", [{"bias": 1}, {"stride": 1.0}, {"kernel_size": (3, 3)}])
def test_arguments_of_the_wrong_type_are_refused(more):
    with pytest.raises(TypeError, match=next(iter(more))):
        a_conv(**more)
