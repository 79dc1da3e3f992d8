"""Pictures of numbers through training: those that learn, and those that stay."""

import numpy as np

from bnlib.plots.style import GRID, MUTED, NORM


def draw_learned(axes, values, start, title):
    """One line a unit, one value a training step.

    Parameters
    ----------
    axes : matplotlib Axes
    values : (F, D) array
        At the steps 0, 1, ...
    start : float
        Where all begin: a thin line marks it.
    title : str
    """
    axes.axhline(start, color=GRID, linewidth=1.5, linestyle="-", zorder=0)
    axes.plot(np.asarray(values), color=NORM, linestyle="-", linewidth=0.9, alpha=0.5)
    axes.set(xlabel="training step", title=title)


def draw_chosen(axes, values, names):
    """A labelled line for each hyperparameter, on a logarithmic axis.

    Parameters
    ----------
    axes : matplotlib Axes
    values : (F, n) array
        Above 0; at the steps 0, 1, ...
    names : sequence of n str
    """
    for name, line in zip(names, np.transpose(values), strict=True):
        axes.plot(line, color=MUTED, linestyle=(0, (1, 1.5)), linewidth=2)
        where = {"xytext": (3, -5), "textcoords": "offset points", "va": "top"}
        axes.annotate(f"{name} {line[-1]:g}", (0, line[-1]), **where)
    axes.set(yscale="log", xlabel="training step", title="chosen")
    axes.set_ylim(np.min(values) / 30, 4)
    axes.minorticks_off()
