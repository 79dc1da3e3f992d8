"""Initial W: the named scales, what they are for, and that W is drawn as the definition says."""

import numpy as np
import pytest

import bnlib


def rng(seed=0):
    return np.random.default_rng(seed)


@pytest.mark.parametrize(
    ("initializer", "std"),
    [
        ("he", np.sqrt(2 / 18)),
        ("lecun", np.sqrt(1 / 18)),
        ("glorot", np.sqrt(2 / (18 + 45))),
        ("plain", 1),
    ],
)
@pytest.mark.parametrize("gain", [1.0, 0.5])
def test_w_is_standard_normal_times_gain_and_scale(initializer, std, gain):
    more = {"initializer": initializer, "gain": gain}
    linear = bnlib.Linear(18, 45, rng=rng(), **more)
    conv = bnlib.Conv2d(2, 5, 3, rng=rng(), **more)  # fans: 2 * 3 * 3 and 5 * 3 * 3
    draws = rng().standard_normal(18 * 45)
    np.testing.assert_allclose(linear.params["W"].ravel(), draws * gain * std, rtol=1e-14)
    np.testing.assert_allclose(conv.params["W"].ravel(), draws[:90] * gain * std, rtol=1e-14)
    assert not linear.params["b"].any()
    assert not conv.params["b"].any()


@pytest.mark.parametrize(
    ("initializer", "activation", "factor"),
    [("he", bnlib.ReLU, 1), ("lecun", bnlib.Identity, 1), ("lecun", bnlib.ReLU, 0.5)],
)
def test_he_keeps_the_mean_square_through_relu_and_lecun_through_a_linear_layer(
    initializer, activation, factor
):
    a = rng(1).normal(size=(50, 400))
    for seed in range(10):
        layer = bnlib.Linear(400, 400, initializer=initializer, rng=rng(seed))
        a = activation().forward(layer.forward(a, training=True), training=True)
    assert 0.5 < (a**2).mean() / factor**10 < 2


def test_without_a_choice_linear_and_conv2d_use_lecun():
    for make in (lambda **m: bnlib.Linear(4, 3, rng=rng(), **m),
                 lambda **m: bnlib.Conv2d(4, 3, 2, rng=rng(), **m)):  # fmt: skip
        W = make(initializer="lecun", gain=1).params["W"]
        np.testing.assert_array_equal(make().params["W"], W)


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        (("xavier", 3, 4), ValueError, "'he', 'lecun', 'glorot', 'plain'"),
        ((None, 3, 4), ValueError, "initializer"),
        (("he", 0, 4), ValueError, "fan_in"),
        (("he", 3, 1.5), TypeError, "fan_out"),
        (("he", 3, 4, 0), ValueError, "gain"),
        (("he", 3, 4, "2"), TypeError, "gain"),
        (("he", 1, 1, 1.7e308), ValueError, "gain"),
    ],
)
def test_bad_input_is_refused(arguments, error, message):
    with pytest.raises(error, match=message):
        bnlib.initial_std(*arguments)


@pytest.mark.parametrize(("dtype", "gain"), [(np.float32, 1e39), (np.float64, 1.7e308)])
def test_weights_too_large_to_hold_are_refused_before_any_is_drawn(dtype, gain):
    generator = rng()
    with pytest.raises(ValueError, match=r"too large for float32; use a smaller gain|gain must be"):
        bnlib.Linear(3, 4, initializer="plain", gain=gain, rng=generator, dtype=dtype)
    assert generator.bit_generator.state == rng().bit_generator.state
