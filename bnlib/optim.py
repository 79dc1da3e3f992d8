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
        ValueError, TypeError
            For anything but float arrays of one shape, that of the step before; nothing has then
            moved. A gradient that is not finite is taken: to diverge is a result.
        """
        self.check(theta, gradient)
        if self._velocity is None:
            self._velocity, self._update = np.zeros_like(theta), np.empty_like(theta)
        velocity = gradient  # without momentum
        if self.momentum:
            velocity = self._velocity
            velocity *= self.momentum
            velocity += gradient
        theta -= np.multiply(velocity, self.learning_rate, out=self._update)

    def check(self, theta, gradient):
        """Refuse what `step` can't take, and change nothing: errors as there."""
        for name, array in (("theta", theta), ("gradient", gradient)):
            if not isinstance(array, np.ndarray) or array.dtype.kind != "f":
                raise TypeError(f"{name} must be an array of floats, got {array!r}")
        if theta.shape != gradient.shape:
            raise ValueError(f"theta has shape {theta.shape}, gradient {gradient.shape}")
        if not theta.flags.writeable:
            raise ValueError(f"theta of shape {theta.shape} is read-only; pass a copy")
        if self._velocity is not None and self._velocity.shape != theta.shape:
            raise ValueError(
                f"theta has shape {theta.shape}, but this optimizer has stepped one of shape "
                f"{self._velocity.shape}; make a new SGD for each network"
            )
