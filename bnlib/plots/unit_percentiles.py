"""One unit through training: the band in which the middle 70 % of its values lie."""

import numpy as np

from bnlib.plots.style import NORM, NORM_LINE, PLAIN, PLAIN_LINE


def draw_unit(axes, steps, z, batch_norm, marker="o"):
    """The {15, 50, 85}th percentiles of one unit's values at each recorded step.

    Parameters
    ----------
    axes : matplotlib Axes
    steps : (F,) sequence of int
    z : (F, n) array
        The unit's values for n probe images.
    batch_norm : bool
        Chooses the colour and the dash.
    marker : str
        Matplotlib's, of the medians; "" for none, where steps are many.
    """
    low, middle, high = np.percentile(z, [15, 50, 85], axis=1)
    colour, line = (NORM, NORM_LINE) if batch_norm else (PLAIN, PLAIN_LINE)
    axes.fill_between(steps, low, high, color=colour, alpha=0.18, linewidth=0)
    axes.plot(steps, middle, **line, marker=marker, markersize=4, linewidth=2.4)
    axes.plot(steps, low, **line, linewidth=1)
    axes.plot(steps, high, **line, linewidth=1)
    axes.axhline(0, color="#7b8794", linewidth=0.8, linestyle=":")
    axes.set(xlabel="training step", title=f"{'with' if batch_norm else 'without'} batch norm")
