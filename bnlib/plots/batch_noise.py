"""Pictures of the noise of batch statistics and of what it does to the test error."""

import numpy as np

from bnlib.experiments.interval import interval
from bnlib.plots.style import GRID, MUTED, NORM, NORM_LINE, PLAIN, PLAIN_LINE, THIRD

_NOTHING = 1e-4  # the noise of a batch of all images, where rounding may leave some
DEALT_LINE = {"color": THIRD, "linestyle": (0, (1, 1.5))}
_CELL_NAMES = {
    (False, False): "nothing",
    (False, True): "weight decay",
    (True, False): "dropout",
    (True, True): "both",
}
_SIDES = {  # by group: label, colour, marker
    None: ("without batch norm", PLAIN, "x"),
    256: ("groups of 256", NORM, "o"),
    4: ("groups of 4", THIRD, "s"),
}


def draw_law(axes, law):
    """The noise of x_hat in the first layer against the batch size, both axes logarithmic.

    Parameters
    ----------
    axes : matplotlib Axes
    law : bnlib.experiments.batch_noise.NoiseLaw
    """
    middle = law.drawn[:, 4, 0].mean()
    slope = middle * np.sqrt(law.sizes[4] / law.sizes)
    axes.plot(law.sizes, slope, color=MUTED, linewidth=1, linestyle="-", label="slope −1/2")
    for kind, line, marker in (("drawn", NORM_LINE, "o"), ("dealt", DEALT_LINE, "^")):
        noise = getattr(law, kind)[:, :, 0].mean(axis=0)
        seen = noise > _NOTHING
        axes.plot(law.sizes[seen], noise[seen], label=kind, marker=marker, markersize=4.5, **line)
    axes.set(xscale="log", yscale="log", xlabel="images in a batch, m", ylabel="noise of x_hat")
    axes.set_xticks(law.sizes, labels=law.sizes)
    axes.minorticks_off()
    axes.set_yticks([0.05, 0.1, 0.2, 0.5, 1], labels=["0.05", "0.1", "0.2", "0.5", "1"])
    axes.grid(axis="y", color=GRID, linewidth=0.6)
    axes.legend()


def draw_errors(axes, result, which="common"):
    """Test error against the group's size with 95 % intervals; without batch norm, a level.

    Parameters
    ----------
    axes : matplotlib Axes
    result : bnlib.experiments.ghost_batches.GhostBatches
    which : "common" or "tuned"
    """
    found = {group: getattr(network, which) for group, network in result.networks.items()}
    errors = {group: interval(100 * o.error) for group, o in found.items() if o is not None}
    without = errors.pop(None)
    low, high = (without.mean + sign * without.half_width for sign in (-1, 1))
    axes.axhspan(low, high, color=PLAIN, alpha=0.15, linewidth=0)
    axes.axhline(without.mean, label="without batch norm", **PLAIN_LINE)
    axes.errorbar(
        list(errors),
        [error.mean for error in errors.values()],
        yerr=[error.half_width for error in errors.values()],
        label="with batch norm",
        marker="o",
        markersize=4.5,
        capsize=2,
        **NORM_LINE,
    )
    axes.set(xscale="log", xlabel="images in a group, m", ylim=(0, None))
    axes.set_xticks(list(errors), labels=list(errors), fontsize=8)  # three panels stand in a row
    axes.minorticks_off()
    axes.grid(axis="y", color=GRID, linewidth=0.6)


def draw_factorial(axes, factorial, which):
    """Test error of every combination, with 95 % intervals: a place a pair, a marker a network.

    Parameters
    ----------
    axes : matplotlib Axes
    factorial : bnlib.experiments.beside_dropout.Factorial
    which : "common" or "tuned"
    """
    for number, (group, (label, colour, marker)) in enumerate(_SIDES.items()):
        errors = [interval(factorial.errors(which, group, *pair)) for pair in _CELL_NAMES]
        axes.errorbar(
            np.arange(len(errors)) + 0.18 * (number - 1),
            [error.mean for error in errors],
            yerr=[error.half_width for error in errors],
            label=label,
            color=colour,
            marker=marker,
            linestyle="",
            capsize=2,
        )
    axes.set_xticks(range(len(_CELL_NAMES)), labels=_CELL_NAMES.values())
    axes.set(ylim=(0, None))
    axes.grid(axis="y", color=GRID, linewidth=0.6)


def draw_shift(axes, shift):
    """Variance in training / in inference behind a dropout, measured and by the formula.

    Parameters
    ----------
    axes : matplotlib Axes
    shift : bnlib.experiments.variance_shift.VarianceShift
    """
    rates = np.linspace(0, 0.85, 100)
    textbook = {"color": MUTED, "linewidth": 1.2, "linestyle": "--"}
    axes.plot(rates, 1 / (1 - rates), label="1 / (1 − p): centred, uncorrelated inputs", **textbook)
    formula = shift.expected.mean(axis=0)
    axes.plot(shift.rates, formula, "x", color=NORM, markersize=9, label="formula")
    measured = [interval(column) for column in shift.measured.T]
    axes.errorbar(
        shift.rates,
        [ratio.mean for ratio in measured],
        yerr=[ratio.half_width for ratio in measured],
        label="measured",
        color=THIRD,
        marker=".",
        linestyle="",
        capsize=2,
    )
    axes.set(xlabel="dropout rate", ylabel="variance ratio", ylim=(0, None))
    axes.grid(axis="y", color=GRID, linewidth=0.6)
    axes.legend()
