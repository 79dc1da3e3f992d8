"""Claims of chapter 1: what scaling the inputs does to gradient descent."""

import numpy as np

from bnlib.claims.claim import Claim, Finding
from bnlib.experiments import ravine
from bnlib.experiments.interval import interval
from bnlib.experiments.scale_the_inputs import SEEDS, load_stored, measure_ratios

RATIO = 100  # of the two scales: that of a feature from 0 to 1 and one from 1 to 100
STEEP = 10  # of the ravine that the chapter opens with


def judge_speed(equal, unequal, seeds):
    """Confirmed if unequal scales cost more steps, each at its own tuned rate; paired by seed.

    Parameters
    ----------
    equal, unequal : (S,) array
        Steps at the scale ratios 1 and RATIO.
    seeds : int

    Returns
    -------
    Finding
    """
    factor = interval(np.log10(unequal / equal))
    verdict = "contested"  # the interval holds "no difference"
    if factor.low > 0:
        verdict = "confirmed"
    elif factor.high < 0:
        verdict = "corrected"
    effect = (
        f"With two features on scales 1 to {RATIO}, gradient descent at its tuned rate takes "
        f"{interval(unequal):,.0f} steps; standardized, {interval(equal):.0f}."
    )
    return Finding(verdict, effect, seeds)


def _stored_speed():
    ratios, _ = load_stored()
    at = dict(zip(ratios.ratios, ratios.steps, strict=True))
    return judge_speed(at[1], at[RATIO], len(SEEDS))


def _fresh_speed(seeds, folder):
    stored, _ = load_stored()
    shares = [stored.shares[list(stored.ratios).index(ratio)] for ratio in (1, RATIO)]
    fresh = measure_ratios((1, RATIO), shares, seeds, folder)
    return judge_speed(*fresh.steps, len(seeds))


def judge_zigzag(turns, steps, best, rate):
    """Corrected if the zigzag ends, but not sooner until the rate is raised too.

    Parameters
    ----------
    turns : (2,) sequence of float
        Share of the steps that jump across the ravine, without and with normalized inputs.
    steps : (2,) sequence of int
        Until the loss is down to `ravine.TOLERANCE` of the first, at the same rate.
    best : int
        The same with normalized inputs at the best rate.
    rate : float

    Returns
    -------
    Finding
    """
    calm, sooner = turns[1] < turns[0], steps[1] < 0.9 * steps[0]
    verdict = "contested"
    if calm:
        verdict = "confirmed" if sooner else "corrected"
    effect = (
        f"At the same rate {rate:.2g} the share of steps that jump across the ravine falls from "
        f"{100 * turns[0]:.0f} % to {100 * turns[1]:.0f} %, but it takes {steps[1]} "
        f"steps instead of {steps[0]}. Only a larger rate makes it faster: the best takes {best}."
    )
    return Finding(verdict, effect, 0)


def _zigzag(*_):
    raw, normalized = ravine.quadratic(STEEP), ravine.quadratic(STEEP, normalize=True)
    rate = 0.95 * raw.limit
    runs = [(raw, rate), (normalized, rate), (normalized, normalized.best_rate)]
    turns, steps = zip(*(_walk(*run) for run in runs), strict=True)
    return judge_zigzag(turns[:2], steps[:2], steps[2], rate)


def _walk(problem, rate):
    """Share of the steps that turn round in the steep direction, and steps until it arrived."""
    path, losses = ravine.descend(problem, rate, steps=400)
    arrived = int(np.argmax(losses <= ravine.TOLERANCE * losses[0]))
    error = path[: arrived + 1, 1] - problem.optimum[1]
    return np.mean(error[1:] * error[:-1] < 0), arrived


CLAIMS = (
    Claim(
        number=6,
        said="Features on very different scales slow gradient descent down; normalizing the "
        "inputs speeds it up.",
        source="ng2017improving, lecture notes",
        section="chapters/01_scale_the_inputs.ipynb#let-the-ratio-grow",
        stored=_stored_speed,
        fresh=_fresh_speed,
    ),
    Claim(
        number="6b",
        said="With normalized inputs, gradient descent oscillates less and so converges faster.",
        source="lecture notes",
        section="chapters/01_scale_the_inputs.ipynb#walk-down-a-ravine",
        stored=_zigzag,
        fresh=_zigzag,
    ),
)
