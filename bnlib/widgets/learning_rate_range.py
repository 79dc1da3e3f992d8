"""Learning rate against depth: where a network learns, without batch norm and with it."""

from html import escape

import numpy as np
import traitlets

from bnlib.checks import check_choice
from bnlib.experiments.descents import LEVELS
from bnlib.experiments.learning_rate_range import RateMap, load_stored
from bnlib.widgets.base import BookWidget, Checked

MEASURES = ("share", "90", "97")  # that trains; steps to 90 %, to 97 %
NEVER = 65535  # where a uint16 stands for infinite, or for nothing measured
SIDES = ("without batch norm", "with batch norm")


class LearningRateRange(BookWidget):
    """Two maps, a cell a learning rate and a depth; of the chosen cell, the curves of its seeds.

    Parameters
    ----------
    activation : "relu" or "sigmoid"
    depth : int
        Hidden layers of the chosen cell.
    learning_rate : float
        Of the chosen cell.
    measure : "share", "90" or "97"
        What the maps show: the share of the seeds that train, or the median seed's steps to 90 or
        97 % of the test images.
    recorded : bnlib.experiments.learning_rate_range.RateMap, optional
        By default the stored one; `measure` of that module makes others.

    Raises
    ------
    ValueError, TypeError
        For a value that is not on the map; also when one is assigned later.
    """

    activation = Checked("relu").tag(sync=True)
    depth = Checked(5).tag(sync=True)
    learning_rate = Checked(1.0).tag(sync=True)
    measure = Checked("share").tag(sync=True)
    recorded = traitlets.Dict().tag(sync=True)
    start = traitlets.Dict().tag(sync=True)  # what Reset returns to

    def __init__(
        self, activation="relu", depth=5, learning_rate=1.0, measure="share", recorded=None
    ):
        recorded = load_stored() if recorded is None else recorded
        if not isinstance(recorded, RateMap):
            raise TypeError(f"recorded must be a RateMap, got {type(recorded).__name__}")
        recorded.place(activation, False, depth, learning_rate)
        start = {
            "activation": activation,
            "depth": int(depth),
            "learning_rate": float(learning_rate),
            "measure": check_choice("measure", measure, MEASURES),
        }
        fallback = _table(recorded, activation)
        super().__init__(recorded=pack(recorded), start=start, fallback=fallback, **start)

    @traitlets.validate("activation", "depth", "learning_rate", "measure")
    def _check_choice(self, proposal):
        name, value = proposal["trait"].name, proposal["value"]
        axis = {"activation": "activations", "depth": "depths", "learning_rate": "rates"}.get(name)
        known = self.recorded[axis] if axis else MEASURES
        if value not in known:
            raise ValueError(f"{name} must be one of {known}, got {value!r}")
        return known[list(known).index(value)]

    def __repr__(self):
        return f"LearningRateRange(activation={self.activation!r}, depth={self.depth})"


def pack(rate_map):
    """A RateMap as little-endian bytes for the front end.

    Parameters
    ----------
    rate_map : RateMap

    Returns
    -------
    dict
        Over A activations x 2 sides x D depths x R rates: `reached` uint8 (..., 2), how many seeds
        got to 90 and 97 %; `steps` uint16 (..., 2), the median seed's; `diverged` uint8; and of F
        looks the three quantiles: `accuracy` uint16 (..., F, 3) in 1/10000, `loss` uint16
        (..., F, 3) as 10000 * (log10(loss) + 3). 65535 stands for never, infinite or unknown.
        Also `activations`, `depths`, `rates`, `looks`, `seeds` and `levels` (in percent).
    """
    loss = 1e4 * (np.log10(np.maximum(rate_map.loss, 1e-3)) + 3)
    medians = np.stack([rate_map.median_steps(level) for level in LEVELS], axis=-1)
    arrays = {
        "reached": np.isfinite(rate_map.steps).sum(axis=-1).astype("u1"),
        "steps": _uint16(medians),
        "diverged": rate_map.diverged.astype("u1"),
        "accuracy": _uint16(1e4 * rate_map.accuracy),
        "loss": _uint16(loss),
    }
    return {name: array.tobytes() for name, array in arrays.items()} | {
        "activations": list(rate_map.activations),
        "depths": list(rate_map.depths),
        "rates": list(rate_map.rates),
        "looks": rate_map.looks.tolist(),
        "seeds": rate_map.seeds,
        "levels": [round(100 * level) for level in LEVELS],
    }


def _uint16(values):
    codes = np.clip(np.rint(np.where(np.isfinite(values), values, 0)), 0, NEVER - 1)
    return np.where(np.isfinite(values), codes, NEVER).astype("<u2")


def _table(rate_map, activation):
    """The shares of one activation, for readers without JavaScript."""
    a = rate_map.activations.index(activation)
    shares = rate_map.share_that_trains()[a]
    head = "".join(f'<th scope="col">{rate:g}</th>' for rate in rate_map.rates)
    rows = "".join(
        f'<tr><th scope="row">{depth}, {side}</th>'
        + "".join(f"<td>{100 * share:.0f}</td>" for share in shares[s, d])
        + "</tr>"
        for d, depth in enumerate(rate_map.depths)
        for s, side in enumerate(SIDES)
    )
    caption = (
        f"{activation}: percent of {rate_map.seeds} seeds that read {LEVELS[0]:.0%} of the test "
        f"images within {rate_map.looks[-1]} steps, by hidden layers and learning rate"
    )
    return (
        f"<table><caption>{escape(caption)}</caption><thead><tr><td></td>{head}</tr></thead>"
        f"<tbody>{rows}</tbody></table>"
    )
