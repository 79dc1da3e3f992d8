"""Networks with batch norm wherever it is asked for, tuned and measured over many seeds.

What the experiments on the place of batch norm have in common. Each network gets the training
that suits it best on validation images; then other seeds are measured.
"""

from dataclasses import dataclass
from itertools import product

import numpy as np

from bnlib.checks import check_choice
from bnlib.experiments.interval import interval
from bnlib.experiments.perceptron import perceptron
from bnlib.experiments.scaled_digits import split
from bnlib.experiments.sweep import sweep
from bnlib.experiments.two_rounds import two_rounds
from bnlib.norms import BatchNorm
from bnlib.optim import SGD
from bnlib.population import recalibrate
from bnlib.record import AccuracyRecorder
from bnlib.replicas import train_replicas

WIDTH, STEPS, BATCH_SIZE = 50, 300, 32
SEEDS, CHECK_SEEDS = range(20), range(200, 205)
TUNING_SEEDS = range(100, 120)  # the first of them for every training, the others for the finalists
FIRST, FINALISTS = 5, 4
RATES = (0.003, 0.01, 0.03, 0.1, 0.3, 1.0, 3.0)
MOMENTA = (0.0, 0.9)
GAINS = {
    "relu": (0.5, 1.0, 2**0.5, 2.0),
    "tanh": (0.5, 1.0, 2**0.5, 2.0),
    "sigmoid": (0.5, 1.0, 2.0, 4.0, 8.0),
}
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


@dataclass(frozen=True)
class Outcome:
    """How well the networks of one place read digits, over S seeds.

    Attributes
    ----------
    place : Place
    training : Training
        The best one on the validation images.
    by_rate : (7,) array
        Validation accuracy at each of RATES with the momentum and the gain that suit it best,
        mean over 5 tuning seeds.
    accuracy : (S,) array
        On the test images, 0 to 1; 0 for a run that diverged.
    recalibrated : (S,) array
        The same when batch norm uses the statistics of all training images in place of its
        running averages; `accuracy` again without batch norm.
    runners_up : (3, S) array
        `accuracy` with the trainings that were next best.
    """

    place: Place
    training: Training
    by_rate: np.ndarray
    accuracy: np.ndarray
    recalibrated: np.ndarray
    runners_up: np.ndarray

    def summary(self):
        """One line: the place, the training that suits it, and the test accuracy."""
        place = self.place
        where = f"{place.activation} {place.position}, x {place.x}, {place.data}"
        return f"{where:42}{self.training!s:36}{interval(100 * self.accuracy):.1f} %"


def tune(place, seeds=TUNING_SEEDS, folder=None):
    """Try every rate, momentum and initial gain on the validation images.

    All of them with the first 5 seeds; then the 4 best with the other seeds, too.

    Parameters
    ----------
    place : Place
    seeds : sequence of int
        More than 5.
    folder : str or path, optional
        Where `sweep` keeps the finished runs.

    Returns
    -------
    tuple of 4 Training
        The finalists, best mean accuracy over all seeds first.
    (7,) array
        The best mean accuracy at each of RATES, over the first 5 seeds.

    Raises
    ------
    ValueError, TypeError
        For a place that names something unknown, or too few seeds.
    """
    others = list(product(MOMENTA, GAINS[check_choice("activation", place.activation, GAINS)]))
    trainings = [Training(rate, *other) for rate in RATES for other in others]

    def score(trainings, seeds):
        groups = [trainings[i : i + len(others)] for i in range(0, len(trainings), len(others))]
        tasks = [(place, group, seeds, "validation") for group in groups]
        return np.concatenate(
            [run["accuracy"] for run in sweep(run_together, tasks, folder=folder)]
        )

    ranking = two_rounds(score, trainings, seeds, first=FIRST, finalists=FINALISTS)
    return ranking.settings, ranking.early.mean(axis=1).reshape(len(RATES), -1).max(axis=1)


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
        As in `Outcome`.

    Raises
    ------
    ValueError, TypeError
        For a place that names something unknown, or no seeds.
    """
    task = place, tuple(trainings), tuple(seeds), "test"
    (run,) = sweep(run_together, [task], folder=folder)
    return run["accuracy"], run["recalibrated"]


def tuned_and_measured(place, folder=None):
    """Tune a place, then measure it: everything of an `Outcome`, in a form that can be stored.

    Parameters
    ----------
    place : Place
    folder : str or path, optional
        Where `sweep` keeps the finished runs.

    Returns
    -------
    dict

    Raises
    ------
    ValueError, TypeError
        For a place that names something unknown.
    """
    finalists, by_rate = tune(place, folder=folder)
    accuracy, recalibrated = measure(place, finalists, folder=folder)
    numbers = {"by_rate": by_rate, "accuracy": accuracy[0], "recalibrated": recalibrated[0]}
    numbers["runners_up"] = accuracy[1:]
    lists = {name: np.round(values, 4).tolist() for name, values in numbers.items()}
    return {"place": vars(place), "training": vars(finalists[0]), **lists}


_ARRAYS = ("by_rate", "accuracy", "recalibrated", "runners_up")


def from_stored(places, outcomes):
    """What `tuned_and_measured` gave for each of the places.

    Parameters
    ----------
    places : dict of key to Place
    outcomes : list of dict
        In the order of the places.

    Returns
    -------
    dict of key to Outcome

    Raises
    ------
    ValueError
        For outcomes of other places.
    """
    found = {}
    for (key, place), outcome in zip(places.items(), outcomes, strict=True):
        if outcome["place"] != vars(place):
            raise ValueError(f"stored is {outcome['place']}, expected {place}; run it again")
        arrays = (np.array(outcome[name]) for name in _ARRAYS)
        found[key] = Outcome(place, Training(**outcome["training"]), *arrays)
    return found


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
