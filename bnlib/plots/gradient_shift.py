"""Two measures of shift beside each other: how far values move, how far gradients turn."""

from bnlib.experiments.interval import interval
from bnlib.plots.style import GRID, NORM_LINE, PLAIN_LINE, THIRD

_SERIES = (
    ("without", "without batch norm", PLAIN_LINE | {"marker": "o"}),
    ("with", "with, its own training", NORM_LINE | {"marker": "s"}),
    ("alike", "with, trained alike", {"color": THIRD, "linestyle": ":", "marker": "^"}),
)


def draw_measure(axes, results, activation, measure):
    """One measure against the layer, mean over the run, with 95 % intervals over the seeds.

    Parameters
    ----------
    axes : matplotlib Axes
    results : dict of str to bnlib.experiments.gradient_shift.Shifts
    activation : "relu" or "sigmoid"
    measure : "moved", "relative" or "cosine"
    """
    for side, label, line in _SERIES:
        shifts = results[f"{activation} {side}"]
        means = [interval(shifts.of_run(measure, layer)) for layer in shifts.layers]
        axes.errorbar(
            shifts.layers,
            [each.mean for each in means],
            yerr=[each.half_width for each in means],
            label=label,
            capsize=2,
            markersize=4.5,
            **line,
        )
    axes.set(xticks=shifts.layers, xlabel="layer")
    axes.grid(axis="y", color=GRID, linewidth=0.6)
    axes.label_outer()
    axes.autoscale(axis="y")
    axes.set_ylim(bottom=0)
