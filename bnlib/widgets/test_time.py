"""The average that a trained network uses: how good the estimate is, and which errors it makes."""

import numpy as np
import traitlets

from bnlib.checks import check_count
from bnlib.experiments.batch_statistics import STARTS
from bnlib.experiments.inference_statistics import DECAYS, LOOKS, Statistics, load_stored
from bnlib.experiments.small_batches import BATCH_SIZES, STEPS
from bnlib.widgets.base import BookWidget, Checked

_CHOICES = {"batch_size": BATCH_SIZES, "decay": DECAYS, "variant": STARTS}
_NAMES = {
    "zero": "start at 0",
    "corrected": "start at 0, corrected",
    "frameworks": "start at mean 0, variance 1",
}


class TestTime(BookWidget):
    """A moving average of one unit's variance beside the truth, and the test errors that it makes.

    Parameters
    ----------
    batch_size : int
        m, of training: one of BATCH_SIZES.
    decay : float
        Share of the old average kept at each step: one of DECAYS.
    variant : "zero", "corrected" or "frameworks"
        What the average starts from, and whether that is corrected for.
    step : int
        1 to STEPS, where the picture's cursor stands.
    recorded : bnlib.experiments.inference_statistics.Statistics, optional
        By default the stored one; `measure` of that module makes others, of all batch sizes.

    Raises
    ------
    ValueError, TypeError
        For a value that was not measured; also when one is assigned later.

    Notes
    -----
    The moving average that the picture draws is that of `bnlib.ExponentialMovingAverage`, and a
    test holds it there; the errors are recorded.
    """

    __test__ = False  # pytest would take the name for a test's

    batch_size = Checked(32).tag(sync=True)
    decay = Checked(0.99).tag(sync=True)
    variant = Checked("zero").tag(sync=True)
    step = Checked(50).tag(sync=True)
    recorded = traitlets.Dict().tag(sync=True)
    start = traitlets.Dict().tag(sync=True)  # what Reset returns to

    def __init__(self, batch_size=32, decay=0.99, variant="zero", step=50, recorded=None):
        recorded = load_stored() if recorded is None else recorded
        if not isinstance(recorded, Statistics):
            raise TypeError(f"recorded must be a Statistics, got {type(recorded).__name__}")
        start = {"batch_size": batch_size, "decay": decay, "variant": variant, "step": step}
        fallback = _table(recorded)
        super().__init__(recorded=pack(recorded), start=start, fallback=fallback, **start)

    @traitlets.validate(*_CHOICES)
    def _check_choice(self, proposal):
        name, value = proposal["trait"].name, proposal["value"]
        known = _CHOICES[name]
        if value not in known:
            raise ValueError(f"{name} must be one of {known}, got {value!r}")
        return known[known.index(value)]

    @traitlets.validate("step")
    def _check_step(self, proposal):
        step = check_count("step", proposal["value"])
        if step > STEPS:
            raise ValueError(f"step must be at most {STEPS}, got {step}")
        return step

    def __repr__(self):
        return f"TestTime(batch_size={self.batch_size}, decay={self.decay})"


def pack(statistics):
    """Statistics as little-endian bytes for the front end.

    Parameters
    ----------
    statistics : Statistics
        Of M batch sizes.

    Returns
    -------
    dict
        `batch_var` and `true_var` float32 (M, STEPS); mean test errors over the seeds in 1/10000,
        uint16: `error` (M, decays, starts, looks), `population` and `batch` (M, looks). Also
        `batch_sizes`, `decays`, `variants` (name to words), `looks` and `seeds`.
    """
    errors = {
        "error": statistics.error,
        "population": statistics.population_error,
        "batch": statistics.batch_error,
    }
    packed = {name: _uint16(1e4 * each.mean(axis=1)) for name, each in errors.items()}
    for name in ("batch_var", "true_var"):
        packed[name] = getattr(statistics, name).astype("<f4").tobytes()
    return packed | {
        "batch_sizes": list(BATCH_SIZES[: len(statistics.error)]),
        "decays": list(DECAYS),
        "variants": _NAMES,
        "looks": list(LOOKS),
        "seeds": statistics.error.shape[1],
    }


def _uint16(values):
    return np.rint(values).astype("<u2").tobytes()


def _table(statistics):
    """For readers without JavaScript: the errors after training, by batch size."""
    heads = ("batch size", "average, 0.9", "average, 0.99", "all training images", "test batches")
    head = "".join(f'<th scope="col">{name}</th>' for name in heads)
    rows = ""
    for i, m in enumerate(BATCH_SIZES[: len(statistics.error)]):
        errors = [statistics.averaged(m, decay)[:, -1] for decay in (0.9, 0.99)]
        errors += [statistics.population_error[i, :, -1], statistics.batch_error[i, :, -1]]
        cells = "".join(f"<td>{100 * error.mean():.1f} %</td>" for error in errors)
        rows += f'<tr><th scope="row">{m}</th>{cells}</tr>'
    caption = f"Test error after {STEPS} steps, by the statistics that batch norm uses"
    return (
        f"<table><caption>{caption}</caption><thead><tr>{head}</tr></thead>"
        f"<tbody>{rows}</tbody></table>"
    )
