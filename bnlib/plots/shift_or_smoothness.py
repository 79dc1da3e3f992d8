"""Pictures of shaken networks: how far their layers move, and what they meet along the gradient."""

import numpy as np

from bnlib.experiments.drift import EVERY
from bnlib.experiments.interval import interval
from bnlib.experiments.shift_or_smoothness import LINES, RATES
from bnlib.plots.style import MUTED, NORM_LINE, PLAIN_LINE, THIRD

_LINES = {
    "without": PLAIN_LINE | {"marker": "o", "label": "without batch norm"},
    "with": NORM_LINE | {"marker": "s", "label": "with it"},
    "alike": {"color": MUTED, "linestyle": "-.", "marker": "D", "label": "with it, trained alike"},
    "noise 0.25": {"color": THIRD, "linestyle": ":", "marker": "^", "label": "with noise 0.25"},
    "noise 0.5": {"color": THIRD, "linestyle": "--", "marker": "v", "label": "with noise 0.5"},
    "noise 1": {"color": THIRD, "linestyle": "-.", "marker": "x", "label": "with noise 1"},
}


def draw_moved(axes, outcomes, names):
    """Movement of layer 5 in each stretch against the step, with 95 % intervals over the seeds.

    Parameters
    ----------
    axes : matplotlib Axes
    outcomes : dict of str to bnlib.experiments.shift_or_smoothness.Outcome
    names : sequence of str
        Which of them.
    """
    _draw(axes, np.array(LINES) + EVERY, {name: outcomes[name].moved for name in names})
    axes.set(yscale="log", xlabel="training step")


def draw_lines(axes, outcomes, names, yardstick, measure):
    """One measure of the line along the gradient against the step, with 95 % intervals.

    Parameters
    ----------
    axes : matplotlib Axes
    outcomes : dict of str to bnlib.experiments.shift_or_smoothness.Outcome
    names : sequence of str
    yardstick : "rate" or "share"
    measure : "loss_range", "predictiveness" or "smoothness"
    """
    _draw(axes, LINES, {name: outcomes[name].lines[yardstick, measure] for name in names})
    axes.set(yscale="log", xlabel="training step")


def draw_rise(axes, outcomes, names, stretch):
    """The loss along the gradient minus the loss where it starts: medians over the seeds.

    Parameters
    ----------
    axes : matplotlib Axes
    outcomes : dict of str to bnlib.experiments.shift_or_smoothness.Outcome
    names : sequence of str
    stretch : int
        Which of the lines, from 0.
    """
    for name in names:
        medians = np.median(outcomes[name].rise[:, stretch], axis=0)
        axes.plot([0, *RATES], [0, *medians], markersize=4.5, **_LINES[name])
    axes.axhline(0, color=MUTED, linewidth=0.8)
    axes.set(xlabel="rate", title=f"step {LINES[stretch]}")


def _draw(axes, steps, values):
    for name, each in values.items():
        found = [interval(column) for column in each.T]
        mean, half = [i.mean for i in found], [i.half_width for i in found]
        axes.errorbar(steps, mean, yerr=half, capsize=2, markersize=4.5, **_LINES[name])
