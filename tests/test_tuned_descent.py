"""The tuned networks' descents: are they what the code gives, and no lucky draw?

The margins were written down before the fresh seeds were run.
"""

from itertools import pairwise

import numpy as np
import pytest

from bnlib.experiments.descents import (
    CHECK_SEEDS,
    LOOKS,
    SEEDS,
    Descent,
    Setting,
    descend,
    descents,
)
from bnlib.experiments.tuned_descent import NAMES, TINY_LOOKS, grid, load_stored, measure, tune


@pytest.fixture(scope="module")
def result():
    return load_stored()


@pytest.fixture(scope="module")
def fresh(result):
    return {name: measure(result.tunings[name].best, CHECK_SEEDS) for name in NAMES}


def test_the_stored_result_holds_every_setting_of_the_grids(result):
    for name in NAMES:
        tuning = result.tunings[name]
        assert list(tuning.settings) == grid(name)
        assert len(tuning.score) == len(tuning.final) == len(tuning.settings)
        assert tuning.best == tuning.settings[np.argmax(tuning.score)]
        assert result.descents[name].accuracy.shape == (len(SEEDS), len(LOOKS))
        assert not result.descents[name].diverged.any()
    for descent in result.tiny.values():
        assert descent.accuracy.shape == (len(SEEDS), len(TINY_LOOKS))


def test_both_sides_try_the_same_rates_momenta_and_gains():
    for activation in ("relu", "sigmoid"):
        tried = [
            {(s.learning_rate, s.momentum, s.gain) for s in grid(f"{activation} {side}")}
            for side in ("without", "with")
        ]
        assert tried[0] == tried[1]


def test_two_of_the_stored_runs_come_out_again(result):
    again = measure(result.tunings["relu with"].best, SEEDS[:2])
    known = result.descents["relu with"]
    np.testing.assert_allclose(again.accuracy[:, -1], known.accuracy[:2, -1], atol=0.02)
    np.testing.assert_allclose(again.steps_to(0.9), known.steps_to(0.9)[:2], atol=20)


def test_on_fresh_seeds_the_tuned_networks_with_batch_norm_are_sooner_at_90_percent(fresh):
    for activation in ("relu", "sigmoid"):
        without, with_norm = (
            fresh[f"{activation} {side}"].steps_to(0.9) for side in ("without", "with")
        )
        assert np.isfinite(without).all()
        assert with_norm.mean() < 0.85 * without.mean()


def test_on_fresh_seeds_the_accuracies_are_those_of_the_book(result, fresh):
    for name, descent in fresh.items():
        known = result.descents[name].accuracy[:, -1].mean()
        assert abs(descent.accuracy[:, -1].mean() - known) < 0.03


def test_on_fresh_seeds_the_usual_sigmoid_start_teaches_nothing_and_a_larger_gain_does():
    usual, larger = (Setting("sigmoid", False, 5, 0.3, gain, 0.9) for gain in (1.0, 6.0))
    assert (measure(usual, CHECK_SEEDS).accuracy[:, -1] < 0.2).all()
    assert (measure(larger, CHECK_SEEDS).accuracy[:, -1] > 0.85).mean() >= 0.8


def test_centred_biases_put_the_sigmoid_s_middle_at_zero():
    from bnlib.experiments.descents import _build

    network = _build(Setting("sigmoid", False, 3, 0.1, 1.0, centred=True), seed=0)
    linear = [layer for layer in network.layers if "W" in layer.params]
    middle = np.full((1, 50), 0.5, dtype=np.float32)
    for layer in linear[1:]:
        z = layer.forward(middle, training=True)
        np.testing.assert_allclose(z, 0, atol=1e-6)
    assert not linear[0].params["b"].any()


def test_a_tuning_can_be_narrowed_to_some_of_its_settings(result):
    usual = result.tunings["sigmoid without"].only(gain=1.0, centred=False)
    assert len(usual.settings) == len(usual.final) == 12
    assert all(s.gain == 1 and not s.centred for s in usual.settings)


def test_tuning_scores_leave_the_start_out(monkeypatch):
    few = grid("relu with")[18:21]
    monkeypatch.setattr("bnlib.experiments.tuned_descent.grid", lambda name: few)
    tuning = tune("relu with", seeds=range(100, 102))
    assert np.isfinite(tuning.score).all()
    assert (tuning.score <= tuning.final + 0.05).all()


def test_steps_to_a_level_by_hand():
    accuracy = np.array([[np.nan, 0.5, 0.9, 0.8], [0.1, 0.2, 0.3, 0.4], [0.1, 0.95, 0.0, 0.0]])
    diverged = np.array([False, False, True])
    descent = Descent(np.array([0, 10, 20, 30]), accuracy, accuracy, diverged)
    np.testing.assert_array_equal(descent.steps_to(0.9), [20, np.inf, np.inf])


def test_losses_are_means_since_the_look_before_and_infinite_after_a_divergence():
    settings = (Setting("relu", False, 5, 0.1, 2**0.5), Setting("relu", False, 5, 10.0, 2**0.5))
    calm, wild = descents([descend((settings, (0, 1), "test", LOOKS))])
    assert np.isfinite(calm.loss).all()
    assert not calm.diverged.any()
    assert (calm.loss[:, -1] < 0.5 * calm.loss[:, 0]).all()
    assert wild.diverged.all()
    assert np.isinf(wild.loss[:, 1:]).all()
    assert not wild.accuracy[:, 2:].any()
    assert all(b - a in (10, 20, 50) for a, b in pairwise(LOOKS))


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: grid("tanh with"), ValueError, "name must be one of"),
        (lambda: measure("relu with"), TypeError, "must be a Setting"),
        (lambda: tune("relu with", seeds=()), ValueError, "seeds is empty"),
        (lambda: descend(((), (0,), "train", LOOKS)), ValueError, "part must be one of"),
    ],
)
def test_what_makes_no_sense_is_refused(call, error, message):
    with pytest.raises(error, match=message):
        call()
