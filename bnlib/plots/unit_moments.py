"""A picture of a layer's units: where each one's values lie over a mini-batch."""

from bnlib.plots.style import GRID, NORM_LINE, PLAIN_LINE


def draw_unit_moments(axes, z, x_hat):
    """Two panels, before and after normalizing: each unit's mean and one std to either side.

    Parameters
    ----------
    axes : two matplotlib Axes
        With a shared vertical scale, so that the panels can be compared.
    z, x_hat : (N, D) array
        Pre-activations of one mini-batch, and the same ones normalized per feature.
    """
    panels = [(z, PLAIN_LINE, "o", "z"), (x_hat, NORM_LINE, "s", "z normalized per feature")]
    for panel, (values, line, marker, title) in zip(axes, panels, strict=True):
        units = range(1, values.shape[1] + 1)
        panel.axhline(0, color=GRID, linewidth=1, linestyle="-", zorder=0)
        panel.errorbar(
            units,
            values.mean(axis=0),
            yerr=values.std(axis=0),
            color=line["color"],
            linestyle="none",
            marker=marker,
            markersize=2.8,
            elinewidth=1,
        )
        panel.set(title=title, xlabel="unit", xlim=(0, values.shape[1] + 1))
    axes[0].set_ylabel("mean ± one std")
