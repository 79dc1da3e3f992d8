"""Pictures of the sigmoid's parts, and of how much of z lies on each."""

import numpy as np

from bnlib.experiments.interval import interval
from bnlib.experiments.sigmoid_parts import FLAT_ABOVE, LINEAR_BELOW, PARTS
from bnlib.plots.style import GRID, NORM, TEXT

_SHADES = (NORM, "#8fb4e8", "#e8eef7")  # of bars: linear, curved, flat, each with its name on it
_GROUNDS = ("#cfd8e3", "#e9edf2", "#ffffff")  # the same behind the curve, paler


def draw_parts(axes, z):
    """The sigmoid with its three parts shaded, and the histogram of the values `z` under it.

    Parameters
    ----------
    axes : matplotlib Axes
    z : array of any shape
    """
    grid = np.linspace(-6.5, 6.5, 261)
    edges = [(0, LINEAR_BELOW), (LINEAR_BELOW, FLAT_ABOVE), (FLAT_ABOVE, grid[-1])]
    for name, shade, (low, high) in zip(PARTS, _GROUNDS, edges, strict=True):
        for side in (-1, 1):
            axes.axvspan(side * low, side * high, color=shade, linewidth=0)
        middle = 0 if name == "linear" else (low + high) / 2
        for x in sorted({middle, -middle}):
            axes.text(x, 1.06, name, ha="center", va="bottom", fontsize=10)
    heights, places = np.histogram(
        np.clip(z, grid[0], grid[-1]), bins=52, range=(grid[0], grid[-1])
    )
    axes.stairs(0.5 * heights / heights.max(), places, fill=True, color=NORM, alpha=0.55)
    axes.plot(grid, 1 / (1 + np.exp(-grid)), color=TEXT, linewidth=2.2, linestyle="-")
    axes.plot([-2, 2], [0, 1], color=TEXT, linewidth=1, linestyle=":")  # the tangent at 0
    axes.set(
        xlim=(grid[0], grid[-1]),
        ylim=(0, 1.18),
        xlabel="z, what the sigmoid receives",
        yticks=(0, 0.5, 1),
    )
    axes.set_ylabel("sigmoid(z)")


def draw_shares(axes, result, layer=1):
    """Bars of the shares of z on the three parts, one bar a state, with 95 % intervals.

    Parameters
    ----------
    axes : matplotlib Axes
    result : bnlib.experiments.sigmoid_parts.SigmoidParts
    layer : 0 or 1
        The hidden layer, counted from the input.
    """
    rows = {"start": "before training", "held": "γ = 1, β = 0 held", "learned": "γ, β learned"}
    for place, name in enumerate(rows):
        left = 0
        for part, shade in enumerate(_SHADES):
            share = interval(result.shares[name][:, layer, part])
            axes.barh(place, share.mean, left=left, color=shade, edgecolor="white", height=0.62)
            left += share.mean
            if share.mean > 0.05:
                colour = "white" if part == 0 else TEXT
                text = f"{PARTS[part]} {share.mean:.0%}"
                axes.text(
                    left - share.mean / 2, place, text, ha="center", va="center", color=colour
                )
            if part == 0:
                axes.errorbar(
                    left, place, xerr=share.half_width, color=TEXT, capsize=3, linestyle="none"
                )
    axes.set(
        xlim=(0, 1), yticks=range(len(rows)), xlabel="share of z", xticks=(0, 0.25, 0.5, 0.75, 1)
    )
    axes.set_yticklabels(rows.values(), color=TEXT)
    axes.set_xticklabels(["0", "25 %", "50 %", "75 %", "100 %"])
    axes.invert_yaxis()
    axes.tick_params(length=0)
    axes.spines[["left", "bottom"]].set_color(GRID)
