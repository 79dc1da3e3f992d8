"""The claims of chapters 1 to 5: their rules can say otherwise, fresh seeds go through them.

The rules of chapter 3 and those on coloured cats have modules of their own.
"""

from dataclasses import replace

import numpy as np
import pytest

from bnlib.claims import (
    Finding,
    all_claims,
    chapter_01,
    chapter_02,
    chapter_04,
    chapter_05,
)
from bnlib.claims.__main__ import main
from bnlib.experiments import sigmoid_parts, tuned_descent

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


OPEN = "too close to 95 % to call"


@pytest.mark.parametrize(
    ("held", "learned", "verdict", "phrase"),
    [
        (99, 97, "depends", "nearly linear, both"),
        (99, 90, "confirmed", "nearly linear if held, bent if learned"),
        (90, 90, "corrected", "bent, both"),
        (90, 99, "corrected", "bent if held, nearly linear if learned"),
        (95.05, 90, "contested", f"{OPEN} if held, bent if learned"),
        (94.95, 90, "contested", f"{OPEN} if held, bent if learned"),
        (99, 95.05, "depends", f"nearly linear if held, {OPEN} if learned"),
        (99, 94.95, "depends", f"nearly linear if held, {OPEN} if learned"),
        (94.95, 95.05, "contested", f"{OPEN}, both"),
    ],
)
def test_the_linear_part(held, learned, verdict, phrase):
    percent = {"held": near(held, 0.5), "learned": near(learned, 0.5)}  # in the second layer
    straight = {name: np.stack([near(50), each], axis=1) / 100 for name, each in percent.items()}
    finding = chapter_02.judge_linear(replace(sigmoid_parts.load_stored(), straight=straight))
    assert finding.verdict == verdict
    assert f"{learned:.1f} ± 0.1 % with them learned: {phrase}. " in finding.effect


def test_the_stored_sigmoids_are_nearly_linear(found):
    assert "99.3 ± 0.0 % of what the sigmoids put out, and 97.6 ± 0.0 %" in found["19"].effect
    assert ": nearly linear, both. " in found["19"].effect


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
