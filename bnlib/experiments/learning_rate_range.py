"""At which learning rates does a network learn, by its depth, without and with batch norm?

Plain SGD from the usual start: 2 activations, 5 depths, 7 rates, 20 seeds, 400 steps.
`python -m bnlib.experiments learning_rate_range` runs all of it again, in about three minutes.

Decided before the first run: a network "trains" if it reads 90 % of the test images at one of the
looks within 400 steps, and does not diverge.
"""

from dataclasses import dataclass
from itertools import product

import numpy as np

from bnlib.checks import check_choice
from bnlib.experiments import stored
from bnlib.experiments.at_least_one import at_least_one
from bnlib.experiments.descents import (
    LEVELS,
    LOOKS,
    SEEDS,
    USUAL_GAINS,
    Setting,
    swept,
)

ACTIVATIONS = ("relu", "sigmoid")
DEPTHS = (1, 2, 5, 10, 20)
RATES = (0.01, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0)
SHOWN = (0.1, 0.5, 0.9)  # quantiles of the curves


@dataclass(frozen=True)
class RateMap:
    """What happened at A activations x 2 (without batch norm, with it) x D depths x R rates.

    Attributes
    ----------
    activations, depths, rates : tuple
    looks : (F,) array
        Training steps of the curves.
    steps : (A, 2, D, R, 2, S) array
        Of each seed: the first look at which 90 % and 97 % of the test images were read; infinite
        if that did not happen.
    final : (A, 2, D, R, S) array
        Test accuracy after the last step, 0 to 1.
    diverged : (A, 2, D, R) array
        How many of the seeds diverged.
    accuracy, loss : (A, 2, D, R, F, 3) array
        The quantiles SHOWN over the seeds, of the test accuracy and the training loss.
    """

    activations: tuple
    depths: tuple
    rates: tuple
    looks: np.ndarray
    steps: np.ndarray
    final: np.ndarray
    diverged: np.ndarray
    accuracy: np.ndarray
    loss: np.ndarray

    @property
    def seeds(self):
        """How many seeds each cell has."""
        return self.final.shape[-1]

    def place(self, activation, batch_norm, depth, rate):
        """The index of a cell. ValueError for one that was not measured."""
        check_choice("activation", activation, self.activations)
        for name, value, known in (("depth", depth, self.depths), ("rate", rate, self.rates)):
            if value not in known:
                raise ValueError(f"{name} must be one of {known}, got {value!r}")
        index = self.depths.index(depth), self.rates.index(rate)
        return (self.activations.index(activation), int(bool(batch_norm)), *index)

    def row(self, values, activation, batch_norm, depth):
        """What `values` (A, 2, D, R, ...) hold for one network, rate by rate: (R, ...)."""
        return values[self.place(activation, batch_norm, depth, self.rates[0])[:3]]

    def share_that_trains(self):
        """Share of the seeds that reach 90 %: (A, 2, D, R)."""
        return np.isfinite(self.steps[..., 0, :]).mean(axis=-1)

    def median_steps(self, level=LEVELS[0]):
        """The median seed's steps to 90 or 97 %: (A, 2, D, R), infinite if half don't get there.

        ValueError for another level.
        """
        if level not in LEVELS:
            raise ValueError(f"level must be one of {LEVELS}, got {level!r}")
        return np.median(self.steps[..., LEVELS.index(level), :], axis=-1)

    def summary(self):
        """Two tables an activation: the share of seeds that train, a row a depth."""
        lines = []
        for a, activation in enumerate(self.activations):
            for side, name in enumerate(("without", "with")):
                lines.append(f"{activation}, {name} batch norm: % of {self.seeds} seeds that train")
                lines.append("layers" + "".join(f"{rate:>7g}" for rate in self.rates))
                for depth, row in zip(self.depths, self.share_that_trains()[a, side], strict=True):
                    lines.append(f"{depth:6}" + "".join(f"{100 * share:7.0f}" for share in row))
        return "\n".join(lines)


def measure(activations=ACTIVATIONS, depths=DEPTHS, rates=RATES, seeds=SEEDS, folder=None):
    """Train every network of the map.

    Parameters
    ----------
    activations : sequence of "relu" or "sigmoid"
    depths : sequence of int
    rates : sequence of float
    seeds : sequence of int
    folder : str or path, optional
        Where `sweep` keeps the finished runs.

    Returns
    -------
    RateMap

    Raises
    ------
    ValueError, TypeError
        For an empty sequence, an unknown activation, or as `mlp` and `SGD`.
    """
    axes = {"activations": activations, "depths": depths, "rates": rates, "seeds": seeds}
    activations, depths, rates, seeds = (
        at_least_one(name, values, "values") for name, values in axes.items()
    )
    for activation in activations:
        check_choice("activation", activation, USUAL_GAINS)
    cells = []
    for activation, batch_norm, depth in product(activations, (False, True), depths):
        gain = USUAL_GAINS[activation]
        settings = [Setting(activation, batch_norm, depth, rate, gain) for rate in rates]
        cells += swept(settings, seeds, "test", folder=folder)
    shape = (len(activations), 2, len(depths), len(rates))
    return _map(activations, depths, rates, cells, shape)


def _map(activations, depths, rates, cells, shape):
    def gathered(function):
        values = np.array([function(cell) for cell in cells])
        return values.reshape(*shape, *values.shape[1:])

    return RateMap(
        activations,
        depths,
        rates,
        np.array(LOOKS),
        steps=gathered(lambda cell: [cell.steps_to(level) for level in LEVELS]),
        final=gathered(lambda cell: cell.accuracy[:, -1]),
        diverged=gathered(lambda cell: np.count_nonzero(cell.diverged)),
        accuracy=gathered(lambda cell: _quantiles(cell.accuracy)),
        loss=gathered(lambda cell: _quantiles(cell.loss)),
    )


def _quantiles(values):
    """(F, 3): measured values, not means of two, since some of them are infinite."""
    return np.quantile(values, SHOWN, axis=0, method="inverted_cdf").T


def load_stored():
    """The map as measured when the result was stored.

    Returns
    -------
    RateMap
    """
    result = stored.load("learning_rate_range")
    axes = (tuple(result[name]) for name in ("activations", "depths", "rates"))
    return RateMap(
        *axes,
        np.array(result["looks"]),
        steps=stored.array(result["steps"], missing=np.inf),
        final=stored.array(result["final"]),
        diverged=np.array(result["diverged"]),
        accuracy=stored.array(result["accuracy"]),
        loss=stored.array(result["loss"], missing=np.inf),
    )


def _plain(values, digits):
    """As `stored.shortened`, but whole numbers become integers, which are shorter still."""
    if np.ndim(values):
        return [_plain(each, digits) for each in values]
    short = stored.shortened(values, digits)
    return short if short is None or not short.is_integer() else int(short)


def run(folder=None):
    """Measure everything again, store the result and print a summary.

    Parameters
    ----------
    folder : str or path, optional
        Where `sweep` keeps the finished runs.
    """
    result = measure(folder=folder)
    names = ("steps", "final", "diverged", "accuracy", "loss")
    axes = {name: list(getattr(result, name)) for name in ("activations", "depths", "rates")}
    arrays = {name: _plain(getattr(result, name), 4 if name != "loss" else 3) for name in names}
    looks = result.looks.tolist()
    stored.save("learning_rate_range", {"seeds": list(SEEDS), **axes, "looks": looks, **arrays})
    print(load_stored().summary())
