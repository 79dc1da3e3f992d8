"""How sure a mean over seeds is: the 95 % interval that every experiment of the book reports."""

from dataclasses import dataclass

import numpy as np

from bnlib.checks import check_array, check_finite

_Z = 1.959964  # 97.5 % of a normal distribution lies below


@dataclass(frozen=True)
class Interval:
    """A mean and the half-width of its 95 % interval; formatted with .1f: "12.3 ± 0.4".

    Attributes
    ----------
    mean, half_width : float
        In the units of the values.
    """

    mean: float
    half_width: float

    @property
    def low(self):
        """The lower end."""
        return self.mean - self.half_width

    @property
    def high(self):
        """The upper end."""
        return self.mean + self.half_width

    def __format__(self, spec):
        """Apply a format such as `.1f` or `.1%` to both numbers."""
        return f"{format(self.mean, spec)} ± {format(self.half_width, spec)}"


def interval(values):
    """The 95 % interval of the mean of independent values, one a seed, from Student's t.

    Parameters
    ----------
    values : (S,) array, S >= 5
        For a paired comparison, the differences.

    Returns
    -------
    Interval

    Raises
    ------
    ValueError, TypeError
        For fewer than 5 values, or values that are not finite.

    Notes
    -----
    The quantile of t is expanded in 1 / (S - 1), which is right to 0.01 from S = 5 on.
    """
    values = check_finite("values", check_array("values", values, ndims=(1,), dtype=np.float64))
    if len(values) < 5:
        raise ValueError(f"values has shape {values.shape}; an interval needs 5 seeds or more")
    standard_error = values.std(ddof=1) / np.sqrt(len(values))
    return Interval(float(values.mean()), float(_student_t(len(values) - 1) * standard_error))


def _student_t(freedom):
    """97.5 % quantile of Student's t (Abramowitz and Stegun, 26.7.5)."""
    z, f = _Z, freedom
    first = (z**3 + z) / 4
    second = (5 * z**5 + 16 * z**3 + 3 * z) / 96
    third = (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / 384
    return z + first / f + second / f**2 + third / f**3
