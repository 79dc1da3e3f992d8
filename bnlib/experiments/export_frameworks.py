"""Run the frameworks' own batch norm layers, and store what they return.

It needs PyTorch, Keras, JAX, Flax and ONNX, which have an environment of their own:

    make frameworks        compare them, as they are installed there, with what is stored

and `.venv-frameworks/bin/python -m bnlib.experiments.export_frameworks --write` stores anew.
"""

import argparse
import sys

import numpy as np

from bnlib.experiments import stored
from bnlib.experiments.conventions import CONVENTIONS, convention
from bnlib.experiments.framework_layers import ONNX, Flax, Keras, PyTorch
from bnlib.experiments.frameworks import (
    LIBRARIES,
    SETTINGS,
    SHAPES,
    far_inputs,
    inputs,
    largest_difference,
    load_stored,
    measured_from,
)

# An accuracy of 17 roundings to float32; a result may need several of them.
TOLERANCE = 1e-6
PROBE_MOMENTUM = 0.25


KINDS = dict(zip(LIBRARIES, (PyTorch, Keras, Flax, ONNX), strict=True))


def measure(name):
    """Everything that is stored of a library, as plain numbers and lists."""
    kind, weighs = KINDS[name], convention(name).momentum_weighs
    momentum, eps = kind.defaults()
    only_new = {"momentum": 1.0 if weighs == "new" else 0.0}
    pair = np.array([[3.0], [7.0]], "f4")

    probe = kind((2, 1), momentum=PROBE_MOMENTUM)
    probe(pair, True)
    share = probe.running()[0].item() / pair.mean().item()

    probe = kind((2, 1), **only_new)
    probe(pair, True)
    ratio = probe.running()[1].item() / pair.var().item()

    far = far_inputs()
    spreads = kind(far.shape, **only_new)(far, True).astype(np.float64).std(axis=0)
    return {
        "name": name,
        "version": kind.version,
        "momentum": rounded(momentum),
        "eps": rounded(eps),
        "share_of_new": rounded(share),
        "stored_ratio": rounded(ratio),
        "axis": kind.axis,
        "refuses_one_value": refuses_one_value(kind),
        "far_spread": rounded(spreads[np.argmax(np.abs(spreads - 1))], 3),
        "cases": [
            case(kind, weighs, *settings, shape) for settings in SETTINGS for shape in SHAPES
        ],
    }


def case(kind, weighs, keep, eps, shape):
    """What a layer with these settings returns."""
    momentum = keep if keep is None or weighs == "old" else 1 - keep
    settings = {name: v for name, v in (("momentum", momentum), ("eps", eps)) if v is not None}
    x, gamma, beta = inputs(shape)
    layer = kind(shape, **settings)
    layer.set(gamma, beta)
    results = [in_our_order(kind, layer(in_its_order(kind, batch), True)) for batch in x]
    mean, var = layer.running()
    arrays = {
        "y": results[-1],
        "inference": in_our_order(kind, layer(in_its_order(kind, x[-1]), False)),
        "running_mean": mean,
        "running_var": var,
    }
    flat = {name: [rounded(v, 8) for v in array.ravel()] for name, array in arrays.items()}
    return {"keep": keep, "eps": eps, "shape": shape, **flat}


def refuses_one_value(kind):
    """Whether training on a batch of one example is an error; else y is beta."""
    layer = kind((1, 1))
    try:
        y = layer(np.full((1, 1), 7, "f4"), True)
    except ValueError:
        return True
    assert y.item() == 0, f"a batch of one gave {y.item()}"
    return False


def in_its_order(kind, x):
    """Features where the library expects them."""
    return np.ascontiguousarray(np.moveaxis(x, 1, kind.axis))


def in_our_order(kind, y):
    """Features on axis 1."""
    return np.moveaxis(y, kind.axis, 1)


def rounded(number, digits=6):
    """A Python float of so many significant digits."""
    return float(f"{float(number):.{digits}g}")


def problems(fresh, kept):
    """Sentences on what differs: fresh from stored, from the convention, or from bnlib."""
    rule = CONVENTIONS[fresh.name]
    if fresh.version != kept.version:
        print(f"  installed is {fresh.version}, stored are the results of {kept.version}")
    share = PROBE_MOMENTUM if rule.momentum_weighs == "new" else 1 - PROBE_MOMENTUM
    expected = {
        "momentum": rule.momentum,
        "eps": rule.eps,
        "share_of_new": share,
        "stored_ratio": 2.0 if rule.running_var_correction else 1.0,
        "axis": rule.axis,
        "refuses_one_value": rule.refuses_one_value,
    }
    for fact, value in expected.items():
        for which, found in (("now", fresh), ("as stored", kept)):
            if not np.isclose(getattr(found, fact), value, rtol=TOLERANCE, atol=0):
                yield f"{fact} is {getattr(found, fact)} {which}, the convention says {value}"
    for which, found in (("now", fresh), ("as stored", kept)):
        difference = largest_difference(found)
        if difference > TOLERANCE:
            yield f"bnlib differs from it by {difference:.1e} {which}"
    if (abs(fresh.far_spread - 1) < 0.01) != (abs(kept.far_spread - 1) < 0.01):
        yield f"far from 0, y has spread {fresh.far_spread}; stored is {kept.far_spread}"


def main(arguments=None):
    """Measure all libraries; compare, or store. Returns the exit status."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--write", action="store_true", help="store what they return")
    write = parser.parse_args(arguments).write
    made = {name: measure(name) for name in LIBRARIES}
    if write:
        stored.save("frameworks", {"made": made})
    kept, found = load_stored(), []
    for name, about in made.items():
        print(f"{name} {about['version']}")
        fresh = measured_from(about)
        of_this = [f"{name}: {problem}" for problem in problems(fresh, kept[name])]
        print(*of_this or [f"  as the book says; from bnlib {largest_difference(fresh):.0e}"])
        found += of_this
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
