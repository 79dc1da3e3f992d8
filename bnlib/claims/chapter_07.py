"""Claims of chapter 7: shift made worse on purpose, smoothness along the step, scale invariance."""

import numpy as np

from bnlib.claims.claim import Claim, Finding
from bnlib.claims.words import signed
from bnlib.experiments.interval import interval
from bnlib.experiments.scale_invariance import rescaled
from bnlib.experiments.shaken_runs import SHIFT_STEPS
from bnlib.experiments.shift_or_smoothness import VARIANTS, WAYS, load_stored, measure

SHAKEN = tuple(name for name in VARIANTS if name.startswith("noise"))
ALIKE = 1.0  # points of accuracy: a network that loses less than this still trains well
EARLY = 80  # steps in which most is learned
WINDOWS = (SHIFT_STEPS[-1], EARLY)  # from step 0 on
LEVEL = 0.5  # the loss at which networks are compared along the step
EXACT = 1e-9
FACTOR = 10.0


def judge_shaken(followed):
    """By what noise costs that makes shift worse than without batch norm: in each window.

    Each window has a verdict on the noises that make shift worse in it: confirmed if all of them
    leave training well, corrected if none does, contested if there are none, else depends. Where
    the windows differ, the claim depends. A noise makes shift worse, trains well, or does not, if
    the whole interval says so.

    Parameters
    ----------
    followed : dict of str to bnlib.experiments.shift_or_smoothness.Followed
        "without" and SHAKEN, trained alike.

    Returns
    -------
    Finding
    """
    without = followed["without"]
    points = {
        name: interval(100 * (followed[name].accuracy[:, -1] - without.accuracy[:, -1]))
        for name in SHAKEN
    }
    shifts = {
        (name, steps): interval(_shift(followed[name], steps) - _shift(without, steps))
        for name in SHAKEN
        for steps in WINDOWS
    }
    verdicts = {
        _of_window([points[name] for name in SHAKEN if shifts[name, steps].low > 0])
        for steps in WINDOWS
    }
    parts = []
    for name in SHAKEN:
        moved = (f"{signed(shifts[name, steps], '.2f')} to step {steps}" for steps in WINDOWS)
        parts.append(f"{name}: shift {', '.join(moved)}, accuracy {signed(points[name], '.1f')}")
    effect = "Against no batch norm, shift in standard deviations and accuracy in points; "
    verdict = verdicts.pop() if len(verdicts) == 1 else "depends"
    return Finding(verdict, effect + "; ".join(parts) + ".", len(without.accuracy))


def _of_window(points):
    """The verdict from the accuracy that noises add which make shift worse, an Interval each."""
    if not points:
        return "contested"
    if all(each.low > -ALIKE for each in points):
        return "confirmed"
    return "corrected" if all(each.high < -ALIKE for each in points) else "depends"


def judge_smooth(ways):
    """Confirmed if along the step batch norm is smoother by every measure, way and scale.

    Parameters
    ----------
    ways : dict of str to dict of str to Followed
        For each of WAYS, "without" and "with".

    Returns
    -------
    Finding
    """
    found = {
        (way, name): ratio(ways[way]["with"], ways[way]["without"], name)
        for way in WAYS
        for name in ("smoothness", "relative change")
    }
    less = [each.high < 0 for each in found.values()]
    verdict = "confirmed" if all(less) else "depends" if any(less) else "corrected"
    parts = [
        f"{name}, {'each tuned' if way == 'tuned' else 'trained alike'}: {factor(each)}"
        for (way, name), each in found.items()
    ]
    effect = f"At a loss of {LEVEL:g}, with batch norm as a multiple of without; "
    return Finding(verdict, effect + "; ".join(parts) + ".", len(ways[WAYS[0]]["with"].accuracy))


def judge_scale(found):
    """Confirmed if the gradient is orthogonal to W, and 1/a as long when W is a times as long.

    Parameters
    ----------
    found : bnlib.experiments.scale_invariance.Rescaled

    Returns
    -------
    Finding
    """
    orthogonal = found.cosine.max() < EXACT
    inverse = np.abs(found.gradient * found.factor - 1).max() < EXACT
    verdict = "confirmed" if orthogonal and inverse else "corrected"
    effect = (
        f"Every hidden W times {found.factor:g}, eps = 0: the gradient's length times "
        f"{found.gradient.mean():.3g}, the effective smoothness times "
        f"{found.smoothness.mean():.3g}; largest |cosine| of W and its gradient "
        f"{'below 1e-9' if orthogonal else f'{found.cosine.max():.1g}'}."
    )
    return Finding(verdict, effect, len(found.loss))


def ratio(one, other, name, level=LEVEL):
    """Logarithm of a measure of one over that of another at the same loss: an Interval.

    Parameters
    ----------
    one, other : bnlib.experiments.shift_or_smoothness.Followed
        Of the same seeds.
    name : str
        Of a measure.
    level : float

    Returns
    -------
    bnlib.experiments.interval.Interval
    """
    return interval(np.log(one.at_loss(name, level) / other.at_loss(name, level)))


def factor(logarithm):
    """ "0.21 (0.18 to 0.25)": the interval of a logarithm as one of the factor."""
    middle, low, high = np.exp([logarithm.mean, logarithm.low, logarithm.high])
    return f"{middle:.2f} ({low:.2f} to {high:.2f})"


def _shift(followed, steps):
    """Of each seed, the mean over the first steps."""
    return followed.shift[:, : SHIFT_STEPS.index(steps) + 1].mean(axis=1)


def _fresh(way, variants, seeds, folder):
    stored = load_stored()[way]
    return {name: measure(stored[name].run, seeds, folder=folder) for name in variants}


def _fresh_smooth(seeds, folder):
    return judge_smooth({way: _fresh(way, ("without", "with"), seeds, folder) for way in WAYS})


CLAIMS = (
    Claim(
        number="9c",
        said="Noise behind batch norm that makes the shift worse than without batch norm does not "
        "keep the network from training well.",
        source="santurkar2018how",
        section="chapters/07_is_that_why.ipynb#turn-the-noise-up",
        stored=lambda: judge_shaken(load_stored()["alike"]),
        fresh=lambda seeds, folder: judge_shaken(
            _fresh("alike", ("without", *SHAKEN), seeds, folder)
        ),
    ),
    Claim(
        number="9d",
        said="Batch norm makes the loss smoother along the gradient step: the gradient changes "
        "less for the distance moved.",
        source="santurkar2018how",
        section="chapters/07_is_that_why.ipynb#ask-at-which-rate-and-at-which-loss",
        stored=lambda: judge_smooth(load_stored()),
        fresh=_fresh_smooth,
    ),
    Claim(
        number="9e",
        said="Behind batch norm the length of W does not matter: the gradient is orthogonal to W, "
        "and 1/a as long when W is a times as long.",
        source="vanlaarhoven2017l2, arora2019theoretical",
        section="chapters/07_is_that_why.ipynb#multiply-w-by-ten",
        stored=lambda: judge_scale(rescaled(FACTOR)),
        fresh=lambda seeds, _folder: judge_scale(rescaled(FACTOR, seeds)),
    ),
)
