"""batch_norm as a function: what it computes, how exactly, and what it refuses."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import bnlib

SHAPES = [(7, 3), (4, 3, 5), (3, 2, 4, 5)]


def example(shape, dtype=np.float64, seed=0):
    rng = np.random.default_rng(seed)
    x = rng.normal(2, 3, shape).astype(dtype)
    gamma, beta = rng.normal(size=(2, shape[1])).astype(dtype)
    return x, gamma, beta, rng.normal(size=shape).astype(dtype)


def by_the_book(x, gamma, beta, eps):
    """The definition, as directly as it can be written."""
    axes = (0, *range(2, x.ndim))
    per_feature = (1, -1) + (1,) * (x.ndim - 2)
    mean, var = x.mean(axes, keepdims=True), x.var(axes, keepdims=True)
    x_hat = (x - mean) / np.sqrt(var + eps)
    return gamma.reshape(per_feature) * x_hat + beta.reshape(per_feature)


@pytest.mark.parametrize("shape", SHAPES)
def test_forward_is_the_definition(shape):
    x, gamma, beta, _ = example(shape)
    y, cache = bnlib.batch_norm(x, gamma, beta, eps=0.1)
    np.testing.assert_allclose(y, by_the_book(x, gamma, beta, 0.1), rtol=1e-13, atol=1e-13)
    assert cache.shape == shape


def test_five_numbers_by_hand():
    x = np.array([[2.0], [3.0], [5.0], [9.0], [11.0]])
    y, cache = bnlib.batch_norm(x, [2.0], [1.0], eps=0)
    assert (cache.mean + cache.remainder)[0] == pytest.approx(6, abs=1e-15)
    assert cache.var[0] == pytest.approx(12, abs=1e-14)
    np.testing.assert_allclose(y[:, 0], 1 + 2 * (x[:, 0] - 6) / np.sqrt(12), rtol=1e-14)
    np.testing.assert_allclose(cache.x_hat[:, 0], (x[:, 0] - 6) / np.sqrt(12), rtol=1e-14)


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("eps", [0, 1e-5, 1.0])
def test_gradients_match_central_differences_at_every_index(shape, eps):
    x, gamma, beta, dy = example(shape)

    def loss():
        return float((bnlib.batch_norm(x, gamma, beta, eps)[0] * dy).sum())

    gradients = bnlib.batch_norm_backward(dy, bnlib.batch_norm(x, gamma, beta, eps)[1])
    for exact, array in zip(gradients, (x, gamma, beta), strict=True):
        numerical = bnlib.numerical_gradient(loss, array)
        assert bnlib.relative_error(exact, numerical) < 1e-8


@pytest.mark.parametrize("n", [8, 32, 513, 4096, 32768])
def test_float32_keeps_its_digits_at_an_offset_of_a_million(n):
    rng = np.random.default_rng(n)
    x = (1e6 + rng.normal(size=(n, 8))).astype(np.float32)
    gamma, beta = rng.normal(size=(2, 8)).astype(np.float32)
    dy = rng.normal(size=(n, 8)).astype(np.float32)
    y, cache = bnlib.batch_norm(x, gamma, beta)
    exact, exact_cache = bnlib.batch_norm(x.astype(np.float64), gamma, beta)
    assert bnlib.relative_error(y, exact) <= 1e-6
    gradients = bnlib.batch_norm_backward(dy, cache)
    exact_gradients = bnlib.batch_norm_backward(dy.astype(np.float64), exact_cache)
    for rounded, gradient in zip(gradients, exact_gradients, strict=True):
        assert rounded.dtype == np.float32
        assert bnlib.relative_error(rounded, gradient) <= 1e-6


def test_inference_keeps_the_digits_of_a_float64_mean_for_float32_input():
    rng = np.random.default_rng(0)
    x = (1e6 + rng.normal(size=(50, 4))).astype(np.float32)
    statistics = {"mean": 1e6 + rng.normal(size=4), "var": rng.uniform(1, 2, 4)}
    y = bnlib.batch_norm_inference(x, np.ones(4), np.zeros(4), **statistics)
    exact = bnlib.batch_norm_inference(x.astype(float), np.ones(4), np.zeros(4), **statistics)
    assert y.dtype == np.float32
    assert bnlib.relative_error(y, exact) <= 1e-6


@pytest.mark.parametrize("shape", SHAPES)
def test_inference_with_the_batch_statistics_equals_training(shape):
    x, gamma, beta, _ = example(shape)
    y, cache = bnlib.batch_norm(x, gamma, beta)
    again = bnlib.batch_norm_inference(x, gamma, beta, cache.mean + cache.remainder, cache.var)
    np.testing.assert_allclose(again, y, rtol=1e-12, atol=1e-12)


def test_one_value_a_feature_gives_beta():
    y, _ = bnlib.batch_norm([[7.0, -3.0]], [2.0, 2.0], [0.5, 1.5])
    np.testing.assert_array_equal(y, [[0.5, 1.5]])


def test_eps_0_takes_a_narrow_feature_far_from_zero():
    x = (1e6 + np.random.default_rng(0).normal(0, 0.2, (64, 2))).astype(np.float32)
    y, _ = bnlib.batch_norm(x, [1, 1], [0, 0], eps=0)
    exact, _ = bnlib.batch_norm(x.astype(float), [1, 1], [0, 0], eps=0)
    assert bnlib.relative_error(y, exact) <= 1e-6


def test_integers_become_float64_and_float32_stays():
    assert bnlib.batch_norm([[1, 2], [3, 5]], [1, 1], [0, 0])[0].dtype == np.float64
    x = np.ones((2, 2), np.float32)
    assert bnlib.batch_norm(x, [1, 1], [0, 0])[0].dtype == np.float32


def test_arguments_are_left_as_they_were():
    x, gamma, beta, dy = example((6, 3))
    before = [array.copy() for array in (x, gamma, beta, dy)]
    _, cache = bnlib.batch_norm(x, gamma, beta)
    kept = cache.x_centered.copy()
    bnlib.batch_norm_backward(dy, cache)
    bnlib.batch_norm_inference(x, gamma, beta, np.zeros(3), np.ones(3))
    for array, copy in zip((x, gamma, beta, dy, cache.x_centered), [*before, kept], strict=True):
        np.testing.assert_array_equal(array, copy)


def test_x_of_any_memory_layout_gives_the_same():
    x, gamma, beta, dy = example((8, 6))
    y, cache = bnlib.batch_norm(x, gamma, beta)
    turned, turned_cache = bnlib.batch_norm(np.asfortranarray(x), gamma, beta)
    np.testing.assert_allclose(turned, y, rtol=1e-14)
    for a, b in zip(
        bnlib.batch_norm_backward(np.asfortranarray(dy), turned_cache),
        bnlib.batch_norm_backward(dy, cache),
        strict=True,
    ):
        np.testing.assert_allclose(a, b, rtol=1e-12, atol=1e-14)


batches = st.builds(
    lambda n, d, seed: np.random.default_rng(seed).normal(size=(n, d)),
    st.integers(3, 40), st.integers(1, 5), st.integers(0, 2**32 - 1),
)  # fmt: skip


@settings(max_examples=60, deadline=None)
@given(batches, st.floats(-100, 100), st.floats(0.01, 100))
def test_output_does_not_change_when_the_input_is_shifted_and_scaled(x, shift, scale):
    ones, zeros = np.ones(x.shape[1]), np.zeros(x.shape[1])
    y, _ = bnlib.batch_norm(x, ones, zeros, eps=0)
    moved, _ = bnlib.batch_norm(scale * x + shift, ones, zeros, eps=0)
    np.testing.assert_allclose(moved, y, rtol=1e-7, atol=1e-7)


@settings(max_examples=60, deadline=None)
@given(batches, st.sampled_from([0, 1e-5, 0.1, 10]))
def test_x_hat_has_mean_0_and_variance_v_over_v_plus_eps(x, eps):
    x_hat, cache = bnlib.batch_norm(x, np.ones(x.shape[1]), np.zeros(x.shape[1]), eps)
    np.testing.assert_allclose(x_hat.mean(0), 0, atol=1e-12)
    np.testing.assert_allclose(x_hat.var(0), cache.var / (cache.var + eps), rtol=1e-10)


@settings(max_examples=60, deadline=None)
@given(batches, st.integers(0, 2**32 - 1))
def test_dx_sums_to_zero_over_the_batch_and_is_orthogonal_to_x_hat(x, seed):
    rng = np.random.default_rng(seed)
    gamma, beta = rng.normal(size=(2, x.shape[1]))
    _, cache = bnlib.batch_norm(x, gamma, beta, eps=0)
    dx, _, _ = bnlib.batch_norm_backward(rng.normal(size=x.shape), cache)
    size = np.abs(dx).max() * len(x)
    assert np.abs(dx.sum(0)).max() <= 1e-12 * size
    assert np.abs((dx * cache.x_hat).sum(0)).max() <= 1e-12 * size


@settings(max_examples=30, deadline=None)
@given(batches)
def test_inference_treats_each_example_by_itself(x):
    d = x.shape[1]
    arguments = (np.full(d, 2.0), np.ones(d), np.full(d, 0.3), np.full(d, 1.7))
    together = bnlib.batch_norm_inference(x, *arguments)
    alone = np.vstack([bnlib.batch_norm_inference(row[None], *arguments) for row in x])
    np.testing.assert_array_equal(together, alone)


GOOD = {"x": np.arange(8.0).reshape(4, 2) ** 2, "gamma": np.ones(2), "beta": np.zeros(2)}
NAN = np.array([[1.0, 2], [3, np.nan], [5, 6], [7, 8]])

BAD = [
    ({"x": None}, TypeError, "x is None"),
    ({"x": np.ones(3)}, ValueError, r"x has shape \(3,\)"),
    ({"x": np.ones((1, 2, 3, 4, 5))}, ValueError, "dimensions"),
    ({"x": np.ones((0, 2))}, ValueError, "empty"),
    ({"x": [[1, 2], [3]]}, ValueError, "rectangular"),
    ({"x": [["a", "b"]]}, TypeError, "dtype"),
    ({"x": np.ones((2, 2), complex)}, TypeError, "complex"),
    ({"x": np.ones((2, 2), bool)}, TypeError, "bool"),
    ({"x": np.ones((2, 2), np.float16)}, TypeError, "float16"),
    ({"x": NAN}, ValueError, r"nan at index \(1, 1\)"),
    ({"x": np.where(np.isnan(NAN), np.inf, NAN)}, ValueError, r"inf at index \(1, 1\)"),
    ({"x": np.array([[1e200, 1], [-1e200, 2]])}, ValueError, "overflows"),
    ({"gamma": np.ones(3)}, ValueError, r"gamma has shape \(3,\)"),
    ({"gamma": np.ones((1, 2))}, ValueError, "gamma"),
    ({"beta": [0, np.nan]}, ValueError, "beta"),
    ({"beta": 0.0}, ValueError, "beta"),
    ({"eps": -1e-9}, ValueError, "eps must be at least 0"),
    ({"eps": np.nan}, ValueError, "eps"),
    ({"eps": np.inf}, ValueError, "eps"),
    ({"eps": "small"}, TypeError, "eps"),
    ({"eps": True}, TypeError, "eps"),
    ({"x": np.array([[1.0, 5], [2, 5], [3, 5]]), "eps": 0}, ValueError, "feature 1 .* constant"),
    ({"x": np.full((3, 2), 0.1), "eps": 0}, ValueError, "feature 0 .* constant"),
    ({"x": GOOD["x"] * 1e-200, "eps": 0}, ValueError, "feature 0 .* constant"),
    ({"x": GOOD["x"] * 1e300, "eps": 0}, ValueError, "overflows"),
    ({"x": np.full((3, 2), 0.1, "f4"), "eps": 1e-60}, ValueError, "larger eps"),
    ({"x": np.ma.masked_greater(GOOD["x"], 3)}, TypeError, "masked"),
    ({"x": np.ones((3, 2), "f4"), "gamma": [1, 1e300]}, ValueError, "gamma .* too large"),
    ({"gamma": [1, 1.7e308]}, ValueError, "y .* gamma or beta is too large"),
    ({"eps": 10**400}, ValueError, "eps must be finite"),
]  # fmt: skip


@pytest.mark.parametrize(("change", "error", "message"), BAD)
def test_batch_norm_refuses(change, error, message):
    with pytest.raises(error, match=message):
        bnlib.batch_norm(**(GOOD | change))


@pytest.mark.parametrize(
    ("dy", "error", "message"),
    [
        (np.ones((4, 3)), ValueError, r"dy has shape \(4, 3\)"),
        (np.ones((2, 2)), ValueError, "dy"),
        (NAN, ValueError, "dy .* nan at index"),
        (None, TypeError, "dy is None"),
        (GOOD["x"] * 1e306, ValueError, "too large for float64"),
    ],
)
def test_backward_refuses(dy, error, message):
    _, cache = bnlib.batch_norm(**GOOD)
    with pytest.raises(error, match=message):
        bnlib.batch_norm_backward(dy, cache)


def test_backward_refuses_a_foreign_cache():
    with pytest.raises(TypeError, match="cache must be what batch_norm returned"):
        bnlib.batch_norm_backward(np.ones((4, 2)), (1, 2))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"var": [-1, 1]}, "var is -1.0 at feature 0"),
        ({"var": [0, 1], "eps": 0}, "above 0"),
        ({"mean": [np.nan, 0]}, "mean"),
        ({"mean": [0]}, "mean"),
        ({"x": NAN}, "nan at index"),
        ({"x": np.ones((4, 2), "f4"), "mean": [1e300, 0]}, "too large for float32"),
        ({"x": np.ones((4, 2), "f4"), "var": [0, 1], "eps": 1e-80}, "too large for float32"),
    ],
)
def test_inference_refuses(change, message):
    good = GOOD | {"mean": np.zeros(2), "var": np.ones(2)}
    with pytest.raises(ValueError, match=message):
        bnlib.batch_norm_inference(**(good | change))


@pytest.mark.parametrize("b", [np.ones((3, 1)), [1, np.nan, 1], None])
def test_relative_error_compares_finite_arrays_of_one_shape(b):
    with pytest.raises((ValueError, TypeError), match="b "):
        bnlib.relative_error(np.ones(3), b)
