"""A multilayer perceptron with batch norm wherever it is asked for."""

from itertools import pairwise

import numpy as np

from bnlib.checks import check_choice, check_flag, check_sequence
from bnlib.layers import ACTIVATIONS, Linear
from bnlib.network import Network
from bnlib.norms import BatchNorm

POSITIONS = ("before", "after", "none")


def perceptron(
    sizes, activation="relu", position="before", *, on_x=False, rng, gain=1.0, dtype=np.float64
):
    """A multilayer perceptron like `bnlib.mlp`, with batch norm in any place.

    Parameters
    ----------
    sizes : sequence of int
        Inputs, hidden widths, outputs.
    activation : "relu", "sigmoid" or "tanh"
    position : "before", "after" or "none"
        Whether batch norm stands before each hidden activation, after it, or nowhere. A Linear
        directly before batch norm has no bias.
    on_x : bool
        Whether a batch norm of the inputs comes first.
    rng : numpy.random.Generator
        The same seed gives the same W, wherever batch norm stands.
    gain : float
        Multiplies the initial scale of the hidden W, which is LeCun's.
    dtype : numpy.float64 or numpy.float32

    Returns
    -------
    Network

    Raises
    ------
    ValueError, TypeError
        For an argument out of its range.
    """
    make_activation = ACTIVATIONS[check_choice("activation", activation, ACTIVATIONS)]
    check_choice("position", position, POSITIONS)
    sizes = check_sequence("sizes", sizes, "integers")
    layers = [BatchNorm(sizes[0], dtype=dtype)] if check_flag("on_x", on_x) else []
    for before, after in pairwise(sizes[:-1]):
        bias = position != "before"
        layers.append(Linear(before, after, bias=bias, gain=gain, rng=rng, dtype=dtype))
        if position == "before":
            layers.append(BatchNorm(after, dtype=dtype))
        layers.append(make_activation())
        if position == "after":
            layers.append(BatchNorm(after, dtype=dtype))
    return Network([*layers, Linear(*sizes[-2:], rng=rng, dtype=dtype)])
