"""The first figure of the batch norm paper: test accuracy, and one unit's percentiles."""

from bnlib.plots.style import GRID, NORM_LINE, PLAIN_LINE
from bnlib.plots.unit_percentiles import draw_unit


def draw_figure(panels, without, with_norm):
    """Accuracy of both in the first panel, a unit's percentiles in the second and the third.

    Parameters
    ----------
    panels : sequence of three matplotlib Axes
    without, with_norm : tuple
        Steps (F,), values (F, n) and accuracy (F,): of
        `bnlib.experiments.figure_one.watch_unit`.
    """
    for run, line, label in (
        (without, PLAIN_LINE, "without"),
        (with_norm, NORM_LINE, "with"),
    ):
        panels[0].plot(run[0], 100 * run[2], label=label, **line)
    panels[0].set(ylim=(0, 100), xlabel="training step", title="test accuracy, %")
    panels[0].grid(axis="y", color=GRID, linewidth=0.6)
    for axes, run, batch_norm in ((panels[1], without, False), (panels[2], with_norm, True)):
        draw_unit(axes, run[0], run[1], batch_norm, marker="")
