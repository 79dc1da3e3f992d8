"""The rules of chapter 6's claims and of shaken batch norm: what would change each verdict."""

from dataclasses import replace

import numpy as np
import pytest

from bnlib.claims.chapter_06 import (
    judge_cost,
    judge_coupling,
    judge_drift,
    judge_gradients,
    judge_values,
)
from bnlib.claims.chapter_07 import EARLY, SHAKEN, judge_shaken
from bnlib.experiments import coupling, drift, frozen_layers, gradient_shift, shift_or_smoothness
from bnlib.experiments.shaken_runs import SHIFT_STEPS


def test_values_that_move_alike_in_all_layers_correct_the_drift():
    drifts = drift.load_stored()
    assert judge_drift(drifts, 20).verdict == "confirmed"
    upside_down = {
        name: replace(each, received=each.received[:, :, ::-1]) for name, each in drifts.items()
    }
    assert judge_drift(upside_down, 20).verdict == "corrected"
    still = {name: replace(each, received=0 * each.received) for name, each in drifts.items()}
    assert judge_drift(still, 20).verdict == "corrected"


@pytest.mark.parametrize(
    ("accuracy", "verdict"), [(0.1, "confirmed"), (None, "contested"), (1.0, "corrected")]
)
def test_a_replay_below_both_frozen_boxes_confirms_that_movement_costs(accuracy, verdict):
    boxes = frozen_layers.load_stored()
    if accuracy is not None:
        for arms in boxes.values():
            box = arms["replayed"]
            arms["replayed"] = replace(box, accuracy=np.full_like(box.accuracy, accuracy))
    assert judge_cost(boxes, 20).verdict == verdict


def test_the_sides_may_disagree_about_the_cost():
    boxes = frozen_layers.load_stored()
    box = boxes["with"]["replayed"]
    boxes["with"]["replayed"] = replace(box, accuracy=0 * box.accuracy)
    assert judge_cost(boxes, 20).verdict == "depends"


def test_swapping_the_networks_turns_the_verdicts_on_shift_round():
    shifts = gradient_shift.load_stored()
    assert judge_values(shifts, 20).verdict == "confirmed"
    swapped = dict(shifts)
    for name in ("relu", "sigmoid"):
        swapped[f"{name} without"] = shifts[f"{name} alike"]
        swapped[f"{name} with"] = swapped[f"{name} alike"] = shifts[f"{name} without"]
    assert judge_values(swapped, 20).verdict == "corrected"
    assert judge_gradients(shifts, 20).verdict == "depends"
    halved = {
        name: replace(each, relative=each.relative * (1 if name.endswith("without") else 0.1))
        for name, each in shifts.items()
    }
    assert judge_gradients(halved, 20).verdict == "corrected"
    doubled = {
        name: replace(each, relative=each.relative * (1 if name.endswith("without") else 9))
        for name, each in shifts.items()
    }
    assert judge_gradients(doubled, 20).verdict == "confirmed"


def test_layers_would_be_independent_if_little_of_the_movement_were_left():
    responses = coupling.load_stored()
    assert judge_coupling(responses, 20).verdict == "corrected"
    little = {
        name: replace(each, value=each.value * (1 if name.endswith("without") else 0.05))
        for name, each in responses.items()
    }
    assert judge_coupling(little, 20).verdict == "confirmed"


FIRST = sum(step <= EARLY for step in SHIFT_STEPS)  # stretches in the early window


@pytest.fixture(scope="module")
def alike():
    return shift_or_smoothness.load_stored()["alike"]


def shaken(alike, points=0.0, early=5.0, later=5.0):
    """All noises with so much more accuracy (points) and shift than without batch norm."""
    without = alike["without"]
    more = np.full(without.shift.shape[1], later)
    more[:FIRST] = early
    noise = replace(without, accuracy=without.accuracy + points / 100, shift=without.shift + more)
    return {"without": without} | dict.fromkeys(SHAKEN, noise)


def test_the_early_window_ends_after_80_steps_and_the_stored_noises_differ_there(alike):
    assert FIRST == 4
    found = judge_shaken(alike)
    assert (found.verdict, found.seeds) == ("depends", 20)
    weak = "noise 0.25: shift +0.15 ± 0.01 to step 400, −0.31 ± 0.04 to step 80, accuracy +0.6"
    strong = "noise 0.5: shift +0.64 ± 0.02 to step 400, +0.19 ± 0.05 to step 80, accuracy −2.9"
    assert weak in found.effect
    assert strong in found.effect
    assert "but" not in found.effect


@pytest.mark.parametrize(
    ("points", "verdict"), [(0, "confirmed"), (-0.9, "confirmed"), (-1.1, "corrected")]
)
def test_a_shift_that_is_worse_in_both_windows_is_judged_by_the_accuracy(alike, points, verdict):
    assert judge_shaken(shaken(alike, points)).verdict == verdict


def test_one_noise_that_costs_is_enough_to_depend(alike):
    good, lost = shaken(alike), shaken(alike, -50)
    assert judge_shaken(good | {"noise 1": lost["noise 1"]}).verdict == "depends"


@pytest.mark.parametrize("points", [0.9, 1.1])
def test_accuracy_that_may_be_lost_or_not_depends(alike, points):
    every_other = 2 * points * (np.arange(20)[:, None] % 2)  # an interval of ± 0.5 points
    assert judge_shaken(shaken(alike, -every_other)).verdict == "depends"


@pytest.mark.parametrize("points", [0, -50])
@pytest.mark.parametrize(("early", "later"), [(-0.1, 5), (5, -2)])
def test_a_shift_that_is_worse_in_one_window_alone_depends(alike, points, early, later):
    assert judge_shaken(shaken(alike, points, early, later)).verdict == "depends"


@pytest.mark.parametrize("points", [0, -50])
def test_noise_that_never_makes_the_shift_worse_leaves_it_open(alike, points):
    assert judge_shaken(shaken(alike, points, -0.1, -0.1)).verdict == "contested"
