"""Pictures of how well networks read digits, by where batch norm stands."""

import numpy as np

from bnlib.experiments.interval import interval
from bnlib.experiments.placed_networks import INPUTS
from bnlib.experiments.scaled_digits import DATA
from bnlib.experiments.tuned_places import RATES
from bnlib.plots.style import GRID, NORM_LINE, PLAIN_LINE, THIRD

_AFTER_LINE = {"color": THIRD, "linestyle": ":"}
_POSITIONS = (
    ("before", "before: z", NORM_LINE | {"marker": "s"}),
    ("after", "after: a", _AFTER_LINE | {"marker": "^"}),
    ("none", "no batch norm", PLAIN_LINE | {"marker": "o"}),
)
_HIDDEN = (
    ("none", "none", {"color": PLAIN_LINE["color"], "marker": "o"}),
    ("before", "batch norm", {"color": NORM_LINE["color"], "marker": "s"}),
)


def draw_by_rate(axes, outcomes, activation):
    """Validation accuracy against the learning rate, a line for each position of batch norm.

    Parameters
    ----------
    axes : matplotlib Axes
    outcomes : dict of (activation, position) to Outcome
    activation : str
    """
    for position, label, line in _POSITIONS:
        by_rate = 100 * outcomes[activation, position].by_rate
        axes.plot(RATES, by_rate, label=label, markersize=4.5, **line)
    axes.set(xscale="log", xlabel="learning rate", title=activation)
    axes.set_xticks(RATES[1::2], [f"{rate:g}" for rate in RATES[1::2]])
    axes.minorticks_off()
    axes.grid(axis="y", color=GRID, linewidth=0.8, linestyle="-")


def draw_inputs(figure, outcomes):
    """Test accuracy for each treatment of x, without and with batch norm in the hidden layers.

    Parameters
    ----------
    figure : matplotlib Figure
        Gets two panels, plain and awkward digits, with shared axes.
    outcomes : dict of (data, x, position) to Outcome
    """
    panels = figure.subplots(1, 2, sharex=True, sharey=True)
    for axes, data in zip(panels, DATA, strict=True):
        for offset, (position, label, look) in zip((0.12, -0.12), _HIDDEN, strict=True):
            means = [interval(100 * outcomes[data, x, position].accuracy) for x in INPUTS]
            axes.errorbar(
                [mean.mean for mean in means],
                np.arange(len(INPUTS)) + offset,
                xerr=[mean.half_width for mean in means],
                label=label,
                linestyle="none",
                capsize=3,
                markersize=5.5,
                **look,
            )
        axes.set(xlabel="right on the test images (%)", title=f"{data} digits")
        axes.set_yticks(range(len(INPUTS)), [f"x {x}" for x in INPUTS])
        axes.set_ylim(len(INPUTS) - 0.5, -0.5)
        axes.grid(axis="x", color=GRID, linewidth=0.8, linestyle="-")
    panels[0].legend(title="hidden layers", loc="lower left")
