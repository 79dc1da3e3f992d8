"""What recorded values look like: percentiles, moments and histograms."""

from functools import cached_property

import numpy as np

from bnlib.checks import check_array, check_count, check_finite, check_number
from bnlib.rows import row_averager
from bnlib.standardize import standardize


class Distributions:
    """Percentiles, moments and histograms of recorded values, from one sort.

    Parameters
    ----------
    layers : list of (F, n, D) arrays
        From a Recorder, one array a layer. The n * D values of a layer at a step are pooled.

    Attributes
    ----------
    finite : (F, L) bool array
        Whether all values of the layer at that step are finite.

    Raises
    ------
    ValueError, TypeError
        For an empty list, arrays of another shape, or of different F.

    Examples
    --------
    >>> from bnlib.distributions import Distributions
    >>> values = np.arange(12.0).reshape(2, 3, 2)  # one layer: 2 steps, 3 images, 2 units
    >>> Distributions([values]).mean
    array([[2.5],
           [8.5]])
    """

    def __init__(self, layers):
        if not isinstance(layers, list | tuple) or not layers:
            raise TypeError(f"layers must be a list of (F, n, D) arrays, got {layers!r}")
        layers = [check_array("layers", values, ndims=(3,)) for values in layers]
        if len({len(values) for values in layers}) > 1:
            shapes = [values.shape for values in layers]
            raise ValueError(f"layers have the shapes {shapes}; record all at the same F steps")
        self._sorted = [np.sort(values.reshape(len(values), -1), axis=1) for values in layers]
        ends = [np.isfinite(rows[:, [0, -1]]).all(axis=1) for rows in self._sorted]
        self.finite = np.stack(ends, axis=1)

    def quantiles(self, shares):
        """The values below which these shares lie, by nearest rank: (F, L, len(shares)).

        NaN where values are not finite. ValueError or TypeError for shares that are no list of
        numbers from 0 to 1.
        """
        shares = check_finite("shares", check_array("shares", shares, ndims=(1,)))
        if shares.min() < 0 or shares.max() > 1:
            raise ValueError(f"shares run from 0 to 1, got {shares}")
        ranks = [np.rint(shares * (rows.shape[1] - 1)).astype(int) for rows in self._sorted]
        picked = [rows[:, rank] for rows, rank in zip(self._sorted, ranks, strict=True)]
        return np.where(self.finite[:, :, None], np.stack(picked, axis=1), np.nan)

    @property
    def percentiles(self):
        """The {15, 50, 85}th percentiles, (F, L, 3); NaN where values are not finite."""
        return self.quantiles([0.15, 0.5, 0.85])

    @property
    def mean(self):
        """(F, L) float64; NaN where values are not finite."""
        return self._moments[0].copy()

    @property
    def std(self):
        """(F, L) float64; NaN where values are not finite."""
        return self._moments[1].copy()

    @cached_property
    def _moments(self):
        moments = np.full((2, *self.finite.shape), np.nan)
        with np.errstate(invalid="ignore", over="ignore"):
            for layer, rows in enumerate(self._sorted):
                middle = rows[:, [rows.shape[1] // 2]]
                # Seen from the median, float32 keeps its digits whatever the offset is.
                _, remainder, mean, var = standardize(rows - middle, row_averager(rows))
                moments[0, :, [layer]] = (middle.astype(np.float64) + mean + remainder).T
                moments[1, :, [layer]] = np.sqrt(var).T
        moments[:, ~self.finite] = np.nan
        return moments

    def histogram(self, low, high, bins):
        """Exact counts in `bins` equal bins of [low, high), and outside of them.

        Returns
        -------
        counts : (F, L, bins) int64 array
            0 where values are not finite.
        outside : (F, L, 2) int64 array
            Below `low`, and at or above `high`.

        Raises
        ------
        ValueError, TypeError
            For bins below 1, or low and high that are not finite or not low < high.
        """
        bins = check_count("bins", bins)
        low, high = check_number("low", low), check_number("high", high)
        if not (low < high and np.isfinite(high - low)):
            raise ValueError(f"low must be below high, got {low} and {high}")
        edges = np.linspace(low, high, bins + 1)
        edges_of = [_round_up(edges, rows.dtype) for rows in self._sorted]
        pairs = zip(self._sorted, edges_of, strict=True)
        below = np.stack([[row.searchsorted(e) for row in rows] for rows, e in pairs], axis=1)
        sizes = np.array([rows.shape[1] for rows in self._sorted])
        outside = np.stack([below[:, :, 0], sizes - below[:, :, -1]], axis=2)
        kept = self.finite[:, :, None]
        return np.diff(below, axis=2) * kept, outside * kept


def _round_up(edges, dtype):
    """The edges in `dtype`: a value of that dtype is at or above both or neither."""
    with np.errstate(over="ignore"):
        rounded = edges.astype(dtype)
    return np.where(rounded < edges, np.nextafter(rounded, dtype.type(np.inf)), rounded)
