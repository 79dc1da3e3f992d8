"""The rules of chapter 11's claims: altered errors and layers turn each verdict round."""

from dataclasses import replace

import numpy as np
import pytest

from bnlib.claims import chapter_11
from bnlib.claims.chapter_11 import CLAIMS, _judge_alone, _judge_average, _judge_correction
from bnlib.experiments.batch_statistics import STARTS
from bnlib.experiments.inference_statistics import BATCH_SIZES, DECAYS, LOOKS, load_stored

VERDICTS = {"3": "corrected", "23": "corrected", "24": "depends"}
USUAL, DECAY = BATCH_SIZES.index(128), DECAYS.index(0.99)
FRAMEWORKS, CORRECTED = STARTS.index("frameworks"), STARTS.index("corrected")
ALTERNATING = (-1.0) ** np.arange(20)  # over the seeds: an interval of ± 0.5


@pytest.fixture(scope="module")
def statistics():
    return load_stored()


def test_the_stored_verdicts_are_those_of_the_chapter():
    found = {str(claim.number): claim.stored() for claim in CLAIMS}
    assert {number: finding.verdict for number, finding in found.items()} == VERDICTS
    assert [finding.seeds for finding in found.values()] == [20, 0, 20]


def saving(statistics, early, late, spread=1.0):
    """With the frameworks' start so many points worse than the corrected one, at 50 and 400."""
    error = statistics.error.copy()
    usual = error[USUAL, :, DECAY]
    for step, points in ((50, early), (400, late)):
        f = LOOKS.index(step)
        usual[:, FRAMEWORKS, f] = usual[:, CORRECTED, f] + (points + spread * ALTERNATING) / 100
    return replace(statistics, error=error)


@pytest.mark.parametrize(
    ("early", "late", "verdict"),
    [
        (12, 0.0, "corrected"),
        (12, 0.45, "corrected"),
        (0.55, 0.0, "corrected"),
        (12, 0.55, "confirmed"),
        (0.45, 0.0, "contested"),
        (-12, -1.0, "contested"),
    ],
)
def test_the_correction_counts_early_or_late_or_not(statistics, early, late, verdict):
    assert _judge_correction(saving(statistics, early, late)).verdict == verdict


@pytest.mark.parametrize(
    ("late", "spread", "verdict"),
    [(0.45, 0.1, "corrected"), (0.55, 0.1, "confirmed"), (1.0, 3.0, "corrected")],
)
def test_late_it_must_be_half_a_point_and_sure(statistics, late, spread, verdict):
    assert _judge_correction(saving(statistics, 12, late, spread)).verdict == verdict


def test_the_correction_s_effect_names_the_share_and_both_steps(statistics):
    effect = _judge_correction(statistics).effect
    assert "decay 0.99 they have 39.5% of a constant truth after 50 steps" in effect
    assert "batches of 128 the correction saves 12.8 ± 3.0 points" in effect
    assert effect.endswith("0.1 ± 0.1 after 400 steps.")
    harm = _judge_correction(saving(statistics, -12, -0.01)).effect
    assert "saves -12.0 ± 0.5 points" in harm
    assert harm.endswith("0.0 ± 0.5 after 400 steps.")


BETA = np.array([0.5, -1.0])
NONE = np.full((1, 2, 3, 3), np.nan)
SPREAD = np.broadcast_to(np.linspace(-1.5, 1.5, 9).reshape(3, 3), (1, 2, 3, 3))
ONE_CHANNEL = SPREAD * np.array([1, 0]).reshape(1, 2, 1, 1)


@pytest.mark.parametrize(
    ("y", "image", "verdict"),
    [
        ([BETA, BETA], SPREAD, "corrected"),
        ([BETA, BETA], ONE_CHANNEL, "contested"),
        ([BETA, BETA + 0.1], SPREAD, "contested"),
        ([BETA, BETA], NONE, "depends"),
        (np.full((2, 2), np.nan), SPREAD, "depends"),
        (np.full((2, 2), np.nan), NONE, "confirmed"),
    ],
)
def test_one_example_may_have_statistics_or_not(y, image, verdict):
    assert _judge_alone(np.array(y), BETA, image).verdict == verdict


def test_the_effect_says_beta_only_where_it_is_beta():
    beta = _judge_alone(np.array([BETA, BETA]), BETA, SPREAD).effect
    assert "the output is beta whatever x is; " in beta
    assert "a spread of 1.0 after" in beta
    other = _judge_alone(np.array([BETA, BETA + 0.1]), BETA, ONE_CHANNEL).effect
    assert "one example does not give beta; " in other
    assert "whatever" not in other
    assert "a spread of 0.0 after" in other


def test_the_layers_that_are_asked_are_the_engine_s(monkeypatch):
    monkeypatch.setattr(chapter_11, "batch_norm", lambda x, *_: (np.full_like(x, np.nan), None))
    assert chapter_11._alone().verdict == "confirmed"
    monkeypatch.setattr(chapter_11, "batch_norm", lambda x, *_: (x, None))
    assert chapter_11._alone().verdict == "contested"


def costing(statistics, points):
    """With a moving average that costs so many points at each batch size."""
    error = statistics.error.copy()
    for i, cost in enumerate(points):
        truth = statistics.population_error[i, :, -1]
        error[i, :, DECAY, CORRECTED, -1] = truth + (cost + ALTERNATING / 2) / 100
    return replace(statistics, error=error)


@pytest.mark.parametrize(
    ("points", "verdict"),
    [
        ((0, 0, 0, 0, 0), "confirmed"),
        ((-3, -3, -3, -3, 0.2), "confirmed"),
        ((0, 0, 0, 0, 0.3), "depends"),  # 0.3 ± 0.2
        ((6, 0, 0, 0, 0), "depends"),
        ((6, 6, 6, 6, 0.7), "depends"),
        ((6, 6, 6, 6, 0.8), "corrected"),
    ],
)
def test_the_moving_average_serves_where_it_costs_half_a_point_at_most(statistics, points, verdict):
    assert _judge_average(costing(statistics, points)).verdict == verdict


def test_few_seeds_do_not_make_the_moving_average_serve(statistics):
    for first in range(0, 20, 5):
        few = slice(first, first + 5)
        parts = {name: getattr(statistics, name)[:, few] for name in ("error", "population_error")}
        found = _judge_average(replace(statistics, **parts))
        assert (found.verdict, found.seeds) == ("depends", 5)


def test_the_average_s_effect_names_every_batch_size(statistics):
    effect = _judge_average(costing(statistics, (6, -0.001, 2, 0.2, -3))).effect
    assert effect.endswith(
        "6.0 ± 0.2 at m = 2, 0.0 ± 0.2 at m = 4, 2.0 ± 0.2 at m = 8, 0.2 ± 0.2 at m = 32, "
        "-3.0 ± 0.2 at m = 128."
    )
    assert "6.5 ± 2.2 at m = 2, 2.3 ± 1.1 at m = 4" in _judge_average(statistics).effect
