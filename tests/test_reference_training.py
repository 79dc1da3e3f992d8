"""Losses, optimizers and whole training runs against PyTorch."""

from importlib import import_module

import numpy as np
import pytest

import bnlib
from tests.reference.compare import (
    DTYPES,
    assert_close,
    assert_equal_to_pytorch,
    layer_of,
)
from tests.reference.vectors import load

LOSSES, OPTIMIZERS, TRAINING = (load(name)[1] for name in ("losses", "optimizers", "training"))
in_both_dtypes = pytest.mark.parametrize("dtype", DTYPES)


def by_name(cases):
    return pytest.mark.parametrize("case", cases.values(), ids=cases)


@in_both_dtypes
@by_name(LOSSES)
def test_a_loss_equals_pytorchs(case, dtype):
    loss_of = getattr(bnlib, case.settings["loss"])
    loss, dx = loss_of(case.arrays["x"].astype(dtype), case.arrays["targets"])
    assert isinstance(loss, float)
    assert dx.dtype == dtype
    assert_equal_to_pytorch("y", loss, case, dtype)
    assert_equal_to_pytorch("dx", dx, case, dtype)


@in_both_dtypes
@by_name(OPTIMIZERS)
def test_ten_steps_of_an_optimizer_equal_pytorchs(case, dtype):
    optimizer = getattr(bnlib, case.settings["optimizer"])(**case.settings["settings"])
    theta = case.arrays["theta"].astype(dtype)
    thetas = []
    for gradient in case.arrays["gradients"].astype(dtype):
        optimizer.step(theta, gradient)
        thetas.append(theta.copy())
    assert theta.dtype == dtype
    assert_equal_to_pytorch("thetas", thetas, case, dtype)


def network_of(case, dtype):
    """The network of a case, with its parameters at the start."""
    network = bnlib.Network([layer_of(*each, dtype) for each in case.settings["layers"]])
    for number, layer in enumerate(network.layers):
        for name in layer.params:
            layer.params[name] = case.arrays[f"{number}.{name}"]
    return network


def step_by_step(network, x, labels, batches, optimizer):
    """The losses of a training run by the public functions."""
    losses = []
    for batch in batches:
        logits = network.forward(x[batch], training=True)
        loss, dlogits = bnlib.softmax_cross_entropy(logits, labels[batch])
        network.backward(dlogits)
        optimizer.step(network.theta, network.gradient)
        losses.append(loss)
    return losses


def by_train(network, x, labels, batches, optimizer):
    """The losses of the same run by `bnlib.train`, which is given these batches."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(import_module("bnlib.train"), "minibatches", lambda *_: iter(batches))
        history = bnlib.train(
            network,
            x,
            labels,
            steps=len(batches),
            batch_size=len(batches[0]),
            optimizer=optimizer,
            rng=np.random.default_rng(0),
        )
    return history.losses


def run(case, way, dtype):
    """Results by name of training in bnlib: losses, logits, parameters, running statistics."""
    network = network_of(case, dtype)
    x = case.arrays["images"].astype(dtype) / 16
    labels = case.arrays["labels"].astype(int)
    optimizer = bnlib.SGD(**case.settings["sgd"])
    losses = way(network, x, labels, case.arrays["batches"].astype(int), optimizer)
    results = {"losses": losses, "y": network.forward(x, training=False)}
    for number, layer in enumerate(network.layers):
        results |= {f"{number}.{name}": values for name, values in layer.params.items()}
        if isinstance(layer, bnlib.BatchNorm):
            results[f"{number}.running_mean"] = layer.running_mean
            results[f"{number}.running_var"] = layer.running_var
    return results


# 20 updates, each rounded to 6e-8 of a float32 parameter, that all err to one side: 1.2e-6. The
# activations in between add theirs. PyTorch's own float32 run is 8e-7 from its float64 run.
TRAINED = {"float64": 1e-12, "float32": 2e-6}


def assert_same_run(results, case, dtype):
    """Compare with PyTorch's run in this dtype, and with the one in float64."""
    expected = {key.partition("/")[2] for key in case.arrays if key.startswith(dtype)}
    assert set(results) == expected
    for name, ours in results.items():
        for reference in (dtype, "float64"):
            what = f"{name} against {reference}"
            assert_close(ours, case.arrays[f"{reference}/{name}"], TRAINED[dtype], what)


@in_both_dtypes
@pytest.mark.parametrize("way", [step_by_step, by_train])
@by_name(TRAINING)
def test_twenty_steps_of_training_equal_pytorchs(case, way, dtype):
    assert_same_run(run(case, way, dtype), case, dtype)


@in_both_dtypes
def test_a_slightly_wrong_momentum_would_be_seen(dtype):
    case = TRAINING["mlp"]
    sgd = case.settings["sgd"] | {"momentum": 0.90001}
    wrong = case._replace(settings=case.settings | {"sgd": sgd})
    with pytest.raises(AssertionError, match="off by"):
        assert_same_run(run(wrong, step_by_step, dtype), case, dtype)
