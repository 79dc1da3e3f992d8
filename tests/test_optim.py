"""The optimizers: update rules by hand, schedules, refusals, and how training uses them."""

import itertools

import numpy as np
import pytest

import bnlib
from bnlib.optim import unchecked_step

RNG = np.random.default_rng
DTYPES = [np.float32, np.float64]


def sgd_by_hand(theta, gradients, learning_rate, momentum, nesterov, weight_decay):
    velocity = 0
    for gradient in gradients:
        g = gradient + weight_decay * theta
        velocity = momentum * velocity + g
        direction = g + momentum * velocity if nesterov else velocity
        theta = theta - learning_rate * direction
    return theta


def adam_by_hand(theta, gradients, learning_rate, beta1, beta2, eps, weight_decay):
    mean = square = 0
    for t, gradient in enumerate(gradients, start=1):
        g = gradient + weight_decay * theta
        mean = beta1 * mean + (1 - beta1) * g
        square = beta2 * square + (1 - beta2) * g**2
        corrected_mean = mean / (1 - beta1**t)
        corrected_square = square / (1 - beta2**t)
        theta = theta - learning_rate * corrected_mean / (np.sqrt(corrected_square) + eps)
    return theta


def after_five_steps(optimizer, by_hand, settings, dtype):
    """Parameters moved by the optimizer, and by the rule in float64 from the same start."""
    theta = RNG(0).normal(size=7).astype(dtype)
    gradients = RNG(1).normal(0, [[3], [1], [0.1], [1], [2]], (5, 7)).astype(dtype)
    kept = gradients.copy()
    expected = by_hand(theta.astype(np.float64), gradients.astype(np.float64), **settings)
    for gradient in gradients:
        optimizer.step(theta, gradient)
    np.testing.assert_array_equal(gradients, kept)
    assert theta.dtype == dtype
    return theta, expected


SGD_SETTINGS = [
    {"learning_rate": 0.1, "momentum": momentum, "nesterov": nesterov, "weight_decay": decay}
    for momentum, nesterov, decay in itertools.product([0.0, 0.7], [False, True], [0.0, 0.3])
    if momentum or not nesterov
]


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("settings", SGD_SETTINGS, ids=str)
def test_sgd_follows_its_rule(settings, dtype):
    theta, expected = after_five_steps(bnlib.SGD(**settings), sgd_by_hand, settings, dtype)
    np.testing.assert_allclose(theta, expected, rtol=0, atol=8 * np.finfo(dtype).eps)


ADAM_SETTINGS = [
    {"learning_rate": 0.1, "beta1": beta1, "beta2": beta2, "eps": eps, "weight_decay": decay}
    for beta1, beta2, eps, decay in itertools.product([0, 0.8], [0, 0.99], [1e-8, 0.5], [0.0, 0.3])
]


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("settings", ADAM_SETTINGS, ids=str)
def test_adam_follows_its_rule(settings, dtype):
    theta, expected = after_five_steps(bnlib.Adam(**settings), adam_by_hand, settings, dtype)
    np.testing.assert_allclose(theta, expected, rtol=0, atol=64 * np.finfo(dtype).eps)


def test_sgd_with_momentum_in_numbers():
    theta, sgd = np.array([1.0]), bnlib.SGD(0.1, momentum=0.5)
    sgd.step(theta, np.array([2.0]))  # velocity 2
    assert theta[0] == pytest.approx(0.8)
    sgd.step(theta, np.array([1.0]))  # velocity 0.5 * 2 + 1 = 2
    assert theta[0] == pytest.approx(0.6)


def test_float32_is_rounded_as_numpy_rounds_a_python_number():
    theta, gradient = RNG(0).normal(size=(2, 99)).astype(np.float32)
    expected = theta - 0.1 * gradient
    bnlib.SGD(0.1).step(theta, gradient)
    np.testing.assert_array_equal(theta, expected)


def test_attributes_are_the_settings_and_may_follow_a_schedule():
    theta, sgd = np.array([1.0]), bnlib.SGD(0.1)
    sgd.learning_rate = 0.5
    sgd.step(theta, np.array([1.0]))
    assert theta[0] == 0.5
    with pytest.raises(ValueError, match="learning_rate must be above 0, got -1"):
        sgd.learning_rate = -1
    assert (sgd.learning_rate, sgd.momentum, sgd.nesterov, sgd.weight_decay) == (0.5, 0, False, 0)
    adam = bnlib.Adam()
    settings = (adam.learning_rate, adam.beta1, adam.beta2, adam.eps, adam.weight_decay)
    assert settings == (0.001, 0.9, 0.999, 1e-8, 0)


def test_a_parameter_without_gradient_stays_where_it_is():
    theta, adam = np.ones(2, np.float32), bnlib.Adam(eps=1e-30)
    for _ in range(3):
        adam.step(theta, np.array([0.0, 1.0], np.float32))
    assert theta[0] == 1
    assert theta[1] < 1


@pytest.mark.parametrize("make", [bnlib.SGD, bnlib.Adam])
def test_a_refused_step_moves_nothing(make):
    optimizers = make(0.1), make(0.1)
    theta, expected = np.ones(3), np.ones(3)
    for optimizer, moved in zip(optimizers, (theta, expected), strict=True):
        optimizer.step(moved, np.arange(3.0))
    frozen = np.ones(3)
    frozen.setflags(write=False)
    for bad_theta, gradient, message in (
        (np.zeros(2), np.zeros(2), f"new {make.__name__}"),
        (np.zeros(3, np.float32), np.zeros(3, np.float32), "float32 of shape"),
        (theta, np.zeros(2), "gradient"), (theta, np.zeros(3, np.float32), "gradient"),
        (theta, [0.0, 0.0, 0.0], "gradient"), ([1.0, 1.0, 1.0], np.zeros(3), "theta"),
        (np.ones(3, int), np.zeros(3), "theta"), (np.ones(3, np.float16), np.zeros(3), "theta"),
        (frozen, np.zeros(3), "read-only"),
    ):  # fmt: skip
        with pytest.raises((TypeError, ValueError), match=message):
            optimizers[0].step(bad_theta, gradient)
    for optimizer, moved in zip(optimizers, (theta, expected), strict=True):
        optimizer.step(moved, np.array([1.0, 0.0, -1.0]))
    np.testing.assert_array_equal(theta, expected)


@pytest.mark.parametrize("make", [bnlib.SGD, bnlib.Adam])
@pytest.mark.parametrize("dtype", DTYPES)
def test_a_step_that_overflows_is_no_error_and_no_warning(make, dtype):
    largest = np.finfo(dtype).max
    for optimizer in (make(1e300), make(0.1, weight_decay=1e300)):
        for gradient in (largest, -largest, np.inf, np.nan):
            theta = np.array([largest, 1], dtype)
            optimizer.step(theta, np.array([gradient, 0], dtype))


@pytest.mark.parametrize(
    "arguments",
    [(0,), (-1,), ("fast",), (np.nan,), (np.inf,), (0.1, 1), (0.1, -0.5), (0.1, 0.0, True),
     (0.1, 0.9, 1), (0.1, 0.9, "yes"), (0.1, 0.9, True, -1), (0.1, 0.9, True, np.inf)],
)  # fmt: skip
def test_sgd_refuses(arguments):
    with pytest.raises((ValueError, TypeError)):
        bnlib.SGD(*arguments)


@pytest.mark.parametrize(
    ("name", "value"),
    [("learning_rate", 0), ("beta1", 1), ("beta1", -0.1), ("beta2", 1.0), ("beta2", np.nan),
     ("eps", 0), ("eps", -1e-8), ("weight_decay", -0.1), ("weight_decay", "L2"), ("beta1", None)],
)  # fmt: skip
def test_adam_refuses(name, value):
    with pytest.raises((ValueError, TypeError), match=name):
        bnlib.Adam(**{name: value})


def test_training_steps_unchecked_where_step_is_its_own():
    class Own(bnlib.SGD):
        def step(self, theta, gradient):
            super().step(theta, gradient)

    patched, sgd, own = bnlib.SGD(0.1), bnlib.SGD(0.1), Own(0.1)
    patched.step = print
    steps = [unchecked_step(each, np.ones(2), np.ones(2)) for each in (patched, sgd, own)]
    assert steps == [print, sgd._step, own.step]


def trained(optimizer, steps=200):
    training, _, test = bnlib.load_digits().split(0)
    network = bnlib.mlp([64, 20, 10], batch_norm=True, rng=RNG(0), dtype=np.float32)
    bnlib.train(
        network, training.x, training.labels, steps=steps, batch_size=32, optimizer=optimizer,
        rng=RNG(0),
    )  # fmt: skip
    return network, bnlib.accuracy(network, test.x, test.labels)


@pytest.mark.parametrize(
    "optimizer",
    [bnlib.SGD(0.1, 0.9, nesterov=True), bnlib.SGD(0.1, weight_decay=1e-3), bnlib.Adam(0.01)],
)
def test_each_learns_the_digits(optimizer):
    assert trained(optimizer)[1] > 0.9


class Plain:
    """Somebody's own optimizer."""

    def step(self, theta, gradient):
        theta -= 0.1 * gradient


class Clipped(bnlib.SGD):
    """A subclass whose `step` adds something of its own."""

    def step(self, theta, gradient):
        super().step(theta, np.clip(gradient, -0.01, 0.01))


def test_training_calls_the_step_that_an_optimizer_has():
    plain, _ = trained(Plain(), steps=5)
    sgd, _ = trained(bnlib.SGD(0.1), steps=5)
    np.testing.assert_allclose(plain.theta, sgd.theta, rtol=1e-5, atol=1e-6)
    clipped, _ = trained(Clipped(0.1), steps=5)
    assert np.abs(clipped.theta - sgd.theta).max() > 0.01
    start, _ = trained(Clipped(1e-30), steps=1)
    assert np.abs(clipped.theta - start.theta).max() <= 5 * 0.1 * 0.0101
