"""Layers and norms against PyTorch: values, gradients and running statistics.

The vectors were made by `tests/reference/make_vectors.py`. Dropout is compared in inference alone:
in training, PyTorch's random numbers are others.
"""

import pytest

import bnlib
from tests.reference.compare import (
    ACCURACY,
    DTYPES,
    assert_equal_to_pytorch,
    error,
    layer_of,
)
from tests.reference.vectors import load

CASES = load("norms")[1] | load("layers")[1]
LAYER_CASES = [
    pytest.param(case, training, id=f"{name} training={training}")
    for name, case in CASES.items()
    for training in case.settings["training"]
]
FUNCTION_CASES = {name: case for name, case in CASES.items() if "function" in case.settings}
FAR_CASES = {name: case for name, case in CASES.items() if case.settings.get("far")}


def by_name(cases):
    return pytest.mark.parametrize("case", cases.values(), ids=cases)


def run_layer(case, training, dtype):
    """Results by name of one forward and backward pass, after the steps that come before it."""
    settings, arrays = case
    layer = layer_of(settings["layer"], settings["settings"], dtype)
    for name in layer.params:
        layer.params[name] = arrays[name]
    for batch in arrays.get("warmup", ()):
        layer.forward(batch.astype(dtype), training=True)
    for name, value in settings.get("attributes", {}).items():
        setattr(layer, name, value)
    y = layer.forward(arrays["x"].astype(dtype), training=training)
    dx = layer.backward(arrays["dy"].astype(dtype))
    results = {"y": y, "dx": dx} | {f"d{name}": grad for name, grad in layer.grads.items()}
    assert {str(each.dtype) for each in results.values()} == {dtype}
    for name in ("running_mean", "running_var"):
        if f"{dtype}/{name}" in arrays:
            results[name] = getattr(layer, name)
    return results


def run_function(case, dtype):
    """Results by name of the pure function and its backward."""
    settings, arrays = case
    arguments = [pick(each, arrays, dtype) for each in settings["arguments"]]
    x = arrays["x"].astype(dtype)
    result = getattr(bnlib, settings["function"])(x, *arguments)
    if not isinstance(result, tuple):  # inference
        return {"y": result}
    y, cache = result
    gradients = getattr(bnlib, settings["function"] + "_backward")(
        arrays["dy"].astype(dtype), cache
    )
    differentiated = ["x", *(each for each in settings["arguments"] if isinstance(each, str))]
    names = [f"d{name}" for name in differentiated]
    results = {"y": y} | dict(zip(names, gradients, strict=True))
    assert {str(each.dtype) for each in results.values()} == {dtype}
    return results


def pick(argument, arrays, dtype):
    """An argument of a function: a number as it is, an array by its name."""
    if not isinstance(argument, str):
        return argument
    if argument in arrays:
        return arrays[argument].astype(dtype)
    return arrays[f"float64/{argument}"]  # running statistics, which bnlib keeps in float64


def assert_all_equal_to_pytorch(results, case, dtype):
    for name, ours in results.items():
        assert_equal_to_pytorch(name, ours, case, dtype)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize(("case", "training"), LAYER_CASES)
def test_a_layer_equals_pytorchs(case, training, dtype):
    results = run_layer(case, training, dtype)
    expected = {key.removeprefix(f"{dtype}/") for key in case.arrays if key.startswith(dtype)}
    assert set(results) == expected
    assert_all_equal_to_pytorch(results, case, dtype)


@pytest.mark.parametrize("dtype", DTYPES)
@by_name(FUNCTION_CASES)
def test_a_pure_function_equals_pytorchs(case, dtype):
    assert_all_equal_to_pytorch(run_function(case, dtype), case, dtype)


@by_name(FAR_CASES)
def test_far_from_0_bnlibs_float32_is_right_and_pytorchs_is_not(case):
    training = case.settings["training"][0]
    ours = error(run_layer(case, training, "float32")["y"], case.arrays["float64/y"])
    pytorchs = error(case.arrays["float32/y"], case.arrays["float64/y"])
    both = f"error at 1e6: bnlib {ours:.0e}, PyTorch {pytorchs:.0e} of the largest value"
    assert ours <= ACCURACY < pytorchs, both


@pytest.mark.parametrize(
    "wrong", [{"eps": 1.001e-3}, {"running_var_correction": 0}, {"ema_decay": 0.50001}]
)
@pytest.mark.parametrize("dtype", DTYPES)
def test_a_slightly_wrong_layer_would_be_seen(wrong, dtype):
    case = CASES["batch norm (7, 5) eps 0.001 momentum 0.5 training"]
    settings = case.settings | {"settings": case.settings["settings"] | wrong}
    results = run_layer(case._replace(settings=settings), True, dtype)
    with pytest.raises(AssertionError, match="off by"):
        assert_all_equal_to_pytorch(results, case, dtype)
