"""Pictures of what float32 loses: the error against the offset, and against the rows."""

import numpy as np

from bnlib.plots.style import GRID, MUTED, NORM_LINE, PLAIN_LINE, TEXT, THIRD

_LINES = {
    "mean of squares": PLAIN_LINE,
    "two passes": {"color": THIRD, "linestyle": "-."},
    "and remainder": {"color": MUTED, "linestyle": ":"},
    "bnlib": NORM_LINE,
}
_ALL_WRONG = 1.0  # an error as large as the largest value; a NaN is drawn there, too


def draw_by_offset(axes, result):
    """Median error of each way to compute x_hat against how far from 0 the numbers lie.

    Parameters
    ----------
    axes : matplotlib Axes
    result : Float32Error
    """
    far = result.offsets > 0  # a logarithmic axis has no 0
    for way, errors in result.by_offset.items():
        _draw(axes, result.offsets[far], errors[:, far], way)
    _finish(axes)
    axes.set(xlabel="mean of the numbers; their std is 1", ylabel="largest error of x_hat")


def draw_by_rows(axes, result, pytorch=None):
    """Median error at an offset of a million against the number of examples.

    Parameters
    ----------
    axes : matplotlib Axes
    result : Float32Error
    pytorch : dict of int to float, optional
        PyTorch's error for each number of rows: crosses.
    """
    for way, errors in result.by_rows.items():
        _draw(axes, result.rows, errors, way)
    if pytorch:
        rows, errors = zip(*sorted(pytorch.items()), strict=True)
        axes.plot(rows, errors, color=TEXT, marker="x", linestyle="", markersize=8,
                  markeredgewidth=2, label="PyTorch")  # fmt: skip
    _finish(axes)
    axes.set(xlabel="examples in the batch; mean 1,000,000")


def _draw(axes, places, errors, way):
    middle = np.minimum(np.median(errors, axis=0), _ALL_WRONG)
    axes.plot(places, middle, label=way, marker="o", markersize=3.5, **_LINES[way])


def _finish(axes):
    axes.set(xscale="log", yscale="log", ylim=(2e-8, 4))
    axes.set_yticks([1, 1e-2, 1e-4, 1e-6], ["all of it", "1 %", "0.01 %", "1e-6"])
    axes.grid(axis="y", color=GRID)
    axes.minorticks_off()
