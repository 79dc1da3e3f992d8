"""The gradient check of the layers is only worth something if wrong backward passes fail it."""

import types
from pathlib import Path

import numpy as np
import pytest

import bnlib
from bnlib import conv, dropout, layers

IMAGES = (5, 2, 4, 6)  # in and out channels agree, so that a mix-up is no error of shapes
LINEAR = (layers, "Linear", lambda make, rng: make(2, 2, rng=rng), (6, 2))
RELU, SIGMOID, TANH = (
    (layers, name, lambda make, rng: make(), (6, 3)) for name in ("ReLU", "Sigmoid", "Tanh")
)
IDENTITY, FLATTEN = (
    (layers, name, lambda make, rng: make(), IMAGES) for name in ("Identity", "Flatten")
)
DROPOUT = (dropout, "Dropout", lambda make, rng: make(0.4, rng=rng), (6, 5))
CONV = (conv, "Conv2d", lambda make, rng: make(2, 2, 3, padding=1, stride=2, rng=rng), IMAGES)
AVERAGE, MAX = (
    (conv, name, lambda make, rng: make(2), IMAGES) for name in ("AveragePool2d", "MaxPool2d")
)
LAYERS = [LINEAR, RELU, SIGMOID, TANH, IDENTITY, FLATTEN, DROPOUT, CONV, AVERAGE, MAX]

MUTATIONS = [
    (LINEAR, 'np.dot(self._cache.T, dy, out=self.grads["W"])', "pass"),
    (LINEAR, 'np.dot(self._cache.T, dy, out=self.grads["W"])',
     'np.dot(dy.T, self._cache, out=self.grads["W"])'),
    (LINEAR, "column_sums(dy)", "column_sums(dy) / len(dy)"),
    (LINEAR, "column_sums(dy)", "0"),
    (LINEAR, 'dy.dot(self.params["W"].T)', 'dy.dot(self.params["W"])'),
    (LINEAR, 'dy.dot(self.params["W"].T)', "dy"),
    (RELU, "dy *= self._cache", "pass"),
    (RELU, "dy *= self._cache", "dy *= ~self._cache"),
    (SIGMOID, "dy *= a * (1 - a)", "dy *= a"),
    (SIGMOID, "dy *= a * (1 - a)", "dy *= 1 - a"),
    (TANH, "dy *= 1 - a * a", "dy *= 1 - a"),
    (TANH, "dy *= 1 - a * a", "pass"),
    (IDENTITY, "        return dy\n", "        return dy * 2\n"),
    (FLATTEN, "dy.reshape(self._cache)", 'dy.reshape(self._cache, order="F")'),
    (DROPOUT, "dy *= self._cache", "pass"),
    (DROPOUT, "dy *= self._cache", "dy *= self._cache > 0"),
    (DROPOUT, "dy *= self._cache", "dy /= 1 - self.rate"),
    (CONV, "dW = dW + examples", "dW = examples"),
    (CONV, "dW = dW + examples[block]", "dW = dW + examples[:block.stop - block.start]"),
    (CONV, "np.moveaxis(dW.reshape(-1, *kernel), -1, 1)", 'dW.reshape(self.params["W"].shape)'),
    (CONV, "column_sums(rows)", "column_sums(rows) / len(dy)"),
    (CONV, "column_sums(rows)", "0"),
    (CONV, "[:, :, ::-1, ::-1]", "[:, :, ::-1]"),
    (CONV, "[:, :, ::-1, ::-1]", "[:, :, :, ::-1]"),
    (CONV, ".swapaxes(0, 1)", ""),
    (CONV, "spread[:, down, across] = dy", "spread[:, down, across] = dy[::-1]"),
    (CONV, "slice(reach, reach + stride * size, stride)", "slice(reach, reach + size)"),
    (CONV, "padding : height + reach - padding,", "0 : height + reach - 2 * padding,"),
    (CONV, "padding : width + reach - padding]", "0 : width + reach - 2 * padding]"),
    (AVERAGE, "dy /= self.size**2", "pass"),
    (AVERAGE, "dy /= self.size**2", "dy /= self.size"),
    (AVERAGE, "corner[...] = dy", "corner[...] = dy[::-1]"),
    (MAX, "winner == number", "winner >= number"),
    (MAX, "winner == number", "winner != number"),
    (MAX, "np.multiply(dy, winner == number, out=corner)", "corner[...] = dy"),
    (MAX, "np.multiply(dy, winner == number, out=corner)", "corner[...] = winner == number"),
]  # fmt: skip


def errors(layer, source):
    """What the gradient check says of a layer whose module has this source."""
    _, name, make, shape = layer
    module = types.ModuleType("mutated")
    exec(compile(source, "mutated.py", "exec"), module.__dict__)
    vars(module)["_BLOCK"] = 20  # an example at a time
    rng = np.random.default_rng(0)
    mutated = make(vars(module)[name], rng)
    for parameter in mutated.params.values():
        parameter += rng.normal(size=parameter.shape)
    return bnlib.check_gradients(mutated, rng.normal(size=shape), training=True, rng=rng)


def source_of(layer):
    return Path(layer[0].__file__).read_text(encoding="utf-8")


def mutate(layer, line, mutation):
    """The source of a layer's module with one line of the layer's class replaced."""
    source = source_of(layer)
    start = source.index(f"class {layer[1]}(")
    end = source.find("\n\n\n", start)
    body = source[start:end] + "\n"
    assert body.count(line) == 1
    return source[:start] + body.replace(line, mutation) + source[end:]


@pytest.mark.parametrize("layer", LAYERS, ids=lambda layer: layer[1])
def test_the_unchanged_source_passes(layer):
    assert max(errors(layer, source_of(layer)).values()) < 1e-8


@pytest.mark.parametrize(
    ("layer", "line", "mutation"), MUTATIONS, ids=[f"{la[1]}: {new}" for la, _, new in MUTATIONS]
)
def test_a_mutated_backward_fails_the_gradient_check(layer, line, mutation):
    assert max(errors(layer, mutate(layer, line, mutation)).values()) > 1e-3
