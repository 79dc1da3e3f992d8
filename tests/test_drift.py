"""The stored result of the drift experiment: is it what the code gives, and is it no lucky draw?

The margins were written down before the fresh seeds were run.
"""

from dataclasses import replace

import numpy as np
import pytest

from bnlib.experiments import stored
from bnlib.experiments.drift import (
    CHECK_SEEDS,
    EVERY,
    LAYERS,
    SEEDS,
    STEPS,
    distance,
    load_stored,
    measure,
)


@pytest.fixture(scope="module")
def results():
    return load_stored()


@pytest.fixture(scope="module")
def fresh(results):
    return {name: measure(drift.setting, CHECK_SEEDS) for name, drift in results.items()}


def test_the_stored_result_covers_all_seeds_and_no_run_diverged(results):
    assert list(results) == ["relu without", "relu with", "sigmoid without", "sigmoid with"]
    for drift in results.values():
        assert drift.received.shape == (len(SEEDS), STEPS // EVERY, LAYERS)
        assert np.isfinite(drift.received).all()
        assert drift.accuracy.shape == (len(SEEDS),)


@pytest.mark.parametrize("name", ["relu with", "sigmoid with"])
def test_two_of_the_stored_runs_come_out_again(results, name):
    again = measure(results[name].setting, list(SEEDS)[:2])
    # Another processor rounds otherwise, and 300 steps make that visible: hence a tenth.
    np.testing.assert_allclose(
        again.received.mean(axis=1), results[name].received[:2].mean(axis=1), rtol=0.1
    )
    np.testing.assert_allclose(again.accuracy, results[name].accuracy[:2], atol=0.02)


def test_on_fresh_seeds_layer_5_moves_at_most_half_as_far_with_batch_norm(fresh):
    for activation in ("relu", "sigmoid"):
        with_norm = fresh[f"{activation} with"].received[:, :, -1].mean(axis=1)
        assert (with_norm < 0.5 * fresh[f"{activation} without"].received[:, :, -1].mean()).all()


def test_on_fresh_seeds_movement_grows_with_depth_without_batch_norm(fresh):
    for activation in ("relu", "sigmoid"):
        by_layer = fresh[f"{activation} without"].received.mean(axis=(0, 1))
        assert (np.diff(by_layer) > 0).all()
        assert by_layer[-1] > 2 * by_layer[0]


def test_on_fresh_seeds_the_shape_moves_about_as_far_when_both_are_trained_alike(fresh):
    without = fresh["relu without"]
    alike = measure(replace(without.setting, batch_norm=True), CHECK_SEEDS)
    ratio = alike.shape[:, :, -1].mean() / without.shape[:, :, -1].mean()
    assert 0.6 < ratio < 1.1


def test_on_fresh_seeds_the_accuracies_are_those_of_the_book(results, fresh):
    for name, drift in fresh.items():
        assert abs(drift.accuracy.mean() - results[name].accuracy.mean()) < 0.03


def test_distance_by_hand():
    x = np.array([[2.0, 0.0], [3.0, 1.0], [5.0, 2.0], [9.0, 3.0], [11.0, 4.0]])
    np.testing.assert_allclose(distance(x, x + x.std(axis=0)), [1, 1])
    np.testing.assert_allclose(distance(x, x[::-1]), [0, 0])
    # 0 1 2 3 4 -> 0 0 2 4 4: two of the five travel 1 each, and the standard deviation is root 2
    moved = np.array([[0.0], [0.0], [2.0], [4.0], [4.0]])
    np.testing.assert_allclose(distance(x[:, 1:], moved), [2 / 5 / np.sqrt(2)])


@pytest.mark.parametrize(
    ("before", "after", "message"),
    [
        (np.ones((3, 1)), np.ones((3, 1)), "no spread"),
        ([[1.0], [2.0]], [[1.0], [2.0], [3.0]], "one probe"),
        ([[1.0], [2.0]], [[1.0], [np.nan]], "nan"),
        ([1.0, 2.0], [1.0, 2.0], "dimensions"),
    ],
)
def test_distance_refuses(before, after, message):
    with pytest.raises(ValueError, match=message):
        distance(before, after)


def test_a_missing_or_damaged_result_says_how_to_make_it(tmp_path, monkeypatch):
    monkeypatch.setattr(stored, "_FOLDER", tmp_path)
    with pytest.raises(ValueError, match=r"python -m bnlib\.experiments drift"):
        stored.load("drift")
    (tmp_path / "drift.json").write_text("{not json")
    with pytest.raises(ValueError, match=r"damaged .* python -m bnlib\.experiments drift"):
        stored.load("drift")
    stored.save("drift", {"answer": 42})
    assert stored.load("drift")["answer"] == 42
