"""The one training loop of the book."""

from dataclasses import dataclass

import numpy as np

from bnlib.batches import minibatches
from bnlib.checks import cast, check_array, check_count, check_finite, check_sequence
from bnlib.losses import check_labels, softmax_cross_entropy_rows
from bnlib.network import check_network
from bnlib.norms import BatchNorm
from bnlib.optim import SGD


@dataclass(frozen=True)
class History:
    """What a training run did.

    Attributes
    ----------
    losses : (T,) float64 array
        Mini-batch loss in nats at each step, before that step's update.
    diverged_at : int or None
        The step whose loss was no longer finite, where training stopped; T if it was only the
        last update that left parameters which are not finite.
    """

    losses: np.ndarray
    diverged_at: int | None

    def __str__(self):
        if self.diverged_at is not None:
            return f"diverged at step {self.diverged_at}"
        return f"{len(self.losses)} steps, loss {self.losses[0]:.2f} -> {self.losses[-1]:.2f}"


def train(network, x, labels, *, steps, batch_size, optimizer, rng, observers=()):
    """Train a classifier on softmax cross-entropy.

    Parameters
    ----------
    network : Network
        Changed in place.
    x : (N, D) array
    labels : (N,) integer array
    steps : int
        Number of updates.
    batch_size : int
        At least 2 with batch norm.
    optimizer : SGD
        Anything with `step(theta, gradient)`.
    rng : numpy.random.Generator
        Chooses the mini-batches; the same seed gives two networks the same ones.
    observers : iterable of callables
        Each is called as `observer(step, network)` with the number of updates done so far: first
        at 0, last at `steps`. `network.gradient` is then the gradient of the update just done.

    Returns
    -------
    History
        A run that diverges is a result: it stops, and the history says at which step.

    Raises
    ------
    ValueError, TypeError
        For arguments out of range, before anything has changed.
    """
    x, labels = _check_training(network, x, labels, batch_size)
    steps = check_count("steps", steps)
    batches = minibatches(len(x), batch_size, rng)
    observers = _check_callables(network, optimizer, observers)
    network._forget()
    losses = []
    with np.errstate(all="ignore"):  # overflow on the way to divergence is reported, not warned of
        for observe in observers:
            observe(0, network)
        for step, batch in zip(range(1, steps + 1), batches, strict=False):
            logits = network._forward(x[batch], True)
            loss, dlogits = softmax_cross_entropy_rows(logits, labels[batch])
            if not np.isfinite(loss):
                return History(np.array(losses), diverged_at=step - 1)
            losses.append(loss)
            network._backward(dlogits)
            optimizer.step(network.theta, network.gradient)
            for observe in observers:
                observe(step, network)
    diverged_at = None if np.isfinite(network.theta).all() else steps
    return History(np.array(losses), diverged_at)


def accuracy(network, x, labels):
    """Share of examples that the network, in inference, classifies correctly.

    Parameters
    ----------
    network : Network
    x : (N, D) array
    labels : (N,) integer array

    Returns
    -------
    float
        0 to 1.

    Raises
    ------
    ValueError, TypeError
        As `Network.predict`, and for labels that don't fit x.
    """
    x = check_array("x", x, ndims=(2,))
    labels = check_labels(labels, len(x), check_network(network, "x", x))
    return float((network.predict(x) == labels).mean())


def _check_training(network, x, labels, batch_size):
    x = check_finite("x", check_array("x", x, ndims=(2,)))
    labels = check_labels(labels, len(x), check_network(network, "x", x))
    has_batch_norm = any(isinstance(layer, BatchNorm) for layer in network.layers)
    if check_count("batch_size", batch_size) == 1 and has_batch_norm:
        raise ValueError("batch_size is 1, but batch norm needs 2 or more values a feature")
    return cast("x", x, network.theta.dtype), labels


def _check_callables(network, optimizer, observers):
    if not callable(getattr(optimizer, "step", None)):
        raise TypeError(f"optimizer needs a step method, as SGD has, got {optimizer!r}")
    if isinstance(optimizer, SGD):
        optimizer.check(network.theta, network.gradient)
    observers = check_sequence("observers", observers, "callables of (step, network)")
    for observer in observers:
        if not callable(observer):
            raise TypeError(f"observers must be callables of (step, network), got {observer!r}")
    return observers
