"""Figure 1 of Ioffe and Szegedy (2015), on digits: three layers of 100 sigmoids, batches of 60.

They train 50,000 steps on MNIST's 60,000 images, 50 epochs. Here 1,000 steps on 1,000 images are
62 epochs. Their learning rate and initial scale are not known to us, so there are two of each.
`python -m bnlib.experiments figure_one` runs all of it again, in about a minute.
"""

from dataclasses import dataclass
from itertools import product

import numpy as np

from bnlib.checks import check_choice, check_flag, check_number
from bnlib.experiments import stored
from bnlib.experiments.drift import mean_movement
from bnlib.experiments.interval import interval
from bnlib.experiments.sweep import sweep
from bnlib.experiments.tuned_networks import splits_of
from bnlib.models import mlp
from bnlib.optim import SGD
from bnlib.record import AccuracyRecorder, Recorder
from bnlib.replicas import train_replicas
from bnlib.train import train

LAYERS, WIDTH = 3, 100
STEPS, BATCH_SIZE = 1000, 60
RATES, GAINS = (0.1, 0.5), (1.0, 4.0)
LOOK_EVERY, MOVE_EVERY = 20, 100
PROBE = 200
SEEDS, CHECK_SEEDS = range(20), range(200, 205)


@dataclass(frozen=True)
class Run:
    """What S runs of one network did.

    Attributes
    ----------
    batch_norm : bool
    learning_rate, gain : float
        Of plain SGD; of the hidden W at the start, in units of LeCun's scale.
    accuracy : (S, F) array
        On the test images after 20, 40, ... steps, 0 to 1.
    moved : (S, 10) array
        How far what the last hidden layer's sigmoids receive moved in each 100 steps, in standard
        deviations, mean over its units.
    """

    batch_norm: bool
    learning_rate: float
    gain: float
    accuracy: np.ndarray
    moved: np.ndarray

    def __str__(self):
        side = "with" if self.batch_norm else "without"
        return f"{side:8}rate {self.learning_rate:g}, gain {self.gain:g}"

    def steps_to(self, level=0.9):
        """(S,) first look at which the accuracy is at least `level`; infinite if none is."""
        reached = self.accuracy >= level
        first = LOOK_EVERY * (1.0 + reached.argmax(axis=1))
        return np.where(reached.any(axis=1), first, np.inf)

    def summary(self):
        """One line: the network, its movement and accuracy."""
        right, moved = 100 * self.accuracy[:, -1], self.moved.mean(axis=1)
        return f"{self}: moved {interval(moved):.2f}, {interval(right):.1f} % right"


def build(batch_norm, gain, seed):
    """One of the networks, untrained.

    Parameters
    ----------
    batch_norm : bool
    gain : float
    seed : int

    Returns
    -------
    Network
        float32.

    Raises
    ------
    ValueError, TypeError
        As `mlp`.
    """
    return mlp(
        [64, *[WIDTH] * LAYERS, 10],
        "sigmoid",
        check_flag("batch_norm", batch_norm),
        rng=np.random.default_rng(seed),
        gain=check_number("gain", gain, above=0),
        dtype=np.float32,
    )


def follow(task):
    """Train a network from all seeds: `(batch_norm, learning_rate, gain, seeds)`, for `sweep`.

    Returns
    -------
    dict
        "accuracy" (S, F) and "moved" (S, 10).
    """
    batch_norm, learning_rate, gain, seeds = task
    splits = splits_of(seeds)
    looks = [AccuracyRecorder(test.x, test.labels, LOOK_EVERY) for _, _, test in splits]
    recorders = [Recorder(training.x[:PROBE], MOVE_EVERY) for training, _, _ in splits]
    train_replicas(
        [build(batch_norm, gain, seed) for seed in seeds],
        [split[0].x for split in splits],
        [split[0].labels for split in splits],
        steps=STEPS,
        batch_size=BATCH_SIZE,
        optimizers=[SGD(learning_rate) for _ in seeds],
        rngs=[np.random.default_rng([seed, 1]) for seed in seeds],
        observers=list(zip(looks, recorders, strict=True)),
    )
    return {
        "accuracy": np.array([look.accuracies[1:] for look in looks]),
        "moved": np.array([mean_movement(each.received[-1:])[:, 0] for each in recorders]),
    }


def watch_unit(batch_norm, learning_rate, gain=1.0, seed=0, unit=0):
    """One run, and one unit of its last hidden layer: what the paper's figure shows.

    Parameters
    ----------
    batch_norm : bool
    learning_rate, gain : float
    seed : int
    unit : int

    Returns
    -------
    steps : (F,) array
        0, 20, 40, ...
    values : (F, n) array
        What the unit's sigmoid receives for n training images.
    accuracy : (F,) array
        On the test images; NaN at step 0 with batch norm.

    Raises
    ------
    ValueError, TypeError
        As `build`, and for a learning rate that is not above 0.
    """
    training, _, test = splits_of([seed])[0]
    recorder = Recorder(training.x[:PROBE], LOOK_EVERY)
    looks = AccuracyRecorder(test.x, test.labels, LOOK_EVERY)
    train(
        build(batch_norm, gain, seed),
        training.x,
        training.labels,
        steps=STEPS,
        batch_size=BATCH_SIZE,
        optimizer=SGD(learning_rate),
        rng=np.random.default_rng([seed, 1]),
        observers=[recorder, looks],
    )
    values = recorder.received[-1][:, :, unit]
    return np.array(recorder.steps), values, np.array(looks.accuracies)


NETWORKS = tuple(product((False, True), RATES, GAINS))  # batch norm, rate, gain


def measure(seeds=SEEDS, folder=None, networks=NETWORKS):
    """All networks: with and without batch norm, two rates, two initial gains.

    Parameters
    ----------
    seeds : sequence of int
    folder : str or path, optional
        Where `sweep` keeps the finished runs.
    networks : sequence of (bool, float, float)
        Batch norm, learning rate and gain of each.

    Returns
    -------
    list of Run

    Raises
    ------
    ValueError, TypeError
        For no seeds.
    """
    runs = sweep(follow, [(*network, tuple(seeds)) for network in networks], folder=folder)
    return [
        Run(*network, np.array(run["accuracy"]), np.array(run["moved"]))
        for network, run in zip(networks, runs, strict=True)
    ]


def find(runs, side, learning_rate, gain):
    """The run with these settings; ValueError if there is none.

    Parameters
    ----------
    runs : list of Run
    side : "without" or "with"
    learning_rate, gain : float
    """
    batch_norm = check_choice("side", side, ("without", "with")) == "with"
    for run in runs:
        if (run.batch_norm, run.learning_rate, run.gain) == (batch_norm, learning_rate, gain):
            return run
    raise ValueError(f"no run at rate {learning_rate}, gain {gain}; there are {RATES}, {GAINS}")


def load_stored():
    """As `measure` returned it when the result was stored."""
    return [
        Run(**each | {name: np.array(each[name]) for name in ("accuracy", "moved")})
        for each in stored.load("figure_one")["runs"]
    ]


def run(folder=None):
    """Measure everything again, store the result and print a summary.

    Parameters
    ----------
    folder : str or path, optional
        Where `sweep` keeps the finished runs.
    """
    runs = [
        vars(each)
        | {name: np.round(getattr(each, name), 4).tolist() for name in ("accuracy", "moved")}
        for each in measure(folder=folder)
    ]
    stored.save("figure_one", {"seeds": list(SEEDS), "runs": runs})
    for each in load_stored():
        print(each.summary())
