"""Pictures of the animals, and of how often networks trained on black ones are right."""

import numpy as np

from bnlib.data.coats import COLOURS, POSITIONS
from bnlib.experiments.coloured_cats import SHARES
from bnlib.experiments.interval import interval
from bnlib.plots.style import GRID, MUTED, NORM_LINE, PLAIN, PLAIN_LINE, THIRD

_LINES = {
    "without": ("without batch norm", PLAIN_LINE | {"marker": "o"}),
    "restandardized": (
        "without, inputs standardized anew",
        {"color": PLAIN, "linestyle": (0, (1, 1.5)), "marker": "D"},
    ),
    "frozen": ("with, as trained", NORM_LINE | {"marker": "s"}),
    "recalibrated": (
        "with, recalibrated",
        {"color": THIRD, "linestyle": (0, (5, 1.5, 1, 1.5)), "marker": "^"},
    ),
}
_SHARE_LINES = ("without", "frozen", "recalibrated")


def draw_pictures(axes, pictures, names):
    """One picture on each axes, its pixels as squares, with its name above.

    Parameters
    ----------
    axes : sequence of matplotlib Axes
    pictures : (N, side, side, 3) array
        0 to 1.
    names : sequence of N str
    """
    for panel, picture, name in zip(axes, pictures, names, strict=True):
        panel.imshow(picture, interpolation="nearest")
        panel.set(xticks=[], yticks=[])
        panel.set_title(name, loc="center", fontweight="normal", fontsize=10)
        panel.spines[:].set_visible(False)


def draw_by_colour(axes, result):
    """Accuracy against the fur's colour with 95 % intervals; white and mixed stand apart.

    Parameters
    ----------
    axes : matplotlib Axes
    result : bnlib.experiments.coloured_cats.ColourShift
    """
    way = np.array(POSITIONS)
    for number, (variant, (label, line)) in enumerate(_LINES.items()):
        found = [interval(100 * column) for column in result.accuracy(variant).T]
        mean, half = np.array([(i.mean, i.half_width) for i in found]).T
        on_way = slice(0, len(way))
        axes.plot(way, mean[on_way], label=label, markersize=4, **line)
        low, high = (mean - half)[on_way], (mean + half)[on_way]
        axes.fill_between(way, low, high, color=line["color"], alpha=0.15, linewidth=0)
        apart = np.array([1.2, 1.45]) + 0.025 * (number - 1.5)
        line = line | {"linestyle": "none"}
        axes.errorbar(apart, mean[len(way) :], half[len(way) :], capsize=2, markersize=4, **line)
    axes.axhline(50, color=GRID, linewidth=1, linestyle="-", zorder=0)
    axes.set_xticks([0, 0.5, 1, 1.2, 1.45], ["black", "half orange", "orange", "white", "mixed"])
    axes.set(ylim=(30, 100), ylabel="right answers (%)")


def draw_by_share(axes, result, colour):
    """Accuracy against the share of cats among the new animals, with 95 % intervals.

    Parameters
    ----------
    axes : matplotlib Axes
    result : bnlib.experiments.coloured_cats.ColourShift
    colour : float or str
        One of COLOURS.
    """
    shares = 100 * np.array(SHARES)
    for variant in _SHARE_LINES:
        label, line = _LINES[variant]
        place = COLOURS.index(colour)
        found = [interval(100 * result.accuracy(variant, s)[:, place]) for s in SHARES]
        mean, half = np.array([(i.mean, i.half_width) for i in found]).T
        axes.errorbar(shares, mean, half, label=label, capsize=2, markersize=4, **line)
    axes.plot(shares, shares, color=MUTED, linewidth=1, linestyle=":", label="always “cat”")
    axes.set(xlabel="cats among the new animals (%)", ylim=(45, 102))
