"""The graph of batch norm for a few numbers: forward and backward, one operation at a time."""

from html import escape

import numpy as np
import traitlets

from bnlib.checks import check_array, check_choice, check_count
from bnlib.experiments.backprop_steps import OPERATIONS, steps
from bnlib.widgets.base import BookWidget, Checked

# The graph's rows: each node stands below those that it is made of.
ROWS = ("x", "mean", "x_centered", "squared", "var", "std", "inv_std", "x_hat", "gamma", "scaled",
        "beta", "y")  # fmt: skip
FORWARD_DONE = len(OPERATIONS)
LAST = 2 * FORWARD_DONE
MOST_EXAMPLES = 4  # what fits a phone
CASES = ("mixed", "one", "ones", "outside")


class BackpropStepper(BookWidget):
    """Values and gradients of batch norm's nine operations, stepped through by the reader.

    Parameters
    ----------
    step : int
        0: only x is known. 1 to 9: so many operations are done. 10 to 18: going back.
    upstream : str
        The gradient of y that comes in. "mixed": `dy`. "one": of the second example alone.
        "ones": 1 for every example. "outside": `dy`, but the backward pass takes mean and variance
        for constants.
    x, dy : sequence of 2 to 4 float
    gamma, beta : float
    eps : float
        Above 0.

    Raises
    ------
    ValueError, TypeError
        For a number out of its range, or an unknown name; also when one is assigned later.

    Notes
    -----
    All numbers come from `bnlib.experiments.backprop_steps.steps`.
    """

    step = Checked(FORWARD_DONE).tag(sync=True)
    upstream = Checked("mixed").tag(sync=True)
    recorded = traitlets.Dict().tag(sync=True)
    start = traitlets.Dict().tag(sync=True)  # what Reset returns to

    def __init__(
        self,
        step=FORWARD_DONE,
        upstream="mixed",
        *,
        x=(1, 7, 9, 15),
        dy=(1, -2, 3, 0),
        gamma=2,
        beta=1,
        eps=1e-5,
    ):
        x = check_array("x", x, ndims=(1,), dtype=np.float64)
        if not 2 <= len(x) <= MOST_EXAMPLES:
            raise ValueError(f"x has {len(x)} values; use 2 to {MOST_EXAMPLES}")
        gradients = {"mixed": dy, "one": np.eye(len(x))[1], "ones": np.ones(len(x)), "outside": dy}
        runs = {
            name: steps(x, gamma, beta, gradients[name], eps, name != "outside") for name in CASES
        }
        start = {"step": step, "upstream": upstream}
        super().__init__(
            recorded=_recorded(runs), start=start, fallback=_table(runs["mixed"]), **start
        )

    @traitlets.validate("step")
    def _check_step(self, proposal):
        step = check_count("step", proposal["value"], least=0)
        if step > LAST:
            raise ValueError(f"step must be at most {LAST}, got {step}")
        return step

    @traitlets.validate("upstream")
    def _check_upstream(self, proposal):
        return check_choice("upstream", proposal["value"], CASES)

    def __repr__(self):
        return f"BackpropStepper(step={self.step}, upstream={self.upstream!r})"


def _recorded(runs):
    """What the front end shows: all numbers as lists, by node and by case."""
    values = runs["mixed"].values
    return {
        "examples": len(values["x"]),
        "nodes": [
            {"name": name, "inputs": OPERATIONS[name][0] if name in OPERATIONS else ()}
            | {"value": values[name].tolist()}
            for name in ROWS
        ],
        "operations": [
            {"name": name, "formula": formula, "code": code}
            for name, (_, formula, code) in OPERATIONS.items()
        ],
        "cases": {name: _case(name, run) for name, run in runs.items()},
    }


def _case(name, run):
    dy = run.gradients["y"]
    return {
        "label": _label(name, dy),
        "dy": dy.tolist(),
        "closing": _closing(name, run.gradients["x"]),
        "edges": {node: [_plain(edge) for edge in edges] for node, edges in run.backward.items()},
    }


def _plain(edge):
    return {
        name: value.tolist() if isinstance(value, np.ndarray) else value
        for name, value in vars(edge).items()
    }


def _label(name, dy):
    numbers = ", ".join(_text(value) for value in dy)
    words = {"one": "only image 2: ", "ones": "all ones: "}.get(name, "")
    return f"{words}{numbers}" + (", statistics constant" if name == "outside" else "")


def _closing(name, dx):
    """What the finished gradient of x shows."""
    total = _text(dx.sum())
    if name == "one":
        reached = np.count_nonzero(np.abs(dx) > 1e-9)
        return f"The loss looks at image 2 alone, yet {reached} of {len(dx)} x have a gradient."
    if name == "ones" and np.abs(dx).max() < 1e-9:
        return "Every dx is 0: no x can move the sum of all y."
    if name == "outside":
        return (
            f"The dx add up to {total}, not 0: a bias below would be told to move, "
            "though moving it changes no y."
        )
    return f"The dx add up to {total}: adding the same number to every x changes no y."


def _text(value):
    rounded = round(float(value), 3) + 0.0  # no minus zero
    return f"{rounded:g}".replace("-", "−")


def _table(run):
    """Value and gradient of every node, for readers without JavaScript."""
    rows = ""
    for name in ROWS:
        cells = (run.values[name], run.gradients[name])
        texts = (", ".join(_text(value) for value in np.atleast_1d(cell)) for cell in cells)
        code = OPERATIONS[name][2] if name in OPERATIONS else ""
        rows += f'<tr><th scope="row">{name}</th><td>{escape(code)}</td>'
        rows += "".join(f"<td>{text}</td>" for text in texts) + "</tr>"
    head = "".join(f'<th scope="col">{h}</th>' for h in ("node", "code", "value", "gradient"))
    caption = "Batch norm of one feature of a mini-batch, node by node, and the gradient of each"
    return (
        f"<table><caption>{caption}</caption><thead><tr>{head}</tr></thead>"
        f"<tbody>{rows}</tbody></table>"
    )
