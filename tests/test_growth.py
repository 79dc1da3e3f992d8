"""How z and the gradient grow from layer to layer, against what theory says."""

import numpy as np
import pytest

from bnlib.experiments.growth import at_start, factor_a_layer, first_steps

SEEDS = range(300, 306)


@pytest.mark.parametrize("gain", [1.0, 2**0.5, 2.0])
def test_without_batch_norm_relu_layers_multiply_the_spread_by_gain_over_root_2(gain):
    start = at_start("relu", False, gain, layers=12, seeds=SEEDS)
    assert factor_a_layer(start.spread).mean() == pytest.approx(gain / 2**0.5, rel=0.08)


def test_with_batch_norm_the_gain_is_forgotten_after_each_layer():
    one, two = (at_start("relu", True, gain, layers=6, seeds=SEEDS) for gain in (1.0, 2.0))
    np.testing.assert_allclose(two.spread, 2 * one.spread, rtol=1e-4)
    np.testing.assert_allclose(factor_a_layer(one.spread), 1, atol=0.05)


def test_sigmoid_layers_forget_the_image_without_batch_norm_and_keep_it_with():
    without, with_norm = (at_start("sigmoid", on, layers=8, seeds=SEEDS) for on in (False, True))
    assert (factor_a_layer(without.between_images) < 0.3).all()
    np.testing.assert_allclose(factor_a_layer(with_norm.between_images), 1, atol=0.05)


def test_gradients_grow_downwards_in_deep_relu_networks_with_batch_norm():
    # sqrt(pi / (pi - 1)) = 1.211 for wide layers and large batches (Yang et al., 2019)
    start = at_start("relu", True, layers=15, seeds=SEEDS)
    assert 1.15 < (1 / factor_a_layer(start.gradient)).mean() < 1.30


def test_a_large_step_explodes_with_depth_without_batch_norm_alone():
    without, with_norm = (first_steps(on, 1.0, steps=3, seeds=SEEDS) for on in (False, True))
    assert without.shape == with_norm.shape == (4, 10)
    np.testing.assert_allclose(without[0, 0], with_norm[0, 0])  # the same W before the first step
    assert without[2, -1] > 20 * without[2, 0]
    assert without[3, -1] > 1e6
    assert (with_norm < 5).all()


def test_a_run_that_diverged_is_infinite_and_no_warning(recwarn):
    spread = first_steps(False, 100.0, steps=6, layers=10, seeds=SEEDS)
    assert np.isinf(spread[-1, -1])
    assert np.isfinite(spread[0]).all()
    assert not np.isnan(spread).any()
    assert not recwarn.list


def test_factor_a_layer_by_hand():
    np.testing.assert_allclose(factor_a_layer(np.array([[7.0, 1.0, 2.0, 4.0]])), [2])


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: at_start("relu", True, layers=2), "layers"),
        (lambda: at_start("relu", True, seeds=()), "seeds is empty"),
        (lambda: at_start("swish", True, seeds=[1]), "activation must be one of"),
    ],
)
def test_what_makes_no_sense_is_refused(call, message):
    with pytest.raises(ValueError, match=message):
        call()
