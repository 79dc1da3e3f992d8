"""A network is a list of layers whose parameters live in one flat vector."""

import numpy as np

from bnlib.checks import check_array, check_flag, check_sequence, check_shape
from bnlib.layer import Layer, unchanged_if_refused


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
        are views into them. Assigning to `theta` copies the values into it.

    Raises
    ------
    ValueError, TypeError
        For an empty list, something that is no layer, a layer already used, mixed dtypes, or
        neighbours whose widths disagree.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> network = bnlib.Network([bnlib.Linear(4, 3, rng=rng), bnlib.ReLU()])
    >>> network.forward(np.ones((2, 4)), training=True).shape
    (2, 3)
    >>> network.theta.size  # 4 x 3 weights and 3 biases
    15
    """

    def __init__(self, layers):
        self.layers = check_sequence("layers", layers, "layers")
        _check_layers(self.layers)
        self._shapes(None)
        self._join()
        for layer in self.layers:
            layer.in_network = True

    def _shapes(self, shape):
        """Shapes of an example before each layer, and after the last; None where unknown.

        ValueError if a layer can't take what it gets.
        """
        shapes = [shape]
        for number, layer in enumerate(self.layers):
            try:
                shapes.append(layer._shape_after(shapes[-1]))
            except ValueError as error:
                raise ValueError(f"layer {number}: {error}; make the shapes agree") from None
        return shapes

    def _join(self):
        self._theta, self._gradient = self._flatten("params"), self._flatten("grads")

    def __setstate__(self, state):
        """A copy's layers must be views of the copy's own vectors."""
        vars(self).update(state)
        self._join()

    @property
    def theta(self):
        """All parameters, (P,)."""
        return self._theta

    @theta.setter
    def theta(self, value):
        """Copy into all parameters. ValueError or TypeError for anything but (P,) numbers."""
        if value is not self._theta:  # after += it is
            value = check_array("theta", value, dtype=self._theta.dtype)
            self._theta[:] = check_shape("theta", value, self._theta.shape, "the number is fixed")

    @property
    def gradient(self):
        """The gradient of the last `backward` by all parameters, (P,)."""
        return self._gradient

    def _flatten(self, kind):
        """Copy all arrays of `kind` into one vector, and make the layers' arrays views of it."""
        arrays = [array for layer in self.layers for array in getattr(layer, kind).values()]
        flat = np.concatenate([array.ravel() for array in arrays]) if arrays else np.zeros(0)
        self._hold(kind, flat)
        return flat

    def _hold(self, kind, flat):
        """Make the layers' arrays of `kind` views of `flat`."""
        for layer, views in zip(self.layers, self._views(kind, flat), strict=True):
            for name, view in views.items():
                getattr(layer, kind).hold(name, view)

    def _views(self, kind, flat):
        """Each layer's arrays of `kind` as views of `flat`, (P,); of K rows (K, P), K of each."""
        start = 0
        for layer in self.layers:
            views = {}
            for name, array in getattr(layer, kind).items():
                part = flat[..., start : start + array.size]
                views[name] = part.reshape(*flat.shape[:-1], *array.shape)
                start += array.size
            yield views

    def _move_to(self, theta, gradient):
        """Take these (P,) arrays for the vectors from now on; the values go along."""
        theta[:], gradient[:] = self._theta, self._gradient
        self._theta, self._gradient = theta, gradient
        self._hold("params", theta)
        self._hold("grads", gradient)

    def forward(self, x, *, training):
        """Outputs of the last layer.

        Parameters
        ----------
        x : (N, D), (N, C, S) or (N, C, H, W) array
            Whatever the first layer takes.
        training : bool

        Returns
        -------
        (N, K) array
            For a classifier, the logits.

        Raises
        ------
        ValueError, TypeError
            As the layers; all of them are then as they were.
        """
        check_flag("training", training)
        check_input(self, "x", check_array("x", x, ndims=(2, 3, 4)))
        with unchanged_if_refused(self.layers):
            for layer in self.layers:
                x = layer.forward(x, training=training)
        return x

    def backward(self, dy):
        """Fill `gradient` from dy = dLoss/doutput; returns dLoss/dx of the last `forward`.

        Raises
        ------
        ValueError, TypeError
            As the layers: without a forward before, or for a wrong shape. `gradient` is then as
            it was. After `train` or a recorder, which overwrite what it needs, that is so, too.
        """
        with unchanged_if_refused(self.layers):
            for layer in reversed(self.layers):
                dy = layer.backward(dy)
        return dy

    def predict(self, x):
        """The class with the highest output, for each example by itself.

        Parameters
        ----------
        x : (N, D) or (N, C, H, W) array

        Returns
        -------
        (N,) int64 array
            For a network with one output, 1 where it is above 0.

        Raises
        ------
        ValueError, TypeError
            As `forward` with training=False.
        """
        x = check_array("x", x, ndims=(2, 3, 4))
        check_network(self, "x", x)
        return classes(self.forward(x, training=False))

    def _forward(self, x, training):
        """`forward`, unchecked: what training calls."""
        for layer in self.layers:
            x = layer._forward(x, training)
        return x

    def _forget(self):
        """Make `backward` ask for a new `forward`: the kernels have overwritten the last one."""
        for layer in self.layers:
            layer._output_shape = None

    def _backward(self, dy):
        """`backward`, unchecked, without the input's gradient; it may write into dy."""
        for layer in self.layers[:0:-1]:
            dy = layer._backward(dy)
        self.layers[0]._backward(dy, input_gradient=False)


def classes(outputs):
    """The class that the outputs (N, K) speak for: the largest; of one output, its sign."""
    return outputs.argmax(axis=1) if outputs.shape[1] > 1 else (outputs[:, 0] > 0).astype(np.int64)


def _check_layers(layers):
    if not layers:
        raise ValueError("a network needs at least one layer, got none")
    for layer in layers:
        if not isinstance(layer, Layer):
            raise TypeError(f"layers must be bnlib layers, got {layer!r}")
        if getattr(layer, "in_network", False) or layers.count(layer) > 1:
            raise ValueError(f"layers: a {type(layer).__name__} is used twice; make a new one")
    dtypes = {str(array.dtype) for layer in layers for array in layer.params.values()}
    if len(dtypes) > 1:
        raise ValueError(f"layers have the dtypes {sorted(dtypes)}; give all of them the same")


def check_input(network, name, x):
    """Refuse anything but a Network, or an x it can't take; return `Network._shapes` for it."""
    if not isinstance(network, Network):
        raise TypeError(f"network must be a bnlib.Network, got {type(network).__name__}")
    try:
        return network._shapes(x.shape[1:])
    except ValueError as error:
        raise ValueError(f"{name} has shape {x.shape}: {error}") from None


def check_network(network, name, x):
    """As `check_input`, for one that gives a vector for each example; return its length."""
    shape = check_input(network, name, x)[-1]
    if len(shape) != 1:
        raise ValueError(f"the network turns {name} {x.shape} into (N, *{shape}); end on a Linear")
    return shape[0]
