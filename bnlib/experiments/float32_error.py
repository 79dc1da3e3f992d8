"""What does batch norm lose in float32 when its numbers lie far from 0?

Four ways to compute x_hat, from the shortest to the engine's, against float64 on the same float32
numbers. PyTorch's errors beside them are those that `make bench` measured.
`python -m bnlib.experiments float32_error` runs all of it again, in a few seconds.
"""

import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from bnlib.checks import check_count, check_number
from bnlib.experiments import stored
from bnlib.experiments.at_least_one import at_least_one
from bnlib.functional import batch_norm
from bnlib.standardize import standardize

EPS = 1e-5
FEATURES = 8
OFFSETS = (0.0, 10.0, 100.0, 1e3, 1e4, 1e5, 1e6)
OFFSET_ROWS = 256  # the height of the batches whose offset is varied
ROWS = (32, 256, 1024, 4096, 32_768)
ROWS_OFFSET = 1e6  # the offset of the batches whose height is varied
SEEDS, CHECK_SEEDS = range(20), range(200, 203)

BENCHMARKS = Path(__file__).parents[2] / "benchmarks" / "results.md"
_ROW = re.compile(r"^\| (\d+) \|" + r" (\d+e[+-]\d+) \|" * 6, re.MULTILINE)


def mean_of_squares(x):
    """x_hat with the variance as mean(x**2) - mean(x)**2: one pass over x. (N, D) to (N, D)."""
    mean = x.mean(axis=0)
    var = (x * x).mean(axis=0) - mean * mean
    with np.errstate(invalid="ignore", divide="ignore"):  # a negative variance has no root
        return (x - mean) / np.sqrt(var + EPS)


def two_passes(x):
    """x_hat with the variance as mean((x - mean)**2). (N, D) to (N, D)."""
    x_centered = x - x.mean(axis=0)
    var = (x_centered * x_centered).mean(axis=0)
    return x_centered / np.sqrt(var + EPS)


def with_remainder(x):
    """Two passes, less what rounding left of the mean; each mean is one product. (N, D)."""
    weights = np.full(len(x), 1 / len(x), x.dtype)
    x_centered, remainder, _, var = standardize(x, weights.dot)
    return (x_centered - remainder) / np.sqrt(var + EPS)


def engine(x):
    """What `bnlib.batch_norm` returns: as `with_remainder`, with means of 512 rows. (N, D)."""
    ones = np.ones(x.shape[1])
    return batch_norm(x, ones, 0 * ones, EPS)[0]


WAYS = {
    "mean of squares": mean_of_squares,
    "two passes": two_passes,
    "and remainder": with_remainder,
    "bnlib": engine,
}


@dataclass(frozen=True)
class Float32Error:
    """Largest error of x_hat in a batch, relative to its largest value; inf where it has a NaN.

    Attributes
    ----------
    by_offset : dict of str to (S, O) array
        For each of WAYS, S seeds and O offsets, in batches of OFFSET_ROWS examples.
    by_rows : dict of str to (S, R) array
        For R numbers of examples, at ROWS_OFFSET.
    negative : (S, O) array
        Share of the features whose mean of squares minus squared mean is below 0.
    offsets, rows : (O,) and (R,) array
    """

    by_offset: dict
    by_rows: dict
    negative: np.ndarray
    offsets: np.ndarray
    rows: np.ndarray

    def summary(self):
        """A line for each way: the median error at each offset, then at each number of rows."""
        head = f"{'offset':16}" + "".join(f"{offset:9.0e}" for offset in self.offsets)
        lines = [head, *_lines(self.by_offset)]
        head = f"{'rows, at 1e6':16}" + "".join(f"{rows:9d}" for rows in self.rows)
        return "\n".join([*lines, head, *_lines(self.by_rows)])


def _lines(errors):
    for way, each in errors.items():
        yield f"{way:16}" + "".join(f"{error:9.0e}" for error in np.median(each, axis=0))


def batch(offset, rows, seed):
    """offset + N(0, 1), as float32.

    Parameters
    ----------
    offset : float
    rows, seed : int

    Returns
    -------
    (rows, FEATURES) float32 array

    Raises
    ------
    ValueError, TypeError
        For an offset that is not finite, or a number of rows below 2.
    """
    check_number("offset", offset)
    shape = check_count("rows", rows, least=2), FEATURES
    return (offset + np.random.default_rng(seed).normal(size=shape)).astype(np.float32)


def measure(seeds=SEEDS, offsets=OFFSETS, rows=ROWS):
    """Compute x_hat in all WAYS for every seed, offset and number of rows.

    Parameters
    ----------
    seeds : sequence of int
    offsets : sequence of float
    rows : sequence of int

    Returns
    -------
    Float32Error

    Raises
    ------
    ValueError, TypeError
        For no seeds, or as `batch`.
    """
    seeds = at_least_one("seeds", seeds)
    far = [[batch(offset, OFFSET_ROWS, seed) for offset in offsets] for seed in seeds]
    high = [[batch(ROWS_OFFSET, n, seed) for n in rows] for seed in seeds]
    return Float32Error(
        by_offset=_errors(far),
        by_rows=_errors(high),
        negative=np.array([[_share_negative(x) for x in batches] for batches in far]),
        offsets=np.array(offsets),
        rows=np.array(rows),
    )


def _errors(batches):
    return {
        name: np.array([[_error(way, x) for x in of_seed] for of_seed in batches])
        for name, way in WAYS.items()
    }


def _error(way, x):
    exact = two_passes(x.astype(np.float64))
    error = np.abs(way(x) - exact).max() / np.abs(exact).max()
    return float(error) if np.isfinite(error) else np.inf


def _share_negative(x):
    return float(((x * x).mean(axis=0) - x.mean(axis=0) ** 2 < 0).mean())


def benchmarked(path=BENCHMARKS):
    """PyTorch's version and errors, as the committed benchmark results have them.

    Parameters
    ----------
    path : str or path
        Of benchmarks/results.md.

    Returns
    -------
    dict
        "version", and "y": a dict of the number of rows to the error of y at an offset of 1e6.

    Raises
    ------
    ValueError
        For a file that is not there or has no such table.
    """
    path = Path(path)
    if not path.is_file():
        raise ValueError(f"there is no {path}; it is a file of the book's repository")
    text = path.read_text(encoding="utf-8")
    version, found = re.search(r"PyTorch (\d[\w.+]*)", text), _ROW.findall(text)
    if version is None or not found:
        raise ValueError(f"{path} has no table of errors; run: make bench")
    return {"version": version[1], "y": {int(row[0]): float(row[4]) for row in found}}


def pytorch():
    """PyTorch's version and errors, as stored with this experiment.

    Returns
    -------
    dict
        As `benchmarked`.
    """
    kept = stored.load("float32_error")["pytorch"]
    return kept | {"y": {int(rows): error for rows, error in kept["y"].items()}}


def load_stored():
    """All of it as measured when the result was stored.

    Returns
    -------
    Float32Error
    """
    result = stored.load("float32_error")
    errors = [
        {way: stored.array(each, missing=np.inf) for way, each in result[name].items()}
        for name in ("by_offset", "by_rows")
    ]
    rest = (np.array(result[name]) for name in ("negative", "offsets", "rows"))
    return Float32Error(*errors, *rest)


def run(folder=None):
    """Measure everything again, store the result and print it.

    Parameters
    ----------
    folder : str or path, optional
        Not used: it takes a few seconds.
    """
    result = measure()
    stored.save(
        "float32_error",
        {
            "seeds": list(SEEDS),
            "offsets": list(OFFSETS),
            "rows": list(ROWS),
            "by_offset": _plain(result.by_offset),
            "by_rows": _plain(result.by_rows),
            "negative": result.negative.tolist(),
            "pytorch": benchmarked(),
        },
    )
    print(load_stored().summary())


def _plain(errors):
    return {way: stored.shortened(each, 2) for way, each in errors.items()}
