"""Batch norm whose outputs are shaken on purpose, so that what the next layer gets shifts more.

After Santurkar et al. (2018), who put random noise behind batch norm, from a distribution that
changes at every step. Theirs also differs from image to image; ours moves and stretches a unit's
values for all images of a batch alike, which is a shift and nothing else.
"""

import numpy as np

from bnlib.checks import check_number
from bnlib.experiments.descents import WIDTH
from bnlib.layer import Layer
from bnlib.layers import Linear
from bnlib.models import mlp
from bnlib.network import Network
from bnlib.norms import BatchNorm
from bnlib.stack import STACKED

LAYERS = 5
SHAKE_SEED = 2  # beside the run's seed, so that the noise has numbers of its own


class Shake(Layer):
    """Stretch and move each unit's values by random numbers, new ones at every training step.

    y = factor * x + offset, with offset = strength * r and factor = exp(strength * s), where r
    and s are standard normal, one each for every unit and step. Inference leaves x as it is.

    Parameters
    ----------
    strength : float
        At least 0; the offset's standard deviation, in the units of x.
    rng : numpy.random.Generator

    Attributes
    ----------
    held : bool
        True: keep the last factor and offset, so that the network is a fixed function.

    Raises
    ------
    ValueError, TypeError
        For a strength below 0 or no number.
    """

    _settings = ("strength",)

    def __init__(self, strength, rng):
        super().__init__()
        self.strength = check_number("strength", strength, least=0)
        self.held = False
        self._rng = rng
        self._factor = self._offset = None

    def _forward(self, x, training):
        self._cache = x
        self._shaken = training
        if not training:
            return x
        if self._factor is None or not self.held:
            self._factor, self._offset = _factor_and_offset(self._draw(x.shape[1]), x.dtype)
        return self._factor * x + self._offset

    def _backward(self, dy, input_gradient=True):
        return self._factor * dy if self._shaken else dy

    def _draw(self, units):
        return self.strength * self._rng.standard_normal((2, units))


def _factor_and_offset(draws, dtype):
    """From draws (..., 2, D), two arrays (..., D)."""
    return np.exp(draws[..., 0, :]).astype(dtype), draws[..., 1, :].astype(dtype)


class _Shakes:
    """K of them in training, on a stack (K, N, D)."""

    def __init__(self, layers, _params, _grads):
        self.layers = layers

    def _forward(self, x, _training):
        draws = np.array([layer._draw(x.shape[2]) for layer in self.layers])
        self._factor, offset = _factor_and_offset(draws[:, None], x.dtype)
        y = self._factor * x
        y += offset
        return y

    def _backward(self, dy, input_gradient=True):
        return self._factor * dy


STACKED[Shake] = _Shakes


def build(seed, batch_norm, noise, gain, dtype=np.float32):
    """The book's five ReLU layers of 50 units; with `noise`, a Shake behind every BatchNorm.

    Parameters
    ----------
    seed : int
        Of the weights, which are the same with batch norm and without, and of the noise.
    batch_norm : bool
    noise : float
        Strength of the Shakes; 0 for none.
    gain : float
        Of the initial W, in units of LeCun's scale.
    dtype : numpy.float32 or numpy.float64

    Returns
    -------
    Network

    Raises
    ------
    ValueError, TypeError
        For noise without batch norm, or as `mlp` and `Shake`.
    """
    noise = check_number("noise", noise, least=0)
    if noise and not batch_norm:
        raise ValueError(f"noise is {noise:g} without batch norm, behind which it stands; use 0")
    sizes, rng = [64, *[WIDTH] * LAYERS, 10], np.random.default_rng(seed)
    start = {"initializer": "lecun", "gain": gain, "dtype": dtype}
    layers = mlp(sizes, "relu", batch_norm, rng=rng, **start).layers
    if not noise:
        return Network(_free(layers))
    shakes = np.random.default_rng([seed, SHAKE_SEED])
    return Network([each for layer in _free(layers) for each in _shaken(layer, noise, shakes)])


def _free(layers):
    """The layers, released from the network that made them."""
    for layer in layers:
        layer.in_network = False
    return layers


def _shaken(layer, noise, rng):
    return [layer, Shake(noise, rng)] if isinstance(layer, BatchNorm) else [layer]


def hidden_linears(network):
    """Its Linear layers but the last."""
    return [layer for layer in network.layers if isinstance(layer, Linear)][:-1]
