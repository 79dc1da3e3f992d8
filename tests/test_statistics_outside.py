"""The stored networks whose gradient takes the statistics for constants: no lucky draw.

The margins were written down before the fresh seeds were run: they are three seeds, so a mean may
differ by three points of accuracy, and b by a third.
"""

import numpy as np
import pytest

from bnlib.experiments.interval import interval
from bnlib.experiments.statistics_outside import (
    CHECK_SEEDS,
    MOMENTA,
    NORMS,
    RATES,
    SEEDS,
    AverageNorm,
    load_stored,
    load_tried,
    measure,
    one_run,
    tune,
)
from bnlib.norms import BatchNorm


@pytest.fixture(scope="module")
def results():
    return load_stored()


def again(result, seeds):
    return measure(result.norm, result.learning_rate, result.momentum, seeds)


@pytest.mark.parametrize("norm", NORMS)
def test_a_stored_run_comes_out_again(results, norm):
    fresh = again(results[norm], list(SEEDS)[:1])
    np.testing.assert_allclose(fresh.bias[0], results[norm].bias[0], atol=0.01)
    assert abs(fresh.accuracy[0] - results[norm].accuracy[0]) < 0.015


@pytest.mark.parametrize("norm", NORMS)
def test_fresh_seeds_find_the_same(results, norm):
    fresh = again(results[norm], list(CHECK_SEEDS)[:3])
    assert abs(fresh.accuracy.mean() - results[norm].accuracy.mean()) < 0.03
    ours, theirs = (each.bias[:, -1].mean() for each in (fresh, results[norm]))
    if norm == "inside":
        assert max(ours, theirs) < 1e-12
    else:
        assert 2 / 3 < ours / theirs < 4 / 3


def test_b_grows_in_every_run_only_where_the_statistics_are_outside(results):
    for norm in ("outside", "averages"):
        assert (np.diff(results[norm].bias.mean(axis=0)) > 0).all()
        assert results[norm].bias[:, -1].min() > 0.01
    assert results["inside"].bias.max() < 1e-12


def test_leaving_them_out_costs_accuracy_and_tolerance(results):
    lost = results["inside"].accuracy - results["outside"].accuracy
    span = interval(100 * lost)
    assert span.mean - span.half_width > 0
    at_3 = {
        norm: tried[RATES.index(3.0), MOMENTA.index(0.0)] for norm, tried in load_tried().items()
    }
    assert at_3["inside"] > 0.9 > 0.8 > at_3["outside"] > at_3["averages"]


def test_the_average_norm_answers_in_training_as_in_inference():
    rng = np.random.default_rng(0)
    ours, usual = AverageNorm(3), BatchNorm(3)
    for _ in range(3):
        x = rng.normal(size=(8, 3))
        y = ours.forward(x, training=True)
        usual.forward(x, training=True)
        np.testing.assert_allclose(y, usual.forward(x, training=False))


def test_a_run_that_diverges_is_a_result():
    run = one_run(("averages", 1e6, 0.9, 0, "test"))
    assert run["accuracy"] == 0
    assert np.isinf(run["loss"])


@pytest.mark.parametrize(
    ("call", "error"),
    [
        (lambda: measure("elsewhere", 0.1, 0.0), ValueError),
        (lambda: measure("inside", 0, 0.0), ValueError),
        (lambda: measure("inside", 0.1, 1), ValueError),
        (lambda: measure("inside", 0.1, 0.0, seeds=()), ValueError),
        (lambda: tune("elsewhere"), ValueError),
    ],
)
def test_it_refuses(call, error):
    with pytest.raises(error):
        call()


def test_the_summary_names_setting_and_result(results):
    assert results["inside"].summary().startswith("inside    rate 0.3, momentum 0")
