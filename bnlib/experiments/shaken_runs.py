"""One run of `shift_or_smoothness`, several seeds at once: train, look, and walk along the step."""

from copy import deepcopy
from dataclasses import dataclass
from itertools import pairwise, product

import numpy as np

from bnlib.data import load_digits
from bnlib.experiments.along_the_step import relative_walk, walk
from bnlib.experiments.descents import BATCH_SIZE, LOOKS, STEPS, Looks
from bnlib.experiments.drift import distance
from bnlib.experiments.shaken_norm import build
from bnlib.layers import Activation
from bnlib.optim import SGD
from bnlib.record import AccuracyRecorder
from bnlib.replicas import train_replicas

PROBE = 200  # training images that shift and loss are measured on
STRETCH = 20  # steps between two looks at what layer 5 receives
SHIFT_STEPS = tuple(range(STRETCH, STEPS + 1, STRETCH))  # ends of the stretches
ACCURACY_STEPS = tuple(range(0, STEPS + 1, 10))
WALK_STEPS = (0, 10, 20, 40, 60, 100, 150, 200, 300, 400)
MULTIPLES = (0.5, 0.71, 1.0, 1.41, 2.0, 2.83, 4.0)  # of the learning rate
SHARES = (0.01, 0.03, 0.1)  # of each W's length


@dataclass(frozen=True)
class Run:
    """One variant and how it is trained; `gain` is in units of LeCun's initial scale."""

    batch_norm: bool
    noise: float
    learning_rate: float
    momentum: float
    gain: float

    def __str__(self):
        rate, momentum, gain = self.learning_rate, self.momentum, self.gain
        return f"rate {rate:g}, momentum {momentum:g}, gain {gain:.2g}"


def validate(task):
    """Validation accuracies of some Runs that differ in how they are trained, for `sweep`.

    Parameters
    ----------
    task : tuple
        Runs of one variant, and seeds.

    Returns
    -------
    dict
        "score" (T, S): mean over the looks of `descents`; 0 from a divergence on.
    """
    runs, seeds = task
    pairs = list(product(runs, seeds))
    splits = {seed: load_digits().split(seed, dtype=np.float32) for seed in seeds}
    watching = [Looks(splits[seed][1], LOOKS) for _, seed in pairs]
    _train(pairs, splits, [[each] for each in watching])
    scores = [each.finished()[1:].mean() for each in watching]
    return {"score": np.reshape(scores, (len(runs), -1))}


def follow(task):
    """Train one Run from some seeds and look at all of it, for `sweep`.

    Parameters
    ----------
    task : tuple
        A Run, and seeds.

    Returns
    -------
    dict
        The arrays of `shift_or_smoothness.Followed`, by the names in ARRAYS.
    """
    run, seeds = task
    splits = {seed: load_digits().split(seed, dtype=np.float32) for seed in seeds}
    accuracies = [AccuracyRecorder(*_images(splits[seed][2]), every=10) for seed in seeds]
    received = [_Received(splits[seed][0].x[:PROBE]) for seed in seeds]
    walks = [_Walks(run, splits[seed][0]) for seed in seeds]
    observers = list(zip(accuracies, received, walks, strict=True))
    _train([(run, seed) for seed in seeds], splits, observers)
    found = [
        {
            "accuracy": _complete(accuracy.accuracies, len(ACCURACY_STEPS)),
            "shift": _shift(values.values),
            **steps.arrays(),
        }
        for accuracy, values, steps in observers
    ]
    return {name: np.array([each[name] for each in found]) for name in ARRAYS}


ARRAYS = (
    "accuracy",
    "shift",
    "own_loss",
    "own_change",
    "own_length",
    "gradient",
    "relative_loss",
    "relative_change",
    "relative_gradient",
)


def _images(part):
    return part.x, part.labels


def _train(pairs, splits, observers):
    return train_replicas(
        [build(seed, run.batch_norm, run.noise, run.gain) for run, seed in pairs],
        [splits[seed][0].x for _, seed in pairs],
        [splits[seed][0].labels for _, seed in pairs],
        steps=STEPS,
        batch_size=BATCH_SIZE,
        optimizers=[SGD(run.learning_rate, run.momentum) for run, _ in pairs],
        rngs=[np.random.default_rng([seed, 1]) for _, seed in pairs],
        observers=observers,
    )


def _complete(accuracies, count):
    """(count,): 0 where the run had diverged, or its outputs; and at the start with batch norm."""
    known = np.zeros(count)
    known[: len(accuracies)] = accuracies
    return np.nan_to_num(known, nan=0.0)


class _Received:
    """What the last activation receives from the probe, noise included, at every stretch."""

    every = STRETCH

    def __init__(self, probe):
        self.probe, self.values = probe, []

    def __call__(self, step, network):
        copy = deepcopy(network)  # its running statistics and its noise are not the run's
        last = [i for i, each in enumerate(copy.layers) if isinstance(each, Activation)][-1]
        a = self.probe
        for layer in copy.layers[:last]:
            a = layer._forward(a, True)
        self.values.append(a)


def _shift(values):
    """Mean distance over each stretch, NaN from a divergence on."""
    moved = np.full(len(SHIFT_STEPS), np.nan)
    for i, (before, after) in enumerate(pairwise(values)):
        alive = (np.ptp(before, axis=0) > 0) & np.isfinite(before + after).all(axis=0)
        if alive.any():
            moved[i] = distance(before[:, alive], after[:, alive]).mean()
    return moved


class _Walks:
    """Walks along the step, and relative ones, at WALK_STEPS."""

    every = 10

    def __init__(self, run, training):
        self.rates = run.learning_rate / (1 - run.momentum) * np.array(MULTIPLES)
        self.x, self.labels = training.x[:PROBE], training.labels[:PROBE]
        self.own, self.relative = [], []

    def __call__(self, step, network):
        if step in WALK_STEPS:
            self.own.append(walk(network, self.x, self.labels, self.rates))
            self.relative.append(relative_walk(network, self.x, self.labels, SHARES))

    def arrays(self):
        return {
            "own_loss": self._stack(self.own, "loss", len(MULTIPLES) + 1),
            "own_change": self._stack(self.own, "change", len(MULTIPLES)),
            "own_length": self._stack(self.own, "length", len(MULTIPLES)),
            "gradient": self._stack(self.own, "gradient", 1)[:, 0],
            "relative_loss": self._stack(self.relative, "loss", len(SHARES) + 1),
            "relative_change": self._stack(self.relative, "change", len(SHARES)),
            "relative_gradient": self._stack(self.relative, "gradient", 1)[:, 0],
        }

    @staticmethod
    def _stack(walks, name, width):
        found = np.full((len(WALK_STEPS), width), np.nan)
        for i, each in enumerate(walks):
            found[i] = getattr(each, name)
        return found
