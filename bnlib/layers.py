"""Layers without statistics: Linear, and the activations. Each forward beside its backward.

Only the unchecked `_forward` and `_backward` are here; the checks around them are in `Layer`.
"""

import numpy as np

from bnlib.checks import (
    check_array,
    check_count,
    check_finite,
    check_flag,
    check_float_dtype,
    check_number,
    check_rng,
)
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
    gain : float
        W is drawn with mean 0 and standard deviation gain / sqrt(in_features): 1 is LeCun's
        choice, sqrt(2) is He's for ReLU.
    rng : numpy.random.Generator
    dtype : numpy.float64 or numpy.float32

    Raises
    ------
    ValueError, TypeError
        For sizes below 1, a gain that is not a positive number, or anything but a Generator.

    Notes
    -----
    params: W (in_features, out_features), b (out_features,). Sources: LeCun et al. (1998),
    He et al. (2015).
    """

    _input_ndims = (2,)
    _settings = ("in_features", "out_features", "bias")

    def __init__(self, in_features, out_features, *, rng, bias=True, gain=1.0, dtype=np.float64):
        super().__init__()
        self.in_features = check_count("in_features", in_features)
        self.out_features = check_count("out_features", out_features)
        dtype = check_float_dtype(dtype)
        scale = check_number("gain", gain, above=0) / np.sqrt(self.in_features)
        self.bias = check_flag("bias", bias)  # before any number is drawn
        W = check_rng(rng).standard_normal((self.in_features, self.out_features)) * scale
        self._add_parameter("W", W.astype(dtype))
        if bias:
            self._add_parameter("b", np.zeros(self.out_features, dtype))

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
            column_sums(dy, out=self.grads["b"])
        return dy.dot(self.params["W"].T) if input_gradient else None


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
        """
        return self._flat(check_finite("z", check_array("z", z)))

    def _flat(self, z):
        raise NotImplementedError


class ReLU(Activation):
    """a = max(z, 0). Source: Nair and Hinton (2010)."""

    def _forward(self, x, training):
        self._cache = x > 0
        return np.maximum(x, 0)

    def _backward(self, dy, input_gradient=True):
        dy *= self._cache
        return dy

    def _flat(self, z):
        return z <= 0


class Sigmoid(Activation):
    """a = 1 / (1 + exp(-z)), computed as (1 + tanh(z / 2)) / 2, which cannot overflow."""

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
    """a = tanh(z)."""

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
