"""Stochastic gradient descent with momentum."""

import numpy as np

from bnlib.checks import check_number


class SGD:
    """velocity = momentum * velocity + gradient; parameters -= learning_rate * velocity.

    Parameters
    ----------
    learning_rate : float
        Step size, > 0.
    momentum : float
        Fraction of the velocity kept, in [0, 1).

    Raises
    ------
    ValueError, TypeError
        For a number out of its range.

    Notes
    -----
    Source: Polyak (1964), in the form that PyTorch uses.
    """

    def __init__(self, learning_rate, momentum=0.0):
        self.learning_rate = check_number("learning_rate", learning_rate, above=0)
        self.momentum = check_number("momentum", momentum, least=0, below=1)
        self._velocity = None

    def step(self, theta, gradient):
        """Move the parameters, in place.

        Parameters
        ----------
        theta, gradient : (P,) array
            All parameters of a network, and dLoss/dtheta.

        Raises
        ------
        ValueError
            When the shapes differ, or differ from those of the step before.
        """
        if theta.shape != gradient.shape:
            raise ValueError(f"theta has shape {theta.shape}, gradient {gradient.shape}")
        if self._velocity is None:
            self._velocity, self._update = np.zeros_like(theta), np.empty_like(theta)
        if self._velocity.shape != theta.shape:
            raise ValueError(
                f"theta has shape {theta.shape}, but this optimizer has stepped one of shape "
                f"{self._velocity.shape}; make a new SGD for each network"
            )
        self._velocity *= self.momentum
        self._velocity += gradient
        theta -= np.multiply(self._velocity, self.learning_rate, out=self._update)
