"""Optimizers that hold the first layers of a network still, or move them as somebody else did."""

from bnlib.layers import Linear


def size_of_box(network, layers=2):
    """How many parameters the first hidden layers have: they come first in `theta`.

    Parameters
    ----------
    network : Network
    layers : int
        How many hidden layers are meant.

    Returns
    -------
    int
    """
    sizes = [sum(p.size for p in layer.params.values()) for layer in network.layers]
    places = [i for i, layer in enumerate(network.layers) if isinstance(layer, Linear)]
    return sum(sizes[: places[layers]])


class Held:
    """An optimizer that leaves the first parameters of a network to somebody else.

    Parameters
    ----------
    optimizer : SGD
    path : (T + 1, P) array, or (1, P) array
        What the first P parameters are after each step; one row: always the same.
    """

    def __init__(self, optimizer, path):
        self.optimizer, self.path, self.steps = optimizer, path, 0

    def step(self, theta, gradient):
        """Move the others, in place, and put the first ones where the path has them."""
        self.optimizer.step(theta, gradient)
        self.steps += 1
        theta[: self.path.shape[1]] = self.path[min(self.steps, len(self.path) - 1)]


class FreezeFrom:
    """An optimizer that leaves the first parameters alone from a step on.

    Parameters
    ----------
    optimizer : SGD
    size : int
        How many parameters are frozen.
    start : int or None
        Number of steps after which they are; None for never.
    """

    def __init__(self, optimizer, size, start):
        self.optimizer, self.size, self.start, self.steps = optimizer, size, start, 0

    def step(self, theta, gradient):
        """Move the parameters, in place, but for the frozen ones."""
        frozen = self.start is not None and self.steps >= self.start
        kept = theta[: self.size].copy() if frozen else None
        self.optimizer.step(theta, gradient)
        if frozen:
            theta[: self.size] = kept
        self.steps += 1
