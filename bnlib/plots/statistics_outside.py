"""Pictures of networks whose gradient takes the statistics for constants."""

import numpy as np

from bnlib.experiments.interval import interval
from bnlib.experiments.statistics_outside import MOMENTA, RATES
from bnlib.plots.style import NORM_LINE, PLAIN_LINE, THIRD

_LINES = {
    "inside": NORM_LINE,
    "outside": PLAIN_LINE,
    "averages": {"color": THIRD, "linestyle": "-."},
}


def draw_bias(axes, results):
    """Mean size of b against the training step, with its 95 % interval.

    Parameters
    ----------
    axes : matplotlib Axes
    results : dict of str to StatisticsOutside
    """
    for norm, result in results.items():
        spans = [interval(column) for column in result.bias.T]
        mean, half = (np.array([getattr(s, k) for s in spans]) for k in ("mean", "half_width"))
        axes.plot(result.steps, mean, label=norm, **_LINES[norm])
        color = _LINES[norm]["color"]
        axes.fill_between(result.steps, mean - half, mean + half, color=color, alpha=0.2, lw=0)
    axes.set(xlabel="training step", title="mean |b|")


def draw_rates(axes, tried, momentum=0.0):
    """Validation accuracy against the learning rate.

    Parameters
    ----------
    axes : matplotlib Axes
    tried : dict of str to (R, M) array
        As `load_tried` returns it.
    momentum : float
        One of MOMENTA.
    """
    for norm, accuracy in tried.items():
        column = 100 * np.asarray(accuracy)[:, MOMENTA.index(momentum)]
        axes.plot(RATES, column, label=norm, marker="o", markersize=3.5, **_LINES[norm])
    axes.set(xscale="log", xlabel=f"learning rate (momentum {momentum:g})", ylim=(0, 102))
    axes.set_title("validation accuracy, %")
    axes.set_xticks(RATES, [f"{rate:g}" for rate in RATES])
    axes.minorticks_off()
