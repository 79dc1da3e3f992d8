"""The exponential moving average that turns batch statistics into the ones used at test time."""

import math

import numpy as np

from bnlib.checks import check_array, check_finite, check_flag, check_number, check_shape


class ExponentialMovingAverage:
    """average = decay * average + (1 - decay) * new, with or without bias correction.

    Parameters
    ----------
    decay : float
        Fraction of the OLD average that is kept, in [0, 1). 0 keeps the last value only.
    start : array
        The average before the first update. Fixes the shape. Kept as float64.
    bias_correction : bool
        Divide by 1 - decay**updates, as a start of 0 needs. A start other than 0 is then refused.

    Raises
    ------
    ValueError, TypeError
        For a decay outside [0, 1), a start that is not finite, or a corrected start other than 0.

    Notes
    -----
    Source of the correction: Kingma and Ba (2015), section 3.

    Examples
    --------
    >>> average = bnlib.ExponentialMovingAverage(0.9, start=np.zeros(1))
    >>> average.update([5.0])
    >>> average.raw, average.value  # before and after correction
    (array([0.5]), array([5.]))
    """

    def __init__(self, decay, start, bias_correction=True):
        self.decay = check_number("decay", decay, least=0, below=1)
        start = check_finite("start", check_array("start", start, dtype=np.float64))
        self.bias_correction = check_flag("bias_correction", bias_correction)
        if self.bias_correction and start.any():
            raise ValueError(f"bias_correction needs a start of 0, got {start}; or turn it off")
        self.raw = start.copy()
        self.updates = 0

    def update(self, new):
        """Take in one new value, shaped like `start`. Returns nothing.

        Raises
        ------
        ValueError, TypeError
            For another shape, or a value that is not finite; the average is then left as it was.
        """
        new = check_array("new", new, dtype=np.float64)
        check_shape("new", new, self.raw.shape, "an average keeps the shape of its start")
        self.add(check_finite("new", new)[None])

    def add(self, values):
        """`update` with each of the values (n, ...) in turn, unchecked, all in one product."""
        n = len(values)
        weights = (1 - self.decay) * self.decay ** np.arange(n - 1, -1, -1)
        self.raw *= self.decay**n
        self.raw += np.tensordot(weights, values, 1)
        self.updates += n

    def reset_to(self, value):
        """Make `value`, shaped like `start`, the average: what training measured is forgotten.

        The next update takes it for the old average, decay * value + (1 - decay) * new, with bias
        correction, too: `updates` then counts as many as leave nothing to correct.

        Raises
        ------
        ValueError, TypeError
            As `update`.
        """
        value = check_array("value", value, dtype=np.float64)
        check_shape("value", value, self.raw.shape, "an average keeps the shape of its start")
        # From here on, 1 - decay**updates is 1 to the last bit of a float64.
        enough = math.ceil(math.log(2.0**-55) / math.log(self.decay)) if self.decay else 1
        self.raw = check_finite("value", value).copy()
        self.updates = max(self.updates, enough)

    @property
    def value(self):
        """The average, corrected if asked for; shaped like `start`, a new array.

        Raises
        ------
        ValueError
            Before the first update when bias-corrected: it would be 0 / 0.
        """
        if not self.bias_correction:
            return self.raw.copy()
        if self.updates == 0:
            raise ValueError("no update yet, so the corrected average is 0/0; train one step first")
        with np.errstate(over="ignore"):
            return self.raw / (1 - self.decay**self.updates)
