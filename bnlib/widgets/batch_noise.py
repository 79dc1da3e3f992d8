"""What batch mates do to one image, and what that does to the error on new ones."""

from html import escape

import numpy as np
import traitlets

from bnlib.checks import check_choice
from bnlib.experiments.ghost_batches import load_stored
from bnlib.experiments.interval import interval
from bnlib.experiments.noise_clouds import WATCHED_SIZES, Clouds, watch
from bnlib.widgets.base import BookWidget, Checked

UNITS = ("near 0", "near 1", "far from 0")  # as `Clouds.population` has them
LABELS = ("clean", "noisy")
SETTINGS = ("common", "tuned")
STEP = 1 / 1000  # of x_hat as it is sent


class BatchNoise(BookWidget):
    """A cloud of one image's x_hat in 200 groups of m, and the test error of training with them.

    Parameters
    ----------
    group : int
        Images of a group, a power of 2 from 2 to 256.
    unit : "near 0", "near 1" or "far from 0"
        Of the first layer: where the watched image's x_hat lies in it.
    labels : "clean" or "noisy"
        Of the networks whose test error is shown.
    settings : "common" or "tuned"
        Of the same: one setting for all groups, or the best of each.
    recorded : bnlib.experiments.noise_clouds.Clouds, optional
        The cloud; by default that of `watch()`.

    Raises
    ------
    ValueError, TypeError
        For a value that was not recorded; also when one is assigned later.
    """

    group = Checked(4).tag(sync=True)
    unit = Checked("near 1").tag(sync=True)
    labels = Checked("noisy").tag(sync=True)
    settings = Checked("common").tag(sync=True)
    recorded = traitlets.Dict().tag(sync=True)
    start = traitlets.Dict().tag(sync=True)  # what Reset returns to

    def __init__(self, group=4, unit="near 1", labels="noisy", settings="common", recorded=None):
        recorded = watch() if recorded is None else recorded
        if not isinstance(recorded, Clouds):
            raise TypeError(f"recorded must be Clouds, got {type(recorded).__name__}")
        start = {"group": group, "unit": unit, "labels": labels, "settings": settings}
        start = {name: _known(name, value) for name, value in start.items()}
        results = load_stored()
        super().__init__(
            recorded=pack(recorded, results), start=start, fallback=_table(results), **start
        )

    @traitlets.validate("group", "unit", "labels", "settings")
    def _check(self, proposal):
        return _known(proposal["trait"].name, proposal["value"])

    def __repr__(self):
        return f"BatchNoise(group={self.group}, labels={self.labels!r})"


_CHOICES = {"group": WATCHED_SIZES, "unit": UNITS, "labels": LABELS, "settings": SETTINGS}


def _known(name, value):
    known = _CHOICES[name]
    if name == "group":
        if isinstance(value, bool) or value not in known:
            raise ValueError(f"group must be one of {known}, got {value!r}")
        return int(value)
    return check_choice(name, value, known)


def pack(clouds, results):
    """Clouds and errors for the front end.

    Parameters
    ----------
    clouds : Clouds
    results : dict of str to bnlib.experiments.ghost_batches.GhostBatches

    Returns
    -------
    dict
        `x_hat`: little-endian int16 (units, sizes, batches), in thousandths. `population` (units)
        and `expected` (units, sizes) as lists; `bounds` of x_hat, by size; `sizes`, `batches`,
        `seed`, `runs`. `curves`: by
        labels and settings, a list over None and the groups of {group, mean, half, fitted, how},
        the first three numbers in percent; a group without a tuned network is left out.
    """
    curves = {
        labels: {which: _curve(results[labels], which) for which in SETTINGS} for labels in LABELS
    }
    return {
        "x_hat": np.rint(clouds.x_hat / STEP).astype("<i2").tobytes(),
        "population": clouds.population.round(4).tolist(),
        "expected": clouds.expected.round(4).tolist(),
        "bounds": np.sqrt(clouds.sizes - 1).round(4).tolist(),
        "sizes": clouds.sizes.tolist(),
        "batches": clouds.x_hat.shape[-1],
        "seed": clouds.seed,
        "runs": len(results[LABELS[0]].networks[None].common.error),
        "curves": curves,
    }


def _curve(result, which):
    rows = []
    for group, network in result.networks.items():
        outcome = getattr(network, which)
        if outcome is not None:
            error = interval(100 * outcome.error)
            rows.append(
                {
                    "group": group,
                    "mean": round(error.mean, 2),
                    "half": round(error.half_width, 2),
                    "fitted": round(100 * float(outcome.wrong_fitted.mean()), 1),
                    "how": str(network.setting) if which == "tuned" else "",
                }
            )
    return rows


def _table(results):
    """Test errors at one setting for all, for readers without JavaScript."""
    rows = ""
    for group in results[LABELS[0]].networks:
        errors = (interval(100 * results[labels].networks[group].common.error) for labels in LABELS)
        cells = "".join(f"<td>{error:.1f}</td>" for error in errors)
        name = "without batch norm" if group is None else f"groups of {group}"
        rows += f'<tr><th scope="row">{name}</th>{cells}</tr>'
    caption = escape(
        "Test error in percent, one setting for all, mean of 20 seeds and 95 % interval"
    )
    head = "".join(f'<th scope="col">{labels} labels</th>' for labels in LABELS)
    return (
        f"<table><caption>{caption}</caption><thead><tr><td></td>{head}</tr></thead>"
        f"<tbody>{rows}</tbody></table>"
    )
