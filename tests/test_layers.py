"""Layers: gradients, running statistics, determinism, and refusals."""

import numpy as np
import pytest

import bnlib


def rng(seed=0):
    return np.random.default_rng(seed)


def perturbed(layer, seed=1):
    """Parameters away from their start: gamma = 1 and beta = 0 hide mistakes."""
    for parameter in layer.params.values():
        parameter += rng(seed).normal(size=parameter.shape)
    return layer


def a_layer(name):
    make = {
        "linear": lambda: bnlib.Linear(3, 4, rng=rng()),
        "linear without bias": lambda: bnlib.Linear(3, 4, bias=False, rng=rng()),
        "relu": bnlib.ReLU,
        "sigmoid": bnlib.Sigmoid,
        "tanh": bnlib.Tanh,
        "identity": bnlib.Identity,
        "flatten": bnlib.Flatten,
        "dropout": lambda: bnlib.Dropout(0.3, rng=rng()),
        "batch norm": lambda: bnlib.BatchNorm(3, eps=0.01),
    }
    return perturbed(make[name]())


LAYERS = [
    "linear",
    "linear without bias",
    "relu",
    "sigmoid",
    "tanh",
    "identity",
    "flatten",
    "dropout",
    "batch norm",
]


@pytest.mark.parametrize("name", LAYERS)
def test_gradients_in_training(name):
    errors = bnlib.check_gradients(
        a_layer(name), rng().normal(size=(6, 3)), training=True, rng=rng(5)
    )
    assert max(errors.values()) < 1e-8


@pytest.mark.parametrize("name", LAYERS)
def test_gradients_in_inference(name):
    layer = a_layer(name)
    layer.forward(rng(2).normal(1, 2, (9, 3)), training=True)
    errors = bnlib.check_gradients(layer, rng().normal(size=(6, 3)), training=False, rng=rng(5))
    assert max(errors.values()) < 1e-8


@pytest.mark.parametrize("shape", [(4, 3, 5), (3, 3, 2, 4)])
@pytest.mark.parametrize("training", [True, False])
def test_batch_norm_gradients_over_positions(shape, training):
    layer = a_layer("batch norm")
    layer.forward(rng(2).normal(1, 2, shape), training=True)
    errors = bnlib.check_gradients(layer, rng().normal(size=shape), training=training, rng=rng(5))
    assert max(errors.values()) < 1e-8


def test_the_bias_before_batch_norm_has_no_gradient_and_no_effect():
    linear, norm = bnlib.Linear(4, 3, rng=rng()), perturbed(bnlib.BatchNorm(3))
    x = rng().normal(size=(8, 4))
    y = norm.forward(linear.forward(x, training=True), training=True)
    linear.backward(norm.backward(rng().normal(size=y.shape)))
    assert np.abs(linear.grads["b"]).max() < 1e-13
    linear.params["b"] += 5
    again = norm.forward(linear.forward(x, training=True), training=True)
    np.testing.assert_allclose(again, y, rtol=1e-12, atol=1e-12)


def test_flatten_turns_images_into_rows_and_gradients_into_images():
    x = rng().normal(size=(4, 3, 2, 5))
    layer = bnlib.Flatten()
    np.testing.assert_array_equal(layer.forward(x, training=True), [each.ravel() for each in x])
    np.testing.assert_array_equal(layer.backward(x.reshape(4, 30)), x)
    bnlib.Network([layer, bnlib.Linear(30, 2, rng=rng())]).forward(x, training=True)


@pytest.mark.parametrize("correction", [0, 1])
def test_running_statistics_follow_the_definition(correction):
    layer = bnlib.BatchNorm(2, ema_decay=0.8, running_var_correction=correction)
    mean, var = np.zeros(2), np.zeros(2)
    for step in range(1, 5):
        x = rng(step).normal(3, 2, (6, 2))
        layer.forward(x, training=True)
        mean = 0.8 * mean + 0.2 * x.mean(0)
        var = 0.8 * var + 0.2 * x.var(0, ddof=correction)
        np.testing.assert_allclose(layer.running_mean, mean / (1 - 0.8**step), rtol=1e-12)
        np.testing.assert_allclose(layer.running_var, var / (1 - 0.8**step), rtol=1e-12)


def test_without_bias_correction_the_average_starts_at_mean_0_and_variance_1():
    layer = bnlib.BatchNorm(2, ema_decay=0.9, bias_correction=False)
    np.testing.assert_array_equal(layer.running_mean, [0, 0])
    np.testing.assert_array_equal(layer.running_var, [1, 1])
    x = rng().normal(3, 2, (6, 2))
    layer.forward(x, training=True)
    np.testing.assert_allclose(layer.running_mean, 0.1 * x.mean(0))
    np.testing.assert_allclose(layer.running_var, 0.9 + 0.1 * x.var(0, ddof=1))


@pytest.mark.parametrize("bias_correction", [True, False])
def test_ema_decay_0_keeps_the_last_batch(bias_correction):
    layer = bnlib.BatchNorm(2, ema_decay=0, bias_correction=bias_correction)
    for seed in (1, 2):
        x = rng(seed).normal(3, 2, (6, 2))
        layer.forward(x, training=True)
    np.testing.assert_allclose(layer.running_mean, x.mean(0), rtol=1e-13)
    np.testing.assert_allclose(layer.running_var, x.var(0, ddof=1), rtol=1e-13)


def test_running_statistics_stay_float64_in_a_float32_layer():
    layer = bnlib.BatchNorm(4, ema_decay=0, dtype=np.float32)
    x = (1e6 + rng().normal(size=(64, 4))).astype(np.float32)
    assert layer.forward(x, training=True).dtype == np.float32
    np.testing.assert_allclose(layer.running_mean, x.astype(float).mean(0), rtol=1e-12)


def test_inference_is_an_error_before_the_first_training_step():
    with pytest.raises(ValueError, match="train one step first"):
        bnlib.BatchNorm(2).forward(np.ones((3, 2)), training=False)


def test_a_refused_batch_leaves_the_running_statistics_alone():
    layer = bnlib.BatchNorm(2, eps=0)
    layer.forward(rng().normal(size=(5, 2)), training=True)
    before = repr(layer.state)
    for bad in (np.ones((3, 2)), [[1, np.nan], [2, 3]], np.ones((1, 2)), [[1e200, 1], [-1e200, 2]]):
        with pytest.raises(ValueError, match=r"feature|nan|one value|overflow"):
            layer.forward(bad, training=True)
        assert repr(layer.state) == before


def test_eps_0_takes_a_batch_of_integers():
    layer = bnlib.BatchNorm(2, eps=0)
    y = layer.forward([[1, 2], [3, 5]], training=True)
    np.testing.assert_array_equal(y, [[-1, -1], [1, 1]])


def test_a_result_that_overflows_is_refused():
    layer = linear(3, 2)
    layer.params["W"] = np.ones((3, 2))
    with pytest.raises(ValueError, match="too large for float64"):
        layer.forward(np.full((2, 3), 1e308), training=False)
    with pytest.raises(ValueError, match="too large for float32"):
        linear(3, 2, dtype="f4").forward(np.full((2, 3), 1e300), training=False)
    layer.params["W"][:] = np.nan
    with pytest.raises(ValueError, match="parameter is not finite"):
        layer.forward(np.ones((2, 3)), training=False)


def test_the_gradient_checker_refuses_float32_before_it_touches_anything():
    layer = bnlib.BatchNorm(3, dtype=np.float32)
    with pytest.raises(TypeError, match="gamma is float32"):
        bnlib.check_gradients(layer, np.ones((4, 3)), training=True, rng=rng())
    with pytest.raises(TypeError, match="x is float32"):
        bnlib.check_gradients(bnlib.Tanh(), np.ones((4, 3), "f4"), training=True, rng=rng())
    assert layer.state["updates"] == 0


def test_state_makes_a_twin():
    layer, twin = bnlib.BatchNorm(3), bnlib.BatchNorm(3)
    layer.forward(rng().normal(2, 3, (8, 3)), training=True)
    twin.load_state(layer.state)
    x = rng(1).normal(size=(4, 3))
    np.testing.assert_array_equal(twin.forward(x, training=False), layer.forward(x, training=False))


@pytest.mark.parametrize(
    "change",
    [
        {"updates": -1},
        {"updates": 1.5},
        {"raw_mean": [1, 2]},
        {"raw_var": [1, 2, np.nan]},
        {"raw_var": [1, 2, -1]},
        {"more": 1},
    ],
)
def test_a_damaged_state_is_refused_and_changes_nothing(change):
    layer = bnlib.BatchNorm(3)
    layer.forward(rng().normal(size=(8, 3)), training=True)
    before = repr(layer.state)
    with pytest.raises((ValueError, TypeError)):
        layer.load_state(layer.state | change)
    assert repr(layer.state) == before


def test_a_caller_may_change_x_and_y_between_forward_and_backward():
    x, dy = rng().normal(size=(5, 3)), rng(1).normal(size=(5, 3))
    for name in LAYERS[2:]:
        layer = a_layer(name)
        layer.forward(x, training=True)
        expected = layer.backward(dy)
        layer, mine = a_layer(name), x.copy()
        layer.forward(mine, training=True)[:] = 7
        mine[:] = 7
        np.testing.assert_array_equal(layer.backward(dy), expected)


def test_sigmoid_does_not_overflow():
    z = np.array([[-1e4, -50.0, 0.0, 50.0, 1e4]])
    a = bnlib.Sigmoid().forward(z, training=True)
    np.testing.assert_allclose(a, [[0, 1 / (1 + np.exp(50)), 0.5, 1, 1]], atol=1e-16)


@pytest.mark.parametrize(("layer", "edge"), [(bnlib.Sigmoid(), 4.3565), (bnlib.Tanh(), 2.1783)])
def test_flat_begins_where_the_derivative_is_5_percent_of_its_largest(layer, edge):
    z = np.array([[0.0, edge - 0.001, edge + 0.001, -edge - 0.001]])
    layer.forward(z, training=True)
    slope = layer.backward(np.ones_like(z))
    np.testing.assert_array_equal(layer.flat(z), slope < 0.05 * slope[0, 0])
    np.testing.assert_array_equal(layer.flat(z), [[False, False, True, True]])


def linear(*sizes, **more):
    return bnlib.Linear(*sizes, rng=rng(), **more)


BAD = [
    (lambda: bnlib.Linear(0, 3, rng=rng()), ValueError, "in_features"),
    (lambda: bnlib.Linear(3, 2.5, rng=rng()), TypeError, "out_features"),
    (lambda: bnlib.Linear(3, 2, rng=0), TypeError, "Generator"),
    (lambda: linear(3, 2, gain=-1), ValueError, "gain"),
    (lambda: linear(3, 2, gain=1e300, dtype="f4"), ValueError, "too large for float32"),
    (lambda: linear(3, 2, initializer="big"), ValueError, "'he', 'lecun', 'glorot', 'plain'"),
    (lambda: linear(3, 2, dtype=np.int32), ValueError, "dtype"),
    (lambda: linear(3, 2, bias=None), TypeError, "bias"),
    (lambda: linear(3, 2).forward(np.ones((4, 5)), training=True), ValueError, r"\(N, 3\)"),
    (lambda: linear(3, 2).forward(np.ones(3), training=True), ValueError, "shape"),
    (lambda: linear(3, 2).forward(np.full((2, 3), np.nan), training=True), ValueError, "nan"),
    (lambda: linear(3, 2).backward(np.ones((4, 2))), ValueError, "forward call before"),
    (lambda: bnlib.ReLU().forward(np.ones((2, 2)), training=1), TypeError, "training"),
    (lambda: bnlib.ReLU().load_state({"a": 1}), ValueError, "no state"),
    (lambda: bnlib.ReLU().load_state(None), ValueError, "no state"),
    (lambda: bnlib.Tanh().flat([[np.nan]]), ValueError, "nan"),
    (lambda: bnlib.BatchNorm(0), ValueError, "num_features"),
    (lambda: bnlib.BatchNorm(3, eps=-1), ValueError, "eps"),
    (lambda: bnlib.BatchNorm(3, ema_decay=1), ValueError, "ema_decay"),
    (lambda: bnlib.BatchNorm(3, ema_decay=-0.1), ValueError, "ema_decay"),
    (lambda: bnlib.BatchNorm(3, bias_correction="no"), TypeError, "bias_correction"),
    (lambda: bnlib.BatchNorm(3, running_var_correction=2), ValueError, "running_var_correction"),
    (lambda: bnlib.BatchNorm(3, running_var_correction=np.ones(2)), TypeError, "running_var"),
    (lambda: bnlib.BatchNorm(3, dtype="half"), ValueError, "dtype"),
    (lambda: bnlib.BatchNorm(3, dtype=None), ValueError, "dtype"),
    (lambda: bnlib.BatchNorm(3).forward(np.ones((1, 3)), training=True), ValueError, "one value"),
    (lambda: bnlib.BatchNorm(3).forward(np.ones((4, 2)), training=True), ValueError, r"\(N, 3\)"),
]  # fmt: skip


@pytest.mark.parametrize(("call", "error", "message"), BAD)
def test_bad_input_is_refused(call, error, message):
    with pytest.raises(error, match=message):
        call()


def test_training_does_not_write_over_what_a_batch_norm_returned_before():
    network = bnlib.mlp([3, 4, 2], batch_norm=True, rng=np.random.default_rng(0))
    x, labels = np.random.default_rng(1).normal(size=(8, 3)), np.arange(8) % 2
    z = np.random.default_rng(2).normal(size=(8, 4))
    for _ in range(2):
        y = network.layers[1].forward(z, training=True)
        kept = y.copy()
        rng = np.random.default_rng(3)
        bnlib.train(network, x, labels, steps=2, batch_size=8, optimizer=bnlib.SGD(0.1), rng=rng)
        assert np.array_equal(y, kept)


def test_a_batch_norm_that_refused_an_input_goes_back_through_the_one_before():
    rng = np.random.default_rng(0)
    network = bnlib.mlp([3, 4, 2], batch_norm=True, rng=rng)
    x, labels = rng.normal(size=(8, 3)), np.arange(8) % 2
    bnlib.train(network, x, labels, steps=2, batch_size=8, optimizer=bnlib.SGD(0.1), rng=rng)
    norm, (z, dy) = network.layers[1], rng.normal(size=(2, 8, 4))
    norm.forward(z, training=True)
    dx = norm.backward(dy)
    with pytest.raises(ValueError, match="so large that its variance overflows"):
        norm.forward(1e200 * z, training=True)
    assert np.array_equal(norm.backward(dy), dx)
