"""The layers whose statistics belong to one example, and what they and their functions refuse."""

import numpy as np
import pytest

import bnlib

LAYERS = {
    "group": lambda **more: bnlib.GroupNorm(2, 4, **more),
    "layer": lambda **more: bnlib.LayerNorm(4, **more),
    "instance": lambda **more: bnlib.InstanceNorm(4, **more),
    "rms": lambda **more: bnlib.RMSNorm(4, **more),
}
every_layer = pytest.mark.parametrize("name", LAYERS)


def rng(seed=0):
    return np.random.default_rng(seed)


def linear():
    return bnlib.Linear(3, 4, rng=rng())


def perturbed(name, **more):
    """A layer with gamma and beta away from their start."""
    layer = LAYERS[name](**more)
    for parameter in layer.params.values():
        parameter += rng(1).normal(size=parameter.shape)
    return layer


def function_of(name, layer, x):
    """Result and cache of the function that the layer wraps."""
    more = [2] if name == "group" else []
    return getattr(bnlib, f"{name}_norm")(x, *more, *layer.params.values(), layer.eps)


@every_layer
@pytest.mark.parametrize("shape", [(1, 4), (5, 4), (2, 4, 3), (2, 4, 3, 2)], ids=str)
@pytest.mark.parametrize("training", [True, False])
def test_gradients(name, shape, training):
    layer = perturbed(name, eps=0.3)
    errors = bnlib.check_gradients(layer, rng().normal(1, 2, shape), training=training, rng=rng(5))
    assert set(errors) == {"x", *layer.params}
    assert max(errors.values()) < 1e-8


@every_layer
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_a_layer_is_its_function_in_training_and_inference(name, dtype):
    layer = perturbed(name, eps=0.01, dtype=dtype)
    x, dy = rng().normal(1, 2, (2, 3, 4, 5)).astype(dtype)
    expected, cache = function_of(name, layer, x)
    dx, *gradients = getattr(bnlib, f"{name}_norm_backward")(dy, cache)
    for training in (True, False):
        y = layer.forward(x, training=training)
        assert y.dtype == dtype
        np.testing.assert_array_equal(y, expected)
        np.testing.assert_array_equal(layer.backward(dy), dx)
        for grad, gradient in zip(layer.grads.values(), gradients, strict=True):
            np.testing.assert_array_equal(grad, gradient)


@every_layer
def test_parameters_start_at_the_identity(name):
    layer = LAYERS[name]()
    starts = {"gamma": np.ones(4)} | ({} if name == "rms" else {"beta": np.zeros(4)})
    assert list(layer.params) == list(starts)
    for key, start in starts.items():
        np.testing.assert_array_equal(layer.params[key], start)
    assert layer.state == {}


@every_layer
def test_the_configuration_makes_a_twin(name):
    layer = perturbed(name, eps=0.3, dtype=np.float32)
    twin = type(layer)(**layer.configuration)
    twin.params.update(layer.params)
    x = rng().normal(size=(3, 4)).astype("f4")
    np.testing.assert_array_equal(twin.forward(x, training=False), layer.forward(x, training=False))


@pytest.mark.parametrize("name", ["group", "layer", "rms"])
def test_gradients_pass_through_a_network(name):
    network = bnlib.Network(
        [
            bnlib.Linear(3, 4, rng=rng()),
            perturbed(name),
            bnlib.Tanh(),
            bnlib.Linear(4, 2, rng=rng()),
        ]
    )
    errors = bnlib.check_gradients(network, rng().normal(size=(3, 3)), training=True, rng=rng(2))
    assert max(errors.values()) < 1e-7


def test_unlike_batch_norm_it_needs_the_bias_before_it():
    before, norm = linear(), perturbed("layer")
    y = norm.forward(before.forward(rng().normal(size=(5, 3)), training=True), training=True)
    before.backward(norm.backward(rng(1).normal(size=y.shape)))
    assert np.abs(before.grads["b"]).min() > 1e-3


@every_layer
def test_a_refused_call_leaves_the_layer_as_it_was(name):
    layer = perturbed(name, eps=0)
    x, dy = rng().normal(size=(2, 3, 4, 5))
    layer.forward(x, training=True)
    dx = layer.backward(dy)
    grads = {key: grad.copy() for key, grad in layer.grads.items()}
    for bad in (np.zeros((3, 4, 5)), np.full((1, 4, 5), 1e300), np.where(x > 1, np.nan, x)):
        with pytest.raises(ValueError, match=r"eps is 0|overflows|nan at index"):
            layer.forward(bad, training=True)
    for bad in (dy[:2], np.where(x > 1, np.inf, dy), np.full_like(dy, 1.7e308)):
        with pytest.raises(ValueError, match=r"dy has shape|inf at index|too large"):
            layer.backward(bad)
    for key, grad in grads.items():
        np.testing.assert_array_equal(layer.grads[key], grad)
    np.testing.assert_array_equal(layer.backward(dy), dx)


X = np.arange(36.0).reshape(3, 4, 3) ** 2
GOOD = {"x": X, "gamma": np.full(4, 2.0), "beta": np.ones(4), "eps": 1e-5}
NAN = np.where(X == 18**2, np.nan, X)
FLAT = X * [[[1]], [[0]], [[1]]]
OFFSET = np.full((3, 4, 3), 0.1)  # 0.1 minus the mean of 0.1s is not 0 in binary

# Each of the four functions must refuse these.
BAD = [
    ({"x": None}, TypeError, "x is None"),
    ({"x": np.ones(4)}, ValueError, r"x has shape \(4,\)"),
    ({"x": np.ones((0, 4))}, ValueError, "empty"),
    ({"x": np.ones((2, 4), complex)}, TypeError, "complex"),
    ({"x": NAN}, ValueError, r"x of shape \(3, 4, 3\) has nan at index \(1, 2, 0\)"),
    ({"x": np.where(np.isnan(NAN), -np.inf, X)}, ValueError, r"-inf at index \(1, 2, 0\)"),
    ({"x": X * 1e300}, ValueError, "overflows float64; scale it down"),
    ({"gamma": np.ones(3)}, ValueError, r"gamma has shape \(3,\)"),
    ({"gamma": [1, 1, np.nan, 1]}, ValueError, "gamma .* nan at index"),
    ({"gamma": np.full(4, 1.7e308)}, ValueError, "y of shape .* gamma, beta or .* too large"),
    ({"x": X.astype("f4"), "gamma": np.full(4, 1e300)}, ValueError, "gamma .* too large"),
    ({"eps": -1e-9}, ValueError, "eps must be at least 0"),
    ({"eps": np.inf}, ValueError, "eps"),
    ({"eps": None}, TypeError, "eps"),
    ({"x": FLAT, "eps": 0}, ValueError, "group 0 of example 1 of .* eps is 0; use a larger eps"),
    ({"x": FLAT.astype("f4"), "eps": 1e-60}, ValueError, "group 0 of example 1 .* eps is 1e-60"),
    ({"x": X * 1e-200, "eps": 0}, ValueError, "is 0, and eps is 0"),
]


def call(name, **change):
    """Call a function with the arguments that it takes."""
    arguments = GOOD | ({"num_groups": 2} if name == "group" else {}) | change
    if name == "rms":
        del arguments["beta"]
    return getattr(bnlib, f"{name}_norm")(**arguments)


@every_layer
@pytest.mark.parametrize(("change", "error", "message"), BAD)
def test_a_function_refuses(name, change, error, message):
    with pytest.raises(error, match=message):
        call(name, **change)


@pytest.mark.parametrize("name", ["group", "layer", "instance"])
@pytest.mark.parametrize("x", [OFFSET, OFFSET.astype("f4"), 1e7 * OFFSET])
def test_a_constant_group_is_found_when_rounding_leaves_it_a_variance(name, x):
    with pytest.raises(ValueError, match=r"group 0 of example 0 .* is constant"):
        call(name, x=x, eps=0)
    y, _ = call(name, x=x)
    np.testing.assert_allclose(y, 1, atol=1e-6)


def test_a_narrow_group_far_from_zero_is_not_called_constant():
    x = (1e6 + rng().normal(0, 0.2, (2, 4, 30))).astype("f4")
    y, _ = bnlib.layer_norm(x, np.ones(4), np.zeros(4), eps=0)
    exact, _ = bnlib.layer_norm(x.astype(float), np.ones(4), np.zeros(4), eps=0)
    assert bnlib.relative_error(y, exact) <= 1e-6


@every_layer
@pytest.mark.parametrize(
    ("dy", "error", "message"),
    [
        (np.ones((3, 4)), ValueError, r"dy has shape \(3, 4\)"),
        (NAN, ValueError, r"dy .* nan at index \(1, 2, 0\)"),
        (None, TypeError, "dy is None"),
        (X * 1e304, ValueError, "too large for float64"),
    ],
)
def test_backward_refuses(name, dy, error, message):
    _, cache = call(name)
    with pytest.raises(error, match=message):
        getattr(bnlib, f"{name}_norm_backward")(dy, cache)


@every_layer
def test_backward_refuses_a_foreign_cache(name):
    _, batch_cache = bnlib.batch_norm(X, np.ones(4), np.zeros(4))
    _, other_cache = call("layer" if name == "rms" else "rms")
    for cache in (batch_cache, other_cache, (1, 2), None):
        with pytest.raises(TypeError, match="cache must be what"):
            getattr(bnlib, f"{name}_norm_backward")(np.ones_like(X), cache)


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda: call("group", num_groups=3), ValueError, "num_groups=3 .* 4 channels; use 1 or 2"),
        (lambda: call("group", num_groups=0), ValueError, "num_groups must be at least 1"),
        (lambda: call("group", num_groups=2.0), TypeError, "num_groups must be a whole number"),
        (lambda: call("layer", beta=np.ones(5)), ValueError, r"beta has shape \(5,\)"),
        (lambda: bnlib.GroupNorm(3, 4), ValueError, "num_groups=3 does not divide"),
        (lambda: bnlib.GroupNorm(8, 4), ValueError, "use 1 or 2 or 4"),
        (lambda: bnlib.LayerNorm(0), ValueError, "num_features"),
        (lambda: bnlib.InstanceNorm(2.5), TypeError, "num_features"),
        (lambda: bnlib.RMSNorm(4, eps=-1), ValueError, "eps"),
        (lambda: bnlib.RMSNorm(4, dtype="half"), ValueError, "dtype"),
        (lambda: bnlib.LayerNorm(5).forward(X, training=True), ValueError, r"\(N, 5\)"),
        (lambda: bnlib.LayerNorm(4).forward(X, training=1), TypeError, "training"),
        (lambda: bnlib.LayerNorm(4).backward(X), ValueError, "forward call before"),
        (lambda: bnlib.Network([linear(), bnlib.RMSNorm(5)]), ValueError, "layer 1"),
    ],
)
def test_what_belongs_to_one_norm_is_refused_too(make, error, message):
    with pytest.raises(error, match=message):
        make()
