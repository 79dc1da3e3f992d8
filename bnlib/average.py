"""The exponential moving average that turns batch statistics into the ones used at test time."""

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
    """

    def __init__(self, decay, start, bias_correction=True):
        self.decay = check_number("decay", decay, least=0, below=1)
        start = check_finite("start", check_array("start", start, dtype=np.float64))
        self.bias_correction = check_flag("bias_correction", bias_correction)
        if self.bias_correction and start.any():
            raise ValueError("bias_correction=True needs a start of 0; pass zeros, or turn it off")
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
        self.add(check_finite("new", new))

    def add(self, new):
        """`update`, unchecked: what a layer calls at every training step."""
        self.raw *= self.decay
        self.raw += (1 - self.decay) * new
        self.updates += 1

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
        return self.raw / (1 - self.decay**self.updates)
