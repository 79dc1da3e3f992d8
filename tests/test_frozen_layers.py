"""Layers 1 and 2 held still: the stored result, the rule, and what the holding does.

The margins were written down before the fresh seeds were run.
"""

from itertools import product

import numpy as np
import pytest

from bnlib.experiments.drift import MOMENTA, RATES, STEPS, Setting
from bnlib.experiments.frozen_layers import (
    ARMS,
    CHECK_SEEDS,
    LOOK_EVERY,
    SEEDS,
    SIDES,
    Box,
    load_stored,
    measure,
    tune,
    twins,
    verdict,
)
from bnlib.experiments.held_layers import FreezeFrom, Held, size_of_box
from bnlib.experiments.tuned_networks import build, splits_of, tuned_settings
from bnlib.optim import SGD


@pytest.fixture(scope="module")
def boxes():
    return load_stored()


@pytest.fixture(scope="module")
def fresh(boxes):
    settings = {"without": {arm: box.setting for arm, box in boxes["without"].items()}}
    return measure(settings, CHECK_SEEDS)["without"]


def test_the_stored_result_covers_all_surroundings_and_seeds(boxes):
    assert list(boxes) == list(SIDES)
    for side, arms in boxes.items():
        assert list(arms) == list(ARMS)
        for box in arms.values():
            assert box.accuracy.shape == (len(SEEDS), STEPS // LOOK_EVERY)
            assert box.setting.batch_norm == (side == "with")
            choice = (box.setting.learning_rate, box.setting.momentum)
            assert choice in set(product(RATES, MOMENTA))


def test_nothing_moves_in_a_frozen_box_and_it_does_in_the_others(boxes):
    for arms in boxes.values():
        assert not arms["frozen at the start"].moved.any()
        assert not arms["frozen at the end"].moved.any()
        assert (arms["learning"].moved > 0.05).all()
        assert (arms["replayed"].moved > 0.05).all()


def test_two_of_the_stored_runs_come_out_again(boxes):
    known = boxes["with"]["replayed"]
    again = measure({"with": {"replayed": known.setting}}, list(SEEDS)[:2])["with"]["replayed"]
    np.testing.assert_allclose(again.score, known.score[:2], atol=0.01)
    np.testing.assert_allclose(again.accuracy[:, -1], known.accuracy[:2, -1], atol=0.02)
    np.testing.assert_allclose(again.moved, known.moved[:2], rtol=0.1)


def test_on_fresh_seeds_a_box_frozen_at_the_start_reads_fewer_digits(fresh):
    behind = fresh["learning"].accuracy[:, -1] - fresh["frozen at the start"].accuracy[:, -1]
    assert behind.mean() > 0.03


def test_on_fresh_seeds_the_replayed_one_lies_between_the_frozen_ones(fresh):
    score = {arm: box.score.mean() for arm, box in fresh.items()}
    assert score["frozen at the start"] + 0.03 < score["replayed"]
    assert score["replayed"] < score["frozen at the end"] - 0.03
    assert verdict(fresh) == "between"


def test_on_fresh_seeds_the_accuracies_are_those_of_the_book(boxes, fresh):
    for arm, box in fresh.items():
        known = boxes["without"][arm].accuracy[:, -1].mean()
        assert abs(box.accuracy[:, -1].mean() - known) < 0.04


SETTING = Setting("relu", False, 0.1, 0.0, 1.0)


def box(scores):
    """A Box whose seeds have these scores."""
    return Box(SETTING, np.repeat(np.array(scores)[:, None], 3, axis=1), np.zeros(len(scores)))


@pytest.mark.parametrize(
    ("replayed", "expected"), [(0.5, "costs"), (0.7, "between"), (0.9, "helps"), (0.6, "between")]
)
def test_the_rule_by_hand(replayed, expected):
    noise = 0.01 * np.arange(-2, 3)
    boxes = {
        "learning": box(0.7 + noise),
        "frozen at the start": box(0.6 + noise),
        "frozen at the end": box(0.8 + noise),
        "replayed": box(replayed + noise[::-1]),
    }
    assert verdict(boxes) == expected


def test_the_steps_to_a_level_by_hand():
    some = Box(SETTING, np.array([[0.5, 0.9, 0.95], [0.1, 0.2, 0.3]]), np.zeros(2))
    np.testing.assert_array_equal(some.steps_to(0.9), [20, np.inf])


def test_a_twin_starts_with_the_same_box_and_has_other_layers_above():
    setting = tuned_settings()["relu with"]
    path = twins(setting, [3], splits_of([3]))[0]
    network = build(setting, 3)
    size = size_of_box(network)
    assert path.shape == (STEPS + 1, size)
    np.testing.assert_array_equal(path[0], network.theta[:size])
    assert (path[-1] != path[0]).any()
    # 64 x 50 and 50 x 50 weights; with batch norm, gamma and beta of 2 x 50 units, and no bias
    assert size == 64 * 50 + 50 * 50 + 4 * 50


def test_held_parameters_follow_their_path_and_the_others_the_gradient():
    theta, gradient = np.zeros(4), np.ones(4)
    held = Held(SGD(0.5), np.array([[0.0, 0.0], [7.0, 8.0]]))
    for _ in range(2):
        held.step(theta, gradient)
    np.testing.assert_array_equal(theta, [7, 8, -1, -1])


def test_parameters_freeze_at_the_step_given_even_with_momentum():
    theta, gradient = np.zeros(3), np.ones(3)
    optimizer = FreezeFrom(SGD(1.0, 0.5), 1, start=2)
    for _ in range(4):
        optimizer.step(theta, gradient)
    np.testing.assert_array_equal(theta, [-2.5, -6.125, -6.125])


@pytest.mark.parametrize(("arm", "side"), [("thawed", "with"), ("learning", "beside")])
def test_tuning_refuses_what_it_does_not_know(arm, side):
    with pytest.raises(ValueError, match="must be one of"):
        tune(arm, side)
