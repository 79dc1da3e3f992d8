"""Pictures of shift and smoothness: medians over the seeds with the band of their middle 80 %."""

import numpy as np

from bnlib.experiments.shaken_runs import ACCURACY_STEPS, MULTIPLES, SHIFT_STEPS, WALK_STEPS
from bnlib.plots.style import GRID, MUTED, NORM_LINE, PLAIN_LINE, THIRD

_LINES = {
    "without": PLAIN_LINE,
    "with": NORM_LINE,
    "noise 0.25": {"color": THIRD, "linestyle": ":"},
    "noise 0.5": {"color": THIRD, "linestyle": "-."},
    "noise 1": {"color": MUTED, "linestyle": (0, (1, 3))},
}
_STEPS = {"shift": SHIFT_STEPS, "accuracy": ACCURACY_STEPS[1:]}


def draw_measure(axes, followed, measure, variants=tuple(_LINES)):
    """A measure of some variants against the training step.

    Parameters
    ----------
    axes : matplotlib Axes
    followed : dict of str to bnlib.experiments.shift_or_smoothness.Followed
        One way of training.
    measure : str
        One of MEASURES of that module.
    variants : sequence of str
    """
    for variant in variants:
        steps = _STEPS.get(measure, WALK_STEPS)
        _draw(axes, steps, followed[variant].measure(measure), variant)
    axes.set(xlabel="training step", yscale="linear" if measure == "accuracy" else "log")


def draw_landscape(axes, followed, step, variants=("without", "with", "noise 0.25")):
    """The loss along the gradient step that starts at one training step.

    Parameters
    ----------
    axes : matplotlib Axes
    followed : dict of str to bnlib.experiments.shift_or_smoothness.Followed
        One way of training.
    step : int
        One of `bnlib.experiments.shaken_runs.WALK_STEPS`.
    variants : sequence of str
    """
    for variant in variants:
        losses = followed[variant].own_loss[:, WALK_STEPS.index(step)]
        _draw(axes, (0, *MULTIPLES), losses, variant)
    axes.set(xlabel="times the learning rate", title=f"at training step {step}")


def _draw(axes, x, values, variant):
    low, middle, high = np.nanquantile(values, (0.1, 0.5, 0.9), axis=0)
    line = _LINES[variant]
    axes.fill_between(x, low, high, color=line["color"], alpha=0.15, linewidth=0)
    label = f"BN, {variant}" if variant.startswith("noise") else f"{variant} batch norm"
    axes.plot(x, middle, **line, label=label)
    axes.grid(axis="y", color=GRID, linewidth=0.6)
