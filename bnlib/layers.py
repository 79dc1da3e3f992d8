"""Layers without statistics: Linear, Identity, Flatten, and the activations.

Only the unchecked `_forward` and `_backward` are here, side by side; the checks around them are in
`Layer`.
"""

from math import prod

import numpy as np

from bnlib.checks import check_array, check_count, check_finite, check_flag
from bnlib.initializers import initial_std, initial_weights
from bnlib.layer import Layer
from bnlib.rows import column_sums

_TANH_FLAT = np.arctanh(np.sqrt(0.95))  # beyond it, tanh'(z) = 1 - tanh(z)^2 is below 0.05


class Linear(Layer):
    """y = x W + b.

    Parameters
    ----------
    in_features, out_features : int
    bias : bool
        Leave it out before batch norm, which subtracts it again.
    initializer : "he", "lecun", "glorot" or "plain"
        The scale at which W is drawn, with mean 0: see `initial_std`.
    gain : float
        Multiplies that scale.
    rng : numpy.random.Generator
        Draws W; b starts at 0.
    dtype : numpy.float64 or numpy.float32

    Raises
    ------
    ValueError, TypeError
        For sizes below 1, an unknown initializer, a gain that is not a positive number, or
        anything but a Generator.

    Notes
    -----
    params: W (in_features, out_features), b (out_features,).

    Examples
    --------
    >>> layer = bnlib.Linear(2, 1, rng=np.random.default_rng(0))
    >>> layer.params.update(W=[[3], [4]], b=[5])
    >>> layer.forward([[1, 1], [0, 2]], training=True)
    array([[12.],
           [13.]])
    """

    _input_ndims = (2,)
    _settings = ("in_features", "out_features", "bias")

    def __init__(self, in_features, out_features, *, rng, bias=True, initializer="lecun", gain=1.0,
                 dtype=np.float64):  # fmt: skip
        super().__init__()
        self.in_features = check_count("in_features", in_features)
        self.out_features = check_count("out_features", out_features)
        self.bias = check_flag("bias", bias)
        std = initial_std(initializer, in_features, out_features, gain)
        W = initial_weights(rng, (self.in_features, self.out_features), std, dtype)
        self._add_parameter("W", W)
        if bias:
            self._add_parameter("b", np.zeros(self.out_features, W.dtype))

    def _shape_after(self, shape):
        if shape not in (None, (self.in_features,)):
            self._refuse_shape(shape, self.in_features)
        return (self.out_features,)

    def _forward(self, x, training):
        self._cache = x
        y = x.dot(self.params["W"])
        if "b" in self.params:
            y += self.params["b"]
        return y

    def _backward(self, dy, input_gradient=True):
        np.dot(self._cache.T, dy, out=self.grads["W"])
        if "b" in self.grads:
            self.grads["b"][:] = column_sums(dy)
        return dy.dot(self.params["W"].T) if input_gradient else None


class Identity(Layer):
    """y = x: stands where a layer was left out.

    Examples
    --------
    >>> bnlib.Identity().forward([[1, 2]], training=True)
    array([[1., 2.]])
    """

    def _forward(self, x, training):
        self._cache = ()
        return x

    def _backward(self, dy, input_gradient=True):
        return dy


class Flatten(Layer):
    """(N, C, ...) to (N, C * ...): from images to what a Linear takes.

    Examples
    --------
    >>> bnlib.Flatten().forward(np.ones((5, 2, 4, 4)), training=True).shape
    (5, 32)
    """

    def _shape_after(self, shape):
        return None if shape is None or None in shape else (prod(shape),)

    def _forward(self, x, training):
        self._cache = x.shape
        return x.reshape(len(x), -1)

    def _backward(self, dy, input_gradient=True):
        return dy.reshape(self._cache)


class Activation(Layer):
    """A function applied to each value by itself."""

    def flat(self, z):
        """True where the derivative is below 5 % of its largest value: no gradient gets through.

        Parameters
        ----------
        z : array
            Pre-activations.

        Returns
        -------
        array of bool, shaped like z

        Raises
        ------
        ValueError, TypeError
            For a NaN or infinity, or anything but an array of numbers.

        Examples
        --------
        >>> bnlib.Sigmoid().flat([-9, 0, 9])
        array([ True, False,  True])
        """
        return self._flat(check_finite("z", check_array("z", z)))

    def _flat(self, z):
        raise NotImplementedError


class ReLU(Activation):
    """a = max(z, 0). Source: Nair and Hinton (2010).

    Examples
    --------
    >>> bnlib.ReLU().forward([[-1, 2]], training=True)
    array([[0., 2.]])
    """

    def _forward(self, x, training):
        self._cache = x > 0
        return np.maximum(x, 0)

    def _backward(self, dy, input_gradient=True):
        dy *= self._cache
        return dy

    def _flat(self, z):
        return z <= 0


class Sigmoid(Activation):
    """a = 1 / (1 + exp(-z)), computed as (1 + tanh(z / 2)) / 2, which cannot overflow.

    Examples
    --------
    >>> bnlib.Sigmoid().forward([[0, 9999]], training=True)
    array([[0.5, 1. ]])
    """

    def _forward(self, x, training):
        half = x.dtype.type(0.5)
        a = np.tanh(x * half)
        a *= half
        a += half
        self._cache = a
        return a

    def _backward(self, dy, input_gradient=True):
        a = self._cache
        dy *= a * (1 - a)
        return dy

    def _flat(self, z):
        return np.abs(z) > 2 * _TANH_FLAT  # sigmoid'(z) = tanh'(z / 2) / 4


class Tanh(Activation):
    """a = tanh(z).

    Examples
    --------
    >>> bnlib.Tanh().forward([[0, 9999]], training=True)
    array([[0., 1.]])
    """

    def _forward(self, x, training):
        self._cache = np.tanh(x)
        return self._cache

    def _backward(self, dy, input_gradient=True):
        a = self._cache
        dy *= 1 - a * a
        return dy

    def _flat(self, z):
        return np.abs(z) > _TANH_FLAT


ACTIVATIONS = {"relu": ReLU, "sigmoid": Sigmoid, "tanh": Tanh}
