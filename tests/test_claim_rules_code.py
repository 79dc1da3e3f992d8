"""Claims of chapters 9, 10 and 12: the rules can say otherwise, and fresh seeds go through them."""

from dataclasses import replace

import numpy as np
import pytest

from bnlib.claims import chapter_09, chapter_10, chapter_12
from bnlib.experiments import float32_error, statistics_outside

CLAIMS = {str(claim.number): claim for claim in (*chapter_09.CLAIMS, *chapter_10.CLAIMS)}
VERDICTS = {
    "22": "confirmed",
    "22b": "corrected",
    "25": "confirmed",
    "21": "corrected",
    "21b": "depends",
}


@pytest.fixture(scope="module")
def found():
    return {number: claim.stored() for number, claim in CLAIMS.items()}


def test_the_stored_verdicts_are_those_of_the_chapters(found):
    assert {number: finding.verdict for number, finding in found.items()} == VERDICTS


def test_all_but_the_derivation_rest_on_twenty_seeds(found):
    assert found["25"].seeds == 0
    assert all(finding.seeds == 20 for number, finding in found.items() if number != "25")


@pytest.mark.parametrize("number", ["22", "25"])
def test_fresh_seeds_say_the_same(number, found):
    assert CLAIMS[number].fresh(range(1000, 1005), None).verdict == found[number].verdict


def test_fresh_networks_say_the_same(found):
    fresh = chapter_10._fresh(range(1000, 1005), None)
    assert chapter_10._averages(fresh).verdict == found["21"].verdict
    assert chapter_10._growth(fresh).verdict == found["21b"].verdict


def test_fresh_numbers_far_from_0_say_the_same(found):
    result = float32_error.measure(range(1000, 1005), rows=(32,))
    assert chapter_09._one_pass(result).verdict == found["22b"].verdict


SHARE = 0.875 + 0.001 * np.linspace(-1, 1, 20)


@pytest.mark.parametrize(
    ("deviation", "share", "verdict"),
    [(1e-14, SHARE, "confirmed"), (1e-3, SHARE, "corrected"), (1e-14, SHARE + 0.1, "contested")],
)
def test_the_formulas_may_be_wrong(deviation, share, verdict):
    assert chapter_09.judge_formulas(deviation, share).verdict == verdict


def test_one_pass_may_be_as_good_or_both_may_fail():
    good, bad, offsets = np.full((5, 2), 1e-7), np.full((5, 2), np.inf), np.array([1.0, 10.0])
    judge = chapter_09.judge_one_pass
    assert judge(good, good, offsets).verdict == "confirmed"
    assert judge(bad, good, offsets).verdict == "corrected"
    assert judge(bad, bad, offsets).verdict == "contested"


@pytest.mark.parametrize(("nodes", "numerical"), [(1e-3, 1e-9), (1e-14, 1e-2)])
def test_a_wrong_backward_pass_is_no_confirmation(nodes, numerical):
    assert chapter_10.judge_backward(nodes, numerical).verdict == "corrected"


def test_training_with_averages_would_confirm_what_is_said():
    results = statistics_outside.load_stored()
    judge = chapter_10.judge_averages
    assert judge(0.3, results["inside"], results["averages"]).verdict == "confirmed"


def test_b_may_stay_or_the_network_learn_nothing():
    results = statistics_outside.load_stored()
    inside, outside = results["inside"], results["outside"]
    still = replace(outside, bias=0 * outside.bias)
    lost = replace(outside, accuracy=0.1 + 0 * outside.accuracy)
    assert chapter_10.judge_growth(inside, still).verdict == "contested"
    assert chapter_10.judge_growth(inside, lost).verdict == "confirmed"


@pytest.mark.parametrize(
    ("worst", "verdict", "word"), [(9e-7, "confirmed", "agree"), (2e-6, "contested", "differ")]
)
def test_the_same_formulas_everywhere(worst, verdict, word):
    found = chapter_12.judge_parity({"PyTorch": 1e-8, "Keras": worst, "Flax": 1e-8}, "the layers")
    assert found.verdict == verdict
    assert f"the layers of PyTorch, Keras, Flax {word}: by {worst:.0e}" in found.effect
    assert "divisor m - 1 in PyTorch, and m in Keras, Flax." in found.effect
