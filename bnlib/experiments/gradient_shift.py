"""How much does a layer's gradient change when the layers below it have taken their step?

Santurkar et al. (2018), definition 2.1, beside the movement of the distribution, on the same runs.
`python -m bnlib.experiments gradient_shift` runs all of it again, in about half a minute.
"""

from dataclasses import dataclass, replace

import numpy as np

from bnlib.batches import minibatches
from bnlib.checks import check_choice, check_count
from bnlib.experiments import stored
from bnlib.experiments.drift import BATCH_SIZE, EVERY, PROBE, STEPS, Setting, mean_movement
from bnlib.experiments.interval import interval
from bnlib.experiments.sweep import sweep
from bnlib.experiments.tuned_networks import build, splits_of, train_setting, tuned_settings
from bnlib.layers import Linear
from bnlib.losses import softmax_cross_entropy
from bnlib.record import Recorder

SEEDS, CHECK_SEEDS = range(20), range(200, 205)
LOOK_EVERY = 10  # of the updates 1, 11, 21, ... the gradients are compared
MEASURES = ("cosine", "relative", "moved")
NAMES = (
    "relu without",
    "relu with",
    "relu alike",
    "sigmoid without",
    "sigmoid with",
    "sigmoid alike",
)


@dataclass(frozen=True)
class Shifts:
    """Two measures of one network's shift, over S seeds, F stretches of 30 steps and L layers.

    Attributes
    ----------
    setting : Setting
    layers : (L,) array
        Their numbers, from 2: below layer 1 there is nothing.
    cosine : (S, F, L) array
        Of the gradient of the layer's W, before and after the layers below it took their step;
        mean over the looks of the stretch.
    relative : (S, F, L) array
        Length of the difference of those gradients, over the length of the first.
    moved : (S, F, L) array
        Of what the activation receives, as `drift.received`: movement over the stretch.
    """

    setting: Setting
    layers: np.ndarray
    cosine: np.ndarray
    relative: np.ndarray
    moved: np.ndarray

    def of_run(self, measure, layer):
        """(S,) means over the run, of one of MEASURES and of a layer from 2 on."""
        place = int(np.flatnonzero(self.layers == layer)[0])
        return getattr(self, measure)[:, :, place].mean(axis=1)

    def summary(self):
        """One line: the last layer's means."""
        means = (interval(self.of_run(measure, self.layers[-1])) for measure in MEASURES)
        return ", ".join(f"{n} {m:.2f}" for n, m in zip(MEASURES, means, strict=True))


class GradientWatch:
    """Compares, after chosen updates, each layer's gradient before and after those below moved.

    An observer for `train`, with batches drawn as its own `rng` says.

    Parameters
    ----------
    probe : Network
        Of the watched network's architecture; the watch computes with it.
    x : (N, D) array
        The training images.
    labels : (N,) integer array
    batch_size : int
    rng : numpy.random.Generator
        Seeded as that of the training, so that the batches are those of the updates.
    every : int
        Compare at the updates 1, 1 + every, 1 + 2 * every, ...

    Attributes
    ----------
    cosine, relative : list of (L,) arrays
        One entry a comparison, for the hidden layers from the second on.
    """

    def __init__(self, probe, x, labels, batch_size, rng, every=LOOK_EVERY):
        self.probe, self.x, self.labels = probe, x, labels
        self.period = check_count("every", every)
        self.cosine, self.relative = [], []
        self._batches = minibatches(len(x), batch_size, rng)
        self._before = None  # theta before the update
        sizes = [sum(p.size for p in layer.params.values()) for layer in probe.layers]
        starts = np.cumsum([0, *sizes[:-1]])
        places = [i for i, layer in enumerate(probe.layers) if isinstance(layer, Linear)]
        self._places = [(i, int(starts[i])) for i in places[1:-1]]

    def __call__(self, step, network):
        """Compare, if it is the time."""
        if step and (step - 1) % self.period == 0:
            rows = next(self._batches)
            pairs = [self._gradients(network, rows, *place) for place in self._places]
            self.cosine.append(np.array([_cosine(*pair) for pair in pairs]))
            self.relative.append(np.array([_relative(*pair) for pair in pairs]))
        elif step:
            next(self._batches)
        if step % self.period == 0:  # the next update is looked at
            self._before = network.theta.copy()

    def _gradients(self, network, rows, place, start):
        """Of the W at layer `place`: as it was, and with everything below `start` moved on."""
        size = self.probe.layers[place].params["W"].size
        self.probe.theta[:start] = network.theta[:start]
        self.probe.theta[start:] = self._before[start:]
        logits = self.probe._forward(self.x[rows], True)
        self.probe._backward(softmax_cross_entropy(logits, self.labels[rows])[1])
        part = slice(start, start + size)
        return network.gradient[part].copy(), self.probe.gradient[part].copy()


def _cosine(before, after):
    return float(before @ after / (np.linalg.norm(before) * np.linalg.norm(after)))


def _relative(before, after):
    return float(np.linalg.norm(after - before) / np.linalg.norm(before))


def watch(task):
    """Train a setting from all seeds of a task, `(setting, seeds)`, for `sweep`.

    Returns
    -------
    dict
        "cosine", "relative", "moved", each (S, F, L).
    """
    setting, seeds = task
    splits = splits_of(seeds)
    watches = [
        GradientWatch(
            build(setting, seed), split[0].x, split[0].labels, BATCH_SIZE,
            np.random.default_rng([seed, 1]),
        )
        for seed, split in zip(seeds, splits, strict=True)
    ]  # fmt: skip
    recorders = [Recorder(split[0].x[:PROBE], EVERY) for split in splits]
    train_setting(setting, seeds, splits, list(zip(watches, recorders, strict=True)))
    shape = (len(seeds), STEPS // EVERY, EVERY // LOOK_EVERY, -1)
    found = {
        name: np.reshape([getattr(each, name) for each in watches], shape).mean(axis=2)
        for name in ("cosine", "relative")
    }
    return found | {"moved": np.array([mean_movement(each.received[1:]) for each in recorders])}


def settings():
    """What is compared: four tuned networks, and two with batch norm trained like those without.

    Returns
    -------
    dict of str to Setting
        For each of NAMES.
    """
    tuned = tuned_settings()
    alike = {
        f"{activation} alike": replace(tuned[f"{activation} without"], batch_norm=True)
        for activation in ("relu", "sigmoid")
    }
    return {name: (tuned | alike)[name] for name in NAMES}


def measure(seeds=SEEDS, folder=None, names=NAMES):
    """Both measures, on the same runs of all six networks.

    Parameters
    ----------
    seeds : sequence of int
    folder : str or path, optional
        Where `sweep` keeps the finished runs.
    names : sequence of str
        Of NAMES.

    Returns
    -------
    dict of str to Shifts
        For each of `names`.

    Raises
    ------
    ValueError, TypeError
        For no seeds, or an unknown name.
    """
    known = settings()
    compared = {check_choice("names", name, known): known[name] for name in names}
    runs = sweep(watch, [(each, tuple(seeds)) for each in compared.values()], folder=folder)
    return {
        name: _shifts(setting, run)
        for (name, setting), run in zip(compared.items(), runs, strict=True)
    }


def _shifts(setting, arrays):
    values = {name: np.array(arrays[name]) for name in MEASURES}
    return Shifts(setting, np.arange(2, 2 + values["moved"].shape[2]), **values)


def load_stored():
    """As `measure` returned it when the result was stored."""
    networks = stored.load("gradient_shift")["networks"]
    return {
        name: _shifts(Setting(**network["setting"]), network) for name, network in networks.items()
    }


def run(folder=None):
    """Measure everything again, store the result and print a summary.

    Parameters
    ----------
    folder : str or path, optional
        Where `sweep` keeps the finished runs.
    """
    networks = {
        name: {"setting": vars(shifts.setting)}
        | {field: np.round(getattr(shifts, field), 3).tolist() for field in MEASURES}
        for name, shifts in measure(folder=folder).items()
    }
    stored.save("gradient_shift", {"seeds": list(SEEDS), "networks": networks})
    for name, shifts in load_stored().items():
        print(f"{name:16}{shifts.summary()}")
