"""The one training loop of the book."""

from dataclasses import dataclass
from math import isfinite, prod

import numpy as np

from bnlib.batches import minibatches
from bnlib.checks import cast, check_array, check_choice, check_count, check_finite, check_sequence
from bnlib.losses import LOSSES, check_labels
from bnlib.network import check_network
from bnlib.optim import unchecked_step


@dataclass(frozen=True)
class History:
    """What a training run did.

    Attributes
    ----------
    losses : (T,) float64 array
        Mini-batch loss at each step, before that step's update; cross-entropies are in nats.
    diverged_at : int or None
        The step whose loss was no longer finite, where training stopped; T if it was only the
        last update that left parameters which are not finite.

    Examples
    --------
    >>> print(bnlib.History(np.array([2.3, 0.7, 0.4]), diverged_at=None))
    3 steps, loss 2.30 -> 0.40
    """

    losses: np.ndarray
    diverged_at: int | None

    def __str__(self):
        if self.diverged_at is not None:
            return f"diverged at step {self.diverged_at}"
        return f"{len(self.losses)} steps, loss {self.losses[0]:.2f} -> {self.losses[-1]:.2f}"


def train(network, x, targets, *, steps, batch_size, optimizer, rng, observers=(),
          loss="softmax_cross_entropy"):  # fmt: skip
    """Train a network on mini-batches.

    Parameters
    ----------
    network : Network
        Changed in place.
    x : (N, D) or (N, C, H, W) array
    targets : array
        What the loss compares the outputs with: for the cross-entropies, the labels, (N,); for
        the squared error, values of the outputs' shape.
    steps : int
        Number of updates.
    batch_size : int
        At least 2 with batch norm.
    optimizer : SGD or Adam
        Or anything with `step(theta, gradient)`.
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

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> network = bnlib.mlp([64, 20, 10], batch_norm=True, rng=rng)
    >>> train, _, test = bnlib.load_digits().split(seed=0)
    >>> sgd = bnlib.SGD(learning_rate=0.1)
    >>> history = bnlib.train(network, train.x, train.labels, steps=50, batch_size=32,
    ...                       optimizer=sgd, rng=rng)
    >>> len(history.losses), bnlib.accuracy(network, test.x, test.labels) > 0.8
    (50, True)
    """
    loss_rows, check_targets = LOSSES[check_choice("loss", loss, LOSSES)]
    x, targets = check_training(network, x, targets, batch_size, check_targets)
    steps = check_count("steps", steps)
    batches = minibatches(len(x), batch_size, rng)
    observers = check_observers(observers)
    move = unchecked_step(optimizer, network.theta, network.gradient)
    network._forget()
    losses = []
    with np.errstate(all="ignore"):  # overflow on the way to divergence is reported, not warned of
        for observe in observers:
            observe(0, network)
        for step, batch in zip(range(1, steps + 1), batches, strict=False):
            outputs = network._forward(x.take(batch, axis=0), True)  # faster than x[batch]
            loss, doutputs = loss_rows(outputs, targets.take(batch, axis=0))
            if not isfinite(loss):
                return History(np.array(losses), diverged_at=step - 1)
            losses.append(loss)
            network._backward(doutputs)
            move(network.theta, network.gradient)
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

    Examples
    --------
    >>> network = bnlib.Network([bnlib.Linear(2, 2, rng=np.random.default_rng(0))])
    >>> network.theta = [1, 0, 0, 1, 0, 0]  # W is the identity, b is 0
    >>> bnlib.accuracy(network, np.eye(2), labels=[0, 1])
    1.0
    """
    x = check_array("x", x, ndims=(2, 3, 4))
    labels = check_labels(labels, len(x), max(2, check_network(network, "x", x)))
    return float((network.predict(x) == labels).mean())


def check_training(network, x, targets, batch_size, check_targets):
    """Return x in the network's dtype, and the targets, or refuse what can't be trained on."""
    x = check_finite("x", check_array("x", x, ndims=(2, 3, 4)))
    outputs = check_network(network, "x", x)
    targets = check_targets(targets, (len(x), outputs), network.theta.dtype)
    check_count("batch_size", batch_size)
    for layer, shape in zip(network.layers, network._shapes(x.shape[1:]), strict=False):
        layer._check_batch(batch_size, prod(shape[1:]))
    return cast("x", x, network.theta.dtype), targets


def check_observers(observers):
    """Return the observers as a tuple; TypeError for anything that can't be called."""
    observers = check_sequence("observers", observers, "callables of (step, network)")
    for observer in observers:
        if not callable(observer):
            raise TypeError(f"observers must be callables of (step, network), got {observer!r}")
    return observers
