"""Population statistics: exact means and variances over a whole data set, a piece at a time."""

import numpy as np

from bnlib.checks import cast, check_array, check_count, check_finite
from bnlib.layer import unchanged_if_refused
from bnlib.network import check_input
from bnlib.norms import BatchNorm
from bnlib.rows import column_averager, to_rows
from bnlib.standardize import standardize


class Moments:
    """Mean and variance of each feature, of all the rows added so far.

    However the rows are cut into pieces, the result is that of one two-pass computation over all
    of them, to rounding; no row is kept.

    Attributes
    ----------
    count : int
        Values of each feature so far: rows, times positions.

    Notes
    -----
    Each piece is measured in two passes and merged in float64, whatever its dtype. Source: Chan,
    Golub and LeVeque (1979).

    Examples
    --------
    >>> moments = bnlib.Moments()
    >>> moments.add([[1.0], [2.0]])
    >>> moments.add([[6.0]])
    >>> moments.count, moments.mean, moments.var.round(3)
    (3, array([3.]), array([4.667]))
    """

    def __init__(self):
        self.count = 0
        self._mean = self._squares = None  # (D,): means, and sums of squared deviations from them

    def add(self, x):
        """Take in a piece.

        Parameters
        ----------
        x : (N, D), (N, C, S) or (N, C, H, W) array
            Every position of every example counts as a row.

        Raises
        ------
        ValueError, TypeError
            For another number of features than before, values that are not finite, or whose
            variance overflows float64. The moments are then as they were.
        """
        x = check_finite("x", check_array("x", x, ndims=(2, 3, 4)))
        if self.count and x.shape[1] != len(self._mean):
            raise ValueError(f"x has shape {x.shape}, but the pieces before it {len(self._mean)} "
                             "features; start new Moments for them")  # fmt: skip
        rows = to_rows(x).astype(np.float64, copy=False)
        with np.errstate(over="ignore", invalid="ignore"):
            merged = self._merged(rows)
        if not all(np.isfinite(each).all() for each in merged):
            raise ValueError(f"x of shape {x.shape} is too large: its variance overflows float64")
        self.count += len(rows)
        self._mean, self._squares = merged

    def _merged(self, rows):
        _, remainder, mean, var = standardize(rows, column_averager(rows))
        mean, squares = mean + remainder, var * len(rows)
        if not self.count:
            return mean, squares
        share = len(rows) / (self.count + len(rows))
        shift = mean - self._mean
        squares += self._squares + shift * shift * (self.count * share)
        return self._mean + shift * share, squares

    @property
    def mean(self):
        """(D,) float64. ValueError before the first piece."""
        self._check_any()
        return self._mean.copy()

    @property
    def var(self):
        """With divisor `count`: (D,) float64. ValueError before the first piece."""
        self._check_any()
        return self._squares / self.count

    def _check_any(self):
        if not self.count:
            raise ValueError("these moments have seen no values; add some rows first")


def recalibrate(network, x, batch_size=256):
    """Give every BatchNorm the statistics of all of x, in place of the averages from training.

    From the input on, each BatchNorm gets the mean and variance of what reaches it in inference,
    when those before it use their new statistics already. So the result depends on x and on the
    parameters alone: neither on the order of the examples nor on `batch_size`, but for rounding.

    Parameters
    ----------
    network : Network
        Its running statistics are replaced, trained or not, frozen or not; nothing else is.
        `forward` has to come before the next `backward`. Training goes on from the new statistics
        as from any old ones: a step with one more batch keeps `ema_decay` of them.
    x : (N, D), (N, C, S) or (N, C, H, W) array
        Training data; or data from elsewhere, to adapt the network to them.
    batch_size : int
        Examples computed at a time. Bounds the memory; no activations are kept.

    Raises
    ------
    ValueError, TypeError
        For a network without BatchNorm, an x it can't take or of one value a feature, or
        activations that overflow. The network is then as it was.

    Notes
    -----
    The stored variance has divisor m - `running_var_correction` of the layer, with m the examples
    times positions. A network with L BatchNorms runs over x L times. Sources: Wu and Johnson
    (2021), section 3 (precise batch norm); Li et al. (2016) for data from elsewhere.

    Examples
    --------
    >>> network = bnlib.mlp([1, 2, 2], batch_norm=True, rng=np.random.default_rng(0))
    >>> bnlib.recalibrate(network, [[1.0], [2.0], [6.0]])
    >>> W = network.layers[0].params["W"]
    >>> np.allclose(network.layers[1].running_mean, 3 * W)
    True
    """
    x = check_finite("x", check_array("x", x, ndims=(2, 3, 4)))
    check_input(network, "x", x)
    if not any(isinstance(layer, BatchNorm) for layer in network.layers):
        raise ValueError("the network has no BatchNorm to recalibrate; pass one that has")
    batch_size = check_count("batch_size", batch_size)
    with unchanged_if_refused(network.layers):
        for number, layer in enumerate(network.layers):
            if isinstance(layer, BatchNorm):
                try:
                    _recalibrate_layer(layer, _moments_before(network, number, x, batch_size))
                except ValueError as error:
                    where = f"x of shape {x.shape}, at layer {number}, a BatchNorm"
                    raise ValueError(f"{where}: {error}") from None
    network._forget()


def _moments_before(network, number, x, batch_size):
    """Moments of what reaches a layer in inference."""
    moments = Moments()
    for start in range(0, len(x), batch_size):
        a = cast("x", x[start : start + batch_size], network.theta.dtype)
        for layer in network.layers[:number]:
            a = layer._forward(a, False)
        moments.add(check_finite("what reaches it", a, f"x or theta is too large for {a.dtype}"))
    return moments


def _recalibrate_layer(layer, moments):
    if moments.count == 1:
        raise ValueError("it has one value a feature, so no spread; pass 2 examples or more")
    var = moments.var * (moments.count / (moments.count - layer.running_var_correction))
    layer._average.reset_to(np.stack([moments.mean, var]))
    layer._inference_inv_std()  # refuses a variance of 0 when eps is 0
