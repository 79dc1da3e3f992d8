"""The stored steps against scale: is it what the code gives, and is it no lucky draw?

The margins were written down before the fresh seeds were run.
"""

import numpy as np
import pytest

from bnlib.experiments.ravine import theory_steps
from bnlib.experiments.scale_the_inputs import (
    CHECK_SEEDS,
    FORMS,
    GAP,
    RATIOS,
    SEEDS,
    SHARES,
    TUNED_FORMS,
    TUNING_SEEDS,
    _tune_pixels,
    load_stored,
    measure_pixels,
    measure_ratios,
)

CHECKED = (1, 10, 100)
CHECKED_FORMS = ("standardized", "whitened")


@pytest.fixture(scope="module")
def stored():
    return load_stored()


@pytest.fixture(scope="module")
def fresh(stored):
    shares = stored[0].shares[np.isin(stored[0].ratios, CHECKED)].tolist()
    return measure_ratios(CHECKED, shares, CHECK_SEEDS)


@pytest.fixture(scope="module")
def fresh_pixels(stored):
    shares = {form: stored[1].shares[form] for form in CHECKED_FORMS}
    return measure_pixels(shares, CHECK_SEEDS)


def test_the_stored_result_covers_all_ratios_forms_and_seeds(stored):
    ratios, pixels = stored
    assert ratios.ratios.tolist() == list(RATIOS)
    assert ratios.steps.shape == ratios.condition.shape == (len(RATIOS), len(SEEDS))
    assert np.isfinite(ratios.steps).all()
    assert list(pixels.condition) == list(FORMS)
    assert list(pixels.steps) == list(TUNED_FORMS)
    assert all(len(steps) == len(SEEDS) for steps in pixels.steps.values())
    assert all(np.isfinite(steps).all() for steps in pixels.steps.values())


def test_two_of_the_stored_runs_come_out_again(stored):
    ratios = stored[0]
    again = measure_ratios(CHECKED[:2], ratios.shares[[0, 4]].tolist(), [0, 1])
    assert ratios.ratios[4] == CHECKED[1]
    np.testing.assert_allclose(again.condition, ratios.condition[[0, 4], :2], rtol=1e-2)
    np.testing.assert_allclose(again.steps, ratios.steps[[0, 4], :2], rtol=0.02)


def test_tuning_finds_the_share_that_takes_the_fewest_steps_of_all():
    ratios = (1, 3, 10)
    every = [measure_ratios(ratios, [share] * len(ratios), TUNING_SEEDS) for share in SHARES]
    steps = np.array([tried.steps.sum(axis=1) for tried in every])
    fewest = np.array(SHARES)[steps.argmin(axis=0)]
    np.testing.assert_array_equal(measure_ratios(ratios, seeds=CHECK_SEEDS).shares, fewest)


@pytest.mark.parametrize("form", CHECKED_FORMS)
def test_tuning_the_pixels_finds_the_stored_share(stored, form):
    assert _tune_pixels(form, None) == stored[1].shares[form]


def test_on_fresh_seeds_ten_times_the_ratio_takes_a_hundred_times_the_steps(fresh):
    one, ten, hundred = fresh.steps.mean(axis=1)
    assert one < 12
    assert 60 < hundred / ten < 130


def test_on_fresh_seeds_the_condition_number_goes_with_the_square_of_the_ratio(fresh):
    growth = fresh.condition[2] / fresh.condition[1]
    assert (np.abs(growth / 100 - 1) < 0.05).all()


def test_on_fresh_seeds_the_theory_asks_for_more_steps_than_are_taken(fresh):
    share = fresh.steps[1:] / theory_steps(fresh.condition[1:], GAP)
    assert (share > 0.2).all()
    assert (share < 0.8).all()


def test_on_fresh_seeds_a_kept_rate_arrives_only_where_it_was_tuned(fresh):
    assert np.isfinite(fresh.fixed).sum(axis=1).tolist() == [len(CHECK_SEEDS), 0, 0]


def test_on_fresh_seeds_the_steps_are_those_of_the_book(stored, fresh):
    steps = stored[0].steps[np.isin(stored[0].ratios, CHECKED)].mean(axis=1)
    assert (np.abs(fresh.steps.mean(axis=1) / steps - 1) < 0.35).all()


def test_on_fresh_seeds_standardizing_helps_and_whitening_helps_further(fresh_pixels):
    kappa = {form: np.median(values) for form, values in fresh_pixels.condition.items()}
    assert kappa["mixed"] > 1e3 * kappa["raw"]
    assert kappa["raw"] > 30 * kappa["standardized"]
    assert kappa["standardized"] > 2 * kappa["whitened"] > 4
    steps = {form: np.median(values) for form, values in fresh_pixels.steps.items()}
    assert 3 * steps["whitened"] < steps["standardized"] < 300


def test_summaries_have_a_line_for_each(stored):
    ratios, pixels = stored
    assert len(ratios.summary().splitlines()) == len(RATIOS)
    assert len(pixels.summary().splitlines()) == len(FORMS)
