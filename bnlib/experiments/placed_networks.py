"""Networks with batch norm wherever it is asked for, trained over many seeds.

What the experiments on the place of batch norm train; `tuned_places` finds the training for each.
"""

from dataclasses import dataclass
from itertools import product

import numpy as np

from bnlib.checks import check_choice
from bnlib.experiments.perceptron import perceptron
from bnlib.experiments.scaled_digits import split
from bnlib.experiments.sweep import sweep
from bnlib.norms import BatchNorm
from bnlib.optim import SGD
from bnlib.population import recalibrate
from bnlib.record import AccuracyRecorder
from bnlib.replicas import train_replicas

WIDTH, STEPS, BATCH_SIZE = 50, 300, 32
SEEDS, CHECK_SEEDS = range(20), range(200, 205)
INPUTS = ("as it is", "standardized", "batch norm")


@dataclass(frozen=True)
class Place:
    """A network and its data: `hidden` layers of 50 units on the digits.

    Attributes
    ----------
    activation : "relu", "sigmoid" or "tanh"
    position : "before", "after" or "none"
        Where batch norm stands in each hidden layer, seen from its activation.
    x : "as it is", "standardized" or "batch norm"
        What happens to the pixels first.
    data : "plain" or "awkward"
        See `bnlib.experiments.scaled_digits.split`.
    hidden : int
    """

    activation: str
    position: str
    x: str = "as it is"
    data: str = "plain"
    hidden: int = 2


@dataclass(frozen=True)
class Training:
    """How a network is trained; `gain` is in units of LeCun's initial scale."""

    learning_rate: float
    momentum: float
    gain: float

    def __str__(self):
        return f"rate {self.learning_rate:g}, momentum {self.momentum:g}, gain {self.gain:.2g}"


def measure(place, trainings, seeds=SEEDS, folder=None):
    """Train the networks of a place once for each seed and look at the test images.

    Parameters
    ----------
    place : Place
    trainings : sequence of T Training
    seeds : sequence of int
    folder : str or path, optional
        Where `sweep` keeps the finished runs.

    Returns
    -------
    accuracy, recalibrated : (T, S) array
        As in `bnlib.experiments.tuned_places.Outcome`.

    Raises
    ------
    ValueError, TypeError
        For a place that names something unknown, or no seeds.
    """
    task = place, tuple(trainings), tuple(seeds), "test"
    (run,) = sweep(run_together, [task], folder=folder)
    return run["accuracy"], run["recalibrated"]


def run_together(task):
    """Train the networks of all trainings and seeds of a task at once, for `sweep`.

    Parameters
    ----------
    task : tuple
        A Place, T Trainings, S seeds, and "validation" or "test": which images to score on.

    Returns
    -------
    dict
        "accuracy" and "recalibrated", (T, S) arrays; the latter of test images alone, else NaN.

    Raises
    ------
    ValueError, TypeError
        As `perceptron` and `train_replicas`.
    """
    place, trainings, seeds, part = task
    check_choice("x", place.x, INPUTS)
    standardize = place.x == "standardized"
    splits = {
        seed: split(place.data, seed, standardize=standardize, dtype=np.float32) for seed in seeds
    }
    runs = list(product(trainings, seeds))
    networks = [_build(place, training.gain, seed) for training, seed in runs]
    histories = train_replicas(
        networks,
        [splits[seed][0].x for _, seed in runs],
        [splits[seed][0].labels for _, seed in runs],
        steps=STEPS,
        batch_size=BATCH_SIZE,
        optimizers=[SGD(training.learning_rate, training.momentum) for training, _ in runs],
        rngs=[np.random.default_rng([seed, 1]) for _, seed in runs],
    )
    scores = [
        (0.0, 0.0) if history.diverged_at is not None else _scores(network, splits[seed], part)
        for network, history, (_, seed) in zip(networks, histories, runs, strict=True)
    ]
    scores = np.reshape(scores, (len(trainings), len(seeds), 2))
    return {"accuracy": scores[..., 0], "recalibrated": scores[..., 1]}


def _build(place, gain, seed):
    return perceptron(
        [64, *[WIDTH] * place.hidden, 10],
        place.activation,
        place.position,
        on_x=place.x == "batch norm",
        rng=np.random.default_rng(seed),
        gain=gain,
        dtype=np.float32,
    )


def _scores(network, parts, part):
    """Accuracy with the running averages and, of test images, with those of all training images."""
    training, validation, test = parts
    if part == "validation":
        return _accuracy(network, validation), np.nan
    right = _accuracy(network, test)
    if any(isinstance(layer, BatchNorm) for layer in network.layers):
        recalibrate(network, training.x)
    return right, _accuracy(network, test)


def _accuracy(network, images):
    """0 where parameters are finite, but so large that what they compute overflows."""
    recorder = AccuracyRecorder(images.x, images.labels, every=1)
    recorder(0, network)
    return float(np.nan_to_num(recorder.accuracies[0]))
