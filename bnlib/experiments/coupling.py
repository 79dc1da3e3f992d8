"""Does batch norm make layer 5 independent of layer 1? Change W1 by a tenth and look.

`python -m bnlib.experiments coupling` runs all of it again, in about ten seconds.
"""

from dataclasses import dataclass

import numpy as np

from bnlib.checks import check_number
from bnlib.experiments import stored
from bnlib.experiments.drift import PROBE, Setting
from bnlib.experiments.gradient_shift import settings
from bnlib.experiments.interval import interval
from bnlib.experiments.sweep import sweep
from bnlib.experiments.tuned_networks import build, splits_of, train_setting
from bnlib.record import Recorder

SEEDS, CHECK_SEEDS = range(20), range(200, 205)
CHANGE = 0.1  # length of what is added to W1, in lengths of W1
DIRECTIONS = 10  # random ones a network
FIELDS = ("value", "mean", "std")
MOMENTS = ("start", "end")  # before training, after it


@dataclass(frozen=True)
class Coupling:
    """What layer 5's units receive when W1 has changed, over S seeds, before and after training.

    Attributes
    ----------
    setting : Setting
    value : (S, 2) array
        Root mean square, over the images, of the change of a value, in standard deviations that
        the unit's values had before; mean over the units and the directions.
    mean : (S, 2) array
        How far the unit's mean moved, in the same unit.
    std : (S, 2) array
        How far its standard deviation moved, in the same unit.
    """

    setting: Setting
    value: np.ndarray
    mean: np.ndarray
    std: np.ndarray

    def summary(self):
        """One line: values and means, before and after training."""
        numbers = [interval(getattr(self, f)[:, m]) for f in FIELDS[:2] for m in range(2)]
        return "value {:.2f}, {:.2f}; mean {:.2f}, {:.2f}".format(*numbers)


def response(network, x, rng, change=CHANGE, layer=5):
    """How far the values of a layer move when W1 is changed in a random direction.

    Parameters
    ----------
    network : Network
        As it was, afterwards.
    x : (n, D) array
        The images, normalized as one batch.
    rng : numpy.random.Generator
    change : float
        Length of the change, in lengths of W1.
    layer : int
        Counted from 1.

    Returns
    -------
    dict of str to float
        "value", "mean", "std", as in `Coupling`.

    Raises
    ------
    ValueError, TypeError
        For a change that is not above 0.
    """
    check_number("change", change, above=0)
    weights = network.layers[0].params["W"]
    kept = weights.copy()
    before = _received(network, x, layer)
    direction = rng.standard_normal(weights.shape)
    weights += change * np.linalg.norm(kept) / np.linalg.norm(direction) * direction
    after = _received(network, x, layer)
    weights[:] = kept
    std = before.std(axis=0)
    return {
        "value": float((np.sqrt(((after - before) ** 2).mean(axis=0)) / std).mean()),
        "mean": float((np.abs((after - before).mean(axis=0)) / std).mean()),
        "std": float((np.abs(after.std(axis=0) - std) / std).mean()),
    }


def _received(network, x, layer):
    recorder = Recorder(x, every=1)
    recorder(0, network)
    return recorder.received[layer - 1][0].astype(np.float64)


def respond(task):
    """Train a setting from all seeds of a task, `(setting, seeds)`, for `sweep`."""
    setting, seeds = task
    splits = splits_of(seeds)
    untrained = [build(setting, seed) for seed in seeds]
    trained, _ = train_setting(setting, seeds, splits)
    pairs = [
        [_mean_response(network, split[0].x[:PROBE], seed) for network in two]
        for seed, split, *two in zip(seeds, splits, untrained, trained, strict=True)
    ]
    return {field: np.array([[each[field] for each in pair] for pair in pairs]) for field in FIELDS}


def _mean_response(network, x, seed):
    rng = np.random.default_rng([seed, 2])
    responses = [response(network, x, rng) for _ in range(DIRECTIONS)]
    return {field: np.mean([each[field] for each in responses]) for field in FIELDS}


def measure(seeds=SEEDS, folder=None):
    """The response of four tuned networks, and of two with batch norm trained like those without.

    Parameters
    ----------
    seeds : sequence of int
    folder : str or path, optional
        Where `sweep` keeps the finished runs.

    Returns
    -------
    dict of str to Coupling
        "relu without", "relu with", "relu alike", and the same of "sigmoid".

    Raises
    ------
    ValueError, TypeError
        For no seeds.
    """
    compared = settings()
    runs = sweep(respond, [(setting, tuple(seeds)) for setting in compared.values()], folder=folder)
    return {
        name: Coupling(setting, **{field: np.array(found[field]) for field in FIELDS})
        for (name, setting), found in zip(compared.items(), runs, strict=True)
    }


def load_stored():
    """As `measure` returned it when the result was stored."""
    networks = stored.load("coupling")["networks"]
    return {
        name: Coupling(Setting(**each["setting"]), *(np.array(each[field]) for field in FIELDS))
        for name, each in networks.items()
    }


def run(folder=None):
    """Measure everything again, store the result and print a summary.

    Parameters
    ----------
    folder : str or path, optional
        Where `sweep` keeps the finished runs.
    """
    networks = {
        name: {"setting": vars(each.setting)}
        | {field: np.round(getattr(each, field), 4).tolist() for field in FIELDS}
        for name, each in measure(folder=folder).items()
    }
    stored.save("coupling", {"seeds": list(SEEDS), "networks": networks})
    for name, each in load_stored().items():
        print(f"{name:16}{each.summary()}")
