"""Observers that watch a network learn. The engine knows nothing of them.

Values are copied raw while training runs, and summarized afterwards: that costs the least.
"""

import numpy as np

from bnlib.checks import cast, check_array, check_count, check_finite
from bnlib.functional import batch_norm_rows
from bnlib.layers import Activation, Linear
from bnlib.losses import check_labels
from bnlib.network import check_network
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
        Record at the steps 0, every, 2 * every, ... of one run.

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
    >>> network = bnlib.mlp([64, 20, 20, 10], rng=np.random.default_rng(0))
    >>> probe = bnlib.load_digits().split(seed=0)[0].x[:32]
    >>> recorder = bnlib.Recorder(probe, every=10)
    >>> recorder(0, network)  # as `train(..., observers=[recorder])` does after every step
    >>> [values.shape for values in recorder.received]  # (F, n, D) of each hidden layer
    [(1, 32, 20), (1, 32, 20)]
    """

    def __init__(self, probe, every):
        self.probe = check_finite("probe", check_array("probe", probe, ndims=(2,))).copy()
        if len(self.probe) < 2:
            raise ValueError(f"probe has shape {self.probe.shape}; statistics need 2 rows or more")
        self.every = check_count("every", every)
        self.steps = []
        self._before, self._received, self._gradients = [], [], []
        self._activations = []

    def __call__(self, step, network):
        """Record, if it is the time: `train` calls this after each step.

        ValueError or TypeError for another network's width, or a step that is not a later one.
        """
        if _is_due(self, step, network, self.probe):
            activations = [layer for layer in network.layers if isinstance(layer, Activation)]
            if self.steps and activations != self._activations:
                raise ValueError("network is another Network than before; make a new recorder")
            self._activations = activations
            with np.errstate(all="ignore"):  # a network that diverges is recorded as it is
                self._record(step, network)

    def _record(self, step, network):
        before, received = [], []
        a = cast("probe", self.probe, network.theta.dtype)
        for layer in network.layers:
            if isinstance(layer, BatchNorm):
                before.append(a)
                a, _ = batch_norm_rows(a, *layer.params.values(), layer.eps)
                continue
            if isinstance(layer, Activation):
                received.append(a)
            a = layer._forward(a, False)
        network._forget()
        self.steps.append(step)
        self._received.append(received)
        self._before.append(before or received)
        hidden = [layer for layer in network.layers if isinstance(layer, Linear)][:-1]
        norms = [np.linalg.norm(layer.grads["W"]) if step else np.nan for layer in hidden]
        self._gradients.append([float(norm) for norm in norms])

    @property
    def before_norm(self):
        """z, what each hidden Linear puts out: L arrays (F, n, D)."""
        return [np.stack(values) for values in zip(*self._before, strict=True)]

    @property
    def received(self):
        """What each activation receives, after batch norm if there is one: L arrays (F, n, D)."""
        return [np.stack(values) for values in zip(*self._received, strict=True)]

    @property
    def gradient_norms(self):
        """Norm of each hidden W's last mini-batch gradient, (F, L); NaN at step 0."""
        return np.array(self._gradients)

    @property
    def flat_units(self):
        """Share of each layer's units that pass no gradient back for any probe image, (F, L).

        A ReLU is then called dead; a sigmoid or tanh, saturated (derivative below 5 % of its
        largest value). NaN where values are not finite.
        """
        shares = []
        for activation, z in zip(self._activations, self.received, strict=True):
            flat = activation._flat(z).all(axis=1).mean(axis=1)
            shares.append(np.where(np.isfinite(z).all(axis=(1, 2)), flat, np.nan))
        return np.array(shares).T


class AccuracyRecorder:
    """Accuracy in inference, at chosen steps.

    Parameters
    ----------
    x : (N, D) array
    labels : (N,) integer array
    every : int
        Record at the steps 0, every, 2 * every, ... of one run.

    Attributes
    ----------
    steps : list of int
    accuracies : list of float
        0 to 1. NaN where the outputs are not finite, or batch norm has no running statistics yet,
        as at step 0.

    Raises
    ------
    ValueError, TypeError
        For inputs that are not finite or labels that don't fit them.

    Examples
    --------
    >>> network = bnlib.mlp([64, 20, 10], rng=np.random.default_rng(0))
    >>> test = bnlib.load_digits().split(seed=0)[2]
    >>> recorder = bnlib.record.AccuracyRecorder(test.x, test.labels, every=10)
    >>> recorder(0, network)  # as `train(..., observers=[recorder])` does after every step
    >>> recorder.steps, len(recorder.accuracies)
    ([0], 1)
    """

    def __init__(self, x, labels, every):
        self.x = check_finite("x", check_array("x", x, ndims=(2,))).copy()
        self.labels = check_labels(labels, len(self.x)).copy()
        self.every = check_count("every", every)
        self.steps, self.accuracies = [], []

    def __call__(self, step, network):
        """Record, if it is the time: `train` calls this after each step.

        ValueError or TypeError for another network's width, labels that are none of its classes,
        or a step that is not a later one.
        """
        if _is_due(self, step, network, self.x):
            if not self.steps:
                check_labels(self.labels, len(self.x), check_network(network, "x", self.x))
            with np.errstate(all="ignore"):  # a network that diverges is recorded as it is
                self.accuracies.append(self._accuracy(network))
            self.steps.append(step)

    def _accuracy(self, network):
        norms = [layer for layer in network.layers if isinstance(layer, BatchNorm)]
        if not all(norm.has_running_statistics for norm in norms):
            return float("nan")
        logits = network._forward(cast("x", self.x, network.theta.dtype), False)
        network._forget()
        right = np.count_nonzero(logits.argmax(axis=1) == self.labels)
        return float(right / len(self.labels)) if np.isfinite(logits).all() else float("nan")


def _is_due(recorder, step, network, x):
    """Whether this step is to be recorded; refuse what can't be."""
    if type(step) is int and step > 0 and step % recorder.every:  # most steps: no time for checks
        return False
    check_count("step", step, least=0)
    check_network(network, "what is recorded", x)
    if recorder.steps and step <= recorder.steps[-1]:
        last = recorder.steps[-1]
        raise ValueError(f"step {step} comes after step {last}; make a new recorder for each run")
    return True
