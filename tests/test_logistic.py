"""Logistic regression's minimum, curvature and descent, each against another way to get them."""

import numpy as np
import pytest

import bnlib
from bnlib.experiments.digit_features import inked_pixels, threes_and_eights
from bnlib.experiments.logistic import (
    condition_number,
    descend,
    hessian,
    loss_surface,
    minimum,
    probabilities,
    steps_to_gap,
    whitened,
    with_ones,
)


@pytest.fixture(scope="module")
def problem():
    """A random problem that no line separates: x, labels."""
    rng = np.random.default_rng(0)
    x = rng.standard_normal((80, 3))
    return x, (x[:, 0] + rng.standard_normal(80) > 0.3).astype(int)


def loss_at(theta, x, labels):
    return bnlib.binary_cross_entropy(with_ones(x) @ theta[:, None], labels)[0]


def test_no_small_move_from_the_minimum_lowers_the_loss(problem):
    theta, smallest = minimum(*problem)
    assert smallest == pytest.approx(loss_at(theta, *problem))
    for move in 1e-3 * np.random.default_rng(1).standard_normal((50, 4)):
        assert loss_at(theta + move, *problem) > smallest


def test_the_hessian_is_the_derivative_of_the_gradient(problem):
    x, labels = problem
    theta = np.array([0.3, -0.2, 0.5, 0.1])

    def gradient(theta):
        return bnlib.numerical_gradient(lambda: loss_at(theta, x, labels), theta)

    around = np.stack([gradient(theta + h) - gradient(theta - h) for h in 1e-4 * np.eye(4)])
    np.testing.assert_allclose(around / 2e-4, hessian(x, probabilities(x, theta)), atol=1e-4)


def test_separable_classes_have_no_minimum():
    x = np.array([[-2.0], [-1.0], [1.0], [2.0]])
    with pytest.raises(ValueError, match="separate"):
        minimum(x, np.array([0, 0, 1, 1]))


@pytest.mark.parametrize("units", [[1, 1, 1, 1], [1, 1e3, 1e-3, 1]])
def test_the_condition_number_keeps_its_digits_in_any_units(units):
    rng = np.random.default_rng(2)
    matrix = np.cov(rng.standard_normal((4, 100)))
    scaled = matrix * np.outer(units, units)
    exact = np.linalg.eigvalsh(scaled)[-1] * np.linalg.eigvalsh(np.linalg.inv(scaled))[-1]
    assert condition_number(scaled) == pytest.approx(exact, rel=1e-6)


def test_steps_to_gap_counts_the_steps_that_the_engine_takes(problem):
    x, labels = problem
    _, smallest = minimum(x, labels)
    wide, rates = x * [1, 5, 1], (0.2, 0.4)
    stack = [np.stack([array] * 2) for array in (wide, labels)]
    found = steps_to_gap(*stack, rates, np.full(2, smallest), gap=1e-2, most=1000)
    for rate, steps in zip(rates, found, strict=True):
        _, losses, _ = descend(wide, labels, rate, steps=int(steps) + 2)
        left = (losses - smallest) / (np.log(2) - smallest)
        assert np.argmax(left <= 1e-2) == steps


def test_steps_to_gap_is_nan_where_it_takes_too_long(problem):
    x, labels = (array[None] for array in problem)
    assert np.isnan(steps_to_gap(x, labels, [1e-6], np.zeros(1), gap=1e-2, most=20)).all()


def test_steps_to_gap_gives_up_once_all_together_took_more_than_the_budget(problem):
    x, labels = (np.stack([array] * 2) for array in problem)
    smallest = np.full(2, minimum(*problem)[1])
    how = {"rates": (0.5, 0.1), "smallest": smallest, "gap": 1e-2, "most": 10_000}
    soon, late = steps_to_gap(x, labels, **how)
    assert soon < late
    np.testing.assert_array_equal(
        [steps_to_gap(x, labels, **how, budget=soon + late - less) for less in (0, 1)],
        [[soon, late], [soon, np.nan]],
    )


def test_descend_starts_at_zero_and_keeps_the_whole_path(problem):
    network, losses, path = descend(*problem, rate=0.5, steps=30)
    assert losses[0] == pytest.approx(np.log(2))
    assert path.shape == (31, 4)
    assert not path[0].any()
    np.testing.assert_array_equal(path[-1], network.theta)


def test_the_surface_holds_the_loss_at_its_corners(problem):
    x, labels = problem[0][:, :2], problem[1]
    surface = loss_surface(x, labels, np.array([-1.0, 2.0]), np.array([0.0, 3.0, 4.0]), bias=0.5)
    assert surface.shape == (3, 2)
    assert surface[2, 1] == pytest.approx(loss_at(np.array([2.0, 4.0, 0.5]), x, labels))


def test_whitened_columns_are_uncorrelated_with_std_1(problem):
    mixed = problem[0] @ np.array([[1, 2, 0], [0, 3, 1], [1, 1, 1]]) + 7
    np.testing.assert_allclose(np.cov(whitened(mixed).T, ddof=0), np.eye(3), atol=1e-12)


def test_the_two_features_of_a_digit_are_what_they_are_called():
    x, x_test, labels, labels_test = threes_and_eights(seed=3)
    assert (x.shape, x_test.shape) == ((257, 2), (100, 2))
    digits = bnlib.load_digits()
    images = digits.images[(digits.labels == 3) | (digits.labels == 8)].astype(float)
    assert len(images) == 357
    assert sorted(np.r_[x, x_test][:, 1]) == sorted(images.sum(axis=(1, 2)))
    assert set(labels) == set(labels_test) == {0, 1}
    assert x[labels == 1, 0].mean() > x[labels == 0, 0].mean()  # an eight is closed on the left


def test_the_pixels_that_count_are_those_of_the_training_images():
    x, labels = inked_pixels(seed=1)
    train = bnlib.load_digits().split(1)[0]
    assert ((x > 0).sum(axis=0) >= 20).all()
    np.testing.assert_array_equal(labels, train.labels >= 5)
    every = (train.x - train.x.min()) / np.ptp(train.x)  # back to 0 to 1
    kept = (every > 1e-9).sum(axis=0) >= 20
    np.testing.assert_allclose(x, every[:, kept], atol=1e-9)
