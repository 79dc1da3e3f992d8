"""What a network meets when it follows its gradient: the loss and the gradient along the line.

Three measures in the manner of Santurkar et al. (2018), section 3: how much the loss varies, how
much the gradient changes, and how much it changes for the distance moved.
"""

from dataclasses import dataclass

import numpy as np

from bnlib.checks import check_finite, check_sequence
from bnlib.experiments.shaken_networks import hold
from bnlib.losses import softmax_cross_entropy


@dataclass(frozen=True)
class Line:
    """The loss and its gradient at E points of theta - rate * gradient.

    Attributes
    ----------
    rates : (E,) array
        0 is not among them.
    start : float
        The loss at rate 0, in nats.
    losses : (E,) array
    turned : (E,) array
        Length of the change of the gradient since rate 0, over the length of the gradient there.
    length : float
        Length of the gradient at rate 0.
    """

    rates: np.ndarray
    start: float
    losses: np.ndarray
    turned: np.ndarray
    length: float

    @property
    def loss_range(self):
        """Largest minus smallest loss on the line, in nats."""
        every = np.append(self.losses, self.start)
        return float(every.max() - every.min())

    @property
    def predictiveness(self):
        """Largest `turned`: 0 where the gradient stays as it was."""
        return float(self.turned.max())

    @property
    def smoothness(self):
        """Largest change of the gradient over the distance moved: the effective beta."""
        return float((self.turned / self.rates).max())


def follow(network, x, labels, rates):
    """Go from where a network is along its gradient on these images, and look back.

    Parameters
    ----------
    network : Network
        Put back as it was, with no gradient of its own left.
    x : (n, D) array
        One batch, normalized as one.
    labels : (n,) integer array
    rates : sequence of E floats
        Above 0.

    Returns
    -------
    Line

    Raises
    ------
    ValueError, TypeError
        For no rates, one that is not above 0, or a loss that is not finite at the start.
    """
    rates = np.array(check_sequence("rates", rates, "numbers"), dtype=np.float64)
    if not rates.size or not (rates > 0).all():
        raise ValueError(f"rates must be above 0 and at least one, got {rates.tolist()}")
    theta, before = network.theta.copy(), network.gradient.copy()
    norms = [layer for layer in network.layers if hasattr(layer, "frozen")]
    averages = [layer.state for layer in norms]
    hold(network, True)
    start, gradient = _loss_and_gradient(network, x, labels)
    check_finite("the loss at the start", np.array([start]), "train at a smaller rate")
    losses, turned = np.empty((2, len(rates)))
    length = float(np.linalg.norm(gradient))
    for place, rate in enumerate(rates):
        network.theta[:] = theta - rate * gradient
        losses[place], there = _loss_and_gradient(network, x, labels)
        turned[place] = np.linalg.norm(there - gradient) / length
    hold(network, False)
    network.theta[:], network.gradient[:] = theta, before
    for layer, state in zip(norms, averages, strict=True):
        layer.load_state(state)
    network._forget()
    return Line(rates, start, losses, turned, length)


def _loss_and_gradient(network, x, labels):
    logits = network._forward(x, True)
    loss, dlogits = softmax_cross_entropy(logits, labels)
    network._backward(dlogits)
    return float(loss), network.gradient.astype(np.float64)
