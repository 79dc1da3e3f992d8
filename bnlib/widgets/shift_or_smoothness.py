"""The same runs, looked at twice: how far do the layers move, and how smooth is the loss?"""

from html import escape

import numpy as np
import traitlets

from bnlib.checks import check_choice, check_count
from bnlib.experiments.drift import EVERY
from bnlib.experiments.shift_or_smoothness import LINES, LOOK_EVERY, NAMES, RATES, load_stored
from bnlib.widgets.base import BookWidget, Checked

# What can be shown: name, in words, unit.
MEASURES = {
    "moved": ("shift: how far layer 5 moves", "std"),
    "accuracy": ("test accuracy", "%"),
    "rate loss_range": ("loss range, same rates", "nats"),
    "rate predictiveness": ("gradient change, same rates", "times its length"),
    "rate smoothness": ("roughness β, same rates", ""),
    "share loss_range": ("loss range, same share of the weights", "nats"),
    "share predictiveness": ("gradient change, same share", "times its length"),
    "share smoothness": ("roughness β, same share", ""),
}
COMPARED = {
    "alike": "with it, trained like “without”",
    "noise 0.25": "with it, and noise 0.25",
    "noise 0.5": "with it, and noise 0.5",
    "noise 1": "with it, and noise 1",
}
_QUANTILES = (0.1, 0.5, 0.9)


class ShiftOrSmoothness(BookWidget):
    """A measure through training for three networks, and the loss along each one's gradient.

    Parameters
    ----------
    compared : str
        The third network, beside those without and with batch norm: one of COMPARED.
    measure : str
        One of MEASURES.
    stretch : int
        Which stretch of 30 steps the cursor marks, from 0.

    Raises
    ------
    ValueError, TypeError
        For an unknown name or a stretch that was not recorded; also when one is assigned later.
    """

    compared = Checked("noise 0.5").tag(sync=True)
    measure = Checked("moved").tag(sync=True)
    stretch = Checked(1).tag(sync=True)
    recorded = traitlets.Dict().tag(sync=True)
    start = traitlets.Dict().tag(sync=True)  # what Reset returns to

    def __init__(self, compared="noise 0.5", measure="moved", stretch=1):
        outcomes = load_stored()
        start = {
            "compared": check_choice("compared", compared, COMPARED),
            "measure": check_choice("measure", measure, MEASURES),
            "stretch": _stretch(stretch),
        }
        super().__init__(recorded=pack(outcomes), start=start, fallback=_table(outcomes), **start)

    @traitlets.validate("compared", "measure")
    def _check_choice(self, proposal):
        name = proposal["trait"].name
        return check_choice(name, proposal["value"], {"compared": COMPARED}.get(name, MEASURES))

    @traitlets.validate("stretch")
    def _check_stretch(self, proposal):
        return _stretch(proposal["value"])

    def __repr__(self):
        return f"ShiftOrSmoothness(compared={self.compared!r}, measure={self.measure!r})"


def _stretch(value):
    if check_count("stretch", value, least=0) >= len(LINES):
        raise ValueError(f"stretch must be below {len(LINES)}, got {value}")
    return value


def pack(outcomes):
    """What the widget draws of the outcomes.

    Parameters
    ----------
    outcomes : dict of str to bnlib.experiments.shift_or_smoothness.Outcome

    Returns
    -------
    dict
        `steps`, where the F stretches start, and `every`, how long they are; `rates` of the line;
        `seeds`; `measures` and `compared`: what can be chosen, in words; `curves`:
        of each network and measure the (F, 3) lower decile, median and upper decile over the
        seeds; `rises`: of each network the (F, E, 3) same of the loss along the gradient, minus
        the loss at its start, in nats.
    """
    return {
        "steps": list(LINES),
        "every": EVERY,
        "rates": [round(rate, 3) for rate in RATES],
        "seeds": len(outcomes[NAMES[0]].accuracy),
        "measures": {name: list(words) for name, words in MEASURES.items()},
        "compared": dict(COMPARED),
        "curves": {
            name: {measure: _quantiles(_values(outcome, measure)) for measure in MEASURES}
            for name, outcome in outcomes.items()
        },
        "rises": {name: _quantiles(outcome.rise) for name, outcome in outcomes.items()},
    }


def _values(outcome, measure):
    """(S, F): a line's measures at the start of a stretch, the movement over it, accuracy after."""
    if measure == "moved":
        return outcome.moved
    if measure == "accuracy":
        every = EVERY // LOOK_EVERY
        return 100 * outcome.accuracy[:, every - 1 :: every]
    return outcome.lines[tuple(measure.split())]


def _quantiles(values):
    quantiles = np.moveaxis(np.quantile(values, _QUANTILES, axis=0), 0, -1)
    return np.vectorize(lambda value: float(f"{value:.3g}"))(quantiles).tolist()


def _table(outcomes):
    """Medians over the seeds, mean over the run, for readers without JavaScript."""
    shown = ("moved", "accuracy", "rate predictiveness", "share predictiveness")
    head = "".join(f'<th scope="col">{escape(MEASURES[name][0])}</th>' for name in shown)
    names = {"without": "without batch norm", "with": "with batch norm"} | COMPARED
    rows = "".join(
        f'<tr><th scope="row">{escape(words)}</th>'
        + "".join(f"<td>{_typical(outcomes[name], measure):.3g}</td>" for measure in shown)
        + "</tr>"
        for name, words in names.items()
    )
    caption = "Median of 20 seeds; mean over the run, but the accuracy after it, in percent"
    return (
        f"<table><caption>{escape(caption)}</caption><thead><tr><td></td>{head}</tr></thead>"
        f"<tbody>{rows}</tbody></table>"
    )


def _typical(outcome, measure):
    values = _values(outcome, measure)
    return np.median(values[:, -1] if measure == "accuracy" else values.mean(axis=1))
