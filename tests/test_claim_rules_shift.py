"""The rules of chapter 6's claims: what would change each verdict."""

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
from bnlib.experiments import coupling, drift, frozen_layers, gradient_shift


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
