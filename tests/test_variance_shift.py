"""Dropout before batch norm: is the formula right, and are the stored results no lucky draw?

The margins were written down before the fresh seeds were run.
"""

import numpy as np
import pytest

import bnlib
from bnlib.experiments.judged_networks import CHECK_SEEDS, SEEDS
from bnlib.experiments.variance_shift import RATES, expected_ratio, load_stored, measure


@pytest.fixture(scope="module")
def shift():
    return load_stored()


@pytest.fixture(scope="module")
def fresh():
    return measure((0.5,), CHECK_SEEDS)


def test_the_stored_result_covers_all_rates_and_seeds(shift):
    assert tuple(shift.rates) == RATES
    for name in ("measured", "expected", "before", "recalibrated", "after"):
        assert getattr(shift, name).shape == (len(SEEDS), len(RATES))
    assert shift.without.shape == (len(SEEDS),)


def test_two_of_the_stored_seeds_come_out_again(shift):
    again = measure((0.5,), SEEDS[:2])
    p = RATES.index(0.5)
    # Another processor rounds otherwise: hence the margins.
    np.testing.assert_allclose(again.measured[:, 0], shift.measured[:2, p], rtol=0.1)
    np.testing.assert_allclose(again.before[:, 0], shift.before[:2, p], atol=0.02)


def test_on_fresh_seeds_the_ratio_is_that_of_the_formula(fresh):
    np.testing.assert_allclose(fresh.measured, fresh.expected, rtol=0.05)
    assert 1.4 < fresh.measured.mean() < 2.0


def test_on_fresh_seeds_recalibrating_changes_the_error_little(fresh):
    assert abs(np.mean(fresh.before - fresh.recalibrated)) < 0.015


def test_the_formula_agrees_with_many_masks():
    rng = np.random.default_rng(0)
    a = np.maximum(rng.standard_normal((40, 6)), 0)
    W = rng.standard_normal((6, 3))
    dropout = bnlib.Dropout(0.4, rng=rng)
    dropped = np.vstack([dropout.forward(a, training=True) for _ in range(4000)])
    ratio = (dropped @ W).var(axis=0) / (a @ W).var(axis=0)
    np.testing.assert_allclose(ratio, expected_ratio(a, W, 0.4), rtol=0.02)


def test_centred_uncorrelated_inputs_give_the_textbook_ratio():
    a = np.array([[1.0, 1.0], [1.0, -1.0], [-1.0, 1.0], [-1.0, -1.0]])
    W = np.array([[2.0], [3.0]])
    for rate in (0.0, 0.1, 0.5, 0.9):
        np.testing.assert_allclose(expected_ratio(a, W, rate), 1 / (1 - rate))


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: measure(()), "0 rates"),
        (lambda: measure((0.5,), ()), "0 seeds"),
        (lambda: measure((1.0,), (0,)), "rates"),
        (lambda: expected_ratio(np.ones((4, 2)), np.ones((2, 1)), 0.5), "no spread"),
        (lambda: expected_ratio(np.ones((4, 2)), np.ones((3, 1)), 0.5), "a's columns"),
        (lambda: expected_ratio(np.ones((4, 2)), np.ones((2, 1)), 1.0), "rate"),
    ],
)
def test_what_makes_no_sense_is_refused(call, message):
    with pytest.raises(ValueError, match=message):
        call()
