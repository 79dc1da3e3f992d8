"""Ravine's JavaScript takes the steps that the engine takes: held to 1e-10."""

import numpy as np
import pytest

from bnlib.experiments.ravine import DIVERGED, TOLERANCE, descend, quadratic, theory_steps
from bnlib.widgets import Ravine
from tests.browser.module_text import Module

pytestmark = pytest.mark.browser

CLOSE = {"rtol": 1e-10, "atol": 1e-13}
STEPS = 60


@pytest.fixture
def module(blank):
    return Module(blank, Ravine._esm)


def random_cases(rng, count=60):
    """(ratio, correlation, normalize, share of the limit): what the controls allow, and between."""
    for _ in range(count):
        correlation = float(rng.choice([0, 0.3, 0.9, 0.99, rng.uniform(0, 0.99)]))
        share = float(rng.choice([0.01, 0.5, 0.97, 1.03, rng.uniform(0, 1.5)]))
        yield float(10 ** rng.uniform(0, 3)), correlation, bool(rng.integers(2)), share


CASES = [*random_cases(np.random.default_rng(0)), (1.0, 0.0, False, 0.5), (1000.0, 0.99, False, 1)]


@pytest.mark.parametrize("case", CASES[::20])
def test_conditions_and_rates_are_those_of_the_hessian(module, case):
    expected = quadratic(*case[:3])
    found = module.call("quadratic", *case[:3])
    numbers = [found[name] for name in ("condition", "limit", "best")]
    np.testing.assert_allclose(
        numbers, [expected.condition, expected.limit, expected.best_rate], rtol=1e-9
    )  # NumPy's smaller eigenvalue carries rounding of up to 1e-16 * condition


def test_weights_and_losses_are_those_of_the_engine(module):
    script = """argument.map(([ratio, correlation, normalize, rate, steps]) => {
      const problem = module.quadratic(ratio, correlation, normalize);
      return module.stopsTo(steps, steps).map((t) =>
        [...module.weightsAt(problem, rate, t), module.lossAt(problem, rate, t)]);
    })"""
    problems = [quadratic(*case[:3]) for case in CASES]
    rates = [share * p.limit for p, (*_, share) in zip(problems, CASES, strict=True)]
    arguments = [[*case[:3], rate, STEPS] for case, rate in zip(CASES, rates, strict=True)]
    for problem, rate, found in zip(problems, rates, module.run(script, arguments), strict=True):
        path, losses = descend(problem, rate, STEPS)
        found = np.array(found, dtype=float)  # a whole number may have become a long int
        np.testing.assert_allclose(found[:, :2] / problem.optimum, path / problem.optimum, **CLOSE)
        np.testing.assert_allclose(found[:, 2] / losses[0], losses / losses[0], **CLOSE)


@pytest.mark.parametrize("share", [0.05, 0.6, 0.97, 1.03, 1.4])
@pytest.mark.parametrize("case", [(1, 0, False), (7, 0.5, False), (20, 0.9, True)])
def test_it_arrives_or_diverges_at_the_step_at_which_the_engine_does(module, case, share):
    problem = quadratic(*case)
    rate = share * problem.limit
    found = module.run(
        "module.outcome(module.quadratic(...argument[0]), argument[1])", [list(case), rate]
    )
    _, losses = descend(problem, rate, found["step"])
    passed = losses <= TOLERANCE * losses[0] if share < 1 else losses > DIVERGED * losses[0]
    assert found["kind"] == ("arrives" if share < 1 else "diverges")
    assert np.flatnonzero(passed).tolist() == [found["step"]]


def test_at_the_limit_itself_it_bounces(module):
    found = module.run("module.outcome(module.quadratic(10, 0, false), 0.01)")
    assert found == {"kind": "bounces", "step": None}


@pytest.mark.parametrize("condition", [1.5, 100, 1e6])
def test_the_theory_s_steps_are_those_of_bnlib(module, condition):
    expected = np.ceil(theory_steps(condition, TOLERANCE))
    assert module.call("theorySteps", condition) == expected


def test_the_stops_of_the_slider_go_from_0_to_the_end(module):
    assert module.call("stopsTo", 3, 1000) == [0, 1, 2, 3]
    stops = module.call("stopsTo", 123456, 1000)
    assert len(stops) == 1001
    assert (stops[0], stops[-1]) == (0, 123456)


def test_a_long_path_is_drawn_through_pairs_of_steps_so_that_it_still_zigzags(module):
    trail = np.array(module.call("trail", 1_000_000))
    assert (np.diff(trail) > 0).all()
    assert trail[-1] == 1_000_000
    assert len(trail) < 1500
    assert (np.diff(trail[1001:])[::2] == 1).all()


def test_the_readout_names_what_happens(module):
    said = "module.describe(module.quadratic(10, 0, false), argument, 5).join(' ')"
    assert "κ = 100." in module.run(said, 0.0095)
    assert "It takes 238 steps" in module.run(said, 0.0095)
    assert "It diverges: at step 80" in module.run(said, 0.0103)
    assert "bounces for ever" in module.run(said, 0.01)


def test_normalizing_alone_saves_no_step_and_the_best_rate_then_needs_one(module):
    steps = "module.outcome(module.quadratic(10, 0, argument[0]), argument[1]).step"
    found = [module.run(steps, [normalize, 0.0095]) for normalize in (False, True)]
    assert found == [238, 241]
    assert module.run(steps, [True, quadratic(10, 0, normalize=True).best_rate]) == 1
