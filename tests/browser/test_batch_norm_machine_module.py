"""BatchNormMachine's JavaScript computes what bnlib computes: held to 1e-10."""

import numpy as np
import pytest

import bnlib
from bnlib.widgets.batch_norm_machine import BatchNormMachine
from tests.browser.module_text import Module

pytestmark = pytest.mark.browser

TOLERANCE = 1e-10


@pytest.fixture
def module(blank):
    return Module(blank, BatchNormMachine._esm)


def random_cases(rng, count=300):
    """(values, gamma, beta, eps): every batch size, scales from 1e-3 to 1e3, offsets up to 1e6."""
    for _ in range(count):
        m = int(rng.integers(1, 9))
        scale, offset = 10 ** rng.uniform(-3, 3), rng.choice([0.0, 1.0, -50.0, 1e6])
        values = offset + scale * rng.standard_normal(m)
        gamma, beta = rng.normal(0, 3, 2)
        eps = rng.choice([1e-12, 1e-5, 1e-2, 1, 1e3])
        yield values.tolist(), float(gamma), float(beta), float(eps)


def by_bnlib(values, gamma, beta, eps):
    y, _ = bnlib.batch_norm(np.array(values)[:, None], np.array([gamma]), np.array([beta]), eps)
    return y[:, 0]


def assert_same(y, case):
    expected = by_bnlib(*case)
    np.testing.assert_allclose(y, expected, TOLERANCE, TOLERANCE, err_msg=str(case))


def test_agrees_with_bnlib_on_random_batches(module):
    cases = list(random_cases(np.random.default_rng(0)))
    for case, result in zip(cases, module.map("batchNorm", cases), strict=True):
        assert_same(result["y"], case)


def test_agrees_with_bnlib_without_eps(module):
    rng = np.random.default_rng(1)
    cases = [(rng.normal(7, 2, m).tolist(), -1.5, 0.25, 0.0) for m in range(2, 9)]
    for case, result in zip(cases, module.map("batchNorm", cases), strict=True):
        assert_same(result["y"], case)


def test_a_batch_of_one_gives_beta(module):
    assert module.call("batchNorm", [1e6], 2, -0.5, 1e-5)["y"] == [-0.5]


@pytest.mark.parametrize("values", [[3.0], [3.0, 3.0, 3.0], [0.1] * 7, [1e6 + 0.1] * 5])
def test_refuses_a_constant_feature_without_eps_as_bnlib_does(module, values):
    refused = """(() => { try { module.batchNorm(argument, 1, 0, 0); return null; }
        catch (error) { return [error.name, error.message]; } })()"""
    name, message = module.run(refused, values)
    assert name == "RangeError"
    assert "constant" in message
    with pytest.raises(ValueError, match="constant"):
        by_bnlib(values, 1.0, 0.0, 0.0)


def test_a_value_beyond_an_axis_is_held_at_its_end_and_said_to_be_beyond(module):
    axis = {"low": -5, "high": 25}
    assert module.call("place", axis, 10) == {"percent": 50, "beyond": 0}
    assert module.call("place", axis, 26) == {"percent": 100, "beyond": 1}
    assert module.call("place", axis, -6) == {"percent": 0, "beyond": -1}


def test_the_readout_says_who_moved(module):
    before = {"values": [2, 3, 5, 9, 11], "gamma": 1, "beta": 0, "eps": 1e-5}
    after = before | {"values": [2, 3, 5, 9, 40]}
    text = module.call("describe", before, after)
    assert "went from 11.00 to 40.00" in text
    assert "All 5" in text
