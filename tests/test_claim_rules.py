"""The claims of chapters 1 to 5: their rules can say otherwise, fresh seeds go through them.

Those on coloured cats have a module of their own.
"""

from dataclasses import replace

import numpy as np
import pytest

from bnlib.claims import (
    Finding,
    all_claims,
    chapter_01,
    chapter_02,
    chapter_03,
    chapter_04,
    chapter_05,
)
from bnlib.claims.__main__ import main
from bnlib.experiments import sigmoid_parts, tuned_descent
from bnlib.experiments.interval import Interval

SEEDS = range(1000, 1005)
CLAIMS = {str(claim.number): claim for claim in all_claims() if claim.chapter <= 5}
VERDICTS = {
    "6": "confirmed",
    "6b": "corrected",
    "1": "corrected",
    "5": "corrected",
    "19": "depends",
    "20": "corrected",
    "4": "corrected",
    "2": "corrected",
    "7": "depends",
    "11": "confirmed",
    "11b": "confirmed",
    "11c": "confirmed",
    "12": "corrected",
    "13": "confirmed",
    "13b": "corrected",
    "13c": "depends",
    "14": "confirmed",
}


def near(mean, spread=0.1, count=20):
    """Values around a mean."""
    return mean + spread * np.linspace(-1, 1, count)


@pytest.fixture(scope="module")
def found():
    return {number: claim.stored() for number, claim in CLAIMS.items()}


def test_the_stored_verdicts_are_those_of_the_chapters(found):
    assert {number: finding.verdict for number, finding in found.items()} == VERDICTS


@pytest.mark.parametrize("number", ["6b", "1", "5", "20", "4", "12", "11c"])
def test_what_takes_no_time_says_the_same_on_fresh_seeds(number, found):
    assert CLAIMS[number].fresh(SEEDS, None).verdict == found[number].verdict


TINY_SLICE = ["1", "20", "12", "--seeds", "5", "--jobs", "1"]


def test_the_command_finds_that_a_slice_of_the_book_holds(tmp_path, capsys):
    assert main(TINY_SLICE, folder=tmp_path) == 0
    assert "Verdicts that moved: 0 of 3" in capsys.readouterr().out


def test_the_command_finds_a_verdict_that_somebody_turned_round(tmp_path, capsys):
    wrong = replace(CLAIMS["20"], stored=lambda: Finding("confirmed", "β is useless.", 0))
    assert main(TINY_SLICE, [CLAIMS["1"], CLAIMS["12"], wrong], tmp_path) == 1
    assert "20: confirmed -> corrected" in capsys.readouterr().out


def test_what_measures_no_seeds_says_that_it_is_exact(found):
    exact = {number for number, finding in found.items() if finding.seeds == 0}
    assert exact == {"6b", "1", "20", "12"}
    assert all(finding.seeds == 20 for number, finding in found.items() if number not in exact)


@pytest.mark.parametrize(
    ("equal", "unequal", "verdict"),
    [
        (near(6), near(16_000, 2000), "confirmed"),
        (near(6), near(6)[::-1], "contested"),
        (near(6), near(3), "corrected"),
    ],
)
def test_speed_by_scale(equal, unequal, verdict):
    assert chapter_01.judge_speed(equal, unequal, 20).verdict == verdict


@pytest.mark.parametrize(
    ("turns", "steps", "verdict"),
    [
        ((1.0, 0.0), (238, 241), "corrected"),
        ((1.0, 0.0), (238, 24), "confirmed"),
        ((1.0, 1.0), (238, 24), "contested"),
    ],
)
def test_the_zigzag(turns, steps, verdict):
    assert chapter_01.judge_zigzag(turns, steps, 1, 0.01).verdict == verdict


@pytest.mark.parametrize(
    ("columns", "rows", "verdict"),
    [(1e-15, 0.4, "corrected"), (1e-15, 1e-15, "confirmed"), (0.1, 0.4, "contested")],
)
def test_which_numbers_are_normalized(columns, rows, verdict):
    assert chapter_02.judge_axis(columns, rows).verdict == verdict


@pytest.mark.parametrize(
    ("deviation", "moved", "verdict"),
    [(1e-15, 0.2, "corrected"), (1e-15, 0.0, "confirmed"), (0.01, 0.2, "contested")],
)
def test_gamma_and_beta_set_but_do_not_keep(deviation, moved, verdict):
    moved = np.full((20, 2), moved)
    assert chapter_03.judge_kept(deviation, deviation, moved).verdict == verdict


def test_the_linear_part():
    result = sigmoid_parts.load_stored()
    assert chapter_02.judge_linear(result).verdict == "depends"
    bent = {name: 0.9 * straight for name, straight in result.straight.items()}
    widened = replace(result, straight={**result.straight, "learned": bent["learned"]})
    assert chapter_02.judge_linear(widened).verdict == "confirmed"
    assert chapter_02.judge_linear(replace(result, straight=bent)).verdict == "corrected"


@pytest.mark.parametrize(
    ("output", "b", "beta", "verdict"),
    [
        (1e-14, 1e-15, 0.02, "corrected"),
        (1.0, 0.02, 1e-15, "confirmed"),
        (1.0, 0.02, 0.02, "contested"),
    ],
)
def test_which_parameter_is_useless(output, b, beta, verdict):
    assert chapter_02.judge_bias(output, b, beta).verdict == verdict


@pytest.mark.parametrize(
    ("error", "pairs", "moved", "verdict"),
    [(1e-9, 50, 1.0, "corrected"), (1e-9, 1, 0.0, "confirmed"), (0.1, 50, 1.0, "contested")],
)
def test_parameter_or_hyperparameter(error, pairs, moved, verdict):
    moved = np.full((20, 2), moved)
    assert chapter_03.judge_parameters(error, pairs, moved).verdict == verdict


@pytest.mark.parametrize(
    ("gains", "verdict"),
    [((0, 0, 0, 0), "corrected"), ((2, 0, 0, 0), "depends"), ((2, 2, 2, 2), "confirmed")],
)
def test_batch_norm_of_the_input(gains, verdict):
    keys = [(data, hidden) for data in ("plain", "awkward") for hidden in ("before", "none")]
    accuracy = {}
    for (data, hidden), gain in zip(keys, gains, strict=True):
        accuracy[data, "standardized", hidden] = near(0.96, 0.01)
        accuracy[data, "batch norm", hidden] = near(0.96 + gain / 100, 0.01)[::-1]
    assert chapter_03.judge_input(accuracy).verdict == verdict


@pytest.mark.parametrize(
    ("lead", "tolerates", "verdict"),
    [
        (0.0, True, "depends"),
        (0.0, False, "contested"),
        (-2.0, True, "confirmed"),
        (2.0, True, "corrected"),
    ],
)
def test_z_or_a(lead, tolerates, verdict):
    points = [Interval(lead, 0.5)] * 3  # by which a is ahead
    assert chapter_03._place_verdict(points, tolerates) == verdict


def steps_of(relu, sigmoid):
    """Steps without and with batch norm: what the latter saves is given."""
    saved = {"relu": relu, "sigmoid": sigmoid}
    return {
        name: near(80 - (saved[name.split()[0]] if name.endswith("with") else 0), 5)
        for name in ("relu without", "relu with", "sigmoid without", "sigmoid with")
    }


@pytest.mark.parametrize(
    ("relu", "sigmoid", "verdict"),
    [(40, 30, "confirmed"), (40, -5, "depends"), (-5, -5, "corrected")],
)
def test_faster_when_both_are_tuned(relu, sigmoid, verdict):
    assert chapter_04.judge_speed(steps_of(relu, sigmoid)).verdict == verdict


@pytest.mark.parametrize(
    ("saved", "gain", "verdict"),
    [(-600, 0, "confirmed"), (600, 0, "corrected"), (-600, 3, "depends")],
)
def test_tiny_steps(saved, gain, verdict):
    steps = {"without": near(1250, 100), "with": near(1250 - saved, 100)}
    points = {"without": near(95), "with": near(95 + gain)}
    assert chapter_04.judge_tiny(steps, points).verdict == verdict


@pytest.mark.parametrize(
    ("factor", "verdict"), [(1.2, "confirmed"), (1.5, "depends"), (0.95, "corrected")]
)
def test_the_growing_gradient(factor, verdict):
    assert chapter_04.judge_gradient(near(factor, 0.01)).verdict == verdict


@pytest.mark.parametrize(("last", "verdict"), [(0.277, "corrected"), (0.625, "confirmed")])
def test_the_output_distribution(last, verdict):
    assert chapter_05.judge_output({4: 0.625, 6: 0.625, 7: last}).verdict == verdict


def test_fresh_descents_take_the_tuned_settings(monkeypatch):
    stored, asked = tuned_descent.load_stored(), []

    def measured(setting, seeds, folder):
        asked.append(setting)
        return stored.descents["relu with"]  # so that nobody is sooner

    monkeypatch.setattr(chapter_04, "measure", measured)
    assert CLAIMS["11"].fresh(SEEDS, None).verdict == "corrected"
    assert asked == [stored.tunings[name].best for name in tuned_descent.NAMES]


def test_a_run_that_never_gets_there_counts_as_late():
    descent = tuned_descent.load_stored().descents["relu with"]
    nowhere = replace(descent, accuracy=np.zeros_like(descent.accuracy))
    assert (chapter_04._steps({"x": nowhere})["x"] == 800).all()


def test_fresh_places_are_trained_as_the_stored_ones(monkeypatch):
    asked = []

    def measured(place, trainings, seeds, folder):
        asked.append((place, trainings))
        return np.full((1, len(seeds)), 0.96), None

    def at_largest(place, seeds, folder):
        return 0.9 if place.position == "before" else 0.1

    monkeypatch.setattr(chapter_03, "measure", measured)
    monkeypatch.setattr(chapter_03, "_at_largest_rate", at_largest)
    assert CLAIMS["7"].fresh(SEEDS, None).verdict == "depends"
    assert CLAIMS["2"].fresh(SEEDS, None).verdict == "corrected"
    assert len(asked) == 6 + 8
