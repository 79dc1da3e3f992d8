"""Layers without statistics: Linear, and the activations. Each forward beside its backward.

`forward` and `backward` check what they get and leave it as it was. Underneath, `_forward` checks
nothing, and `_backward` checks nothing and may write into `dy`: a network calls those.
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
    check_shape,
)
from bnlib.rows import column_sums

_TANH_FLAT = np.arctanh(np.sqrt(0.95))  # beyond it, tanh'(z) = 1 - tanh(z)^2 is below 0.05


class Layer:
    """A differentiable function with parameters.

    Attributes
    ----------
    params, grads : dict of str to array
        The same keys. `backward` writes into the arrays of `grads`.
    """

    _input_ndims = (2, 3, 4)

    def __init__(self):
        self.params = {}
        self.grads = {}
        self._cache = None
        self._output_shape = None

    @property
    def state(self):
        """What is not learned but must be saved with the layer: a dict of arrays and numbers."""
        return {}

    def load_state(self, state):
        """Take over what `state` returned, from this layer or its twin."""
        if state:
            raise ValueError(f"{type(self).__name__} keeps no state, got keys {sorted(state)}")

    def forward(self, x, *, training):
        """Compute the output for `x`.

        Parameters
        ----------
        x : (N, D) array
            Activations and BatchNorm take (N, C, S) and (N, C, H, W), too.
        training : bool
            Whether this is a training step: there is no hidden mode.

        Returns
        -------
        y : array

        Raises
        ------
        ValueError, TypeError
            For a wrong shape or dtype, or a NaN or infinity (named by its index).
        """
        check_flag("training", training)
        x = check_array("x", x, ndims=self._input_ndims)
        self._check_input(x, training)
        # A copy, because backward will need x as it is now, whatever its owner does to it.
        y = self._forward(check_finite("x", x).astype(self._dtype_for(x), copy=True), training)
        self._output_shape = y.shape
        return y.copy() if y is self._cache else y

    def backward(self, dy):
        """Gradient of the loss by the input of the last `forward`; fills `grads`.

        Parameters
        ----------
        dy : array shaped like that forward's result
            dLoss/dy.

        Returns
        -------
        dx : array shaped like its x

        Raises
        ------
        ValueError, TypeError
            Without a forward before, or for a dy of another shape or with a NaN or infinity.
        """
        if self._cache is None or self._output_shape is None:
            raise ValueError(f"{type(self).__name__}.backward needs a forward call before it")
        dy = check_array("dy", dy)
        check_shape("dy", dy, self._output_shape, "it is the gradient of the last output")
        return self._backward(check_finite("dy", dy).astype(self._dtype_for(dy), copy=True))

    def _dtype_for(self, x):
        """Parameters fix the dtype of the computation; without any, the input does."""
        for parameter in self.params.values():
            return parameter.dtype
        return x.dtype

    def _check_input(self, x, training):
        """Refuse what this layer can't take; a layer that takes everything keeps this."""

    def _forward(self, x, training):
        raise NotImplementedError

    def _backward(self, dy, input_gradient=True):
        raise NotImplementedError

    def _add_parameter(self, name, value):
        self.params[name] = value
        self.grads[name] = np.zeros_like(value)


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

    def __init__(self, in_features, out_features, *, rng, bias=True, gain=1.0, dtype=np.float64):
        super().__init__()
        self.in_features = check_count("in_features", in_features)
        self.out_features = check_count("out_features", out_features)
        dtype = check_float_dtype(dtype)
        scale = check_number("gain", gain, above=0) / np.sqrt(self.in_features)
        W = check_rng(rng).standard_normal((self.in_features, self.out_features)) * scale
        self._add_parameter("W", W.astype(dtype))
        if check_flag("bias", bias):
            self._add_parameter("b", np.zeros(self.out_features, dtype))

    def _check_input(self, x, training):
        if x.shape[1] != self.in_features:
            raise ValueError(f"x has shape {x.shape}; this layer takes (N, {self.in_features})")

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
        """
        raise NotImplementedError


class ReLU(Activation):
    """a = max(z, 0). Source: Nair and Hinton (2010)."""

    def _forward(self, x, training):
        self._cache = x > 0
        return np.maximum(x, 0)

    def _backward(self, dy, input_gradient=True):
        dy *= self._cache
        return dy

    def flat(self, z):
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

    def flat(self, z):
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

    def flat(self, z):
        return np.abs(z) > _TANH_FLAT


ACTIVATIONS = {"relu": ReLU, "sigmoid": Sigmoid, "tanh": Tanh}
