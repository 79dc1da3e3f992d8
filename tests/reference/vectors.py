"""The files of reference vectors: written with PyTorch at hand, read with NumPy alone.

A file holds one flat vector for each dtype, and under "about" a JSON text: the versions and the
seed that made it, and for each case its settings, and names, dtypes and shapes of its arrays in the
order in which they lie in the vectors. An array apiece would make the files twice as large.
"""

import json
from math import prod
from pathlib import Path
from typing import NamedTuple

import numpy as np

FOLDER = Path(__file__).parent


class Case(NamedTuple):
    """One comparison: `settings` say what to compute in bnlib, `arrays` hold inputs and results."""

    settings: dict
    arrays: dict


def save(name, made_by, cases):
    """Write `name`.npz: `made_by` is a dict, `cases` yields (case, settings, arrays)."""
    about = made_by | {"cases": {}}
    flat = {}
    for case, settings, arrays in cases:
        assert case not in about["cases"], f"two cases are called {case!r}"
        layout = [[key, str(array.dtype), array.shape] for key, array in arrays.items()]
        about["cases"][case] = {"settings": settings, "arrays": layout}
        for array in arrays.values():
            flat.setdefault(str(array.dtype), []).append(array.ravel())
    joined = {dtype: np.concatenate(parts) for dtype, parts in flat.items()}
    np.savez_compressed(FOLDER / f"{name}.npz", about=np.array(json.dumps(about)), **joined)


def load(name):
    """Read `name`.npz: what made it, and {case: Case}, whose arrays can't be written to."""
    with np.load(FOLDER / f"{name}.npz", allow_pickle=False) as file:
        flat = dict(file)
    about = json.loads(str(flat.pop("about")))
    for vector in flat.values():
        vector.flags.writeable = False
    cases = {}
    used = dict.fromkeys(flat, 0)
    for case, (settings, layout) in ((k, v.values()) for k, v in about.pop("cases").items()):
        arrays = {}
        for key, dtype, shape in layout:
            start = used[dtype]
            used[dtype] += prod(shape)
            arrays[key] = flat[dtype][start : used[dtype]].reshape(shape)
        cases[case] = Case(settings, arrays)
    return about, cases
