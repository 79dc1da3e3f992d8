"""Observers that watch a network learn. The engine knows nothing of them.

Values are copied raw while training runs, and summarized afterwards: that costs the least.
"""

import numpy as np

from bnlib.checks import check_array, check_count, check_finite
from bnlib.functional import batch_norm_rows
from bnlib.layers import Activation, Linear
from bnlib.losses import check_labels
from bnlib.norms import BatchNorm


class Recorder:
    """What every hidden layer makes of the same probe images, at chosen steps.

    Batch norm uses the probe's own statistics here, as it would use a mini-batch's in training.
    Its running averages are left alone.

    Parameters
    ----------
    probe : (n, D) array
        Inputs, n >= 2.
    every : int
        Record at the steps 0, every, 2 * every, ...

    Attributes
    ----------
    steps : list of int
        The F steps recorded so far.

    Raises
    ------
    ValueError, TypeError
        For a probe that is not a finite matrix of 2 or more rows, or an `every` below 1.

    Examples
    --------
    >>> recorder = Recorder(x[:64], every=10)
    >>> train(network, x, labels, ..., observers=[recorder])
    >>> Distributions(recorder.received).percentiles
    """

    def __init__(self, probe, every):
        self.probe = check_finite("probe", check_array("probe", probe, ndims=(2,)))
        if len(self.probe) < 2:
            raise ValueError("probe has one row; batch norm needs 2 or more to have statistics")
        self.every = check_count("every", every)
        self.steps = []
        self._before, self._received, self._gradients = [], [], []
        self._activations = []

    def __call__(self, step, network):
        """Record, if it is the time: `train` calls this after each step."""
        if step % self.every:
            return
        before, received = [], []
        a = self.probe.astype(network.theta.dtype, copy=False)
        for layer in network.layers:
            if isinstance(layer, BatchNorm):
                before.append(a)
                a, _ = batch_norm_rows(a, *layer.params.values(), layer.eps)
                continue
            if isinstance(layer, Activation):
                received.append(a)
            a = layer._forward(a, False)
        self._activations = [layer for layer in network.layers if isinstance(layer, Activation)]
        self.steps.append(step)
        self._received.append(received)
        self._before.append(before or received)
        self._gradients.append(_gradient_norms(network, known=step > 0))

    @property
    def before_norm(self):
        """z, what each hidden Linear puts out: L arrays (F, n, D)."""
        return [np.array(values) for values in zip(*self._before, strict=True)]

    @property
    def received(self):
        """What each activation receives, after batch norm if there is one: L arrays (F, n, D)."""
        return [np.array(values) for values in zip(*self._received, strict=True)]

    @property
    def gradient_norms(self):
        """Norm of each hidden W's last mini-batch gradient, (F, L); NaN at step 0."""
        return np.array(self._gradients)

    @property
    def flat_units(self):
        """Share of each layer's units that pass no gradient back for any probe image, (F, L).

        A ReLU is then called dead; a sigmoid or tanh, saturated (derivative below 5 % of its
        largest value).
        """
        layers = zip(self._activations, self.received, strict=True)
        shares = [activation.flat(z).all(axis=1).mean(axis=1) for activation, z in layers]
        return np.array(shares).T


class AccuracyRecorder:
    """Accuracy in inference, at chosen steps.

    Parameters
    ----------
    x : (N, D) array
    labels : (N,) integer array
    every : int
        Record at the steps 0, every, 2 * every, ...

    Attributes
    ----------
    steps : list of int
    accuracies : list of float
        0 to 1. NaN at step 0 for a network with batch norm, which has no running statistics yet.

    Raises
    ------
    ValueError, TypeError
        For inputs that are not finite or labels that don't fit them.
    """

    def __init__(self, x, labels, every):
        self.x = check_finite("x", check_array("x", x, ndims=(2,)))
        self.labels = check_labels(labels, len(self.x))
        self.every = check_count("every", every)
        self.steps, self.accuracies = [], []

    def __call__(self, step, network):
        """Record, if it is the time: `train` calls this after each step."""
        if step % self.every:
            return
        self.steps.append(step)
        if step == 0 and any(isinstance(layer, BatchNorm) for layer in network.layers):
            self.accuracies.append(float("nan"))
            return
        logits = network._forward(self.x.astype(network.theta.dtype, copy=False), False)
        right = np.count_nonzero(logits.argmax(axis=1) == self.labels)
        self.accuracies.append(right / len(self.labels) if np.isfinite(logits).all() else np.nan)


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
        For an empty list, or arrays of another shape.
    """

    def __init__(self, layers):
        if not isinstance(layers, list | tuple) or not layers:
            raise TypeError(f"layers must be a list of (F, n, D) arrays, got {layers!r}")
        layers = [check_array("layers", values, ndims=(3,)) for values in layers]
        self._sorted = [np.sort(values.reshape(len(values), -1), axis=1) for values in layers]
        ends = [np.isfinite(rows[:, [0, -1]]).all(axis=1) for rows in self._sorted]
        self.finite = np.stack(ends, axis=1)

    def quantiles(self, shares):
        """The values below which these shares lie, by nearest rank: (F, L, len(shares)).

        NaN where values are not finite.
        """
        shares = np.asarray(shares)
        picked = [
            rows[:, np.rint(shares * (rows.shape[1] - 1)).astype(int)] for rows in self._sorted
        ]
        return np.where(self.finite[:, :, None], np.stack(picked, axis=1), np.nan)

    @property
    def percentiles(self):
        """The {15, 50, 85}th percentiles, (F, L, 3); NaN where values are not finite."""
        return self.quantiles([0.15, 0.5, 0.85])

    @property
    def mean(self):
        """(F, L); NaN where values are not finite."""
        return self._moment(np.mean)

    @property
    def std(self):
        """(F, L); NaN where values are not finite."""
        return self._moment(np.std)

    def _moment(self, statistic):
        with np.errstate(invalid="ignore", over="ignore"):
            values = np.stack([statistic(rows, axis=1) for rows in self._sorted], axis=1)
        return np.where(self.finite, values, np.nan)

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
            For bins below 1 or low >= high.
        """
        bins = check_count("bins", bins)
        if not low < high:
            raise ValueError(f"low must be below high, got {low} and {high}")
        edges = np.linspace(low, high, bins + 1).astype(self._sorted[0].dtype)
        below = np.stack([[row.searchsorted(edges) for row in rows] for rows in self._sorted], 1)
        sizes = np.array([rows.shape[1] for rows in self._sorted])
        outside = np.stack([below[:, :, 0], sizes - below[:, :, -1]], axis=2)
        kept = self.finite[:, :, None]
        return np.diff(below, axis=2) * kept, outside * kept


def _gradient_norms(network, known):
    hidden = [layer for layer in network.layers if isinstance(layer, Linear)][:-1]
    if not known:
        return [np.nan] * len(hidden)
    return [float(np.linalg.norm(layer.grads["W"])) for layer in hidden]
