"""What becomes of the upper layers while the two below learn, stand still, or replay a training."""

import numpy as np

from bnlib.experiments.frozen_layers import LOOK_EVERY
from bnlib.plots.style import GRID, MUTED, NORM, PLAIN, TEXT, THIRD

_LINES = {
    "learning": {"color": TEXT, "linestyle": "-"},
    "frozen at the start": {"color": MUTED, "linestyle": "--"},
    "frozen at the end": {"color": MUTED, "linestyle": "-."},
    "replayed": {"color": THIRD, "linestyle": ":", "linewidth": 2.6},
}


def draw_surroundings(axes, boxes, batch_norm):
    """Test accuracy against the step, mean over the seeds, a line a surrounding.

    Parameters
    ----------
    axes : matplotlib Axes
    boxes : dict of str to bnlib.experiments.frozen_layers.Box
    batch_norm : bool
        Named in the title, in its colour.
    """
    for arm, box in boxes.items():
        steps = LOOK_EVERY * np.arange(1, box.accuracy.shape[1] + 1)
        axes.plot(steps, 100 * box.accuracy.mean(axis=0), label=f"layers 1, 2 {arm}", **_LINES[arm])
    axes.set(xlabel="training step", ylim=(30, 100))
    axes.set_title(f"{'with' if batch_norm else 'without'} batch norm",
                   color=NORM if batch_norm else PLAIN)  # fmt: skip
    axes.grid(axis="y", color=GRID, linewidth=0.6)
