"""K networks of one kind as one: what `train_replicas` computes with.

The networks' vectors are the rows of (K, P), a parameter is a view (K, ...) into all rows, and
activations are (K, N, D). `STACKED` lists the layers that work on all K at once. Any other layer
is applied network by network: correct, only not faster.
"""

from copy import copy

import numpy as np

from bnlib.functional import batch_norm_backward_rows, batch_norm_rows
from bnlib.layers import ACTIVATIONS, Identity, Linear
from bnlib.network import Network
from bnlib.norms import BatchNorm
from bnlib.rows import column_sums


class Stack(Network):
    """K networks as one, whose layers have the same settings. Has the unchecked kernels only.

    It is a context manager: at its end, the networks are what runs of their own would have made
    of them. In between they live in the stack: all but their running statistics is up to date at
    all times, and those are after `settle`. Whatever then becomes of them, the stack goes on with.

    Attributes
    ----------
    theta, gradient : (K, P) array
        The rows are the networks' vectors, until the end.
    """

    def __init__(self, networks):
        self._networks = networks
        self._own = [(network.theta, network.gradient) for network in networks]
        self._theta = np.empty((len(networks), networks[0].theta.size), networks[0].theta.dtype)
        self._gradient = np.empty_like(self._theta)
        for network, *rows in zip(networks, self._theta, self._gradient, strict=True):
            network._move_to(*rows)
            network._forget()
        places = zip(*(network.layers for network in networks), strict=True)
        params = networks[0]._views("params", self._theta)
        grads = networks[0]._views("grads", self._gradient)
        self.layers = [
            STACKED.get(type(place[0][0]), _OneByOne)(*place)
            for place in zip(places, params, grads, strict=True)
        ]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.settle()
        for network, vectors in zip(self._networks, self._own, strict=True):
            network._move_to(*vectors)

    def settle(self):
        """Bring the running statistics up to date."""
        for layer in self.layers:
            if isinstance(layer, _BatchNorm):
                layer.settle()


class _OneByOne:
    """Any K layers: each does its own part."""

    def __init__(self, layers, params, grads):
        self.layers, self.params, self.grads = layers, params, grads

    def _forward(self, x, training):
        parts = zip(self.layers, x, strict=True)
        return np.array([layer._forward(x_k, training) for layer, x_k in parts])

    def _backward(self, dy, input_gradient=True):
        parts = zip(self.layers, dy, strict=True)
        dx = [layer._backward(dy_k, input_gradient) for layer, dy_k in parts]
        return np.array(dx) if input_gradient else None


class _Linear(_OneByOne):
    def _forward(self, x, training):
        self._x = x
        y = np.matmul(x, self.params["W"])
        if "b" in self.params:
            y += self.params["b"][:, None]
        return y

    def _backward(self, dy, input_gradient=True):
        np.matmul(self._x.swapaxes(1, 2), dy, out=self.grads["W"])
        if "b" in self.grads:
            self.grads["b"][:, None] = column_sums(dy)
        return np.matmul(dy, self.params["W"].swapaxes(1, 2)) if input_gradient else None


class _BatchNorm(_OneByOne):
    _joined = None  # a BatchNorm of K * D features, for the running statistics of all K since then
    _buffers = None  # y and x_centered, at every step the same arrays

    def _forward(self, x, training):
        first = self.layers[0]
        if self._joined is None:  # after `settle`, whoever watched may have changed the settings
            kinds = [(layer.frozen, layer.configuration) for layer in self.layers]
            special = first.frozen or first.ghost_batch_size or not first.statistics_in_gradient
            self._apart = special or x.ndim > 3 or any(kind != kinds[0] for kind in kinds)
        if self._apart:
            return super()._forward(x, training)
        if self._joined is None:
            self._joined = copy(first)
            self._joined._ema, self._joined._recent = copy(first._average), []
            self._joined._ema.raw = np.hstack([layer._average.raw for layer in self.layers])
            self._joined._ema.updates = 0
        gamma, beta = self.params["gamma"][:, None], self.params["beta"][:, None]
        if self._buffers is None:
            self._buffers = np.empty_like(x), np.empty_like(x)
        y, cache = batch_norm_rows(x, gamma, beta, first.eps, out=self._buffers)
        self._cache = cache
        statistics = (each.ravel() for each in (cache.mean, cache.remainder, cache.var))
        self._joined._remember(*statistics, x.shape[1])
        if len(self._joined._recent) == 8:  # more of K networks would fall out of the caches
            self._joined._take_in()
        return y

    def _backward(self, dy, input_gradient=True):
        if self._apart:
            return super()._backward(dy, input_gradient)
        dx, dgamma, dbeta = batch_norm_backward_rows(dy, self._cache, dy, self._buffers[0])
        self.grads["gamma"][:, None], self.grads["beta"][:, None] = dgamma, dbeta
        return dx

    def settle(self):
        """Give each of the K layers its running statistics."""
        if self._joined is not None:
            average, self._joined = self._joined._average, None
            for layer, raw in zip(
                self.layers, np.hsplit(average.raw, len(self.layers)), strict=True
            ):
                layer._average.raw = raw.copy()
                layer._average.updates += average.updates


def _elementwise(layers, params, grads):
    """Of K layers without parameters that work on arrays of any shape, one works for all."""
    return copy(layers[0])


# A class of (layers, params, grads) for a type of layer; who defines a layer elsewhere may add one.
STACKED = {
    Linear: _Linear,
    BatchNorm: _BatchNorm,
    **dict.fromkeys([Identity, *ACTIVATIONS.values()], _elementwise),
}
