"""Pictures of logistic regression on unequal inputs: the table, the path, the steps it takes."""

import numpy as np

from bnlib.experiments.interval import interval
from bnlib.experiments.ravine import theory_steps
from bnlib.experiments.scale_the_inputs import GAP
from bnlib.plots.style import GRID, MUTED, NORM, NORM_LINE, PLAIN, PLAIN_LINE, TEXT

LARGEST_RATIO = 1000  # how far the theory's line is drawn


def draw_table(axes, x, labels):
    """Threes and eights as points: the share of ink on the left, and all ink.

    Parameters
    ----------
    axes : matplotlib Axes
    x : (N, 2) array
    labels : (N,) array
        1 for an eight.
    """
    kinds = (("three", 0, "o", "none", PLAIN), ("eight", 1, "s", NORM, NORM))
    for name, label, marker, face, edge in kinds:
        left, ink = x[labels == label].T
        axes.scatter(left, ink, s=16, marker=marker, facecolors=face, edgecolors=edge, label=name)
    axes.set(xlabel="share of the ink on the left", ylabel="ink", xlim=(0, 1), ylim=(0, 500))
    axes.legend(loc="upper right")


def draw_surface(axes, first, second, losses, path, minimum):
    """Lines of equal loss over two weights, and the path of gradient descent.

    Parameters
    ----------
    axes : matplotlib Axes
    first, second : (A,) and (B,) arrays
        Values of the two weights.
    losses : (B, A) array
    path : (T, 2) array
        The weights after each step.
    minimum : (2,) array
    """
    levels = losses.min() + np.geomspace(0.01, 1, 12) * np.ptp(losses)
    axes.contour(first, second, losses, levels=levels, colors=MUTED, linewidths=0.7, linestyles="-")
    axes.plot(*path.T, color=PLAIN, linewidth=1, linestyle="-", marker="o", markersize=2.5)
    axes.plot(*minimum, marker="x", color=TEXT, markersize=8, markeredgewidth=2)
    axes.set(xlabel="$w_1$", xlim=first[[0, -1]], ylim=second[[0, -1]])


def draw_steps(axes, result):
    """Steps against the scale ratio: measured, and the theory's line, also beyond.

    Parameters
    ----------
    axes : matplotlib Axes
    result : bnlib.experiments.scale_the_inputs.ScaleRatios
    """
    kappa = result.condition.mean(axis=1)
    beyond = kappa[-1] * (LARGEST_RATIO / result.ratios[-1]) ** 2  # kappa grows with the square
    ratios = np.append(result.ratios, LARGEST_RATIO)
    theory = theory_steps(np.append(kappa, beyond), GAP)
    axes.plot(ratios, theory, color=MUTED, linestyle=":", label="theory, from κ at the minimum")
    steps = [interval(row) for row in result.steps]
    axes.errorbar(
        result.ratios,
        [s.mean for s in steps],
        yerr=[s.half_width for s in steps],
        label="measured",
        marker="o",
        markersize=4.5,
        **PLAIN_LINE,
    )
    standardized = np.full(2, steps[0].mean)
    axes.plot(ratios[[0, -1]], standardized, label="measured, standardized first", **NORM_LINE)
    axes.set(xscale="log", yscale="log", xlabel="scale ratio", xlim=(0.9, 1.1 * LARGEST_RATIO))
    axes.set_ylabel("steps")
    axes.grid(color=GRID, linewidth=0.6)
    axes.legend(fontsize=9, loc="upper left", handlelength=3)
