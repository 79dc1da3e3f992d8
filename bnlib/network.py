"""A network is a list of layers whose parameters live in one flat vector."""

from itertools import pairwise

import numpy as np

from bnlib.checks import check_choice, check_count, check_flag
from bnlib.layers import ACTIVATIONS, Layer, Linear
from bnlib.norms import BatchNorm


class Network:
    """Layers applied one after the other.

    Parameters
    ----------
    layers : list of Layer
        The network takes over their parameters, so a layer belongs to one network only.

    Attributes
    ----------
    layers : tuple of Layer
    theta, gradient : (P,) array
        All parameters, and the gradient of the last `backward`; the layers' `params` and `grads`
        are views into them.

    Raises
    ------
    ValueError, TypeError
        For an empty list, something that is no layer, a layer already used, mixed dtypes, or
        neighbours whose widths disagree.
    """

    def __init__(self, layers):
        self.layers = tuple(layers)
        _check_layers(self.layers)
        self.theta = self._flatten("params")
        self.gradient = self._flatten("grads")
        for layer in self.layers:
            layer.in_network = True

    def _flatten(self, kind):
        """Copy all arrays of `kind` into one vector, and make the layers' arrays views of it."""
        arrays = [array for layer in self.layers for array in getattr(layer, kind).values()]
        flat = np.concatenate([array.ravel() for array in arrays]) if arrays else np.zeros(0)
        start = 0
        for layer in self.layers:
            named = getattr(layer, kind)
            for name, array in named.items():
                named[name] = flat[start : start + array.size].reshape(array.shape)
                start += array.size
        return flat

    def forward(self, x, *, training):
        """Outputs of the last layer.

        Parameters
        ----------
        x : (N, D) array
        training : bool

        Returns
        -------
        (N, K) array
            For a classifier, the logits.

        Raises
        ------
        ValueError, TypeError
            As the layers; the running statistics of all layers are then as they were.
        """
        check_flag("training", training)
        states = [layer.state for layer in self.layers]
        try:
            for layer in self.layers:
                x = layer.forward(x, training=training)
        except (ValueError, TypeError):
            for layer, state in zip(self.layers, states, strict=True):
                layer.load_state(state)
            raise
        return x

    def backward(self, dy):
        """Fill `gradient` from dLoss/doutput; returns dLoss/dx of the last `forward`.

        Raises
        ------
        ValueError, TypeError
            As the layers: without a forward before, or for a wrong shape.
        """
        for layer in reversed(self.layers):
            dy = layer.backward(dy)
        return dy

    def predict(self, x):
        """The class with the highest output, for each example by itself.

        Parameters
        ----------
        x : (N, D) array

        Returns
        -------
        (N,) int64 array

        Raises
        ------
        ValueError, TypeError
            As `forward` with training=False.
        """
        return self.forward(x, training=False).argmax(axis=1)

    def _forward(self, x, training):
        """`forward`, unchecked: what training calls."""
        for layer in self.layers:
            x = layer._forward(x, training)
        return x

    def _backward(self, dy):
        """`backward`, unchecked, without the input's gradient; it may write into dy."""
        for layer in self.layers[:0:-1]:
            dy = layer._backward(dy)
        self.layers[0]._backward(dy, input_gradient=False)


def mlp(sizes, activation="relu", batch_norm=False, gain=None, *, rng, dtype=np.float64):
    """A multilayer perceptron: Linear, (BatchNorm,) activation, ..., Linear.

    With and without batch norm, the same `rng` seed gives the same W.

    Parameters
    ----------
    sizes : sequence of int
        Inputs, hidden widths, outputs: [64, 50, 50, 10] has two hidden layers.
    activation : "relu", "sigmoid" or "tanh"
    batch_norm : bool
        Normalize each hidden layer's z; its Linear then has no bias, since beta takes its place.
    gain : float, optional
        The hidden W have standard deviation gain / sqrt(inputs). Default: sqrt(2) for ReLU, else 1.
    rng : numpy.random.Generator
    dtype : numpy.float64 or numpy.float32

    Returns
    -------
    Network

    Raises
    ------
    ValueError, TypeError
        For fewer than two sizes, or an argument out of its range.
    """
    if not isinstance(sizes, list | tuple | np.ndarray) or len(sizes) < 2:
        raise ValueError(f"sizes must list inputs, hidden widths and outputs, got {sizes!r}")
    sizes = [check_count("sizes", size) for size in sizes]
    make_activation = ACTIVATIONS[check_choice("activation", activation, ACTIVATIONS)]
    check_flag("batch_norm", batch_norm)
    if gain is None:
        gain = np.sqrt(2) if activation == "relu" else 1.0
    layers = []
    for before, after in pairwise(sizes[:-1]):
        layers.append(Linear(before, after, bias=not batch_norm, gain=gain, rng=rng, dtype=dtype))
        if batch_norm:
            layers.append(BatchNorm(after, dtype=dtype))
        layers.append(make_activation())
    return Network([*layers, Linear(sizes[-2], sizes[-1], rng=rng, dtype=dtype)])


def _check_layers(layers):
    if not layers:
        raise ValueError("a network needs at least one layer, got none")
    for layer in layers:
        if not isinstance(layer, Layer):
            raise TypeError(f"layers must be bnlib layers, got {layer!r}")
        if getattr(layer, "in_network", False) or layers.count(layer) > 1:
            raise ValueError(f"a {type(layer).__name__} is used twice; make a new one")
    dtypes = {str(array.dtype) for layer in layers for array in layer.params.values()}
    if len(dtypes) > 1:
        raise ValueError(f"layers have the dtypes {sorted(dtypes)}; give all of them the same")
    width = None
    for number, layer in enumerate(layers):
        takes = getattr(layer, "in_features", getattr(layer, "num_features", None))
        if None not in (width, takes) and takes != width:
            raise ValueError(
                f"layer {number} ({type(layer).__name__}) takes {takes} features, "
                f"but gets {width}; make the sizes agree"
            )
        width = getattr(layer, "out_features", takes or width)
