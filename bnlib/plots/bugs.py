"""Draws what the mistakes of the chapter on bugs do."""

from bnlib.plots.style import GRID, MUTED, NORM_LINE, PLAIN_LINE


def draw_running_means(axes, batch_means, bug, fix, shown):
    """The running mean of two rules, over the batch means that both were given.

    Parameters
    ----------
    axes : matplotlib Axes
    batch_means, bug, fix : (T,) array
    shown : int
        How many of the steps to draw.
    """
    axes.axhline(0, color=GRID, linewidth=1)
    axes.plot(batch_means[:shown], ".", color=MUTED, markersize=3, label="one batch")
    axes.plot(bug[:shown], label="bug", **PLAIN_LINE)
    axes.plot(fix[:shown], label="fix", **NORM_LINE)
    axes.set(xlabel="batch", ylabel="mean; the truth is 0")
    axes.legend(ncols=3, loc="upper right")
