"""The rules of chapter 8's claims: altered noise and made-up errors turn each verdict round.

And of all chapters: is there a test for each rule?
"""

import re
from dataclasses import replace
from pathlib import Path

import pytest

from bnlib.claims.chapter_08 import (
    CLAIMS,
    judge_dropout,
    judge_error,
    judge_fall,
    judge_law,
    judge_size,
)
from bnlib.experiments import batch_noise
from bnlib.experiments.interval import Interval
from tools.normalize_notebooks import ROOT

VERDICTS = {
    "15": "confirmed",
    "16": "depends",
    "17": "confirmed",
    "17b": "depends",
    "18": "depends",
}


@pytest.fixture(scope="module")
def law():
    return batch_noise.load_stored()


def test_the_stored_verdicts_are_those_of_the_chapter():
    found = {str(claim.number): claim.stored() for claim in CLAIMS}
    assert {number: finding.verdict for number, finding in found.items()} == VERDICTS
    assert all(finding.seeds == 20 for finding in found.values())


def altered(law, layer, by, name="drawn"):
    """The law with one layer's noise multiplied, by one number or by one a size."""
    noise = getattr(law, name).copy()
    noise[:, :, layer] *= by
    return replace(law, **{name: noise})


def tilted(law, layer, slope):
    """The law with another slope in a layer, and the same noise in groups of 4."""
    change = slope - law.slopes(layer=layer).mean()
    return altered(law, layer, (law.sizes / 4) ** change)


def test_the_noise_is_named_with_its_slope_in_every_layer(law):
    effect = judge_law(law).effect
    assert "0.57 ± 0.02 and -0.490 ± 0.011 in layer 1" in effect
    assert "0.65 ± 0.02 and -0.478 ± 0.017 in layer 2" in effect


@pytest.mark.parametrize("layer", [0, 1])
@pytest.mark.parametrize(("mean", "verdict"), [(0.12, "confirmed"), (0.101, "corrected")])
def test_a_layer_without_noise_corrects_the_law(law, layer, mean, verdict):
    now = law.drawn[:, 1, layer].mean()  # in groups of 4, with an interval of ± 3 %
    assert judge_law(altered(law, layer, mean / now)).verdict == verdict
    assert judge_law(altered(law, layer, 1e-9)).verdict == "corrected"


@pytest.mark.parametrize("layer", [0, 1])
@pytest.mark.parametrize(
    ("slope", "verdict"),
    [
        (-0.6, "contested"),
        (-0.537, "confirmed"),  # the half-width is 0.011 in layer 1, 0.017 in layer 2
        (-0.463, "confirmed"),
        (-0.4, "contested"),
        (0.0, "contested"),
    ],
)
def test_noise_that_falls_otherwise_makes_the_law_contested(law, layer, slope, verdict):
    assert judge_law(tilted(law, layer, slope)).verdict == verdict


def test_few_seeds_leave_the_law_confirmed(law):
    for first in range(0, 20, 5):
        few = replace(law, drawn=law.drawn[first : first + 5])
        assert (judge_law(few).verdict, judge_law(few).seeds) == ("confirmed", 5)


@pytest.mark.parametrize(
    ("factor", "verdict"),
    [(1, "depends"), (2, "confirmed"), (1.5, "depends"), (0.56, "depends"), (0.5, "corrected")],
)
def test_the_noise_may_be_as_large_as_dropout_s_in_usual_groups_or_in_none(law, factor, verdict):
    louder = replace(law, arriving=factor * law.arriving)
    assert judge_dropout(louder).verdict == verdict


def test_the_dropout_rates_are_named(law):
    effect = judge_dropout(law).effect
    assert "at the rate 0.24 ± 0.05, groups of 32 as dropout at 0.050 ± 0.008" in effect


@pytest.mark.parametrize("layer", [0, 1])
def test_one_seed_whose_noise_rises_once_corrects_that_it_falls(law, layer):
    assert judge_fall(law).verdict == "confirmed"
    dealt = law.dealt.copy()
    dealt[3, 5, layer] = 1.01 * dealt[3, 4, layer]
    assert judge_fall(replace(law, dealt=dealt)).verdict == "corrected"


def test_the_fall_is_named_in_every_layer(law):
    effect = judge_fall(altered(law, 1, 10.0 ** (law.sizes == 256), "dealt")).effect
    assert "from 512 images: 0.094 ± 0.005 in layer 1, 1.021 ± 0.068 in layer 2" in effect
    assert effect.endswith("with all of them it is 0.000 at most.")


LOWER, LEVEL, HIGHER = Interval(-2.0, 1.9), Interval(-2.0, 2.1), Interval(2.0, 1.9)


@pytest.mark.parametrize(
    ("clean", "noisy", "tuned", "verdict"),
    [
        (LOWER, LOWER, LOWER, "confirmed"),
        (LEVEL, LOWER, LOWER, "depends"),
        (LEVEL, LEVEL, LOWER, "depends"),
        (LEVEL, LEVEL, LEVEL, "corrected"),
        (HIGHER, HIGHER, HIGHER, "corrected"),
    ],
)
def test_the_error_counts_where_it_is_lower_in_small_groups(clean, noisy, tuned, verdict):
    found = judge_error({"clean": clean, "noisy": noisy, "tuned": tuned}, 7)
    assert (found.verdict, found.seeds) == (verdict, 7)


def test_the_changes_of_the_error_have_their_signs_and_their_places():
    changes = {"clean": Interval(-0.02, 0.5), "noisy": Interval(3, 1), "tuned": Interval(-2.8, 0.7)}
    assert judge_error(changes, 7).effect.endswith(
        "changes by +3.0 ± 1.0 points where a fifth of the labels is wrong, by −2.8 ± 0.7 once "
        "each is tuned, by +0.0 ± 0.5 with clean labels."
    )


def effects(noise, half_width=0.5):
    return {"noise": Interval(noise, half_width), "dropout": Interval(-1.2, 0.4)}


@pytest.mark.parametrize(
    ("common", "tuned", "verdict"),
    [
        (-2.4, -0.4, "confirmed"),
        (2.4, 0.0, "confirmed"),
        (-10.6, -1.7, "depends"),
        (-2.6, -0.4, "depends"),
        (-3.4, -3.4, "depends"),
        (-10.6, -3.6, "corrected"),
        (10.6, 3.6, "corrected"),
    ],
)
def test_the_noise_is_slight_below_3_points(common, tuned, verdict):
    found = judge_size(effects(common), effects(tuned), 7)
    assert (found.verdict, found.seeds) == (verdict, 7)


def test_the_effect_says_whether_the_noise_helps_or_harms():
    effect = judge_size(effects(4), effects(-1.7), 7).effect
    assert effect.endswith(
        "changes the test error by +4.0 ± 0.5 points (dropout −1.2 ± 0.4) at one rate for all, "
        "and by −1.7 ± 0.5 points (dropout −1.2 ± 0.4) when each network is tuned."
    )


RULES = [
    (path.stem, name)
    for path in sorted((ROOT / "bnlib" / "claims").glob("chapter_*.py"))
    for name in re.findall(r"^def (_?judge_\w+)", path.read_text("utf-8"), re.MULTILINE)
]


@pytest.fixture(scope="module")
def tests():
    return [path.read_text("utf-8") for path in Path(__file__).parent.glob("test_*.py")]


@pytest.mark.parametrize(("chapter", "rule"), RULES)
def test_every_rule_has_a_test_that_names_it(tests, chapter, rule):
    named = re.compile(rf"\b{chapter}(\.|\s+import\s[^)]*\b){rule}\b")
    assert any(named.search(text) for text in tests), f"no test names {rule} of {chapter}"
