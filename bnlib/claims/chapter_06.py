"""Claims of chapter 6: inputs of layers that shift, what batch norm does to it, what it costs."""

import numpy as np

from bnlib.claims.claim import Claim, Finding
from bnlib.experiments import coupling, drift, frozen_layers, gradient_shift
from bnlib.experiments.interval import interval

ACTIVATIONS = ("relu", "sigmoid")
INDEPENDENT = 0.25  # of the movement without batch norm: what may be left, if layers are decoupled


def judge_drift(drifts, seeds):
    """Confirmed if, without batch norm, values move and layer 5 moves further than layer 1.

    Parameters
    ----------
    drifts : dict of str to bnlib.experiments.drift.Drift
    seeds : int

    Returns
    -------
    Finding
    """
    moved = [drifts[f"{name} without"].received.mean(axis=1) for name in ACTIVATIONS]
    further = [_sign(layers[:, -1] - layers[:, 0]) for layers in moved]
    still = any(_sign(layers[:, 0]) < 1 for layers in moved)
    verdict = "corrected" if still else _vote(further, confirmed=1)
    relu = [interval(layer) for layer in (moved[0][:, 0], moved[0][:, -1])]
    effect = (
        f"In 30 steps, what layer 1 of a ReLU network receives moves by {relu[0]:.2f} of its "
        f"standard deviation, layer 5 by {relu[1]:.2f}; with sigmoids, layer 5 by "
        f"{interval(moved[1][:, -1]):.2f}."
    )
    return Finding(verdict, effect, seeds)


def judge_cost(boxes, seeds):
    """Confirmed if a replayed movement costs accuracy by the rule of `frozen_layers`.

    Contested if it lies between frozen layers that are bad and frozen layers that are good.

    Parameters
    ----------
    boxes : dict of str to dict of str to bnlib.experiments.frozen_layers.Box
    seeds : int

    Returns
    -------
    Finding
    """
    found = {side: frozen_layers.verdict(arms) for side, arms in boxes.items()}
    plain = {"costs": "confirmed", "helps": "corrected", "between": "contested"}
    verdicts = {plain[each] for each in found.values()}
    arms = boxes["without"]
    replayed = arms["replayed"].score
    ahead = [
        interval(100 * (replayed - arms["frozen at the start"].score)),
        interval(100 * (arms["frozen at the end"].score - replayed)),
    ]
    effect = (
        "Over layers 1 and 2 that move, the upper ones read on average "
        f"{ahead[0]:.1f} points more than over layers frozen at their start, and {ahead[1]:.1f} "
        "fewer than over layers frozen after a training."
    )
    return Finding(verdicts.pop() if len(verdicts) == 1 else "depends", effect, seeds)


def judge_values(shifts, seeds):
    """Confirmed if layer 5's values move less with batch norm, tuned and trained alike.

    Parameters
    ----------
    shifts : dict of str to bnlib.experiments.gradient_shift.Shifts
    seeds : int

    Returns
    -------
    Finding
    """
    moved = {name: shift.of_run("moved", 5) for name, shift in shifts.items()}
    signs = [
        _sign(moved[f"{name} {side}"] - moved[f"{name} without"])
        for name in ACTIVATIONS
        for side in ("with", "alike")
    ]
    effect = (
        f"Layer 5 moves by {interval(moved['relu without']):.2f} standard deviations in 30 steps "
        f"without, by {interval(moved['relu with']):.2f} with batch norm (ReLU); with sigmoids by "
        f"{interval(moved['sigmoid without']):.2f} and {interval(moved['sigmoid with']):.2f}."
    )
    return Finding(_vote(signs, confirmed=-1), effect, seeds)


def judge_gradients(shifts, seeds):
    """Confirmed if layer 5's gradient changes no less with batch norm, trained alike.

    At the beginning and at the end of the training, with either activation; corrected if it changes
    less in all four cases.

    Parameters
    ----------
    shifts : dict of str to bnlib.experiments.gradient_shift.Shifts
    seeds : int

    Returns
    -------
    Finding
    """
    ends = {name: shift.relative[:, [0, -1], -1] for name, shift in shifts.items()}
    less = [
        _sign(ends[f"{name} alike"][:, when] - ends[f"{name} without"][:, when]) < 0
        for name in ACTIVATIONS
        for when in (0, 1)
    ]
    verdict = "depends" if any(less) else "confirmed"
    relu = [interval(ends[f"relu {side}"][:, w]) for w in (0, 1) for side in ("alike", "without")]
    effect = (
        "When the layers below step, the gradient of layer 5 (ReLU) changes by {:.2f} of its "
        "length with batch norm and {:.2f} without in the first 30 steps, by {:.2f} and {:.2f} in "
        "the last 30.".format(*relu)
    )
    return Finding("corrected" if all(less) else verdict, effect, seeds)


def judge_coupling(responses, seeds):
    """Corrected if a change of W1 still moves the values of layer 5 as a dependent layer's.

    Confirmed if, trained alike, they move at most INDEPENDENT as far as without batch norm.

    Parameters
    ----------
    responses : dict of str to bnlib.experiments.coupling.Coupling
    seeds : int

    Returns
    -------
    Finding
    """
    left = [
        _sign(
            responses[f"{name} alike"].value[:, moment]
            - INDEPENDENT * responses[f"{name} without"].value[:, moment]
        )
        for name in ACTIVATIONS
        for moment in (0, 1)
    ]
    relu = responses["relu without"], responses["relu alike"]
    value = [interval(each.value[:, 0]) for each in relu]
    mean = [interval(each.mean[:, 0]) for each in relu]
    effect = (
        f"Change W of layer 1 by a tenth: values in layer 5 of an untrained ReLU network move by "
        f"{value[1]:.2f} of their spread with batch norm, {value[0]:.2f} without; only the mean "
        f"stands still ({mean[1]:.2f} against {mean[0]:.2f})."
    )
    return Finding(_vote(left, confirmed=-1), effect, seeds)


def _sign(values):
    """-1 or 1 if the 95 % interval of the mean lies on one side of 0, else 0."""
    if not np.isfinite(values).all():  # a run that diverged says nothing
        return 0
    found = interval(values)
    return int(np.sign(found.mean)) if abs(found.mean) > found.half_width else 0


def _vote(signs, confirmed):
    """Confirmed if all signs are this one, corrected if all are the other, else depends."""
    if set(signs) == {confirmed}:
        return "confirmed"
    return "corrected" if set(signs) == {-confirmed} else "depends"


def _fresh_drift(seeds, folder):
    names = [f"{name} without" for name in ACTIVATIONS]
    settings = {name: each.setting for name, each in drift.load_stored().items() if name in names}
    fresh = {name: drift.measure(each, seeds, folder) for name, each in settings.items()}
    return judge_drift(fresh, len(seeds))


def _fresh_cost(seeds, folder):
    settings = {
        side: {arm: box.setting for arm, box in arms.items()}
        for side, arms in frozen_layers.load_stored().items()
    }
    return judge_cost(frozen_layers.measure(settings, seeds, folder), len(seeds))


def _found_by(experiment, judge):
    """The two functions of a claim that an experiment's whole result decides."""
    return {
        "stored": lambda: judge(experiment.load_stored(), len(experiment.SEEDS)),
        "fresh": lambda seeds, folder: judge(experiment.measure(seeds, folder), len(seeds)),
    }


_PAGE = "chapters/06_shift_inside_the_network.ipynb"

CLAIMS = (
    Claim(
        number=8,
        said="A layer sees the distribution of its inputs change while the layers before it learn.",
        source="ioffe2015batch, lecture notes",
        section=f"{_PAGE}#compare-like-with-like",
        stored=lambda: judge_drift(drift.load_stored(), len(drift.SEEDS)),
        fresh=_fresh_drift,
    ),
    Claim(
        number="8b",
        said="Because its inputs shift, a layer takes longer to learn.",
        source="ioffe2015batch, lecture notes",
        section=f"{_PAGE}#ask-whether-moving-costs-anything",
        stored=lambda: judge_cost(frozen_layers.load_stored(), len(frozen_layers.SEEDS)),
        fresh=_fresh_cost,
    ),
    Claim(
        number=9,
        said="Batch norm reduces how much the distribution of hidden values shifts around.",
        source="ioffe2015batch, lecture notes",
        section=f"{_PAGE}#compare-like-with-like",
        **_found_by(gradient_shift, judge_values),
    ),
    Claim(
        number="9b",
        said="Measured by the gradient, batch norm reduces no shift, or even adds to it.",
        source="santurkar2018how",
        section=f"{_PAGE}#measure-the-gradient-instead",
        **_found_by(gradient_shift, judge_gradients),
    ),
    Claim(
        number=10,
        said="Batch norm makes the layers independent of each other.",
        source="lecture notes",
        section=f"{_PAGE}#shake-the-first-layer",
        **_found_by(coupling, judge_coupling),
    ),
)
