"""Pictures of how far what the layers receive moves during training."""

import numpy as np

from bnlib.experiments.drift import EVERY
from bnlib.experiments.interval import interval
from bnlib.plots.style import NORM_LINE, PLAIN_LINE, THIRD

_SERIES = (
    ("without", "received", "without batch norm", PLAIN_LINE | {"marker": "o"}),
    (
        "with",
        "before_norm",
        "with: z, before it",
        {"color": THIRD, "linestyle": ":", "marker": "^"},
    ),
    ("with", "received", "with: after it", NORM_LINE | {"marker": "s"}),
)


def draw_by_layer(axes, results, activation):
    """Mean movement per stretch against the layer, with 95 % intervals over the seeds.

    Parameters
    ----------
    axes : matplotlib Axes
    results : dict of str to bnlib.experiments.drift.Drift
    activation : "relu" or "sigmoid"
    """
    layers = np.arange(1, results[f"{activation} with"].received.shape[2] + 1)
    for side, field, label, line in _SERIES:
        values = getattr(results[f"{activation} {side}"], field).mean(axis=1)
        _draw_mean(axes, layers, values, label, line)
    axes.set(xticks=layers, xlabel="layer")
    axes.autoscale(axis="y")  # a panel with a shared axis may have fixed its top
    axes.set_ylim(bottom=0)


def draw_over_time(axes, results, activation, layer=5):
    """Movement of one layer against the step, on a logarithmic axis, with 95 % intervals.

    Parameters
    ----------
    axes : matplotlib Axes
    results : dict of str to bnlib.experiments.drift.Drift
    activation : "relu" or "sigmoid"
    layer : int
        Counted from 1.
    """
    for side, field, label, line in _SERIES:
        result = results[f"{activation} {side}"]
        values = getattr(result, field)[:, :, layer - 1]
        _draw_mean(axes, result.steps + EVERY, values, label, line)
    axes.set(yscale="log", xlabel="training step")


def _draw_mean(axes, x, values, label, line):
    intervals = [interval(column) for column in values.T]
    mean = [i.mean for i in intervals]
    axes.errorbar(
        x,
        mean,
        yerr=[i.half_width for i in intervals],
        label=label,
        capsize=2,
        markersize=4.5,
        **line,
    )
