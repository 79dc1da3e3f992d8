"""Shift and smoothness on the same runs: without batch norm, with it, and with it but shaken."""

from html import escape

import numpy as np
import traitlets

from bnlib.experiments.shaken_runs import ACCURACY_STEPS, MULTIPLES, SHIFT_STEPS, WALK_STEPS
from bnlib.experiments.shift_or_smoothness import MEASURES, VARIANTS, WAYS, Followed, load_stored
from bnlib.widgets.base import BookWidget, Checked

NOISES = tuple(name.split()[1] for name in VARIANTS if name.startswith("noise"))
STEPS = {"shift": SHIFT_STEPS, "accuracy": ACCURACY_STEPS[1:]}  # the others: WALK_STEPS
QUANTILES = (0.1, 0.5, 0.9)  # of the seeds
LABELS = {
    "shift": "shift of layer 5 in 20 steps, in standard deviations",
    "accuracy": "test accuracy",
    "loss range": "range of the loss along the step",
    "gradient change": "change of the gradient along the step",
    "smoothness": "effective smoothness",
    "relative change": "relative change of the gradient at a step of 3 % of W",
}


class ShiftOrSmoothness(BookWidget):
    """A measure over the training steps, and the loss along the gradient step of one of them.

    Parameters
    ----------
    measure : str
        One of `bnlib.experiments.shift_or_smoothness.MEASURES`.
    way : "tuned" or "alike"
        Each network at its own best setting, or all at one rate.
    noise : "0.25", "0.5" or "1"
        Strength of the noise behind batch norm, for the third curve.
    step : int
        Of training, where the loss along the step is shown; one of
        `bnlib.experiments.shaken_runs.WALK_STEPS`.
    recorded : dict of str to dict of str to Followed, optional
        By default the stored result.

    Raises
    ------
    ValueError, TypeError
        For a value that was not recorded; also when one is assigned later.
    """

    measure = Checked("shift").tag(sync=True)
    way = Checked("alike").tag(sync=True)
    noise = Checked("0.25").tag(sync=True)
    step = Checked(40).tag(sync=True)
    recorded = traitlets.Dict().tag(sync=True)
    start = traitlets.Dict().tag(sync=True)  # what Reset returns to

    def __init__(self, measure="shift", way="alike", noise="0.25", step=40, recorded=None):
        recorded = load_stored() if recorded is None else recorded
        start = {"measure": measure, "way": way, "noise": noise, "step": step}
        start = {name: _choose(name, value) for name, value in start.items()}
        packed = pack(recorded)
        super().__init__(recorded=packed, start=start, fallback=_table(recorded, way), **start)

    @traitlets.validate("measure", "way", "noise", "step")
    def _check_choice(self, proposal):
        name = proposal["trait"].name
        return _choose(name, proposal["value"])

    def __repr__(self):
        return f"ShiftOrSmoothness(measure={self.measure!r}, way={self.way!r})"


_CHOICES = {"measure": tuple(MEASURES), "way": WAYS, "noise": NOISES, "step": WALK_STEPS}


def _choose(name, value):
    known = _CHOICES[name]
    if isinstance(value, bool) or value not in known:
        raise ValueError(f"{name} must be one of {known}, got {value!r}")
    return known[known.index(value)]


def pack(recorded):
    """Quantiles over the seeds, as little-endian float32 for the front end.

    Parameters
    ----------
    recorded : dict of str to dict of str to Followed
        For each of WAYS, each of VARIANTS.

    Returns
    -------
    dict
        For each measure its `label`, `steps` and `curves`: (2 ways, 5 variants, steps, 3
        quantiles). Also `landscape`, (2, 5, walks, 1 + R, 3), the loss at `multiples` of the
        learning rate, the first of which is 0; `ways`, `walks`, `seeds` and `noises`. NaN stands
        for nothing measured.

    Raises
    ------
    ValueError, TypeError
        For ways or variants that are missing, or something else than a Followed.
    """
    runs = [[_one(recorded, way, variant) for variant in VARIANTS] for way in WAYS]
    curves = {name: _bytes([[f.measure(name) for f in row] for row in runs]) for name in MEASURES}
    return {
        "measures": {
            name: {"label": LABELS[name], "steps": list(STEPS.get(name, WALK_STEPS))}
            for name in MEASURES
        },
        **curves,
        "landscape": _bytes([[f.own_loss for f in row] for row in runs]),
        "ways": list(WAYS),
        "multiples": [0, *MULTIPLES],
        "walks": list(WALK_STEPS),
        "seeds": len(runs[0][0].accuracy),
        "noises": list(NOISES),
    }


def _one(recorded, way, variant):
    try:
        found = recorded[way][variant]
    except (KeyError, TypeError):
        raise ValueError(f"recorded has no {way!r} {variant!r}; measure it, too") from None
    if not isinstance(found, Followed):
        raise TypeError(f"recorded[{way!r}][{variant!r}] must be a Followed, got {found!r}")
    return found


def _bytes(values):
    """Three quantiles over the seeds, which are the third axis; they become the last one."""
    found = quantiles(np.array(values, dtype=np.float64), axis=2)
    return np.moveaxis(found, 0, -1).astype("<f4").tobytes()


def quantiles(values, axis):
    """The 10, 50 and 90 % quantiles, with NaN, which is a run that diverged, as the largest.

    Parameters
    ----------
    values : array
    axis : int
        The seeds.

    Returns
    -------
    array
        Three of them in front; NaN where the quantile is one of a run that diverged.
    """
    huge = np.where(np.isfinite(values), values, np.finfo(np.float64).max / 4)
    found = np.quantile(huge, QUANTILES, axis=axis)
    return np.where(found < 1e30, found, np.nan)


def _table(recorded, way):
    """Medians of one way of training, for readers without JavaScript."""
    head = "".join(f'<th scope="col">{escape(name)}</th>' for name in MEASURES)
    rows = "".join(
        f'<tr><th scope="row">{escape(variant)}</th>'
        + "".join(
            f"<td>{np.nanmedian(_one(recorded, way, variant).measure(name)[:, 2:]):.3g}</td>"
            for name in MEASURES
        )
        + "</tr>"
        for variant in VARIANTS
    )
    caption = "Medians over the training steps and seeds; batch norm without, with, and with noise"
    return (
        f"<table><caption>{caption}</caption><thead><tr><td></td>{head}</tr></thead>"
        f"<tbody>{rows}</tbody></table>"
    )
