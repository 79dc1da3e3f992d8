"""The claims on coloured cats: altered answers of the networks turn each verdict round."""

from dataclasses import replace

import numpy as np
import pytest

from bnlib.claims import chapter_05
from bnlib.experiments import coloured_cats

SEEDS = range(1000, 1005)
CLAIMS = {str(claim.number): claim for claim in chapter_05.CLAIMS}


@pytest.fixture(scope="module")
def cats():
    return coloured_cats.load_stored()


def altered(result, **said):
    """A result in which one network says what another said, or the same in every colour."""
    new = dict(result.said)
    for name, source in said.items():
        new[name] = result.said[source] if isinstance(source, str) else source
    return replace(result, said=new)


def everywhere_as_on_black(said):
    return np.repeat(said[:, :1], said.shape[1], axis=1)


def test_failing_on_another_colour(cats):
    holds_out = altered(cats, without=everywhere_as_on_black(cats.said["without"]))
    assert chapter_05.judge_failure(holds_out).verdict == "corrected"
    no_better = altered(cats, **{"without, all colours": "without"})
    assert chapter_05.judge_failure(no_better).verdict == "contested"


def test_robustness(cats):
    holds_out = altered(cats, frozen=everywhere_as_on_black(cats.said["frozen"]))
    assert chapter_05.judge_robustness(holds_out).verdict == "confirmed"
    ahead = 0.7 * cats.said["without"] + 0.3 * everywhere_as_on_black(cats.said["without"])
    assert chapter_05.judge_robustness(altered(cats, frozen=ahead)).verdict == "depends"


def test_recalibration(cats):
    no_use = np.repeat(cats.said["frozen"][:, None], len(coloured_cats.SHARES), axis=1)
    assert chapter_05.judge_recalibration(replace(cats, recalibrated=no_use)).verdict == "corrected"
    all_good = np.repeat(everywhere_as_on_black(cats.said["frozen"])[:, None], 6, axis=1)
    perfect = replace(cats, recalibrated=all_good)
    assert chapter_05.judge_recalibration(perfect).verdict == "confirmed"


def test_concept_drift(cats):
    knows_the_new_rule = np.zeros_like(cats.said["without"])
    knows_the_new_rule[..., [0, 1, 3]] = 1
    adapted = altered(cats, without=knows_the_new_rule, frozen=knows_the_new_rule)
    assert chapter_05.judge_drift(adapted).verdict == "depends"
    fresh = np.repeat(knows_the_new_rule[:, None], 6, axis=1)
    assert chapter_05.judge_drift(replace(adapted, recalibrated=fresh)).verdict == "corrected"


def test_fresh_cats_are_measured_with_the_stored_settings_and_judged_alike(cats, monkeypatch):
    asked = []

    def measured(settings, seeds, folder):
        asked.append((settings, seeds, folder))
        return altered(cats, frozen=everywhere_as_on_black(cats.said["frozen"]))

    monkeypatch.setattr(chapter_05, "measure", measured)
    assert CLAIMS["13b"].fresh(SEEDS, "runs").verdict == "confirmed"
    assert asked == [(cats.settings, SEEDS, "runs")]
