"""Batch norm of one feature as a graph of nine operations, forward and backward, node by node.

What the stepper shows: each operation's value, its local derivatives, the gradient that comes in
and those that go out. A test runs the lines of code shown here and compares.
"""

from dataclasses import dataclass, field

import numpy as np

from bnlib.checks import check_array, check_flag, check_number, check_shape

# Of each node: what it is made of, its formula, its line of code; in the forward pass's order.
OPERATIONS = {
    "mean": (("x",), "mean = Σ x / N", "mean = x.mean()"),
    "x_centered": (("x", "mean"), "x_centered = x − mean", "x_centered = x - mean"),
    "squared": (("x_centered",), "squared = x_centered²", "squared = x_centered**2"),
    "var": (("squared",), "var = Σ squared / N", "var = squared.mean()"),
    "std": (("var",), "std = √(var + ε)", "std = np.sqrt(var + eps)"),
    "inv_std": (("std",), "inv_std = 1 / std", "inv_std = 1 / std"),
    "x_hat": (
        ("x_centered", "inv_std"),
        "x_hat = x_centered · inv_std",
        "x_hat = x_centered * inv_std",
    ),
    "scaled": (("gamma", "x_hat"), "scaled = γ · x_hat", "scaled = gamma * x_hat"),
    "y": (("beta", "scaled"), "y = scaled + β", "y = scaled + beta"),
}


@dataclass(frozen=True)
class Edge:
    """What one node sends back to one of those that it is made of.

    Attributes
    ----------
    to : str
        The node that receives it.
    derivative : str
        The local derivative as a formula, such as "−1 / std²".
    local : array
        Its value: () or (N,).
    formula, code : str
        How the outgoing gradient is made.
    part : array
        What this edge contributes to the gradient of `to`.
    total : array
        That gradient afterwards; other edges may still add to it.
    complete : bool
        Whether none will.
    """

    to: str
    derivative: str
    local: np.ndarray
    formula: str
    code: str
    part: np.ndarray
    total: np.ndarray
    complete: bool


@dataclass(frozen=True)
class BackpropSteps:
    """One pass forward and one backward, node by node.

    Attributes
    ----------
    values : dict of str to array
        Of x, gamma, beta and each of OPERATIONS: () or (N,).
    gradients : dict of str to array
        dLoss by each of them, complete, shaped like `values`.
    backward : dict of str to tuple of Edge
        What each operation sends back, in the order of the backward pass.
    statistics_in_gradient : bool
        Whether mean and var are functions of x for the backward pass, as they are, or constants.
    """

    values: dict
    gradients: dict
    backward: dict = field(repr=False)
    statistics_in_gradient: bool


def steps(x, gamma, beta, dy, eps=1e-5, statistics_in_gradient=True):
    """Compute batch norm of one feature and its gradients, one operation after the other.

    Parameters
    ----------
    x, dy : (N,) array
        One feature of N examples, and dLoss/dy.
    gamma, beta : float
    eps : float
        Above 0, in the squared units of x.
    statistics_in_gradient : bool
        False: the backward pass takes mean and var for constants, which is wrong.

    Returns
    -------
    BackpropSteps

    Raises
    ------
    ValueError, TypeError
        For shapes that differ, an eps of 0 or less, or what is no number.
    """
    x = check_array("x", x, ndims=(1,), dtype=np.float64)
    dy = check_array("dy", dy, ndims=(1,), dtype=np.float64)
    check_shape("dy", dy, x.shape, "it is the gradient of y, which is shaped like x")
    gamma, beta = check_number("gamma", gamma), check_number("beta", beta)
    eps = check_number("eps", eps, above=0)
    known = check_flag("statistics_in_gradient", statistics_in_gradient)
    values = _forward(x, np.float64(gamma), np.float64(beta), eps)
    ledger = _Ledger(values, dy)
    _through_scale_and_shift(ledger)
    _through_the_variance(ledger, known)
    _through_the_mean(ledger, known)
    return BackpropSteps(values, ledger.gradients, ledger.edges, known)


def _forward(x, gamma, beta, eps):
    mean = x.mean()
    x_centered = x - mean
    squared = x_centered**2
    var = squared.mean()
    std = np.sqrt(var + eps)
    inv_std = 1 / std
    x_hat = x_centered * inv_std
    scaled = gamma * x_hat
    y = scaled + beta
    names = ("x", "gamma", "beta", *OPERATIONS)
    return dict(zip(names, (x, gamma, beta, mean, x_centered, squared, var, std, inv_std, x_hat,
                            scaled, y), strict=True))  # fmt: skip


class _Ledger:
    """Gradients as they arrive: a node that sent its value two ways gets two of them."""

    def __init__(self, values, dy):
        self.values = values
        self.gradients = {"y": dy}
        self.edges = {}
        self._waiting = {"x": 2, "x_centered": 2}  # edges that have not arrived yet

    def send(self, node, to, derivative, local, part, formula, code):
        """Note one edge; returns the gradient of `to` so far."""
        total = self.gradients.get(to, 0.0) + part
        self.gradients[to] = total
        self._waiting[to] = self._waiting.get(to, 1) - 1
        arrays = (np.asarray(each, dtype=np.float64) for each in (local, part, total))
        local, part, total = arrays
        complete = self._waiting[to] == 0
        edge = Edge(to, derivative, local, formula, code, part, total, complete)
        self.edges[node] = (*self.edges.get(node, ()), edge)


def _through_scale_and_shift(ledger):
    """From y to x_hat: the gradients of beta and gamma are sums over the batch."""
    values, dy = ledger.values, ledger.gradients["y"]
    ones = np.ones_like(dy)
    ledger.send("y", "beta", "1", ones, dy.sum(), "dbeta = Σ dy", "dbeta = dy.sum()")
    ledger.send("y", "scaled", "1", ones, dy, "dscaled = dy", "dscaled = dy")
    ledger.send("scaled", "gamma", "x_hat", values["x_hat"], (dy * values["x_hat"]).sum(),
                "dgamma = Σ dscaled · x_hat", "dgamma = (dscaled * x_hat).sum()")  # fmt: skip
    ledger.send("scaled", "x_hat", "γ", values["gamma"], dy * values["gamma"],
                "dx_hat = dscaled · γ", "dx_hat = dscaled * gamma")  # fmt: skip


def _through_the_variance(ledger, known):
    """From x_hat to x_centered: directly, and through inv_std, std, var and the squares."""
    values, dx_hat = ledger.values, ledger.gradients["x_hat"]
    x_centered, std = values["x_centered"], values["std"]
    # With the statistics taken for constants, nothing goes this way.
    through = (dx_hat * x_centered).sum() if known else 0.0
    ledger.send(
        "x_hat",
        "inv_std",
        "x_centered",
        x_centered,
        through,
        *_or_cut("dinv_std", "Σ dx_hat · x_centered", "(dx_hat * x_centered).sum()", known),
    )
    ledger.send("x_hat", "x_centered", "inv_std", values["inv_std"], dx_hat * values["inv_std"],
                "dx_centered = dx_hat · inv_std", "dx_centered = dx_hat * inv_std")  # fmt: skip
    dstd = -through / std**2
    ledger.send("inv_std", "std", "−1 / std²", -1 / std**2, dstd,
                "dstd = dinv_std · (−1 / std²)", "dstd = -dinv_std / std**2")  # fmt: skip
    dvar = dstd / (2 * std)
    ledger.send("std", "var", "1 / (2 std)", 1 / (2 * std), dvar,
                "dvar = dstd / (2 std)", "dvar = dstd / (2 * std)")  # fmt: skip
    n = len(dx_hat)
    dsquared = np.full(n, dvar / n)
    ledger.send("var", "squared", "1 / N", 1 / n, dsquared,
                "dsquared = dvar / N", "dsquared = np.full(N, dvar / N)")  # fmt: skip
    ledger.send("squared", "x_centered", "2 x_centered", 2 * x_centered, 2 * x_centered * dsquared,
                "dx_centered += dsquared · 2 x_centered",
                "dx_centered += dsquared * 2 * x_centered")  # fmt: skip


def _through_the_mean(ledger, known):
    """From x_centered to x: directly, and through the mean."""
    dx_centered = ledger.gradients["x_centered"]
    n = len(dx_centered)
    dmean = -dx_centered.sum() if known else 0.0
    ledger.send("x_centered", "mean", "−1", -np.ones(n), dmean,
                *_or_cut("dmean", "−Σ dx_centered", "-dx_centered.sum()", known))  # fmt: skip
    ledger.send("x_centered", "x", "1", np.ones(n), dx_centered, "dx = dx_centered",
                "dx = dx_centered")  # fmt: skip
    ledger.send("mean", "x", "1 / N", 1 / n, np.full(n, dmean / n),
                "dx = dx + dmean / N", "dx = dx + dmean / N")  # fmt: skip


def _or_cut(name, formula, code, known):
    """The formula and the line that make a gradient, or those that leave it out."""
    if known:
        return f"{name} = {formula}", f"{name} = {code}"
    return f"{name} = 0, left out", f"{name} = 0.0"
