"""How soon does a network read new digits? Many networks trained at once, looked at on their way.

What the experiments on the speed of descent have in common: settings in, descents out.
"""

from dataclasses import dataclass
from itertools import pairwise, product
from math import gcd

import numpy as np

from bnlib.checks import check_choice, check_sequence
from bnlib.data import load_digits
from bnlib.experiments.sweep import sweep
from bnlib.layers import Linear
from bnlib.models import mlp
from bnlib.optim import SGD
from bnlib.record import AccuracyRecorder
from bnlib.replicas import train_replicas

WIDTH, BATCH_SIZE = 50, 32
# The steps after which each network is looked at: closely at first, when most happens.
LOOKS = (*range(0, 101, 10), *range(120, 201, 20), *range(250, 401, 50))
STEPS = LOOKS[-1]
RUNS_TOGETHER = 40  # in one stack
LEVELS = (0.90, 0.97)  # of the images that a network has not learned from
SEEDS, TUNING_SEEDS, CHECK_SEEDS = range(20), range(100, 105), range(200, 205)
USUAL_GAINS = {"relu": 2**0.5, "sigmoid": 1.0}  # He's start and LeCun's


@dataclass(frozen=True)
class Setting:
    """One network and how it is trained.

    Attributes
    ----------
    activation : "relu" or "sigmoid"
    batch_norm : bool
    layers : int
        Hidden ones, of 50 units each.
    learning_rate : float
    gain : float
        Of the hidden W at the start, in units of LeCun's scale, 1 / sqrt(inputs).
    momentum : float
    centred : bool
        Start every bias above the first layer at minus half the sum of its weights, so that the
        sigmoid's middle, 1/2, comes out as z = 0. Only without batch norm, which has no bias.
    """

    activation: str
    batch_norm: bool
    layers: int
    learning_rate: float
    gain: float
    momentum: float = 0.0
    centred: bool = False

    def __str__(self):
        start = f"gain {self.gain:.2g}{', centred' if self.centred else ''}"
        return f"rate {self.learning_rate:g}, momentum {self.momentum:g}, {start}"


@dataclass(frozen=True)
class Descent:
    """What S runs of one setting did, at F looks.

    Attributes
    ----------
    looks : (F,) array
        Training steps.
    accuracy : (S, F) array
        On images not trained on, 0 to 1; 0 from a divergence on, NaN at step 0 with batch norm.
    loss : (S, F) array
        Mean of the mini-batch losses since the look before; infinite from a divergence on.
    diverged : (S,) bool array
    """

    looks: np.ndarray
    accuracy: np.ndarray
    loss: np.ndarray
    diverged: np.ndarray

    def steps_to(self, level):
        """The first look at which the accuracy is at least `level`: (S,), infinite if none is.

        A run that reaches the level and diverges later has not reached it.
        """
        reached = (self.accuracy >= level) & ~self.diverged[:, None]
        first = np.asarray(self.looks, dtype=np.float64)[reached.argmax(axis=1)]
        return np.where(reached.any(axis=1), first, np.inf)


def descend(task):
    """Train all settings of a task with all its seeds at once, for `sweep`.

    Parameters
    ----------
    task : tuple
        T Settings that differ neither in batch norm nor in the number of layers nor in the
        activation, S seeds, "validation" or "test" (which images to look at), and the F looks,
        ascending from 0. A seed chooses the split, the initial weights and the batches.

    Returns
    -------
    dict
        "accuracy" and "loss" (T, S, F), "diverged" (T, S), as in `Descent`.

    Raises
    ------
    ValueError, TypeError
        For unknown names, or as `mlp`, `SGD` and `train_replicas`.
    """
    settings, seeds, part, looks = task
    number = ("train", "validation", "test").index(check_choice("part", part, _PARTS))
    splits = {seed: load_digits().split(seed, dtype=np.float32) for seed in seeds}
    runs = list(product(settings, seeds))
    watching = [Looks(splits[seed][number], looks) for _, seed in runs]
    histories = train_replicas(
        [_build(setting, seed) for setting, seed in runs],
        [splits[seed][0].x for _, seed in runs],
        [splits[seed][0].labels for _, seed in runs],
        steps=looks[-1],
        batch_size=BATCH_SIZE,
        optimizers=[SGD(setting.learning_rate, setting.momentum) for setting, _ in runs],
        rngs=[np.random.default_rng([seed, 1]) for _, seed in runs],
        observers=[[each] for each in watching],
    )
    shape = (len(settings), len(seeds))
    return {
        "accuracy": np.reshape([each.finished() for each in watching], (*shape, -1)),
        "loss": np.reshape([_mean_losses(each, looks) for each in histories], (*shape, -1)),
        "diverged": np.reshape([each.diverged_at is not None for each in histories], shape),
    }


def descents(runs, looks=LOOKS):
    """The results of `descend` as one Descent a setting, in the order of the settings.

    Parameters
    ----------
    runs : list of dict
    looks : sequence of int

    Returns
    -------
    list of Descent
    """
    fields = ("accuracy", "loss", "diverged")
    return [
        Descent(np.array(looks), *arrays)
        for run in runs
        for arrays in zip(*(run[field] for field in fields), strict=True)
    ]


def swept(settings, seeds, part, looks=LOOKS, folder=None):
    """Many settings, each from every seed: `descend` in a sweep.

    Parameters
    ----------
    settings : sequence of Setting
        That differ neither in batch norm nor in the number of layers nor in the activation.
    seeds : sequence of int
    part, looks
        As `descend` takes them.
    folder : str or path, optional
        Where `sweep` keeps the finished runs.

    Returns
    -------
    list of Descent

    Raises
    ------
    ValueError, TypeError
        As `descend`.
    """
    together = max(1, RUNS_TOGETHER // len(seeds))
    groups = (tuple(settings[i : i + together]) for i in range(0, len(settings), together))
    tasks = [(group, tuple(seeds), part, tuple(looks)) for group in groups]
    return descents(sweep(descend, tasks, folder=folder), looks)


_PARTS = ("validation", "test")


class Looks(AccuracyRecorder):
    """Accuracy at the looks alone: one look takes as long as several steps of training.

    Parameters
    ----------
    images : split
        With `x` and `labels`, on which the accuracy is taken.
    looks : sequence of F int
        Steps, ascending from 0.
    """

    def __init__(self, images, looks):
        super().__init__(images.x, images.labels, every=gcd(*looks))
        self._looks = check_sequence("looks", looks, "steps")

    def __call__(self, step, network):
        if step in self._looks:
            super().__call__(step, network)

    def finished(self):
        """(F,) accuracies; what is missing, or not finite after the start, is 0."""
        known = np.zeros(len(self._looks))
        known[: len(self.accuracies)] = self.accuracies
        return np.concatenate([known[:1], np.nan_to_num(known[1:], nan=0.0)])


def _mean_losses(history, looks):
    losses = np.full(looks[-1], np.inf)
    losses[: len(history.losses)] = history.losses
    return np.array([losses[0], *(losses[start:stop].mean() for start, stop in pairwise(looks))])


def _build(setting, seed):
    check_choice("activation", setting.activation, USUAL_GAINS)
    network = mlp(
        [64, *[WIDTH] * setting.layers, 10],
        setting.activation,
        setting.batch_norm,
        rng=np.random.default_rng(seed),
        initializer="lecun",
        gain=setting.gain,
        dtype=np.float32,
    )
    if setting.centred:
        for layer in [layer for layer in network.layers if isinstance(layer, Linear)][1:]:
            layer.params["b"][:] = -0.5 * layer.params["W"].sum(axis=0)
    return network
