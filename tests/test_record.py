"""Recorder, AccuracyRecorder, Distributions, and the recording that the widget shows."""

import numpy as np
import pytest

import bnlib
from bnlib.distributions import Distributions
from bnlib.experiments.drift import distance, measure, tune
from bnlib.experiments.layer_shift import GRID, Configuration, record
from bnlib.record import AccuracyRecorder, Recorder


def run(batch_norm, steps=10, every=5, learning_rate=0.1):
    training, _, test = bnlib.load_digits().split(0)
    network = bnlib.mlp([64, 12, 11, 10], batch_norm=batch_norm, rng=np.random.default_rng(0))
    recorder = Recorder(training.x[:20], every)
    accuracy = AccuracyRecorder(test.x, test.labels, every)
    bnlib.train(
        network, training.x, training.labels, steps=steps, batch_size=16,
        optimizer=bnlib.SGD(learning_rate), rng=np.random.default_rng(1),
        observers=[recorder, accuracy],
    )  # fmt: skip
    return network, recorder, accuracy, training, test


def test_recorded_values_are_what_the_layers_compute():
    network, recorder, accuracy, training, test = run(batch_norm=True)
    assert recorder.steps == accuracy.steps == [0, 5, 10]
    linear, norm = network.layers[:2]
    z = training.x[:20] @ linear.params["W"]
    y, _ = bnlib.batch_norm(z, norm.params["gamma"], norm.params["beta"])
    last = recorder.before_norm[0][-1], recorder.received[0][-1]
    np.testing.assert_allclose(last[0], z, rtol=1e-12)
    np.testing.assert_allclose(last[1], y, rtol=1e-12)
    assert accuracy.accuracies[-1] == bnlib.accuracy(network, test.x, test.labels)
    assert np.isnan(accuracy.accuracies[0])


def test_recording_leaves_the_run_as_it_was():
    network = run(batch_norm=True)[0]
    training = bnlib.load_digits().split(0)[0]
    alone = bnlib.mlp([64, 12, 11, 10], batch_norm=True, rng=np.random.default_rng(0))
    bnlib.train(
        alone, training.x, training.labels, steps=10, batch_size=16, optimizer=bnlib.SGD(0.1),
        rng=np.random.default_rng(1),
    )  # fmt: skip
    assert alone.theta.tobytes() == network.theta.tobytes()
    for a, b in zip(alone.layers, network.layers, strict=True):
        assert repr(a.state) == repr(b.state)


def test_without_batch_norm_before_and_received_are_the_same():
    _, recorder, *_ = run(batch_norm=False)
    assert [values.shape for values in recorder.received] == [(3, 20, 12), (3, 20, 11)]
    for before, received in zip(recorder.before_norm, recorder.received, strict=True):
        np.testing.assert_array_equal(before, received)


def test_gradient_norms_are_those_of_the_last_update():
    network, recorder, *_ = run(batch_norm=True)
    assert np.isnan(recorder.gradient_norms[0]).all()
    assert recorder.gradient_norms[-1][0] == pytest.approx(
        np.linalg.norm(network.layers[0].grads["W"])
    )


def test_dead_units_are_those_that_no_probe_image_wakes():
    training = bnlib.load_digits().split(0)[0]
    network = bnlib.mlp([64, 10, 10], rng=np.random.default_rng(0))
    network.layers[0].params["b"][:3] = -1000
    recorder = Recorder(training.x[:20], 1)
    recorder(0, network)
    z = recorder.received[0][0]
    assert recorder.flat_units[0, 0] == np.mean((z <= 0).all(axis=0)) >= 0.3


def test_units_are_neither_dead_nor_alive_where_values_are_not_finite():
    network = bnlib.mlp([4, 3, 2], rng=np.random.default_rng(0))
    recorder = Recorder(np.ones((5, 4)), 1)
    recorder(0, network)
    network.theta[:] = np.nan
    recorder(1, network)
    assert np.isfinite(recorder.flat_units[0]).all()
    assert np.isnan(recorder.flat_units[1]).all()


def test_a_recorder_keeps_its_own_probe_and_serves_one_run():
    probe = np.ones((5, 4))
    recorder = Recorder(probe, 1)
    probe[:] = np.nan
    network = bnlib.mlp([4, 3, 2], batch_norm=True, rng=np.random.default_rng(0))
    recorder(0, network)
    assert np.isfinite(recorder.before_norm[0]).all()
    for step, other in ((0, network), (1, bnlib.mlp([5, 2], rng=np.random.default_rng(0)))):
        with pytest.raises(ValueError, match=r"new recorder|\(N, 5\)"):
            recorder(step, other)
    assert recorder.steps == [0]


def test_recording_between_forward_and_backward_does_not_falsify_the_gradient():
    network = bnlib.mlp([4, 3, 2], rng=np.random.default_rng(0))
    x = np.random.default_rng(1).normal(size=(5, 4))
    for observe in (Recorder(x, 1), AccuracyRecorder(x, [0, 1, 0, 1, 1], 1)):
        y = network.forward(2 * x, training=True)
        observe(0, network)
        with pytest.raises(ValueError, match="forward call before"):
            network.backward(y)


def test_accuracy_at_step_0_of_a_network_trained_before_is_known():
    network, _, _, _, test = run(batch_norm=True)
    recorder = AccuracyRecorder(test.x, test.labels, 1)
    recorder(0, network)
    assert recorder.accuracies == [bnlib.accuracy(network, test.x, test.labels)]
    with pytest.raises(ValueError, match="10 classes"):
        AccuracyRecorder(test.x, test.labels + 1, 1)(0, network)


def test_float32_moments_keep_their_digits_at_an_offset_of_a_million():
    values = (1e6 + np.random.default_rng(0).normal(size=(1, 64, 50))).astype(np.float32)
    found, exact = Distributions([values]), values.astype(np.float64)
    assert found.std[0, 0] == pytest.approx(exact.std(), rel=1e-6)
    assert found.mean[0, 0] == pytest.approx(exact.mean(), rel=1e-12)


def test_a_float32_value_is_counted_on_the_right_side_of_a_float64_edge():
    values = np.full((1, 2, 2), 0.1, np.float32)  # 1.5e-9 above 0.1
    above = Distributions([values]).histogram(float(values[0, 0, 0]) + 1e-12, 1.0, 1)[1]
    below = Distributions([values]).histogram(float(values[0, 0, 0]) - 1e-12, 1.0, 1)[1]
    assert above[0, 0].tolist() == [4, 0]
    assert below[0, 0].tolist() == [0, 0]


def test_a_configuration_holds_plain_numbers():
    found = Configuration("relu", np.float32(0.5), np.int64(8))
    assert (type(found.learning_rate), type(found.batch_size)) == (float, int)


def test_distance_is_in_standard_deviations_and_refuses_a_constant_unit():
    before = np.random.default_rng(0).normal(3, 2, (50, 4))
    np.testing.assert_allclose(distance(before, before + before.std(axis=0)), 1)
    before[:, 2] = 0.1
    with pytest.raises(ValueError, match="unit 2"):
        distance(before, before)


def test_distributions_against_numpy():
    values = np.random.default_rng(0).normal(size=(3, 2, 40, 25))
    found = Distributions(list(np.moveaxis(values, 1, 0)))
    pooled = values.reshape(3, 2, -1)
    expected = np.moveaxis(np.percentile(pooled, [15, 50, 85], axis=2, method="nearest"), 0, 2)
    np.testing.assert_allclose(found.percentiles, expected)
    np.testing.assert_allclose(found.mean, pooled.mean(axis=2))
    np.testing.assert_allclose(found.std, pooled.std(axis=2))
    counts, outside = found.histogram(-1.5, 2.0, 7)
    for f, layer in np.ndindex(3, 2):
        v = pooled[f, layer]
        inside = v[(v >= -1.5) & (v < 2.0)]
        np.testing.assert_array_equal(counts[f, layer], np.histogram(inside, 7, (-1.5, 2.0))[0])
        np.testing.assert_array_equal(outside[f, layer], [(v < -1.5).sum(), (v >= 2.0).sum()])


def test_every_value_is_counted_once():
    values = np.random.default_rng(1).standard_cauchy((2, 2, 30, 10))
    counts, outside = Distributions(list(values)).histogram(-2, 2, 16)
    assert (counts.sum(axis=2) + outside.sum(axis=2) == 300).all()


def test_values_that_are_not_finite_are_reported_as_nan_and_not_counted():
    values = np.ones((2, 4, 5))
    values[1, 2, 3] = np.inf
    found = Distributions([values])
    counts, outside = found.histogram(0, 2, 4)
    assert np.isnan(found.percentiles[1]).all()
    assert np.isnan(found.mean[1]).all()
    assert counts[1].sum() == outside[1].sum() == 0
    assert counts[0].sum() == 20


@pytest.mark.parametrize("call", [
    lambda: Recorder(np.ones((1, 3)), 1), lambda: Recorder(np.ones((4, 3)), 0),
    lambda: Recorder([[np.nan], [1]], 1), lambda: Recorder(np.ones(3), 1),
    lambda: AccuracyRecorder(np.ones((2, 3)), [0], 1), lambda: AccuracyRecorder(np.ones(3), [0], 1),
    lambda: Distributions(np.ones((2, 3, 4))), lambda: Distributions([np.ones((2, 3))]),
    lambda: Distributions([np.ones((1, 2, 2))]).histogram(1, 1, 4),
    lambda: Distributions([np.ones((1, 2, 2))]).histogram(0, 1, 0),
    lambda: Distributions([np.ones((1, 2, 2)), np.ones((2, 2, 2))]),
    lambda: Distributions([np.ones((1, 2, 2))]).histogram(-np.inf, 1, 4),
    lambda: Distributions([np.ones((1, 2, 2))]).histogram(None, 1, 4),
    lambda: Distributions([np.ones((1, 2, 2))]).quantiles([-0.5]),
    lambda: Distributions([np.ones((1, 2, 2))]).quantiles(0.5),
    lambda: Recorder(np.ones((4, 3)), 1)(0, None), lambda: record([]), lambda: record("relu"),
    lambda: record([Configuration()], seed=-1), lambda: record([Configuration()], every=0),
    lambda: tune("tanh", True), lambda: tune("relu", True, seeds=[]), lambda: measure(None),
    lambda: Configuration("gelu"), lambda: Configuration(learning_rate=0),
    lambda: Configuration(batch_size=1), lambda: Configuration(batch_size=1001),
])  # fmt: skip
def test_bad_input_is_refused(call):
    with pytest.raises((ValueError, TypeError)):
        call()


def unpack(recording):
    """Arrays with the steps in the third place; packed they come last."""
    c, n, f = len(recording["configurations"]), recording["layers"], len(recording["steps"])
    shapes = {
        "shares": ("u1", (c, 3, n, recording["bins"], f)), "largest": ("<f4", (c,)),
        "outside": ("<u2", (c, 3, n, 2, f)), "moments": ("<f2", (c, 3, n, 5, f)),
        "flat": ("<f2", (c, 2, n, f)), "gradients": ("<f4", (c, 2, n, f)),
        "accuracy": ("<f4", (c, 2, f)), "axes": ("<f4", (c, 2)),
    }  # fmt: skip
    arrays = {
        name: np.frombuffer(recording[name], dtype).reshape(shape)
        for name, (dtype, shape) in shapes.items()
    }
    return {n: a if a.ndim < 3 else np.moveaxis(a, -1, 2) for n, a in arrays.items()}


def test_the_packed_recording_says_what_was_recorded():
    recording = record(
        [Configuration(learning_rate=0.1), Configuration(learning_rate=1e4)], every=50
    )
    arrays = unpack(recording)
    assert recording["steps"] == [0, 50, 100, 150, 200]
    assert recording["configurations"][0]["diverged"] == [None, None]
    assert recording["configurations"][1]["diverged"][0] is not None
    low, high = arrays["axes"].T
    assert (low < 0).all()
    assert (high > 0).all()
    shares = (arrays["shares"] / recording["levels"]) ** 2 * arrays["largest"][
        :, None, None, None, None
    ]
    counted = shares.sum(axis=-1)[0] + arrays["outside"].sum(axis=-1)[0] / recording["values"]
    np.testing.assert_allclose(counted, 1, atol=0.02)  # a code rounds each share
    assert 0 < arrays["outside"][0].sum() < 0.05 * recording["values"] * counted.size
    assert np.isnan(arrays["moments"][1, 0, -1]).all()
    assert arrays["shares"][1, 0, -1].sum() == 0
    assert arrays["accuracy"][0, 1, -1] > 0.9


def test_what_batch_norm_hands_on_has_mean_beta_and_scale_gamma():
    arrays = unpack(record([Configuration()], every=200))
    mean, std = arrays["moments"][0, 2, 0, :, 3], arrays["moments"][0, 2, 0, :, 4]
    np.testing.assert_allclose(mean, 0, atol=0.006)  # gamma = 1 and beta = 0 before training;
    np.testing.assert_allclose(std, 1, atol=0.006)  # two decimals are stored


def test_a_recording_is_the_same_twice_and_other_seeds_differ():
    assert record(GRID[:1], every=100) == record(GRID[:1], every=100)
    assert record(GRID[:1], seed=1, every=100) != record(GRID[:1], every=100)
