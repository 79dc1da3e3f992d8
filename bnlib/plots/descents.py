"""Pictures of descents: z by layer before and during the first steps, curves, and tuning."""

from itertools import cycle

import numpy as np

from bnlib.plots.style import GRID, MUTED, NORM_LINE, PLAIN, PLAIN_LINE

_SIDES = {"without": PLAIN_LINE, "with": NORM_LINE}


def draw_growth(axes, starts, field="between_images"):
    """A value of each layer against the layer, on a logarithmic axis: mean over the seeds.

    Parameters
    ----------
    axes : matplotlib Axes
    starts : dict of str to bnlib.experiments.growth.Start
        By label; one whose label holds "batch norm" has it. Four without it differ in their dashes.
    field : "spread", "between_images" or "gradient"
    """
    dashes = cycle([(0, (4, 2)), (0, (7, 2)), (0, (6, 2, 1, 2)), (0, (1, 1.5))])
    for label, start in starts.items():
        values = np.exp(np.log(getattr(start, field)).mean(axis=0))
        normed = "batch norm" in label
        line = NORM_LINE if normed else {"color": PLAIN, "linestyle": next(dashes)}
        axes.plot(np.arange(1, len(values) + 1), values, label=label, **line)
        _name(axes, label, len(values), values[-1], line["color"], va="bottom" if normed else "top")
    axes.margins(y=0.09)
    axes.set(yscale="log", xlabel="layer", xticks=[1, 5, 10, 15, 20])
    axes.grid(axis="y", color=GRID, linewidth=0.6)


def draw_first_steps(axes, spreads, batch_norm):
    """The spread of z against the layer, a line a training step, on a logarithmic axis.

    Parameters
    ----------
    axes : matplotlib Axes
        Its vertical limits are set already: what lies above is left out.
    spreads : (steps + 1, L) array
        Of `bnlib.experiments.growth.first_steps`.
    batch_norm : bool
    """
    line = NORM_LINE if batch_norm else PLAIN_LINE
    layers = np.arange(1, spreads.shape[1] + 1)
    for step, spread in enumerate(spreads):
        inside = np.flatnonzero(spread < axes.get_ylim()[1])
        if not inside.size:
            continue
        weight = 0.35 + 0.65 * step / (len(spreads) - 1)
        axes.plot(layers, spread, **line, alpha=weight, linewidth=1 + weight)
        if not batch_norm:  # with it, the lines lie on each other
            last = inside[-1]
            _name(axes, f"step {step}", layers[last], spread[last], line["color"])
    title = f"{'with' if batch_norm else 'without'} batch norm"
    axes.set(yscale="log", xlabel="layer", xticks=layers[::3], title=title)
    axes.set_xlim(0.5, layers[-1] + 2.8)
    axes.grid(axis="y", color=GRID, linewidth=0.6)


def _name(axes, text, x, y, colour, va="center"):
    """A line's name beside its last point."""
    axes.annotate(
        text,
        (x, y),
        xytext=(5, 0),
        textcoords="offset points",
        va=va,
        color=colour,
        fontsize=9.5,
        annotation_clip=False,
    )


def draw_curves(axes, descents, field="accuracy"):
    """The median of the seeds against the training step, with the band of their middle 80 %.

    Parameters
    ----------
    axes : matplotlib Axes
    descents : dict of str to bnlib.experiments.descents.Descent
        "without" and "with".
    field : "accuracy" or "loss"
    """
    for side, descent in descents.items():
        low, middle, high = np.nanquantile(getattr(descent, field)[:, 1:], (0.1, 0.5, 0.9), axis=0)
        line = _SIDES[side]
        axes.fill_between(
            descent.looks[1:], low, high, color=line["color"], alpha=0.18, linewidth=0
        )
        axes.plot(descent.looks[1:], middle, **line, label=f"{side} batch norm")
    axes.set(xlabel="training step")
    axes.grid(axis="y", color=GRID, linewidth=0.6)


def draw_tried(axes, tunings):
    """Validation accuracy of every setting tried, the best first, against its share of the grid.

    Parameters
    ----------
    axes : matplotlib Axes
    tunings : dict of str to bnlib.experiments.tuned_descent.Tuning
        "without" and "with".
    """
    for side, tuning in tunings.items():
        final = np.sort(tuning.final)[::-1]
        share = (np.arange(len(final)) + 0.5) / len(final)
        axes.plot(100 * share, 100 * final, label=f"{side} batch norm", **_SIDES[side])
    axes.axhline(90, color=MUTED, linewidth=0.8, linestyle=":")
    axes.set(xlim=(0, 100), ylim=(0, 100), xlabel="% of the settings, best first")
