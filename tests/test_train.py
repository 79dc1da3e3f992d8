"""Training, batches, the data, the average."""

import numpy as np
import pytest

import bnlib
from bnlib.batches import minibatches


def train_once(seed=0, batch_norm=True, steps=30, **changes):
    training, _, test = bnlib.load_digits().split(seed)
    network = bnlib.mlp([64, 20, 10], batch_norm=batch_norm, rng=np.random.default_rng(seed))
    settings = {
        "steps": steps,
        "batch_size": 32,
        "optimizer": bnlib.SGD(0.1, momentum=0.9),
        "rng": np.random.default_rng(seed),
    } | changes
    history = bnlib.train(network, training.x, training.labels, **settings)
    return network, history, test


def test_same_seed_same_bits_and_another_seed_others():
    first, history, _ = train_once()
    second, again, _ = train_once()
    assert first.theta.tobytes() == second.theta.tobytes()
    assert history.losses.tobytes() == again.losses.tobytes()
    assert train_once(seed=1)[0].theta.tobytes() != first.theta.tobytes()


@pytest.mark.parametrize("batch_norm", [True, False])
def test_a_small_network_learns_the_digits(batch_norm):
    network, history, test = train_once(batch_norm=batch_norm, steps=300)
    assert history.diverged_at is None
    assert len(history.losses) == 300
    assert bnlib.accuracy(network, test.x, test.labels) > 0.93


def test_divergence_is_reported_and_not_raised():
    _, history, _ = train_once(batch_norm=False, optimizer=bnlib.SGD(1e200))
    assert history.diverged_at is not None
    assert str(history) == f"diverged at step {history.diverged_at}"
    assert np.isfinite(history.losses).all()
    assert len(history.losses) == history.diverged_at


def test_a_last_update_that_leaves_no_finite_parameters_counts_as_divergence():
    network = bnlib.mlp([4, 3, 2], rng=np.random.default_rng(0))
    x = np.random.default_rng(1).normal(size=(6, 4)) * 1e10
    history = bnlib.train(
        network, x, [0, 1, 0, 1, 0, 1], steps=1, batch_size=6, optimizer=bnlib.SGD(1e300),
        rng=np.random.default_rng(0),
    )  # fmt: skip
    assert not np.isfinite(network.theta).all()
    assert history.diverged_at == 1 == len(history.losses)


def test_backward_after_training_asks_for_a_forward():
    network, _, test = train_once(batch_norm=False)
    y = network.forward(test.x[:32], training=True)
    x, labels = test.x, test.labels
    bnlib.train(
        network, x, labels, steps=1, batch_size=32, optimizer=bnlib.SGD(0.1),
        rng=np.random.default_rng(0),
    )  # fmt: skip
    with pytest.raises(ValueError, match="forward call before"):
        network.backward(y)


@pytest.mark.parametrize(
    ("x", "labels", "message"),
    [(np.ones((3, 4)), [0, 1, 2], "2 classes"), (np.ones((3, 5)), [0, 1, 1], r"\(N, 4\)"),
     (np.ones((3, 4)), [0, 1], "3 examples")],
)  # fmt: skip
def test_accuracy_refuses(x, labels, message):
    network = bnlib.mlp([4, 3, 2], rng=np.random.default_rng(0))
    with pytest.raises(ValueError, match=message):
        bnlib.accuracy(network, x, labels)
    with pytest.raises(TypeError, match="network"):
        bnlib.accuracy(None, x, labels)


def test_observers_see_every_step_from_0_and_do_not_change_the_run():
    seen = []
    network, _, _ = train_once(observers=[lambda step, _: seen.append(step)])
    assert seen == list(range(31))
    assert network.theta.tobytes() == train_once()[0].theta.tobytes()


def test_training_changes_nothing_when_it_is_refused():
    network = bnlib.mlp([4, 3, 2], batch_norm=True, rng=np.random.default_rng(0))
    before, used = network.theta.copy(), bnlib.SGD(0.1)
    used.step(np.zeros(5), np.zeros(5))
    good = {"x": np.arange(12.0).reshape(3, 4), "targets": [0, 1, 1], "steps": 1, "batch_size": 2,
            "optimizer": bnlib.SGD(0.1), "rng": np.random.default_rng(0)}  # fmt: skip
    for change in (
        {"batch_size": 1}, {"batch_size": 4}, {"steps": 0}, {"targets": [0, 1]}, {"rng": 3},
        {"x": np.ones((3, 5))}, {"x": np.full((3, 4), np.inf)}, {"targets": [0.0, 1.0, 1.0]},
        {"x": np.ones((3, 4, 2))}, {"targets": [0, 1, 2]}, {"optimizer": None},
        {"optimizer": used}, {"observers": 3}, {"observers": [3]},
    ):  # fmt: skip
        with pytest.raises((ValueError, TypeError)):
            bnlib.train(network, **(good | change))
        np.testing.assert_array_equal(network.theta, before)
        assert network.layers[1].state["updates"] == 0
    with pytest.raises(TypeError, match="network"):
        bnlib.train([], **good)


def test_labels_are_checked_whatever_the_last_layer_is():
    network = bnlib.Network([bnlib.Linear(4, 2, rng=np.random.default_rng(0)), bnlib.ReLU()])
    with pytest.raises(ValueError, match="labels holds 5"):
        bnlib.train(
            network, np.ones((3, 4)), [0, 1, 5], steps=1, batch_size=2, optimizer=bnlib.SGD(0.1),
            rng=np.random.default_rng(0),
        )  # fmt: skip


def test_minibatches_cover_the_data_once_an_epoch_and_change_members():
    batches = minibatches(10, 5, np.random.default_rng(0))
    epochs = [(next(batches), next(batches)) for _ in range(20)]
    for first, second in epochs:
        assert sorted([*first, *second]) == list(range(10))
    assert len({frozenset(first) for first, _ in epochs}) > 10


@pytest.mark.parametrize("arguments", [(0, 1, None), (5, 6, None), (5, 0, None), (5, 2, None)])
def test_minibatches_refuse_at_the_call(arguments):
    with pytest.raises((ValueError, TypeError)):
        minibatches(*arguments)


def test_the_digits_are_the_1797_and_split_by_seed():
    digits = bnlib.load_digits()
    assert digits.images.shape == (1797, 8, 8)
    assert (digits.images.min(), digits.images.max()) == (0, 16)
    np.testing.assert_array_equal(
        np.bincount(digits.labels), [178, 182, 177, 183, 181, 182, 181, 179, 174, 180]
    )
    parts = digits.split(3)
    assert [len(part) for part in parts] == [1000, 397, 400]
    assert parts[0].x.mean() == pytest.approx(0, abs=1e-12)
    assert parts[0].x.std() == pytest.approx(1)
    together = np.vstack([part.x for part in parts])
    assert len(np.unique(together.round(9), axis=0)) == len(
        np.unique(digits.images.reshape(1797, 64), axis=0)
    )
    np.testing.assert_array_equal(parts[2].labels, digits.split(3)[2].labels)
    assert not np.array_equal(parts[2].labels, digits.split(4)[2].labels)
    with pytest.raises(ValueError, match="read-only"):
        digits.images[0] = 0
    for bad in (-1, 1.5, "seed"):
        with pytest.raises((ValueError, TypeError)):
            digits.split(bad)


def test_average_with_and_without_correction():
    corrected = bnlib.ExponentialMovingAverage(0.99, np.zeros(1))
    plain = bnlib.ExponentialMovingAverage(0.99, np.zeros(1), bias_correction=False)
    for _ in range(50):
        corrected.update([2.0])
        plain.update([2.0])
    assert corrected.value[0] == pytest.approx(2)
    assert plain.value[0] / 2 == pytest.approx(1 - 0.99**50)  # 39.5 % of the truth
    before = corrected.value
    for bad in ([np.nan], [1.0, 2.0], "x"):
        with pytest.raises((ValueError, TypeError)):
            corrected.update(bad)
    np.testing.assert_array_equal(corrected.value, before)


@pytest.mark.parametrize("arguments", [(1, [0.0]), (-0.1, [0.0]), (0.9, [np.inf]), (0.9, [1.0])])
def test_average_refuses(arguments):
    with pytest.raises((ValueError, TypeError)):
        bnlib.ExponentialMovingAverage(*arguments)


def test_numerical_gradient_refuses_float32_and_bad_steps():
    with pytest.raises(TypeError, match="float64"):
        bnlib.numerical_gradient(lambda: 0.0, np.ones(2, np.float32))
    with pytest.raises(ValueError, match="step"):
        bnlib.numerical_gradient(lambda: 0.0, np.ones(2), step=0)
    with pytest.raises(ValueError, match="does not move"):
        bnlib.numerical_gradient(lambda: 0.0, np.full(2, 1e300))
    array = np.ones(2)
    for value in (float("nan"), 1e304, 1.7e308):  # the last ones are finite, their slopes are not
        with pytest.raises(ValueError, match=r"finite|has inf at index"):
            bnlib.numerical_gradient(lambda value=value: value * np.sign(array[0] - 1), array, 1e-9)
        np.testing.assert_array_equal(array, 1)


def test_a_corrected_average_next_to_the_largest_number_gives_no_warning():
    average = bnlib.ExponentialMovingAverage(0.9, np.zeros(1))
    average.raw, average.updates = np.array([1e308]), 1
    assert average.value > 1e308


def test_running_statistics_that_overflowed_are_read_without_a_warning_and_refused():
    norm, generator = bnlib.BatchNorm(1, ema_decay=0), np.random.default_rng(0)
    network = bnlib.Network([norm, bnlib.Linear(1, 2, rng=generator)])
    x = np.array([[1e200], [-1e200]])
    bnlib.train(network, x, [0, 1], steps=2, batch_size=2, optimizer=bnlib.SGD(1), rng=generator)
    assert not np.isfinite(norm.running_var).any()
    with pytest.raises(ValueError, match="not finite"):
        network.predict(x)


def test_a_frozen_batch_norm_without_statistics_is_refused_before_anything_moves():
    generator, twin = np.random.default_rng(1), np.random.default_rng(1)
    network = bnlib.mlp([3, 4, 2], batch_norm=True, rng=np.random.default_rng(0))
    network.layers[1].frozen = True
    with pytest.raises(ValueError, match="no update yet"):
        bnlib.train(network, np.eye(3), [0, 1, 0], steps=1, batch_size=2,
                    optimizer=bnlib.SGD(0.1), rng=generator)  # fmt: skip
    assert generator.bit_generator.state == twin.bit_generator.state
