"""A batch of a few numbers to drag: what batch norm does to one feature, live."""

from collections.abc import Iterable
from html import escape

import numpy as np
import traitlets

from bnlib.checks import check_number
from bnlib.functional import batch_norm
from bnlib.widgets.base import BookWidget, Checked

LARGEST_BATCH = 8
LIMIT = 1000  # of a value, gamma and beta: larger numbers would not fit into the picture's labels


class BatchNormMachine(BookWidget):
    """Three axes, x -> x_hat -> y, for one feature of a mini-batch of 1 to 8 examples.

    Parameters
    ----------
    values : sequence of 1 to 8 numbers
        The feature's value for each example of the batch, within -1000 and 1000.
    gamma, beta : float
        Scale and shift, within -1000 and 1000.
    eps : float
        Added to the variance, >= 0. The slider offers 0 and the powers of ten from 1e-5 to 10.

    Raises
    ------
    ValueError, TypeError
        For values that are not 1 to 8 finite numbers, or a parameter out of range; also when one
        is assigned later.

    Notes
    -----
    The traits follow the reader's hand where a kernel runs: `machine.values` is what is shown.
    """

    values = traitlets.List([2.0, 3.0, 5.0, 9.0, 11.0]).tag(sync=True)
    gamma = Checked(1.0).tag(sync=True)
    beta = Checked(0.0).tag(sync=True)
    eps = Checked(1e-5).tag(sync=True)
    start = traitlets.Dict().tag(sync=True)  # what Reset returns to

    def __init__(self, values=(2, 3, 5, 9, 11), gamma=1.0, beta=0.0, eps=1e-5):
        start = {
            "values": _batch(values),
            "gamma": _within("gamma", gamma, -LIMIT),
            "beta": _within("beta", beta, -LIMIT),
            "eps": _within("eps", eps, 0),
        }
        super().__init__(start=start, fallback=_table(**start), **start)

    @property
    def m(self):
        """The batch size."""
        return len(self.values)

    @traitlets.validate("values")
    def _check_values(self, proposal):
        return _batch(proposal["value"])

    @traitlets.validate("gamma", "beta", "eps")
    def _check_parameter(self, proposal):
        name = proposal["trait"].name
        return _within(name, proposal["value"], 0 if name == "eps" else -LIMIT)


def _batch(values):
    if not isinstance(values, Iterable):
        raise TypeError(f"values must be a list of numbers, got {values!r}")
    values = list(values)
    if not 1 <= len(values) <= LARGEST_BATCH:
        raise ValueError(f"values must be 1 to {LARGEST_BATCH} numbers, got {len(values)}")
    return [_within(f"values[{i}]", value, -LIMIT) for i, value in enumerate(values)]


def _within(name, value, least):
    return check_number(name, value, least=least, most=LIMIT)


def _table(values, gamma, beta, eps):
    """The first state for readers without JavaScript: one column per example, computed by bnlib."""
    x = np.array(values)[:, None]
    try:
        y, cache = batch_norm(x, np.array([gamma]), np.array([beta]), eps)
    except ValueError as error:
        return f"<p>{escape(str(error))}</p>"
    rows = {"x": x[:, 0], "x̂": cache.x_hat[:, 0], "y": y[:, 0]}
    body = "".join(
        f'<tr><th scope="row">{name}</th>' + "".join(f"<td>{v:.2f}</td>" for v in row) + "</tr>"
        for name, row in rows.items()
    )
    caption = (
        f"Batch norm of {len(values)} numbers: mean {cache.mean[0]:.2f}, variance "
        f"{cache.var[0]:.2f}, γ = {gamma:g}, β = {beta:g}, ε = {eps:g}"
    )
    return f"<table><caption>{caption}</caption><tbody>{body}</tbody></table>"
