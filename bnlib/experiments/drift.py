"""How far does what a unit receives move while the network learns, and does moving hurt?

Each network is tuned on validation images of its own seeds; then 20 other seeds are measured.
`python -m bnlib.experiments drift` runs all of it again, in about a minute.
"""

from dataclasses import dataclass
from itertools import pairwise, product

import numpy as np

from bnlib.checks import check_array, check_choice, check_finite
from bnlib.data import load_digits
from bnlib.experiments import descents, stored
from bnlib.experiments.at_least_one import at_least_one
from bnlib.experiments.interval import interval
from bnlib.experiments.rounds import in_rounds
from bnlib.experiments.sweep import sweep
from bnlib.models import mlp
from bnlib.optim import SGD
from bnlib.record import Recorder
from bnlib.train import accuracy, train

LAYERS, WIDTH = 5, 50
STEPS, EVERY, BATCH_SIZE = 300, 30, 32
PROBE = 200  # training images whose values are followed
SEEDS, TUNING_SEEDS, CHECK_SEEDS = range(20), range(100, 105), range(200, 205)
RATES = (0.01, 0.03, 0.1, 0.3, 1.0, 3.0)
MOMENTA = (0.0, 0.9)
GAINS = {"relu": (1.0, 2**0.5, 2.0), "sigmoid": (1.0, 2.0, 4.0, 6.0)}
FIRST, FINALISTS = 2, 6  # tuning seeds for every setting; settings that all of them see


@dataclass(frozen=True)
class Setting:
    """One network and how it is trained; `gain` is in units of LeCun's initial scale."""

    activation: str
    batch_norm: bool
    learning_rate: float
    momentum: float
    gain: float


@dataclass(frozen=True)
class Drift:
    """What S runs of one setting did. One that diverged has NaN movements and accuracy 0.

    Attributes
    ----------
    setting : Setting
    steps : (F,) array
        Starts of the stretches of `EVERY` steps.
    received : (S, F, L) array
        How far what the activation receives moved over the stretch: the Wasserstein-1 distance
        between a unit's values before and after it, in standard deviations, mean over units.
    before_norm : (S, F, L) array
        The same of z before batch norm; without batch norm, `received`.
    shape : (S, F, L) array
        `received` after each unit's mean and standard deviation are taken out.
    accuracy : (S,) array
        On the test images, after training, 0 to 1.
    """

    setting: Setting
    steps: np.ndarray
    received: np.ndarray
    before_norm: np.ndarray
    shape: np.ndarray
    accuracy: np.ndarray

    def summary(self):
        """One line: the setting, how far the last layer moves, and the test accuracy."""
        setting = self.setting
        name = f"{setting.activation} {'with' if setting.batch_norm else 'without'}"
        rate, momentum, gain = setting.learning_rate, setting.momentum, setting.gain
        how = f"rate {rate:g}, momentum {momentum:g}, gain {gain:.2g}"
        moved = interval(self.received[:, :, -1].mean(axis=1))
        return f"{name:17}{how:32}{moved:.2f} std  {interval(100 * self.accuracy):.1f} %"


def distance(before, after):
    """Wasserstein-1 distance between each unit's values, in standard deviations of `before`.

    Both have the same number of values, so it is the mean distance between the sorted values: how
    far the average value has to travel to make one histogram into the other.

    Parameters
    ----------
    before, after : (n, D) array
        Each column is a unit; it must vary in `before`.

    Returns
    -------
    (D,) array

    Raises
    ------
    ValueError, TypeError
        For shapes that differ, values that are not finite, or a unit without spread.
    """
    before = check_finite("before", check_array("before", before, ndims=(2,), dtype=np.float64))
    after = check_finite("after", check_array("after", after, ndims=(2,), dtype=np.float64))
    if before.shape != after.shape:
        raise ValueError(f"before has shape {before.shape}, after {after.shape}; use one probe")
    constant = np.flatnonzero(np.ptp(before, axis=0) == 0)  # whose std rounding may leave above 0
    if constant.size:
        raise ValueError(f"unit {int(constant[0])} of before has no spread; leave it out")
    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
        moved = np.abs(np.sort(after, axis=0) - np.sort(before, axis=0)).mean(axis=0)
        distances = moved / before.std(axis=0)
    return check_finite("the distance", distances, "rescale the values")


def mean_movement(layers):
    """Mean distance over each of F stretches, (F, L), of values given as L arrays (F + 1, n, D)."""
    return np.transpose([[distance(*ends).mean() for ends in pairwise(z)] for z in layers])


def tune(activation, batch_norm, gains=None, seeds=TUNING_SEEDS, folder=None):
    """Try every rate, momentum and initial gain on the validation images, in two rounds.

    Parameters
    ----------
    activation : "relu" or "sigmoid"
    batch_norm : bool
    gains : sequence of float, optional
        Of the initial W; by default those of GAINS.
    seeds : sequence of int
    folder : str or path, optional
        Where `sweep` keeps the finished runs.

    Returns
    -------
    Setting
        The one with the best mean accuracy over the seeds.
    float
        That accuracy, 0 to 1.

    Raises
    ------
    ValueError, TypeError
        For an unknown activation, no gains or no seeds, or as `mlp` and `SGD`.
    """
    usual = GAINS[check_choice("activation", activation, GAINS)]
    gains = at_least_one("gains", usual if gains is None else gains, "numbers")
    seeds = at_least_one("seeds", seeds)
    settings = [
        Setting(activation, batch_norm, rate, momentum, gain)
        for rate, momentum, gain in product(RATES, MOMENTA, gains)
    ]

    def score(settings, seeds):
        same = [
            descents.Setting(activation, batch_norm, LAYERS, s.learning_rate, s.gain, s.momentum)
            for s in settings
        ]
        found = descents.swept(same, seeds, "validation", (0, STEPS), folder)
        return np.array([each.accuracy[:, -1] for each in found])

    ranking = in_rounds(score, settings, seeds, {FIRST: FINALISTS})
    return ranking.settings[0], float(ranking.scores[0])


def measure(setting, seeds=SEEDS, folder=None):
    """Train `setting` once for each seed and follow every unit.

    Parameters
    ----------
    setting : Setting
    seeds : sequence of int
    folder : str or path, optional
        Where `sweep` keeps the finished runs.

    Returns
    -------
    Drift

    Raises
    ------
    ValueError, TypeError
        For no Setting or no seeds, or as `mlp` and `SGD`.
    """
    if not isinstance(setting, Setting):
        raise TypeError(f"setting must be a Setting, got {setting!r}")
    tasks = [(setting, seed) for seed in at_least_one("seeds", seeds)]
    runs = sweep(_followed, tasks, folder=folder)
    return Drift(
        setting,
        np.arange(0, STEPS, EVERY),
        *(np.array([run[name] for run in runs]) for name in _ARRAYS[1:]),
    )


def load_stored():
    """The four tuned networks, as measured when the result was stored.

    Returns
    -------
    dict of str to Drift
        "relu without", "relu with", "sigmoid without", "sigmoid with".
    """
    return {
        name: Drift(Setting(**network["setting"]), *(np.array(network[field]) for field in _ARRAYS))
        for name, network in stored.load("drift")["networks"].items()
    }


def usual_start_accuracy():
    """Best validation accuracy of a sigmoid network without batch norm at the usual gain of 1.

    Returns
    -------
    float
        0 to 1; the best of all rates and momenta, mean over the tuning seeds.
    """
    return stored.load("drift")["sigmoid_usual_start"]


_ARRAYS = ("steps", "received", "before_norm", "shape", "accuracy")


def _followed(task):
    setting, seed = task
    training, _, test = load_digits().split(seed, dtype=np.float32)
    recorder = Recorder(training.x[:PROBE], EVERY)
    network = _trained(setting, seed, training, [recorder])
    if network is None:
        return dict.fromkeys(_ARRAYS[1:4], _NOWHERE) | {"accuracy": 0.0}
    return _movement(recorder) | {"accuracy": accuracy(network, test.x, test.labels)}


def _trained(setting, seed, training, observers=()):
    """The network after training, or None if it diverged."""
    network = mlp(
        [training.x.shape[1], *[WIDTH] * LAYERS, 10],
        setting.activation,
        setting.batch_norm,
        rng=np.random.default_rng(seed),
        initializer="lecun",
        gain=setting.gain,
        dtype=np.float32,
    )
    history = train(
        network,
        training.x,
        training.labels,
        steps=STEPS,
        batch_size=BATCH_SIZE,
        optimizer=SGD(setting.learning_rate, setting.momentum),
        rng=np.random.default_rng([seed, 1]),
        observers=observers,
    )
    return network if history.diverged_at is None else None


_NOWHERE = np.full((STEPS // EVERY, LAYERS), np.nan)


def _movement(recorder):
    standard = [(z - z.mean(1, keepdims=True)) / z.std(1, keepdims=True) for z in recorder.received]
    return {
        "received": mean_movement(recorder.received),
        "before_norm": mean_movement(recorder.before_norm),
        "shape": mean_movement(standard),
    }


def run(folder=None):
    """Tune and measure everything again, store the result and print a summary.

    Parameters
    ----------
    folder : str or path, optional
        Where `sweep` keeps the finished runs.
    """
    stored.save("drift", _result(folder))
    for drift in load_stored().values():
        print(drift.summary())
    print(f"sigmoid, usual start, without batch norm: {usual_start_accuracy():.1%}")


def _result(folder):
    networks = {}
    for activation, batch_norm in product(("relu", "sigmoid"), (False, True)):
        setting, _ = tune(activation, batch_norm, folder=folder)
        drift = measure(setting, folder=folder)
        arrays = {field: np.round(getattr(drift, field), 4).tolist() for field in _ARRAYS}
        name = f"{activation} {'with' if batch_norm else 'without'}"
        networks[name] = {"setting": vars(setting), **arrays}
    _, usual_start = tune("sigmoid", False, gains=(1.0,), folder=folder)
    return {
        "seeds": {"measured": list(SEEDS), "tuned": list(TUNING_SEEDS)},
        "sigmoid_usual_start": usual_start,
        "networks": networks,
    }
