"""Do the frameworks compute what their documentation says, and what bnlib does?

`export_frameworks.py` has run their layers, each in its own words, and stored what they returned.
Here it is read, with NumPy alone, and compared.
"""

from dataclasses import dataclass

import numpy as np

from bnlib.experiments import stored
from bnlib.experiments.conventions import convention
from bnlib.gradcheck import relative_error

LIBRARIES = ("PyTorch", "Keras", "Flax", "ONNX")
SEED = 20150211  # the day on which the paper on batch normalization appeared
BATCHES = 3
SHAPES = ((6, 4), (3, 4, 2, 2))  # (N, D) and (N, C, H, W)
# The defaults, and other values, as (what becomes of the old share, eps).
SETTINGS = ((None, None), (0.7, 1e-2))
FAR, FAR_BATCH = 1e4, 64  # the offset at which a float32 square is off by 8, and the batch size


@dataclass(frozen=True)
class Measured:
    """What one library did.

    Attributes
    ----------
    name, version : str
    momentum, eps : float
        The defaults, as the library itself states them.
    share_of_new : float
        How much of a running mean, started at 0, came from one batch, at momentum = 0.25.
    stored_ratio : float
        Stored variance over the variance with divisor m, for a batch of 2 that alone counts.
    axis : int
        Where the features stand.
    refuses_one_value : bool
    far_spread : float
        Standard deviation of y, which should be 1, for float32 inputs around 10,000: the one
        furthest from 1 of several features.
    cases : tuple of dict
        "keep" and "eps" as in SETTINGS, "shape", and what was returned for `inputs(shape)`: "y"
        and "inference" of the last batch, "running_mean", "running_var", in bnlib's order of axes.
    """

    name: str
    version: str
    momentum: float
    eps: float
    share_of_new: float
    stored_ratio: float
    axis: int
    refuses_one_value: bool
    far_spread: float
    cases: tuple


def inputs(shape):
    """What every library was given.

    Parameters
    ----------
    shape : tuple of int
        (N, D) or (N, C, H, W).

    Returns
    -------
    x : (BATCHES, *shape) float32 array
    gamma, beta : (D,) float32 arrays
    """
    rng = np.random.default_rng([SEED, *shape])
    gamma, beta = rng.normal(1, 0.5, shape[1]), rng.normal(0, 1, shape[1])
    x = rng.normal(3, 2, (BATCHES, *shape))
    return tuple(each.astype(np.float32) for each in (x, gamma, beta))


def far_inputs():
    """Float32 numbers around 10,000 with standard deviation 1.

    Returns
    -------
    (FAR_BATCH, 8) float32 array
    """
    rng = np.random.default_rng(SEED)
    return (FAR + rng.standard_normal((FAR_BATCH, 8))).astype(np.float32)


def by_bnlib(name, case):
    """The same computation with bnlib's translation of the library's layer.

    Parameters
    ----------
    name : str
        Of a library.
    case : dict
        With "keep", "eps" and "shape".

    Returns
    -------
    dict of str to array
        "y", "inference", "running_mean", "running_var".
    """
    keep, rule = case["keep"], convention(name)
    momentum = keep if keep is None or rule.momentum_weighs == "old" else 1 - keep
    x, gamma, beta = inputs(case["shape"])
    layer = rule.batch_norm(case["shape"][1], momentum, case["eps"])
    layer.params.update(gamma=gamma, beta=beta)
    for batch in x:
        y = layer.forward(batch.astype(np.float64), training=True)
    return {
        "y": y,
        "inference": layer.forward(x[-1].astype(np.float64), training=False),
        "running_mean": layer.running_mean,
        "running_var": layer.running_var,
    }


def largest_difference(measured):
    """Between a library and bnlib, over all cases and results.

    Parameters
    ----------
    measured : Measured

    Returns
    -------
    float
        Share of a result's largest value. Rounding to float32 alone costs 6e-8.
    """
    differences = [
        relative_error(ours, case[result])
        for case in measured.cases
        for result, ours in by_bnlib(measured.name, case).items()
    ]
    return max(differences)


def load_stored():
    """What the libraries did when the result was stored.

    Returns
    -------
    dict of str to Measured
    """
    return {name: measured_from(about) for name, about in stored.load("frameworks")["made"].items()}


def measured_from(about):
    """A Measured from plain numbers and lists.

    Parameters
    ----------
    about : dict

    Returns
    -------
    Measured
    """
    cases = []
    for case in about["cases"]:
        shape = tuple(case["shape"])
        arrays = {name: np.array(case[name]) for name in ("running_mean", "running_var")}
        arrays |= {name: np.reshape(case[name], shape) for name in ("y", "inference")}
        cases.append(case | arrays | {"shape": shape})
    return Measured(**about | {"cases": tuple(cases)})
