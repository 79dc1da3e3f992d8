"""Does batch norm help because it lessens shift, or because it smooths the loss? Both, on one run.

Five networks of five ReLU layers: without batch norm, with it, and with it but shaken by noise of
three strengths. Each is trained at the best setting of its own grid, chosen on validation images
of five seeds, and all of them alike, at one rate. 20 other seeds are followed: shift, accuracy,
and the loss along the gradient step. `python -m bnlib.experiments shift_or_smoothness` runs all of
it again, in about two minutes.

Decided before the first run: the grid, the choice by the validation accuracy averaged over the
looks, and the noise strengths.
"""

from dataclasses import dataclass
from itertools import product

import numpy as np

from bnlib.checks import check_choice
from bnlib.experiments import shaken_runs, stored, tuned_descent
from bnlib.experiments.at_least_one import at_least_one
from bnlib.experiments.descents import LEVELS, SEEDS, TUNING_SEEDS
from bnlib.experiments.interval import interval
from bnlib.experiments.rounds import in_rounds
from bnlib.experiments.shaken_runs import ARRAYS, PROBE, Run
from bnlib.experiments.sweep import sweep

# (batch norm, strength of the noise behind it) of each variant
VARIANTS = {
    "without": (False, 0.0),
    "with": (True, 0.0),
    "noise 0.25": (True, 0.25),
    "noise 0.5": (True, 0.5),
    "noise 1": (True, 1.0),
}
WAYS = ("tuned", "alike")
ALIKE = {"learning_rate": 0.1, "momentum": 0.0, "gain": 2**0.5}  # the best rate without batch norm
GROUP = 5  # seeds a task
FIRST, FINALISTS = 2, 5  # tuning seeds for every setting; settings that all of them see


@dataclass(frozen=True)
class Followed:
    """What S runs of one variant did, trained in one way. A run that diverged has NaNs.

    Attributes
    ----------
    run : bnlib.experiments.shaken_runs.Run
        The variant and its setting.
    accuracy : (S, A) array
        On test images, in inference and without noise, at the steps `shaken_runs.ACCURACY_STEPS`.
    shift : (S, F) array
        How far what layer 5's activation receives moved over a stretch of 20 steps: `distance` of
        `drift`, mean over the units; noise included.
    own_loss : (S, G, R + 1) array
        At the start and along the gradient step, at `shaken_runs.MULTIPLES` of the learning rate.
    own_change, own_length : (S, G, R) array
        Of the gradient, and of the parameters, along that step.
    gradient : (S, G) array
        Norm of the gradient.
    relative_loss, relative_change, relative_gradient
        The same for steps of `shaken_runs.SHARES` of each W's own length.
    """

    run: Run
    accuracy: np.ndarray
    shift: np.ndarray
    own_loss: np.ndarray
    own_change: np.ndarray
    own_length: np.ndarray
    gradient: np.ndarray
    relative_loss: np.ndarray
    relative_change: np.ndarray
    relative_gradient: np.ndarray

    def steps_to(self, level):
        """First look at which the test accuracy is at least `level`: (S,), infinite if none is."""
        with np.errstate(invalid="ignore"):
            reached = self.accuracy >= level
        first = np.array(shaken_runs.ACCURACY_STEPS, dtype=np.float64)[reached.argmax(axis=1)]
        return np.where(reached.any(axis=1), first, np.inf)

    def measure(self, name):
        """One of MEASURES at each of its steps, (S, F) or (S, G)."""
        return MEASURES[check_choice("name", name, MEASURES)](self)

    def at_loss(self, name, level):
        """A measure along the step where a run's loss is nearest to `level`: (S,).

        Networks that learn at different speeds are so compared at the same loss.
        """
        values, loss = self.measure(name), self.own_loss[:, :, 0]
        nearest = np.abs(np.log(loss / level)).argmin(axis=1)
        return values[np.arange(len(values)), nearest]


MEASURES = {
    "shift": lambda f: f.shift,
    "accuracy": lambda f: f.accuracy[:, 1:],  # at the start, batch norm has no averages
    "loss range": lambda f: np.ptp(f.own_loss[:, :, 1:], axis=2),
    "gradient change": lambda f: f.own_change.max(axis=2),
    "smoothness": lambda f: (f.own_change / f.own_length).max(axis=2),
    "relative change": lambda f: f.relative_change[:, :, 1] / f.relative_gradient,
}


def tune(variant, seeds=TUNING_SEEDS, folder=None):
    """Try all rates, momenta and gains of `tuned_descent` on validation images.

    Parameters
    ----------
    variant : str
        One of VARIANTS.
    seeds : sequence of int
    folder : str or path, optional
        Where `sweep` keeps the finished runs.

    Returns
    -------
    Run
        The one with the best validation accuracy, mean over the looks and seeds.
    float
        That accuracy, 0 to 1.
    """
    batch_norm, noise = VARIANTS[check_choice("variant", variant, VARIANTS)]
    grid = product(tuned_descent.RATES, tuned_descent.MOMENTA, tuned_descent.GAINS["relu"])
    runs = [Run(batch_norm, noise, *values) for values in grid]

    def score(runs, seeds):
        together = GROUP * 4 // len(seeds)
        groups = [tuple(runs[i : i + together]) for i in range(0, len(runs), together)]
        found = sweep(shaken_runs.validate, [(each, seeds) for each in groups], folder=folder)
        return np.concatenate([each["score"] for each in found])

    ranking = in_rounds(score, runs, seeds, {FIRST: FINALISTS})
    return ranking.settings[0], float(ranking.scores[0])


def measure(run, seeds=SEEDS, folder=None):
    """Train and follow one run of every seed.

    Parameters
    ----------
    run : Run
    seeds : sequence of int
    folder : str or path, optional
        Where `sweep` keeps the finished runs.

    Returns
    -------
    Followed

    Raises
    ------
    ValueError, TypeError
        For no Run or no seeds.
    """
    if not isinstance(run, Run):
        raise TypeError(f"run must be a Run, got {run!r}")
    seeds = at_least_one("seeds", seeds)
    tasks = [(run, seeds[i : i + GROUP]) for i in range(0, len(seeds), GROUP)]
    parts = sweep(shaken_runs.follow, tasks, folder=folder)
    return Followed(run, *(np.concatenate([part[name] for part in parts]) for name in ARRAYS))


def alike(variant):
    """The Run of a variant when all are trained alike."""
    return Run(*VARIANTS[check_choice("variant", variant, VARIANTS)], **ALIKE)


def load_stored():
    """All of it as measured when the result was stored.

    Returns
    -------
    dict of str to dict of str to Followed
        For each of WAYS, each of VARIANTS.
    """
    ways = stored.load("shift_or_smoothness")["ways"]
    return {
        way: {
            variant: Followed(Run(**each["run"]), *(stored.array(each[name]) for name in ARRAYS))
            for variant, each in variants.items()
        }
        for way, variants in ways.items()
    }


def run(folder=None):
    """Tune and measure everything again, store the result and print a summary.

    Parameters
    ----------
    folder : str or path, optional
        Where `sweep` keeps the finished runs.
    """
    best = {variant: _best(variant, folder) for variant in VARIANTS}
    settings = {"tuned": best, "alike": {variant: alike(variant) for variant in VARIANTS}}
    ways = {
        way: {variant: _plain(measure(each, folder=folder)) for variant, each in runs.items()}
        for way, runs in settings.items()
    }
    seeds = {"measured": list(SEEDS), "tuned": list(TUNING_SEEDS)}
    stored.save("shift_or_smoothness", {"seeds": seeds, "probe": PROBE, "ways": ways})
    for way, followed in load_stored().items():
        for variant, each in followed.items():
            print(f"{way:6} {variant:11}{summary(each)}")


def _best(variant, folder):
    """Its best Run; without noise that is known from `tuned_descent`, which tries the same grid."""
    batch_norm, noise = VARIANTS[variant]
    if noise:
        return tune(variant, folder=folder)[0]
    known = tuned_descent.load_stored().tunings[f"relu {variant}"].best
    return Run(batch_norm, noise, known.learning_rate, known.momentum, known.gain)


def summary(followed):
    """The setting, steps to the levels, test accuracy at the end and shift, in one line."""
    steps = " and ".join(f"{np.median(followed.steps_to(level)):g}" for level in LEVELS)
    accuracy = interval(100 * np.nan_to_num(followed.accuracy[:, -1]))
    shift = np.median(followed.shift.mean(axis=1))
    return f"{followed.run}: {steps} steps, {accuracy:.1f} %, shift {shift:.2f}"


def _plain(followed):
    arrays = {name: stored.shortened(getattr(followed, name), 4) for name in ARRAYS}
    return {"run": vars(followed.run), **arrays}
