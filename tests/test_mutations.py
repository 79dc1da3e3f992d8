"""The gradient check is only worth something if wrong backward passes fail it."""

import types
from pathlib import Path

import numpy as np
import pytest

import bnlib
from bnlib import functional

SOURCE = Path(functional.__file__).read_text(encoding="utf-8")

MUTATIONS = [
    ("dx -= np.multiply(x_centered, slope, out=products)", "pass"),
    ("dx -= scale_n * dbeta - remainder * slope", "pass"),
    ("dx -= scale_n * dbeta - remainder * slope", "dx -= scale * dbeta"),
    ("dx = np.multiply(dy, scale, out=out)", "dx = dy * inv_std"),
    ("slope = scale_n * inv_std * dgamma", "slope = scale_n * dgamma"),
    ("slope = scale_n * inv_std * dgamma", "slope = inv_std * inv_std * dgamma"),
    ("scale_n = scale / dy.shape[-2]", "scale_n = scale"),
    ("dbeta = sums(dy)", "dbeta = sums(dy) / len(dy)"),
    ("dgamma = inv_std * (sums(", "dgamma = (sums("),
    ("inv_std = np.reciprocal(np.sqrt(var + eps))", "inv_std = np.reciprocal(np.sqrt(var) + eps)"),
]


def worst_error(module):
    rng = np.random.default_rng(0)
    x, dy = rng.normal(1, 2, (2, 6, 3))
    gamma, beta = rng.normal(size=(2, 3))

    def loss():
        return float((bnlib.batch_norm(x, gamma, beta, 0.3)[0] * dy).sum())

    gradients = module.batch_norm_backward(dy, module.batch_norm(x, gamma, beta, 0.3)[1])
    return max(
        bnlib.relative_error(exact, bnlib.numerical_gradient(loss, array))
        for exact, array in zip(gradients, (x, gamma, beta), strict=True)
    )


def module_from(source):
    module = types.ModuleType("mutated")
    exec(compile(source, "mutated.py", "exec"), module.__dict__)
    return module


def test_the_unchanged_source_passes():
    assert worst_error(module_from(SOURCE)) < 1e-8


@pytest.mark.parametrize(("line", "mutation"), MUTATIONS)
def test_a_mutated_backward_fails_the_gradient_check(line, mutation):
    assert SOURCE.count(line) == 1
    assert worst_error(module_from(SOURCE.replace(line, mutation))) > 1e-3


def test_a_backward_of_zeros_fails_the_check_of_a_layer(monkeypatch):
    layer = bnlib.BatchNorm(3)

    def zeros(dy, input_gradient=True):
        for gradient in layer.grads.values():
            gradient[:] = 0
        return np.zeros_like(dy)

    monkeypatch.setattr(layer, "_backward", zeros)
    rng = np.random.default_rng(0)
    errors = bnlib.check_gradients(layer, rng.normal(size=(5, 3)), training=True, rng=rng)
    assert min(errors.values()) == 1.0


def test_an_inference_backward_that_treats_the_statistics_as_the_batchs_own_fails(monkeypatch):
    rng = np.random.default_rng(0)
    layer = bnlib.BatchNorm(3)
    x = rng.normal(size=(6, 3))
    layer.forward(x, training=True)
    layer.params["gamma"][:], layer.params["beta"][:] = rng.normal(size=(2, 3))
    _, batch_cache = bnlib.batch_norm(x, layer.params["gamma"], layer.params["beta"])

    def wrong(dy, input_gradient=True):
        dx, layer.grads["gamma"][:], layer.grads["beta"][:] = bnlib.batch_norm_backward(
            dy, batch_cache
        )
        return dx

    monkeypatch.setattr(layer, "_backward", wrong)
    assert bnlib.check_gradients(layer, x, training=False, rng=rng)["x"] > 1e-2
