"""The shift of gradients: the measure against its definition, and the stored result.

The margins were written down before the fresh seeds were run.
"""

import numpy as np
import pytest

import bnlib
from bnlib.experiments.drift import BATCH_SIZE
from bnlib.experiments.drift import load_stored as load_drift
from bnlib.experiments.gradient_shift import (
    CHECK_SEEDS,
    MEASURES,
    NAMES,
    SEEDS,
    GradientWatch,
    load_stored,
    measure,
)


@pytest.fixture(scope="module")
def results():
    return load_stored()


@pytest.fixture(scope="module")
def fresh():
    return measure(CHECK_SEEDS, names=NAMES[:3])


def test_the_stored_result_covers_all_networks_and_seeds(results):
    assert list(results) == list(NAMES)
    for shifts in results.values():
        assert list(shifts.layers) == [2, 3, 4, 5]
        for name in MEASURES:
            assert getattr(shifts, name).shape == (len(SEEDS), 10, 4)
            assert np.isfinite(getattr(shifts, name)).all()


def test_both_measures_are_of_the_drift_experiment_s_runs(results):
    for name, drift in load_drift().items():
        known = drift.received[:, :, 1:].mean(axis=(0, 1))
        np.testing.assert_allclose(results[name].moved.mean(axis=(0, 1)), known, rtol=0.05)


def test_two_of_the_stored_runs_come_out_again(results):
    again = measure(list(SEEDS)[:2], names=["sigmoid with"])["sigmoid with"]
    for name in MEASURES:
        known = getattr(results["sigmoid with"], name)[:2].mean(axis=1)
        np.testing.assert_allclose(getattr(again, name).mean(axis=1), known, rtol=0.1, atol=0.01)


def test_on_fresh_seeds_batch_norm_calms_both_measures_early(fresh):
    for name in ("moved", "relative"):
        early = {
            side: getattr(fresh[f"relu {side}"], name)[:, 0, -1] for side in ("without", "alike")
        }
        assert early["alike"].mean() < 0.8 * early["without"].mean()


def test_on_fresh_seeds_the_measures_disagree_about_the_order(fresh):
    moved, change = (
        {name: shifts.of_run(m, 5).mean() for name, shifts in fresh.items()}
        for m in ("moved", "relative")
    )
    assert moved["relu alike"] < moved["relu with"]
    assert change["relu alike"] > change["relu with"]


def test_the_measure_is_the_definition_step_by_step():
    """Two hidden layers, one update: layer 2's gradient with layer 1 moved on, on one batch."""
    training = bnlib.load_digits().split(0)[0]

    def make():
        return bnlib.mlp([64, 6, 5, 10], batch_norm=True, rng=np.random.default_rng(4))

    network, old, mixed = make(), make(), make()
    watch = GradientWatch(
        make(), training.x, training.labels, BATCH_SIZE, np.random.default_rng(9), every=1
    )
    bnlib.train(
        network, training.x, training.labels, steps=1, batch_size=BATCH_SIZE,
        optimizer=bnlib.SGD(0.7), rng=np.random.default_rng(9), observers=[watch],
    )  # fmt: skip
    rows = next(bnlib.minibatches(len(training.x), BATCH_SIZE, np.random.default_rng(9)))
    for name in ("W", "gamma", "beta"):
        layer = 0 if name == "W" else 1
        mixed.layers[layer].params[name][:] = network.layers[layer].params[name]
    gradients = []
    for each in (old, mixed):
        logits = each.forward(training.x[rows], training=True)
        each.backward(bnlib.softmax_cross_entropy(logits, training.labels[rows])[1])
        gradients.append(each.layers[3].grads["W"].ravel())
    before, after = gradients
    lengths = np.linalg.norm(before), np.linalg.norm(after)
    np.testing.assert_allclose(watch.cosine, [[before @ after / np.prod(lengths)]])
    np.testing.assert_allclose(watch.relative, [[np.linalg.norm(after - before) / lengths[0]]])
    assert watch.relative[0][0] > 0.01


def test_unknown_networks_are_refused():
    with pytest.raises(ValueError, match="names"):
        measure(CHECK_SEEDS, names=["tanh without"])
