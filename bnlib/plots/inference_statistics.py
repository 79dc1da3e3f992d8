"""Pictures of what a network uses at test time: averages of statistics, and their errors."""

import numpy as np

from bnlib.experiments.batch_statistics import STARTS, moving_average
from bnlib.experiments.inference_statistics import DECAYS, LOOKS
from bnlib.experiments.small_batches import BATCH_SIZES
from bnlib.plots.style import GRID, MUTED, NORM, TEXT, THIRD

_STARTS = {
    "zero": ("start at 0", {"color": TEXT, "linestyle": (0, (1, 1.2))}),
    "corrected": ("start at 0, corrected", {"color": NORM, "linestyle": "-"}),
    "frameworks": ("start at 1", {"color": TEXT, "linestyle": (0, (6, 2, 1, 2))}),
}
_DECAYS = ((0, (1, 1.5)), "-", (0, (6, 2)), (0, (6, 2, 1, 2)))


def averages(values, decay):
    """The average of one unit's variances after each step, for every start.

    Parameters
    ----------
    values : (T,) array
    decay : float

    Returns
    -------
    dict of str to (T,) array
        By the names of STARTS.
    """
    found = {}
    for start in STARTS:
        average = moving_average(decay, start, 1)
        found[start] = np.empty(len(values))
        for t, value in enumerate(values):
            average.update([[0.0], [value]])
            found[start][t] = average.value[1, 0]
    return found


def draw_averages(axes, measured, truth, decay):
    """What each batch measured, the truth, and three averages that start differently.

    Parameters
    ----------
    axes : matplotlib Axes
    measured, truth : (T,) array
        A variance, at each training step.
    decay : float
    """
    steps = np.arange(1, len(measured) + 1)
    axes.plot(steps, measured, ".", color=MUTED, markersize=3, alpha=0.6, label="a batch")
    for start, line in averages(measured, decay).items():
        name, style = _STARTS[start]
        axes.plot(steps, line, label=name, **style)
    axes.plot(steps, truth, color=THIRD, linestyle=(0, (6, 2)), label="the truth")
    axes.set(xlabel="training step", ylabel="variance of z", ylim=(0, 1.6 * truth.max()))
    axes.grid(axis="y", color=GRID, linewidth=0.6)


def draw_off(axes, statistics, batch_size):
    """How far corrected averages are off, against the step, a line a decay, on two log axes.

    Parameters
    ----------
    axes : matplotlib Axes
    statistics : bnlib.experiments.inference_statistics.Statistics
    batch_size : int
    """
    for decay, dashes, colour in zip(DECAYS, _DECAYS, (MUTED, NORM, THIRD, TEXT), strict=True):
        off = 100 * statistics.estimate_off(batch_size, decay).mean(axis=0)
        axes.plot(LOOKS, off, color=colour, linestyle=dashes, label=f"decay {decay:g}")
    axes.set(xscale="log", yscale="log", xlabel="training step")
    axes.set_xticks([1, 10, 100, 400], ["1", "10", "100", "400"])
    axes.set_yticks([1, 3, 10, 30, 100], ["1", "3", "10", "30", "100"])
    axes.minorticks_off()
    axes.set_title(f"batches of {batch_size}")
    axes.grid(axis="y", color=GRID, linewidth=0.6)


def draw_errors(axes, errors):
    """Test error against the batch size of training, with 95 % intervals, on two log axes.

    Parameters
    ----------
    axes : matplotlib Axes
    errors : dict of str to list of bnlib.experiments.interval.Interval
        Up to four lines, each with one interval a batch size, in percent.
    """
    colours, marks = (NORM, TEXT, MUTED, THIRD), "os^D"
    dashes = ("-", (0, (6, 2)), (0, (1, 1.5)), (0, (6, 2, 1, 2)))
    for (name, row), *look in zip(errors.items(), colours, marks, dashes, strict=False):
        colour, mark, dash = look
        axes.errorbar(
            BATCH_SIZES,
            [each.mean for each in row],
            [each.half_width for each in row],
            label=name,
            color=colour,
            marker=mark,
            markersize=5,
            linestyle=dash,
            capsize=2,
        )
    axes.set(xscale="log", yscale="log", xlabel="batch size m of training")
    axes.set_xticks(BATCH_SIZES, [str(m) for m in BATCH_SIZES])
    axes.set_yticks([2, 5, 10, 20, 50], ["2", "5", "10", "20", "50"])
    axes.minorticks_off()
    axes.grid(axis="y", color=GRID, linewidth=0.6)
