"""bnlib's side of a comparison with the reference vectors."""

import inspect

import numpy as np

import bnlib

DTYPES = ("float64", "float32")
# Shares of an array's largest value. A rounding to float32 costs 6e-8: ACCURACY allows a result 17
# of them, and PyTorch's needed up to 14. Two float32 results may then lie twice as far apart.
ACCURACY = 1e-6
TOLERANCE = {"float64": 1e-12, "float32": 2 * ACCURACY}


def layer_of(kind, settings, dtype):
    """bnlib's layer of that name; a dtype and a generator for those that take them."""
    make = getattr(bnlib, kind)
    offered = {"rng": np.random.default_rng(0), "dtype": dtype}
    taken = inspect.signature(make).parameters
    return make(**settings, **{key: offered[key] for key in offered if key in taken})


def error(ours, reference):
    """The largest difference, as a share of the reference's largest value."""
    ours, reference = (np.asarray(each, np.float64) for each in (ours, reference))
    assert ours.shape == reference.shape, f"shape {ours.shape}, PyTorch's is {reference.shape}"
    worst = np.abs(ours - reference).max()
    return worst / np.abs(reference).max() if worst else 0.0


def assert_close(ours, reference, tolerance, what):
    """Name what differs, and by how much."""
    measured = error(ours, reference)
    assert measured <= tolerance, f"{what} is off by {measured:.1e} of its largest value"


def assert_equal_to_pytorch(name, ours, case, dtype):
    """Compare one result with PyTorch's of the same dtype, and a float32 one with the exact one.

    In a case that is `far` from 0 PyTorch's float32 result is wrong: only the exact one counts.
    """
    tolerance = TOLERANCE[dtype]
    if dtype == "float64":
        tolerance = case.settings.get("tolerance", tolerance)
    if dtype == "float64" or not case.settings.get("far"):
        assert_close(ours, case.arrays[f"{dtype}/{name}"], tolerance, f"{dtype} {name}")
    if dtype == "float32":
        assert_close(ours, case.arrays[f"float64/{name}"], ACCURACY, f"{name} against float64")
