"""The ravine: its condition number by hand, and gradient descent as the theory says."""

import numpy as np
import pytest

from bnlib.experiments.ravine import TOLERANCE, descend, quadratic, theory_steps
from bnlib.widgets import Ravine


@pytest.mark.parametrize(("ratio", "condition"), [(1, 1), (10, 100), (1000, 1e6)])
def test_the_condition_number_is_the_square_of_the_scale_ratio(ratio, condition):
    assert quadratic(ratio).condition == pytest.approx(condition)


@pytest.mark.parametrize("ratio", [1, 10, 1000])
def test_normalizing_takes_the_scale_out_and_leaves_the_correlation(ratio):
    assert quadratic(ratio, 0.0, normalize=True).condition == pytest.approx(1)
    assert quadratic(ratio, 0.9, normalize=True).condition == pytest.approx(1.9 / 0.1)


def test_the_features_have_the_stds_and_the_correlation_asked_for():
    x = quadratic(20, 0.7).x
    np.testing.assert_allclose(x.mean(axis=0), 0, atol=1e-15)
    np.testing.assert_allclose(x.std(axis=0), [1, 20])
    assert np.corrcoef(x.T)[0, 1] == pytest.approx(0.7)


def test_the_loss_is_the_quadratic_of_its_hessian():
    problem = quadratic(7, 0.5)
    path, losses = descend(problem, 0.5 * problem.limit, 20)
    error = path - problem.optimum
    np.testing.assert_allclose(losses, ((error @ problem.hessian) * error).sum(axis=1) / 2)


@pytest.mark.parametrize(("share", "settles"), [(0.99, True), (1.01, False)])
def test_the_limit_is_where_descent_stops_settling(share, settles):
    problem = quadratic(10, 0.3)
    _, losses = descend(problem, share * problem.limit, 2000)
    assert (losses[-1] < 1e-3 * losses[0]) == settles
    assert (losses[-1] > 1e3 * losses[0]) != settles


def test_no_other_rate_beats_the_best_one_by_the_slowest_direction():
    problem = quadratic(5, 0.4)
    slowest = [
        np.abs(1 - rate * problem.curvatures).max()
        for rate in problem.best_rate * np.array([0.9, 1.0, 1.1])
    ]
    assert slowest[1] == min(slowest)
    assert slowest[1] == pytest.approx(1 - 2 / (problem.condition + 1))


@pytest.mark.parametrize("ratio", [2, 5, 20])
def test_the_theory_bounds_the_steps_and_is_nearly_reached(ratio):
    problem = quadratic(ratio)
    bound = theory_steps(problem.condition, TOLERANCE)
    _, losses = descend(problem, problem.best_rate, int(bound) + 2)
    steps = int(np.argmax(losses <= TOLERANCE * losses[0]))
    assert 0.5 * bound < steps <= np.ceil(bound)


@pytest.mark.parametrize(
    ("arguments", "error"),
    [((0.5,), ValueError), ((2000,), ValueError), ((10, 1), ValueError), (("10",), TypeError)],
)
def test_it_refuses_what_is_out_of_range(arguments, error):
    with pytest.raises(error):
        quadratic(*arguments)


def test_the_widget_starts_below_the_limit_and_refuses_bad_assignments():
    widget = Ravine(scale_ratio=20, correlation=0.5)
    assert 0.94 < widget.learning_rate / quadratic(20, 0.5).limit < 0.96
    for name, value in {"scale_ratio": 0, "correlation": 1, "learning_rate": 0}.items():
        before = getattr(widget, name)
        with pytest.raises(ValueError, match=name):
            setattr(widget, name, value)
        assert getattr(widget, name) == before
    with pytest.raises(TypeError, match="normalize"):
        widget.normalize = 1


def test_the_fallback_shows_the_condition_numbers():
    table = Ravine().fallback
    for text in ("<td>100</td>", "<td>10,000</td>", "<td>19</td>"):
        assert text in table
