"""Batch norm node by node: as the engine has it, and as the lines of code that are shown say."""

import numpy as np
import pytest

import bnlib
from bnlib.experiments.backprop_steps import OPERATIONS, steps

CLOSE = {"rtol": 1e-12, "atol": 1e-12}


def example(seed, n=4):
    rng = np.random.default_rng(seed)
    x, dy = rng.normal(3, 2, n), rng.normal(size=n)
    return x, float(rng.normal()), float(rng.normal()), dy


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("n", [2, 4, 9])
def test_values_and_gradients_are_those_of_the_engine(seed, n):
    x, gamma, beta, dy = example(seed, n)
    found = steps(x, gamma, beta, dy)
    y, cache = bnlib.batch_norm(x[:, None], np.array([gamma]), np.array([beta]))
    dx, dgamma, dbeta = bnlib.batch_norm_backward(dy[:, None], cache)
    np.testing.assert_allclose(found.values["y"], y[:, 0], **CLOSE)
    np.testing.assert_allclose(found.values["var"], cache.var[0], **CLOSE)
    np.testing.assert_allclose(found.values["inv_std"], cache.inv_std[0], **CLOSE)
    np.testing.assert_allclose(found.gradients["x"], dx[:, 0], **CLOSE)
    np.testing.assert_allclose(found.gradients["gamma"], dgamma[0], **CLOSE)
    np.testing.assert_allclose(found.gradients["beta"], dbeta[0], **CLOSE)


def test_without_the_statistics_it_is_the_engine_s_wrong_backward():
    x, gamma, beta, dy = example(7)
    layer = bnlib.BatchNorm(1, statistics_in_gradient=False)
    layer.params.update(gamma=[gamma], beta=[beta])
    layer.forward(x[:, None], training=True)
    found = steps(x, gamma, beta, dy, statistics_in_gradient=False)
    np.testing.assert_allclose(found.gradients["x"], layer.backward(dy[:, None])[:, 0], **CLOSE)
    assert found.gradients["mean"] == found.gradients["inv_std"] == 0


@pytest.mark.parametrize("known", [True, False])
def test_the_lines_of_code_compute_what_was_recorded(known):
    x, gamma, beta, dy = example(3)
    found = steps(x, gamma, beta, dy, 1e-3, known)
    names = {"np": np, "x": x, "gamma": gamma, "beta": beta, "dy": dy, "eps": 1e-3, "N": len(x)}
    for name, (_, _, code) in OPERATIONS.items():
        exec(code, names)
        np.testing.assert_allclose(names[name], found.values[name], **CLOSE)
    for name in reversed(OPERATIONS):
        for edge in found.backward[name]:
            exec(edge.code, names)
            np.testing.assert_allclose(names[f"d{edge.to}"], edge.total, **CLOSE)
    for name, gradient in found.gradients.items():
        np.testing.assert_allclose(names[f"d{name}"], gradient, **CLOSE)


@pytest.mark.parametrize("name", OPERATIONS)
def test_local_derivatives_are_those_that_nudging_finds(name):
    """Each operation's own derivative by each of its inputs, all else held."""
    x, gamma, beta, dy = example(5)
    found = steps(x, gamma, beta, dy, 1e-3)
    inputs, _, code = OPERATIONS[name]
    assert {edge.to for edge in found.backward[name]} == set(inputs)
    for edge in found.backward[name]:
        names = {"np": np, "eps": 1e-3, "N": len(x)}
        names |= {key: np.array(value, dtype=float) for key, value in found.values.items()}
        exec(f"step = 1e-6; {edge.to} = {edge.to} + step; {code}; above = {name}", names)
        exec(f"{edge.to} = {edge.to} - 2 * step; {code}; below = {name}", names)
        slope = (names["above"] - names["below"]) / 2e-6
        # A mean has the derivative 1 / N by each of its N values: all together, 1 as nudged here.
        local = edge.local * len(x) if edge.derivative == "1 / N" else edge.local
        np.testing.assert_allclose(slope, np.broadcast_to(local, slope.shape), rtol=1e-7)


def test_a_gradient_is_complete_when_its_last_edge_has_arrived():
    found = steps(*example(1))
    edges = [edge for name in reversed(OPERATIONS) for edge in found.backward[name]]
    incomplete = [edge.to for edge in edges if not edge.complete]
    assert incomplete == ["x_centered", "x"]
    last = {edge.to: edge.total for edge in edges}
    for name, total in last.items():
        np.testing.assert_array_equal(total, found.gradients[name])


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"dy": [1.0, 2.0]}, ValueError),
        ({"x": [[1.0]]}, ValueError),
        ({"eps": 0}, ValueError),
        ({"gamma": "2"}, TypeError),
        ({"statistics_in_gradient": 1}, TypeError),
    ],
)
def test_it_refuses_what_it_cannot_take(change, error):
    arguments = {"x": [1.0, 7, 9, 15], "gamma": 2, "beta": 1, "dy": [1.0, -2, 3, 0]}
    with pytest.raises(error):
        steps(**{**arguments, **change})
