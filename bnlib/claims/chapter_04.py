"""Claims of chapter 4: faster descent, larger learning rates, and gradients in deep networks."""

import numpy as np

from bnlib.claims.claim import Claim, Finding
from bnlib.claims.words import signed
from bnlib.experiments.growth import at_start, factor_a_layer
from bnlib.experiments.interval import interval
from bnlib.experiments.tuned_descent import NAMES, TINY_RATE, load_stored, measure, tiny_steps

ACTIVATIONS = ("relu", "sigmoid")
LEVEL = 0.90  # of the test images, read correctly
NEVER = 2  # times the last look: what a run that does not get there counts as
ALIKE = 1.0  # points of accuracy within which two networks are alike
THEORY = np.sqrt(np.pi / (np.pi - 1))  # Yang et al.: a wide ReLU network, a large batch
SEEDS = range(20)


def judge_speed(steps):
    """Confirmed if batch norm gets there sooner with both activations, each network tuned.

    Parameters
    ----------
    steps : dict of str to (S,) array
        Steps to LEVEL, for each of NAMES.

    Returns
    -------
    Finding
    """
    saved = {a: interval(steps[f"{a} without"] - steps[f"{a} with"]) for a in ACTIVATIONS}
    sooner = [each.low > 0 for each in saved.values()]
    verdict = "confirmed" if all(sooner) else "depends" if any(sooner) else "corrected"
    effect = "Tuned as hard, the network with batch norm reads 90 % after " + ", ".join(
        f"{interval(steps[f'{name} with']):.0f} steps instead of "
        f"{interval(steps[f'{name} without']):.0f} ({name}, {saved[name]:.0f} fewer)"
        for name in ACTIVATIONS
    )
    return Finding(verdict, effect + ".", len(steps[NAMES[0]]))


def judge_tiny(steps, points):
    """Confirmed if at a tiny rate batch norm is neither sooner nor better.

    Parameters
    ----------
    steps : dict of str to (S,) array
        Steps to LEVEL, "without" and "with".
    points : dict of str to (S,) array
        Test accuracy in percent at the end.

    Returns
    -------
    Finding
    """
    saved = interval(steps["without"] - steps["with"])
    gain = interval(points["with"] - points["without"])
    not_sooner, alike = saved.low <= 0, max(abs(gain.low), abs(gain.high)) < ALIKE
    verdict = "corrected"
    if not_sooner:
        verdict = "confirmed" if alike else "depends"
    effect = (
        f"ReLU at the rate {TINY_RATE:g}: 90 % after {interval(steps['with']):,.0f} steps with "
        f"batch norm and {interval(steps['without']):,.0f} without it; at the end they differ by "
        f"{signed(gain, '.1f')} points."
    )
    return Finding(verdict, effect, len(steps["with"]))


def judge_gradient(factors):
    """Confirmed if the gradient grows from layer to layer by about what the theory says.

    Parameters
    ----------
    factors : (S,) array
        From each layer to the one below.

    Returns
    -------
    Finding
    """
    factor = interval(factors)
    near = abs(factor.mean - THEORY) < 0.05
    verdict = "confirmed" if near else "depends" if factor.low > 1 else "corrected"
    effect = (
        f"In 20 layers of 50 ReLU units with batch norm, untrained, the gradient of W grows by a "
        f"factor of {factor:.2f} from each layer to the one below; for wide layers and large "
        f"batches the theory says {THEORY:.3f}."
    )
    return Finding(verdict, effect, len(factors))


def _steps(descents):
    """Steps to LEVEL; a run that does not get there counts as if it took NEVER times as long."""
    return {
        name: np.minimum(descent.steps_to(LEVEL), NEVER * descent.looks[-1])
        for name, descent in descents.items()
    }


def _fresh_speed(seeds, folder):
    tunings = load_stored().tunings
    fresh = {name: measure(tunings[name].best, seeds, folder=folder) for name in NAMES}
    return judge_speed(_steps(fresh))


def _tiny(descents):
    descents = {name.split()[1]: descent for name, descent in descents.items()}
    points = {side: 100 * descent.accuracy[:, -1] for side, descent in descents.items()}
    return judge_tiny(_steps(descents), points)


def _gradient(seeds=SEEDS, _folder=None):
    return judge_gradient(1 / factor_a_layer(at_start("relu", True, seeds=seeds).gradient))


CLAIMS = (
    Claim(
        number=11,
        said="With batch norm, training converges much faster.",
        source="ioffe2015batch, lecture notes",
        section="chapters/04_faster_descent.ipynb#give-the-opponent-everything",
        stored=lambda: judge_speed(_steps(load_stored().descents)),
        fresh=_fresh_speed,
    ),
    Claim(
        number="11b",
        said="Batch norm helps because it permits larger learning rates: where both networks take "
        "tiny steps, it has no advantage.",
        source="bjorck2018understanding",
        section="chapters/04_faster_descent.ipynb#take-tiny-steps-and-wait",
        stored=lambda: _tiny(load_stored().tiny),
        fresh=lambda seeds, folder: _tiny(tiny_steps(seeds, folder=folder)),
    ),
    Claim(
        number="11c",
        said="In a deep ReLU network with batch norm, the gradient grows from layer to layer.",
        source="yang2019mean",
        section="chapters/04_faster_descent.ipynb#find-batch-norm-s-own-limit",
        stored=_gradient,
        fresh=_gradient,
    ),
)
