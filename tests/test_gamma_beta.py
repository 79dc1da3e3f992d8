"""gamma and beta through training: they move as the book says, on seeds it has not seen, too."""

import numpy as np
import pytest

import bnlib
from bnlib.experiments.gamma_beta import EVERY, SIZES, STEPS, ParameterRecorder, follow


@pytest.fixture(scope="module")
def fresh():
    return follow(seeds=range(200, 205))


def test_all_are_followed_from_their_start(fresh):
    frames = STEPS // EVERY + 1
    assert fresh.steps.tolist() == list(range(0, STEPS + 1, EVERY))
    assert fresh.gamma.shape == fresh.beta.shape == (5, frames, 2, SIZES[1])
    assert (fresh.gamma[:, 0] == 1).all()
    assert (fresh.beta[:, 0] == 0).all()


def test_on_fresh_seeds_every_gamma_and_beta_moves_and_those_of_layer_2_further(fresh):
    assert (fresh.gamma[:, -1] != 1).all()
    assert (fresh.beta[:, -1] != 0).all()
    assert (fresh.gamma_moved[:, 1] > 2 * fresh.gamma_moved[:, 0]).all()


def test_on_fresh_seeds_nearly_all_gamma_of_layer_2_grow_and_about_half_of_layer_1(fresh):
    grown = (fresh.gamma[:, -1] > 1).mean(axis=2)  # (seeds, layers)
    assert grown[:, 1].min() > 0.9
    assert 0.3 < grown[:, 0].mean() < 0.7


def test_the_recorder_copies_what_it_sees():
    network = bnlib.mlp([4, 3, 2], batch_norm=True, rng=np.random.default_rng(0))
    recorder = ParameterRecorder(every=5)
    for step in range(7):
        recorder(step, network)
        network.layers[1].params["gamma"] += 1
    assert recorder.steps == [0, 5]
    np.testing.assert_array_equal(recorder.gamma[1], np.full((1, 3), 6.0))


def test_the_summary_has_a_line_for_each_layer(fresh):
    assert [line[:7] for line in fresh.summary().splitlines()] == ["layer 1", "layer 2"]
