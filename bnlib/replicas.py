"""K networks trained at once, as one stacked computation: the results of K runs in less time.

What is stacked, and how, is in `bnlib.stack`; here is what `train` does, for K runs.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import zip_longest
from math import ceil, isfinite, prod

import numpy as np

from bnlib.batches import minibatches
from bnlib.checks import check_choice, check_count, check_sequence
from bnlib.layers import Identity
from bnlib.losses import LOSSES
from bnlib.network import Network
from bnlib.norms import BatchNorm
from bnlib.optim import unchecked_step
from bnlib.stack import Stack
from bnlib.train import History, check_observers, check_training

_STACK_BYTES = 2**18  # of activations after one layer: larger stacks fall out of the fast caches


@dataclass
class _Replica:
    """One of the K runs: what `train` takes, and what came of it so far."""

    network: Network
    x: np.ndarray
    targets: np.ndarray
    batches: Iterator
    move: Callable  # of the optimizer
    observers: tuple
    losses: list = field(default_factory=list)
    diverged_at: int | None = None


def train_replicas(networks, x, targets, *, steps, batch_size, optimizers, rngs, observers=(),
                   loss="softmax_cross_entropy"):  # fmt: skip
    """Train K networks at once: each as `train` would, small ones in about half the time.

    Parameters
    ----------
    networks : list of K Network
        Changed in place. Their layers agree in type and shape; only where some have a BatchNorm,
        others may have an Identity. Settings and parameters may differ.
    x : array, or list of K arrays
        As for `train`: one for all, or one for each network.
    targets : array, or list of K arrays
    steps, batch_size : int
    optimizers : list of K optimizers
    rngs : list of K numpy.random.Generator
    observers : list of K iterables of callables, optional
        Each is called as `observer(step, network)`, as by `train`. One with an attribute `every`,
        as recorders have, is called only at the steps 0, every, 2 * every, ...
    loss : str

    Returns
    -------
    list of K History
        A run that diverges stops at that step; the others go on, untouched by it.

    Raises
    ------
    ValueError, TypeError
        As `train`, for networks that differ, and for a network, optimizer or rng that is there
        twice; before anything has changed.

    Notes
    -----
    In float64 the results are those of K runs but for the order in which sums are rounded. What
    pays off are small networks: at width 50 and batch 32, Python's share of a step is large.

    Examples
    --------
    >>> training, _, _ = bnlib.load_digits().split(0)
    >>> rngs = [np.random.default_rng(seed) for seed in range(3)]
    >>> networks = [bnlib.mlp([64, 20, 10], batch_norm=True, rng=rng) for rng in rngs]
    >>> sgd = [bnlib.SGD(learning_rate) for learning_rate in (0.01, 0.1, 1)]
    >>> histories = bnlib.train_replicas(networks, training.x, training.labels, steps=100,
    ...                                  batch_size=32, optimizers=sgd, rngs=rngs)
    >>> [bool(history.losses[-1] < history.losses[0]) for history in histories]
    [True, True, True]
    """
    loss_rows, check_targets = LOSSES[check_choice("loss", loss, LOSSES)]
    steps = check_count("steps", steps)
    replicas = _check_replicas(
        networks, x, targets, optimizers, rngs, observers, batch_size, check_targets
    )
    with np.errstate(all="ignore"):  # overflow on the way to divergence is reported, not warned of
        for chunk in _chunks(replicas, batch_size):
            _train_chunk(chunk, steps, loss_rows)
    return [History(np.array(replica.losses), replica.diverged_at) for replica in replicas]


def _chunks(replicas, batch_size):
    """Replicas of one kind at a time, and so many that a stack of activations stays small."""
    kinds = {}
    for replica in replicas:
        kind = repr([(type(layer), layer.configuration) for layer in replica.network.layers])
        kinds.setdefault(kind, []).append(replica)
    for alike in kinds.values():
        network, x = alike[0].network, alike[0].x
        widest = max(prod(shape) for shape in network._shapes(x.shape[1:])[1:])
        most = max(1, _STACK_BYTES // (batch_size * widest * x.itemsize))
        parts = ceil(len(alike) / most)
        yield from (alike[part::parts] for part in range(parts))


def _train_chunk(replicas, steps, loss_rows):
    """`train`, with a new stack whenever runs have diverged."""
    step = 0
    while step < steps and replicas:
        with Stack([replica.network for replica in replicas]) as stack:
            if step == 0:
                _observe(stack, replicas, step)
            going_on = replicas
            while step < steps and len(going_on) == len(replicas):
                step += 1
                going_on = _train_step(stack, replicas, step, loss_rows)
                _observe(stack, going_on, step)
        replicas = going_on
    for replica in replicas:
        if not np.isfinite(replica.network.theta).all():
            replica.diverged_at = steps


def _train_step(stack, replicas, step, loss_rows):
    """A step of each; returns those that go on. One that diverges keeps its last gradient."""
    batches = [next(replica.batches) for replica in replicas]
    x = _gather([replica.x for replica in replicas], batches)
    targets = _gather([replica.targets for replica in replicas], batches)
    losses, doutputs = loss_rows(stack._forward(x, True), targets)
    diverged = ~np.isfinite(losses)
    kept = stack.gradient[diverged]
    stack._backward(doutputs)
    stack.gradient[diverged] = kept
    going_on = []
    for replica, loss in zip(replicas, losses.tolist(), strict=True):
        if isfinite(loss):
            replica.losses.append(loss)
            replica.move(replica.network.theta, replica.network.gradient)
            going_on.append(replica)
        else:
            replica.diverged_at = step - 1
    return going_on


def _gather(arrays, batches):
    """The rows `batches[k]` of `arrays[k]`, stacked; faster where all are one array."""
    if all(array is arrays[0] for array in arrays):
        return arrays[0].take(np.array(batches), axis=0)
    return np.array([array.take(rows, axis=0) for array, rows in zip(arrays, batches, strict=True)])


def _observe(stack, replicas, step):
    watching = [(observe, replica.network) for replica in replicas for observe in replica.observers]
    due = [pair for pair in watching if step % _every(pair[0]) == 0]
    if due:
        stack.settle()
    for observe, network in due:
        observe(step, network)


def _every(observer):
    every = getattr(observer, "every", 1)
    return every if isinstance(every, int) and every > 0 else 1


def _check_replicas(networks, x, targets, optimizers, rngs, observers, batch_size, check_targets):
    """The K runs, all still to be done; or an error that says which one is wrong."""
    networks = check_sequence("networks", networks, "networks")
    if not networks:
        raise ValueError("networks is empty; pass one or more")
    k = len(networks)
    optimizers, rngs = _one_each("optimizers", optimizers, k), _one_each("rngs", rngs, k)
    observers = _one_each("observers", observers or [()] * k, k)
    given = zip(_for_each("x", x, k), _for_each("targets", targets, k), rngs, strict=True)
    replicas, converted = [], {}
    for number, (network, (x, targets, rng)) in enumerate(zip(networks, given, strict=True)):
        try:
            data = check_training(network, x, targets, batch_size, check_targets)
            batches = minibatches(len(data[0]), batch_size, rng)
            move = unchecked_step(optimizers[number], network.theta, network.gradient)
            watching = check_observers(observers[number])
        except (ValueError, TypeError) as error:
            raise type(error)(f"network {number}: {error}") from None
        data = converted.setdefault((id(x), id(targets)), data)  # what is shared stays shared
        replicas.append(_Replica(network, *data, batches, move, watching))
    _check_distinct("networks", networks)
    _check_distinct("optimizers", optimizers)
    _check_distinct("rngs", [rng.bit_generator for rng in rngs])
    _check_layouts(replicas)
    return replicas


def _one_each(name, value, k):
    values = check_sequence(name, value, f"{k} {name}")
    if len(values) != k:
        raise ValueError(f"{name} has {len(values)} entries for {k} networks; pass one for each")
    return values


def _for_each(name, value, k):
    """A list of K: `value` itself if it is a list of arrays, else one array, shared."""
    is_list = isinstance(value, list | tuple) and all(isinstance(v, np.ndarray) for v in value)
    return list(_one_each(name, value, k)) if is_list else [value] * k


def _check_distinct(name, values):
    first = {}
    for number, value in enumerate(values):
        other = first.setdefault(id(value), number)
        if other != number:
            raise ValueError(
                f"{name} {other} and {number} are one and the same; each run needs its own"
            )


def _check_layouts(replicas):
    first, *others = (list(_layout(replica)) for replica in replicas)
    for number, layout in enumerate(others, start=1):
        for place, pair in enumerate(zip_longest(layout, first, fillvalue="nothing")):
            if pair[0] != pair[1]:
                raise ValueError(f"layer {place} of network {number} is {pair[0]}, that of network "
                                 f"0 {pair[1]}; pass networks of one architecture")  # fmt: skip


def _layout(replica):
    """What each layer is, in words; it is the same for all that may train together."""
    network, shapes = replica.network, replica.network._shapes(replica.x.shape[1:])
    for layer, before, after in zip(network.layers, shapes, shapes[1:], strict=False):
        either = isinstance(layer, BatchNorm | Identity)
        kind = "BatchNorm or Identity" if either else type(layer).__name__
        yield f"{kind} from {before} to {after} in {network.theta.dtype}"
