"""From a PyTorch function and its inputs to the arrays of a case, in both dtypes."""

import zlib

import numpy as np
import torch

DTYPES = {"float64": torch.float64, "float32": torch.float32}


def rng_for(seed, case):
    """A generator of its own for each case: a new case leaves the others as they are."""
    return np.random.default_rng([seed, zlib.crc32(case.encode())])


def awkward(rng, shape, offset=None, dtype=np.float32):
    """Numbers (N, C, ...), each channel with its own spread and its own distance from 0."""
    channels = (1, shape[1], *(1,) * (len(shape) - 2))
    spread, centre = rng.uniform(0.5, 3, channels), rng.uniform(-4, 4, channels)
    if offset is not None:
        spread, centre = 1, offset
    return (centre + spread * rng.normal(size=shape)).astype(dtype)


def differentiated(reference, inputs, rng, constants=None):
    """Arrays of a case: inputs, a random upstream gradient, and the results in both dtypes.

    `reference(**inputs, **constants)` returns y, or y and a dict of further results. The results
    are `y`, `d` + name for each input, and the further ones, each after "float64/" or "float32/".
    """
    constants = constants or {}
    arrays = inputs | constants
    for name, dtype in DTYPES.items():
        leaves = {k: torch.tensor(v, dtype=dtype, requires_grad=True) for k, v in inputs.items()}
        fixed = {k: tensor_of(v, dtype) for k, v in constants.items()}
        result = reference(**leaves, **fixed)
        y, further = result if isinstance(result, tuple) else (result, {})
        if y.ndim:
            arrays.setdefault("dy", rng.normal(0.3, 1, y.shape).astype(np.float32))
        y.backward(torch.tensor(arrays["dy"], dtype=dtype) if y.ndim else None)
        results = {"y": y, **{f"d{k}": leaf.grad for k, leaf in leaves.items()}, **further}
        arrays |= {f"{name}/{k}": v.detach().numpy() for k, v in results.items()}
    return arrays


def tensor_of(array, dtype):
    """A tensor of `dtype`; integers become int64, as indices are."""
    return torch.tensor(array, dtype=dtype if array.dtype.kind == "f" else torch.int64)
