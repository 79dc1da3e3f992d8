"""The stored result of the coloured cats: is it what the code gives, and is it no lucky draw?

The margins were written down before the fresh seeds were run.
"""

import numpy as np
import pytest

from bnlib.data.cats import KINDS
from bnlib.data.coats import COLOURS
from bnlib.experiments import coloured_cats
from bnlib.experiments.coloured_cats import (
    CATS,
    CHECK_SEEDS,
    EARS_UP,
    FINALISTS,
    FIRST,
    FIXED,
    RATES,
    SEEDS,
    SHARES,
    TRAINED_ON_ALL,
    TUNING_SEEDS,
    VARIANTS,
    load_stored,
    measure,
    tune,
)

BLACK, HALF, ORANGE, WHITE, MIXED = (COLOURS.index(c) for c in (0.0, 0.5, 1.0, "white", "mixed"))


@pytest.fixture(scope="module")
def result():
    return load_stored()


@pytest.fixture(scope="module")
def fresh(result):
    return measure(result.settings, CHECK_SEEDS)


def mean(shift, variant, colour, **world):
    return shift.accuracy(variant, **world)[:, colour].mean()


def test_the_stored_result_covers_all_seeds_colours_and_kinds(result):
    shape = (len(SEEDS), len(COLOURS), len(KINDS))
    assert set(result.said) == set(FIXED)
    assert all(said.shape == shape for said in result.said.values())
    assert result.recalibrated.shape == (shape[0], len(SHARES), *shape[1:])
    assert result.answers.shape == (2 + len(SHARES), len(COLOURS), 8)
    assert result.summary().count("\n") == len(VARIANTS) - 1


def test_no_seed_serves_twice():
    assert not set(SEEDS) & set(TUNING_SEEDS)
    assert not (set(SEEDS) | set(TUNING_SEEDS)) & set(CHECK_SEEDS)


def test_no_chosen_learning_rate_of_a_network_lies_at_an_end_of_those_tried(result):
    for name in ("without", "with"):
        assert RATES[0] < result.settings[name].learning_rate < RATES[-1]


def test_two_of_the_stored_runs_come_out_again(result):
    again = measure(result.settings, list(SEEDS)[:2])
    # Another processor rounds otherwise, and 1,000 steps make that visible: hence the margins.
    for variant in FIXED:
        np.testing.assert_allclose(
            again.accuracy(variant)[:, [BLACK, HALF]],
            result.accuracy(variant)[:2][:, [BLACK, HALF]],
            atol=0.02,
        )
    np.testing.assert_allclose(
        again.accuracy("recalibrated"), result.accuracy("recalibrated")[:2], atol=0.04
    )
    assert np.median(np.abs(again.answers - result.answers)) < 0.02


def test_on_fresh_seeds_the_task_is_too_hard_for_a_linear_model_and_not_for_the_networks(fresh):
    assert fresh.accuracy("linear")[:, BLACK].max() <= 0.85
    for variant in ("without", "frozen", "recalibrated"):
        assert mean(fresh, variant, BLACK) > 0.93


def test_on_fresh_seeds_whoever_saw_black_alone_fails_on_orange_and_on_white(fresh):
    for variant in ("without", "frozen", "recalibrated", "restandardized"):
        assert mean(fresh, variant, BLACK) - mean(fresh, variant, ORANGE) > 0.2
        assert mean(fresh, variant, WHITE) < 0.6


def test_on_fresh_seeds_one_network_can_know_all_colours(fresh):
    for variant in TRAINED_ON_ALL:
        assert fresh.accuracy(variant).mean(axis=0).min() > 0.8


def test_on_fresh_seeds_recalibrating_helps_on_half_orange_and_orange_and_not_on_the_mix(fresh):
    gain = fresh.accuracy("recalibrated") - fresh.accuracy("frozen")
    assert gain[:, HALF].mean() > 0.02
    assert gain[:, ORANGE].mean() > 0.04
    assert gain[:, MIXED].mean() < 0.015


def test_on_fresh_seeds_standardizing_the_inputs_anew_helps_too_though_less(fresh):
    anew, without = fresh.accuracy("restandardized"), fresh.accuracy("without")
    assert (anew - without)[:, HALF].mean() > 0.02
    assert (anew - without)[:, ORANGE].mean() > 0.04
    ahead = (fresh.accuracy("recalibrated") - anew)[:, [HALF, ORANGE]].mean(axis=0)
    assert (ahead > -0.01).all()
    assert (ahead < 0.09).all()


def test_on_fresh_seeds_recalibrating_fails_when_the_share_of_cats_shifts(fresh):
    assert mean(fresh, "frozen", BLACK, share=0.9) > 0.93
    assert mean(fresh, "recalibrated", BLACK, share=0.9) < 0.8
    assert mean(fresh, "recalibrated", BLACK, share=1.0) < 0.65


def test_on_fresh_seeds_no_variant_survives_a_new_rule(fresh):
    for variant in ("without", "frozen", "recalibrated"):
        assert 0.7 < mean(fresh, variant, BLACK, cats=EARS_UP) < 0.8


def test_on_fresh_seeds_the_accuracies_are_those_of_the_book(result, fresh):
    for variant in VARIANTS:
        far = np.abs(result.accuracy(variant).mean(axis=0) - fresh.accuracy(variant).mean(axis=0))
        assert far[BLACK] < 0.03
        assert far.max() < 0.1


def test_accuracy_weighs_the_kinds_by_their_shares_and_by_the_rule(result):
    said = result.said["without"][:, BLACK]  # (S, K)
    cat, others = said[:, 0], 1 - said[:, 1:]
    np.testing.assert_allclose(
        result.accuracy("without", 0.8, CATS)[:, BLACK], 0.8 * cat + 0.2 * others.mean(axis=1)
    )
    np.testing.assert_allclose(result.accuracy("without", 1.0)[:, BLACK], cat)
    # On the kinds whose label changed, what was right is now wrong.
    changed = [KINDS.index(kind) for kind in EARS_UP if kind not in CATS]
    lost = (1 - said[:, changed]).sum(axis=1) - said[:, changed].sum(axis=1)
    difference = result.accuracy("without") - result.accuracy("without", cats=EARS_UP)
    np.testing.assert_allclose(difference[:, BLACK], lost / 8)


def test_a_share_or_a_variant_that_was_not_measured_is_refused(result):
    with pytest.raises(ValueError, match="share"):
        result.accuracy("without", share=0.55)
    with pytest.raises(ValueError, match="variant"):
        result.accuracy("batch norm")


def test_the_best_on_the_first_seeds_are_judged_by_all(monkeypatch):
    tried = []

    def validate(_function, tasks, folder):
        tried.append(tasks)
        # The rate 0.1 leads on the first seeds, 0.03 on all; 0.01 would, but is not among the best.
        first = {0.1: 0.9, 0.03: 0.8, 0.01: 0.0}
        later = {0.1: 0.1, 0.03: 0.8, 0.01: 1.2}
        runs = []
        for setting, seed in tasks:
            score = (first if seed in TUNING_SEEDS[:FIRST] else later).get(setting.learning_rate, 0)
            runs.append({"validation": score - 0.01 * setting.momentum - 0.5 * setting.gain})
        return runs

    monkeypatch.setattr(coloured_cats, "sweep", validate)
    best = tune(batch_norm=False)
    assert (best.learning_rate, best.momentum, best.gain) == (0.03, 0.0, 0.25)
    assert [{seed for _, seed in tasks} for tasks in tried] == [
        set(TUNING_SEEDS[:FIRST]),
        set(TUNING_SEEDS[FIRST:]),
    ]
    assert [len({setting for setting, _ in tasks}) for tasks in tried] == [30, FINALISTS]
