"""What the loss and its gradient do along one gradient step: how far may the step be trusted?

The three measures of Santurkar et al. (2018), figure 4, and one that does not change when a weight
matrix and its learning rate are rescaled together.
"""

from copy import deepcopy
from dataclasses import dataclass

import numpy as np

from bnlib.checks import check_array, check_sequence
from bnlib.experiments.shaken_norm import Shake, hidden_linears
from bnlib.losses import LOSSES


@dataclass(frozen=True)
class Walk:
    """What was seen at R points along a step.

    Attributes
    ----------
    loss : (R + 1,) array
        The first is that of the starting point.
    change : (R,) array
        How far the gradient has moved from the first one: L2 norm of the difference.
    length : (R,) array
        Distance from the start, in the same parameters.
    gradient : float
        L2 norm of the first gradient.
    """

    loss: np.ndarray
    change: np.ndarray
    length: np.ndarray
    gradient: float

    @property
    def loss_range(self):
        """Largest minus smallest loss at the R points along the step."""
        return float(np.ptp(self.loss[1:]))

    @property
    def predictiveness(self):
        """Largest change of the gradient: small means that the first gradient still tells."""
        return float(self.change.max())

    @property
    def smoothness(self):
        """Largest change of the gradient for the distance moved (effective beta-smoothness)."""
        return float((self.change / self.length).max())


def walk(network, x, labels, rates):
    """Go along the gradient step from where the network is; the network itself stays there.

    Batch norm uses the statistics of `x`, and a Shake holds one draw, so the loss is a function of
    the parameters alone.

    Parameters
    ----------
    network : Network
    x : (N, D) array
    labels : (N,) array
    rates : sequence of R floats > 0
        The learning rates of the steps.

    Returns
    -------
    Walk

    Raises
    ------
    ValueError, TypeError
        For no rates, or rates that are not above 0.
    """
    rates = _rates("rates", rates)
    surface = _Surface(network, x, labels)
    first = surface.gradient.copy()
    norm = float(np.linalg.norm(first))
    losses, change = [surface.loss], []
    for rate in rates:
        loss, gradient = surface.at(surface.start - rate * first)
        losses.append(loss)
        change.append(np.linalg.norm(gradient - first))
    return Walk(np.array(losses), np.array(change), rates * norm, norm)


def relative_walk(network, x, labels, shares):
    """Move every hidden W by a share of its own length along its own gradient.

    Distances are in units of |W|, gradients are |W| dLoss/dW: multiplying a W in front of batch
    norm by a number changes neither.

    Parameters
    ----------
    network : Network
    x : (N, D) array
    labels : (N,) array
    shares : sequence of R floats > 0

    Returns
    -------
    Walk

    Raises
    ------
    ValueError, TypeError
        As `walk`.
    """
    shares = _rates("shares", shares)
    surface = _Surface(network, x, labels)
    hidden = hidden_linears(surface.network)
    sizes = [np.linalg.norm(layer.params["W"]) for layer in hidden]

    def scaled():
        return [s * layer.grads["W"] for s, layer in zip(sizes, hidden, strict=True)]

    first = scaled()
    units = [s / max(np.linalg.norm(g), 1e-30) * g for s, g in zip(sizes, first, strict=True)]
    losses, change = [surface.loss], []
    for share in shares:
        surface.network.theta = surface.start
        for layer, unit in zip(hidden, units, strict=True):
            layer.params["W"] -= (share * unit).astype(unit.dtype)
        losses.append(surface.at(surface.network.theta)[0])
        change.append(_norm(a - b for a, b in zip(scaled(), first, strict=True)))
    length = shares * np.sqrt(len(hidden))
    return Walk(np.array(losses), np.array(change), length, _norm(first))


def _norm(parts):
    return float(np.sqrt(sum((part**2).sum() for part in parts)))


def _rates(name, rates):
    rates = np.array(check_sequence(name, rates, "numbers"), dtype=np.float64)
    if rates.size == 0 or not (rates > 0).all():
        raise ValueError(f"{name} must be one or more numbers above 0, got {rates.tolist()}")
    return rates


class _Surface:
    """The loss of a copy of a network as a function of its parameters."""

    def __init__(self, network, x, labels):
        self.network = deepcopy(network)
        self._x = check_array("x", x, ndims=(2,)).astype(network.theta.dtype)
        self._loss, check_targets = LOSSES["softmax_cross_entropy"]
        outputs = self.network._forward(self._x, True)  # each Shake draws what it then holds
        self._labels = check_targets(labels, outputs.shape, outputs.dtype)
        for layer in self.network.layers:
            if isinstance(layer, Shake):
                layer.held = True
        self.start = network.theta.copy()
        self.loss, self.gradient = self.at(self.start)

    def at(self, theta):
        """Loss and gradient; the gradient is overwritten by the next call."""
        self.network.theta = theta.astype(self.start.dtype)
        with np.errstate(all="ignore"):  # a step may lead where the loss overflows
            loss, doutputs = self._loss(self.network._forward(self._x, True), self._labels)
            self.network._backward(doutputs)
        return float(loss), self.network.gradient
