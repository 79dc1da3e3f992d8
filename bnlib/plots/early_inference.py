"""Draws how well a network predicts soon after its first step, by the average that it uses."""

import numpy as np

from bnlib.experiments.interval import interval
from bnlib.plots.style import MUTED, NORM, THIRD

_LINES = {
    "PyTorch": {"color": NORM, "linestyle": "-"},
    "Keras": {"color": MUTED, "linestyle": ":"},
    "Keras, corrected": {"color": THIRD, "linestyle": "-."},
}


def draw_early_inference(axes, result):
    """Mean test accuracy against the step, with its 95 % interval as a band.

    Parameters
    ----------
    axes : matplotlib Axes
    result : EarlyInference
        With 5 seeds or more.
    """
    for name, right in result.accuracy.items():
        looks = [interval(100 * right[:, f]) for f in range(len(result.steps))]
        mean = np.array([look.mean for look in looks])
        half = np.array([look.half_width for look in looks])
        axes.plot(result.steps, mean, label=name, **_LINES[name])
        axes.fill_between(
            result.steps, mean - half, mean + half, color=_LINES[name]["color"], alpha=0.15, lw=0
        )
    axes.set(xlabel="training step", ylabel="test accuracy, %", ylim=(0, 100))
    axes.legend(loc="lower right")
