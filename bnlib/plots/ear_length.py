"""Pictures of one rule, of zoos that differ in their animals, and of models fitted to them."""

from bnlib.experiments.ear_length import LENGTHS, rule
from bnlib.plots.style import GRID, MUTED, TEXT, THIRD

_SHOWN = (1.0, 10.0)  # cm
_ZOOS = ((MUTED, "--", -1), (THIRD, "-", 1))  # colour, outline, and the side of the name


def draw_zoos(axes, zoos):
    """P(x) of one or two zoos as areas, and the rule P(cat | x) above them.

    Parameters
    ----------
    axes : matplotlib Axes
    zoos : dict of str to (1501,) array
        Name and P(x) on LENGTHS.
    """
    highest = max(shares.max() for shares in zoos.values())
    for (name, shares), (colour, outline, side) in zip(zoos.items(), _ZOOS, strict=False):
        height = 0.45 * shares / highest  # not to the scale of the rule
        axes.fill_between(LENGTHS, height, color=colour, alpha=0.25, linewidth=0)
        axes.plot(LENGTHS, height, color=colour, linewidth=1, linestyle=outline)
        place = LENGTHS[shares.argmax()] + 1.1 * side  # on the slope that faces outwards
        axes.text(place, 0.29, name, color=colour, ha="right" if side < 0 else "left")
    draw_model(axes, rule(LENGTHS), "the rule", TEXT, "-")
    axes.axhline(0.5, color=GRID, linewidth=1, linestyle="-", zorder=0)
    axes.set(xlim=_SHOWN, ylim=(0, 1.05), yticks=(0, 0.5, 1), xlabel="x, length of the ears (cm)")
    axes.set_ylabel("P(cat | x)")


def draw_model(axes, p, label, color=MUTED, linestyle="--"):
    """A model's P(cat | x).

    Parameters
    ----------
    axes : matplotlib Axes
    p : (1501,) array
        At LENGTHS.
    label : str
        For the legend.
    color, linestyle
        As Matplotlib takes them.
    """
    axes.plot(LENGTHS, p, color=color, linestyle=linestyle, linewidth=2.2, label=label)
