"""The one training loop of the book."""

from dataclasses import dataclass
from math import prod

import numpy as np

from bnlib.batches import minibatches
from bnlib.checks import (
    cast,
    check_array,
    check_choice,
    check_count,
    check_finite,
    check_sequence,
)
from bnlib.losses import LOSSES, check_labels
from bnlib.network import check_network
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


def train(
    network,
    x,
    targets,
    *,
    steps,
    batch_size,
    optimizer,
    rng,
    observers=(),
    loss="softmax_cross_entropy",
):
    """Train a network on mini-batches.

    Parameters
    ----------
    network : Network
        Changed in place.
    x : (N, D) or (N, C, H, W) array
    targets : array
        What the loss compares the outputs with: for softmax cross-entropy, the labels, (N,).
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
    loss : str
        The name of a loss in `bnlib.losses`.

    Returns
    -------
    History
        A run that diverges is a result: it stops, and the history says at which step.

    Raises
    ------
    ValueError, TypeError
        For arguments out of range, before anything has changed.
    """
    loss_rows, check_targets = LOSSES[check_choice("loss", loss, LOSSES)]
    x, targets = _check_training(network, x, targets, batch_size, check_targets)
    steps = check_count("steps", steps)
    batches = minibatches(len(x), batch_size, rng)
    observers = _check_callables(network, optimizer, observers)
    network._forget()
    losses = []
    with np.errstate(all="ignore"):  # overflow on the way to divergence is reported, not warned of
        for observe in observers:
            observe(0, network)
        for step, batch in zip(range(1, steps + 1), batches, strict=False):
            outputs = network._forward(x[batch], True)
            loss, doutputs = loss_rows(outputs, targets[batch])
            if not np.isfinite(loss):
                return History(np.array(losses), diverged_at=step - 1)
            losses.append(loss)
            network._backward(doutputs)
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
    x : (N, D) or (N, C, H, W) array
    labels : (N,) integer array
        Classes; of a network with one output, 0 or 1.

    Returns
    -------
    float
        0 to 1.

    Raises
    ------
    ValueError, TypeError
        As `Network.predict`, and for labels that don't fit x.
    """
    x = check_array("x", x, ndims=(2, 3, 4))
    labels = check_labels(labels, len(x), max(2, check_network(network, "x", x)))
    return float((network.predict(x) == labels).mean())


def _check_training(network, x, targets, batch_size, check_targets):
    x = check_finite("x", check_array("x", x, ndims=(2, 3, 4)))
    targets = check_targets(targets, len(x), check_network(network, "x", x))
    check_count("batch_size", batch_size)
    for layer, shape in zip(network.layers, network._shapes(x.shape[1:]), strict=False):
        layer._check_batch(batch_size, prod(shape[1:]))
    return cast("x", x, network.theta.dtype), targets


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
