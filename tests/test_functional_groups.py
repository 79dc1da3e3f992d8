"""Group, layer, instance and RMS norm as functions: what they compute, and how exactly.

`FAMILY` holds each as name: (forward, backward), called with x, gamma and beta; the RMS norm takes
no beta, so its forward drops it.
"""

import types
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import bnlib
from bnlib import functional_groups, functional_rms

FAMILY = {
    "group": (
        lambda x, gamma, beta, eps=1e-5: bnlib.group_norm(x, 2, gamma, beta, eps),
        bnlib.group_norm_backward,
    ),
    "layer": (bnlib.layer_norm, bnlib.layer_norm_backward),
    "instance": (bnlib.instance_norm, bnlib.instance_norm_backward),
    "rms": (
        lambda x, gamma, beta, eps=1e-5: bnlib.rms_norm(x, gamma, eps),
        bnlib.rms_norm_backward,
    ),
}
SHAPES = [(5, 6), (3, 4, 5), (2, 4, 3, 2)]
every_norm = pytest.mark.parametrize("name", FAMILY)
every_shape = pytest.mark.parametrize("shape", SHAPES, ids=str)


def example(shape, dtype=np.float64, seed=0, offset=2):
    """x, gamma, beta and dy, none of them 0 or 1."""
    rng = np.random.default_rng(seed)
    x = (offset + 3 * rng.normal(size=shape)).astype(dtype)
    gamma, beta = rng.normal(size=(2, shape[1])).astype(dtype)
    return x, gamma, beta, rng.normal(size=shape).astype(dtype)


def groups_of(name, shape):
    return {"group": 2, "instance": shape[1]}.get(name, 1)


def by_the_book(name, x, gamma, beta, eps):
    """The definition, as directly as it can be written."""
    y = np.empty_like(x)
    for i, one in enumerate(x):
        for channels in np.split(np.arange(len(one)), groups_of(name, x.shape)):
            values = one[channels]
            if name == "rms":
                normalized = values / np.sqrt((values**2).mean() + eps)
            else:
                normalized = (values - values.mean()) / np.sqrt(values.var() + eps)
            for channel, row in zip(channels, normalized, strict=True):
                y[i, channel] = gamma[channel] * row + (0 if name == "rms" else beta[channel])
    return y


@every_norm
@every_shape
@pytest.mark.parametrize("eps", [1e-5, 0.3])
def test_forward_is_the_definition(name, shape, eps):
    x, gamma, beta, _ = example(shape)
    y, cache = FAMILY[name][0](x, gamma, beta, eps)
    np.testing.assert_allclose(y, by_the_book(name, x, gamma, beta, eps), rtol=1e-12, atol=1e-13)
    ones, zeros = np.ones(shape[1]), np.zeros(shape[1])
    x_hat = by_the_book(name, x, ones, zeros, eps)
    np.testing.assert_allclose(cache.x_hat, x_hat, rtol=1e-12, atol=1e-13)


def worst_gradient_error(name, backward, x, gamma, beta, dy, eps):
    forward = FAMILY[name][0]

    def loss():
        return float((forward(x, gamma, beta, eps)[0] * dy).sum())

    gradients = backward(dy, forward(x, gamma, beta, eps)[1])
    assert len(gradients) == (2 if name == "rms" else 3)
    return max(
        bnlib.relative_error(exact, bnlib.numerical_gradient(loss, array))
        for exact, array in zip(gradients, (x, gamma, beta), strict=False)
    )


@every_norm
@every_shape
@pytest.mark.parametrize("eps", [1e-5, 0.3])
def test_gradients_match_central_differences_at_every_index(name, shape, eps):
    assert worst_gradient_error(name, FAMILY[name][1], *example(shape), eps) < 1e-8


SCALED = "dx = np.multiply(dy, scale, out=out)"
SLOPED = "rows -= np.multiply({}, slope, out=products.reshape(rows.shape))"
MUTATIONS = [
    ("group", SCALED, "dx = dy * inv_std.mean()"),
    ("group", "rows -= mean_g", "pass"),
    ("group", SLOPED.format("x_centered"), "pass"),
    ("group", "slope = inv_std * inv_std *", "slope = inv_std *"),
    ("group", "over_positions(products) * inv_std", "over_positions(products)"),
    ("group", "over_positions(dy)", "dy[..., 0]"),
    ("rms", SCALED, "dx = dy * inv_std.mean()"),
    ("rms", SLOPED.format("x_centered"), "pass"),
    ("rms", "slope = inv_std * inv_std *", "slope = inv_std *"),
    ("rms", "over_positions(products) * inv_std", "over_positions(products)"),
]


def kernel_error(name, text):
    """The gradient check's verdict on a norm whose backward kernel comes from this source."""
    module = types.ModuleType("mutated")
    exec(compile(text, "mutated.py", "exec"), module.__dict__)
    with pytest.MonkeyPatch.context() as patch:
        for user in (functional_groups, functional_rms):
            patch.setattr(user, "group_norm_backward_rows", module.group_norm_backward_rows)
        return worst_gradient_error(name, FAMILY[name][1], *example((3, 4, 5)), 0.3)


@pytest.mark.parametrize(("name", "line", "mutation"), MUTATIONS)
def test_a_mutated_backward_fails_the_gradient_check(name, line, mutation):
    text = Path(functional_groups.__file__).read_text(encoding="utf-8")
    assert text.count(line) == 1
    assert kernel_error(name, text) < 1e-8
    assert kernel_error(name, text.replace(line, mutation)) > 1e-3


@every_shape
def test_layer_and_instance_norm_are_group_norm_with_1_and_c_groups(shape):
    x, gamma, beta, dy = example(shape)
    for name, num_groups in (("layer", 1), ("instance", shape[1])):
        forward, backward = FAMILY[name]
        y, cache = forward(x, gamma, beta, 0.1)
        same, same_cache = bnlib.group_norm(x, num_groups, gamma, beta, 0.1)
        np.testing.assert_array_equal(y, same)
        gradients = bnlib.group_norm_backward(dy, same_cache)
        for one, other in zip(backward(dy, cache), gradients, strict=True):
            np.testing.assert_array_equal(one, other)


def test_layer_norm_is_batch_norm_of_the_transposed_batch():
    x, _, _, dy = example((7, 5))
    y, cache = bnlib.layer_norm(x, np.ones(5), np.zeros(5), 0.1)
    turned, turned_cache = bnlib.batch_norm(x.T, np.ones(7), np.zeros(7), 0.1)
    np.testing.assert_allclose(y, turned.T, rtol=1e-13, atol=1e-13)
    np.testing.assert_allclose(cache.var[:, 0], turned_cache.var, rtol=1e-13)
    dx, _, _ = bnlib.layer_norm_backward(dy, cache)
    turned_dx, _, _ = bnlib.batch_norm_backward(dy.T, turned_cache)
    np.testing.assert_allclose(dx, turned_dx.T, rtol=1e-12, atol=1e-13)


def test_rms_norm_is_layer_norm_where_every_example_has_mean_0():
    x, gamma, beta, _ = example((4, 6))
    x -= x.mean(1, keepdims=True)
    y, _ = bnlib.rms_norm(x, gamma)
    np.testing.assert_allclose(y, bnlib.layer_norm(x, gamma, 0 * beta)[0], rtol=1e-12, atol=1e-14)


def test_one_value_a_group_gives_beta_and_no_gradient():
    x, gamma, beta, dy = example((3, 4))
    y, cache = bnlib.instance_norm(x, gamma, beta)
    np.testing.assert_array_equal(y, np.tile(beta, (3, 1)))
    dx, dgamma, dbeta = bnlib.instance_norm_backward(dy, cache)
    np.testing.assert_array_equal(dx, np.zeros((3, 4)))
    np.testing.assert_array_equal(dgamma, np.zeros(4))
    np.testing.assert_allclose(dbeta, dy.sum(0), rtol=1e-14)


@every_norm
@pytest.mark.parametrize("shape", [(6, 50), (3, 32768), (2, 4, 16384), (2, 2, 181, 181)], ids=str)
def test_float32_keeps_its_digits_at_an_offset_of_a_million(name, shape):
    forward, backward = FAMILY[name]
    x, gamma, beta, dy = example(shape, np.float32, offset=1e6)
    y, cache = forward(x, gamma, beta)
    exact, exact_cache = forward(x.astype(np.float64), gamma, beta)
    results, exacts = (y, *backward(dy, cache)), (exact, *backward(dy.astype(float), exact_cache))
    for rounded, value in zip(results, exacts, strict=True):
        assert rounded.dtype == np.float32
        assert bnlib.relative_error(rounded, value) <= 1e-6


@every_norm
@every_shape
def test_an_example_does_not_see_the_others(name, shape):
    forward, backward = FAMILY[name]
    x, gamma, beta, dy = example(shape)
    y, cache = forward(x, gamma, beta)
    dx = backward(dy, cache)[0]
    for i in range(len(x)):
        alone, cache = forward(x[i : i + 1], gamma, beta)
        np.testing.assert_allclose(alone, y[i : i + 1], rtol=1e-13, atol=1e-14)
        dx_alone = backward(dy[i : i + 1], cache)[0]
        np.testing.assert_allclose(dx_alone, dx[i : i + 1], rtol=1e-12, atol=1e-14)


@every_norm
@every_shape
def test_arguments_are_left_as_they_were_and_may_change_before_backward(name, shape):
    forward, backward = FAMILY[name]
    arguments = example(shape)
    x, gamma, beta, dy = (array.copy() for array in arguments)
    y, cache = forward(x, gamma, beta)
    expected = backward(dy, cache)
    for array, copy in zip((x, gamma, beta, dy), arguments, strict=True):
        np.testing.assert_array_equal(array, copy)
    for array in (x, gamma, beta, y):
        array[:] = 7
    for one, other in zip(backward(dy, cache), expected, strict=True):
        np.testing.assert_array_equal(one, other)


@every_norm
def test_x_of_any_memory_layout_gives_the_same(name):
    forward, backward = FAMILY[name]
    x, gamma, beta, dy = example((3, 4, 5))
    y, cache = forward(x, gamma, beta)
    turned, turned_cache = forward(np.asfortranarray(x), gamma, beta)
    np.testing.assert_array_equal(turned, y)
    pairs = zip(backward(np.asfortranarray(dy), turned_cache), backward(dy, cache), strict=True)
    for one, other in pairs:
        np.testing.assert_array_equal(one, other)


batches = st.builds(
    lambda n, channels, positions, seed: np.random.default_rng(seed).normal(
        size=(n, 2 * channels, positions)
    ),
    st.integers(1, 5), st.integers(1, 4), st.integers(3, 9), st.integers(0, 2**32 - 1),
)  # fmt: skip


@every_norm
@settings(max_examples=30, deadline=None)
@given(x=batches, shift=st.floats(-100, 100), scale=st.floats(0.01, 100))
def test_output_does_not_change_when_each_input_is_shifted_and_scaled(name, x, shift, scale):
    ones, zeros = np.ones(x.shape[1]), np.zeros(x.shape[1])
    moved = scale * x + (0 if name == "rms" else shift)
    y, _ = FAMILY[name][0](x, ones, zeros, eps=0)
    np.testing.assert_allclose(FAMILY[name][0](moved, ones, zeros, eps=0)[0], y, atol=1e-7)


@every_norm
@settings(max_examples=30, deadline=None)
@given(x=batches, eps=st.sampled_from([0, 1e-5, 0.1, 10]))
def test_x_hat_has_mean_0_and_variance_v_over_v_plus_eps(name, x, eps):
    x_hat, cache = FAMILY[name][0](x, np.ones(x.shape[1]), np.zeros(x.shape[1]), eps)
    spread = cache.mean_square if name == "rms" else cache.var
    rows = x_hat.reshape(len(spread), -1)
    if name != "rms":
        np.testing.assert_allclose(rows.mean(1), 0, atol=1e-12)
    np.testing.assert_allclose((rows**2).mean(1), (spread / (spread + eps))[:, 0], rtol=1e-10)
