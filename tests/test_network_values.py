"""What flows through a network: the recording holds what the engine computes."""

import numpy as np
import pytest

import bnlib
from bnlib.experiments.network_values import (
    AXIS,
    BATCH_SIZE,
    LOGITS_AXIS,
    SIZES,
    Configuration,
    build,
    flow,
    grid,
    record,
)


@pytest.fixture(scope="module")
def recording():
    return record(steps=(0, 7))


def images():
    return bnlib.load_digits().split(0, dtype=np.float32)[0].x[:BATCH_SIZE]


def pieces(raw, dtype, sizes):
    """Arrays of these sizes, side by side in each of two frames."""
    rows = np.frombuffer(raw, dtype).reshape(2, -1)
    return [np.split(row, np.cumsum(sizes)[:-1]) for row in rows]


@pytest.mark.parametrize("configuration", grid(), ids=str)
def test_the_flow_is_the_forward_pass_of_training_and_leaves_no_trace(configuration):
    network, x = build(configuration, seed=3), images()
    values = flow(network, x)
    assert values[0].shape == (BATCH_SIZE, SIZES[0])
    norms = [layer for layer in network.layers if isinstance(layer, bnlib.BatchNorm)]
    assert not any(norm.has_running_statistics for norm in norms)
    for layer, before, after in zip(network.layers, values[:-1], values[1:], strict=True):
        np.testing.assert_array_equal(layer.forward(before, training=True), after)


@pytest.mark.parametrize("number", range(9))
def test_values_and_moments_at_step_0_are_those_of_the_untrained_network(recording, number):
    run = recording["runs"][number]
    network = build(grid()[number], seed=0)
    values = flow(network, images())[1:]
    assert run["units"] == [v.shape[1] for v in values]
    tones = pieces(run["values"], "i1", [BATCH_SIZE * n for n in run["units"]])[0]
    moments = pieces(run["moments"], "<i2", [2 * n for n in run["units"]])[0]
    axes = [AXIS] * (len(values) - 1) + [LOGITS_AXIS]
    for value, tone, moment, axis in zip(values, tones, moments, axes, strict=True):
        shown = tone.reshape(value.shape) * (axis / 127)
        np.testing.assert_allclose(shown, value.clip(-axis, axis), atol=axis / 127)
        found = np.concatenate([value.mean(axis=0), value.std(axis=0)])
        np.testing.assert_allclose(moment / 100, found, atol=0.0051)


def test_after_batch_norm_the_moments_are_what_gamma_and_beta_say(recording):
    run = recording["runs"][0]
    assert (run["activation"], run["position"]) == ("relu", "before")
    moments = pieces(run["moments"], "<i2", [2 * n for n in run["units"]])[1]
    learned = pieces(run["learned"], "<i2", [2 * SIZES[1], 2 * SIZES[2]])[1]
    for number, after in ((0, moments[1]), (1, moments[4])):
        gamma, beta = np.split(learned[number], 2)
        mean, std = np.split(after, 2)
        assert np.abs(mean - beta).max() <= 1  # hundredths
        assert np.abs(std - np.abs(gamma)).max() <= 1
        assert np.abs(gamma - 100).max() > 1


def test_without_batch_norm_nothing_is_learned_of_it(recording):
    runs = {(run["activation"], run["position"]): run for run in recording["runs"]}
    assert runs["tanh", "none"]["learned"] == b""
    assert len(runs["tanh", "none"]["units"]) == 5


def test_the_images_are_the_first_of_the_training_set(recording):
    x = np.frombuffer(recording["x"], "i1").reshape(BATCH_SIZE, -1)
    np.testing.assert_allclose(x * (AXIS / 127), images(), atol=AXIS / 127)
    assert recording["labels"] == bnlib.load_digits().split(0)[0].labels[:BATCH_SIZE].tolist()


def test_another_recording_agrees_where_both_looked():
    asked = [Configuration("sigmoid", "after", 0.3)]
    few, many = record(asked, steps=(5,)), record(asked, steps=(0, 2, 5, 9))
    at = many["runs"][0]["steps"].index(5)
    assert few["runs"][0]["loss"] == [many["runs"][0]["loss"][at]]
    size = len(few["runs"][0]["values"])
    assert few["runs"][0]["values"] == many["runs"][0]["values"][at * size : (at + 1) * size]


def test_a_run_that_diverges_is_recorded_as_far_as_it_got():
    run = record([Configuration("relu", "none", 1e5)], steps=(0, 1, 100))["runs"][0]
    assert run["diverged"] is not None
    assert run["steps"][0] == 0
    assert 100 not in run["steps"]
    assert len(run["loss"]) == len(run["right"]) == len(run["steps"])


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"configurations": []}, "one Configuration or more"),
        ({"configurations": ["relu"]}, "one Configuration or more"),
        ({"steps": (20, 0)}, "ascend"),
        ({"steps": (0,)}, "ascend"),
        ({"steps": (0.5,)}, "whole number"),
        ({"seed": -1}, "seed"),
    ],
)
def test_nonsense_is_refused(arguments, message):
    with pytest.raises((ValueError, TypeError), match=message):
        record(**arguments)


@pytest.mark.parametrize("values", [("gelu",), ("relu", "beside"), ("relu", "none", 0.0)])
def test_a_configuration_checks_its_values(values):
    with pytest.raises((ValueError, TypeError)):
        Configuration(*values)
