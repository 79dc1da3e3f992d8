"""Networks whose normalized layers are shaken on purpose, in the manner of Santurkar et al. (2018).

After batch norm has given every unit its mean and spread, `Shake` gives it another mean and another
spread, new ones at every step. So what a layer receives shifts more than it would without batch
norm, while everything else stays the same.
"""

from dataclasses import dataclass

import numpy as np

from bnlib.checks import check_number, check_rng
from bnlib.experiments.drift import LAYERS, WIDTH
from bnlib.functional import batch_norm_rows
from bnlib.layer import Layer
from bnlib.layers import ACTIVATIONS, Activation, Linear
from bnlib.network import Network
from bnlib.norms import BatchNorm


@dataclass(frozen=True)
class Variant:
    """A ReLU network and how it is trained.

    Attributes
    ----------
    batch_norm : bool
    noise : float
        Strength of `Shake` after each batch norm; 0 for none.
    learning_rate, momentum : float
    gain : float
        Of the hidden W at the start, in units of LeCun's scale, 1 / sqrt(inputs).
    """

    batch_norm: bool
    noise: float
    learning_rate: float
    momentum: float
    gain: float

    def __str__(self):
        return f"rate {self.learning_rate:g}, momentum {self.momentum:g}, gain {self.gain:.2g}"


class Shake(Layer):
    """y = stretch * x + shift, the same for a whole batch, drawn anew for each unit at each step.

    The shift is normal with the standard deviation `noise`; the logarithm of the stretch, too. In
    inference y = x.

    Parameters
    ----------
    noise : float
        At least 0.
    rng : numpy.random.Generator

    Attributes
    ----------
    held : bool
        Keep the last draw: to compare two networks under the same noise.

    Raises
    ------
    ValueError, TypeError
        For a negative noise, or anything but a Generator.
    """

    _settings = ("noise",)

    def __init__(self, noise, *, rng):
        super().__init__()
        self.noise = check_number("noise", noise, least=0)
        self._rng = check_rng(rng)
        self._drawn = None
        self.held = False

    def draw(self, units, dtype):
        """The stretch and the shift of each unit: new ones, or the last if they are held.

        Parameters
        ----------
        units : int
        dtype : dtype

        Returns
        -------
        stretch, shift : (units,) array
        """
        if self._drawn is None or not self.held:
            stretch, shift = self.noise * self._rng.standard_normal((2, units))
            self._drawn = np.exp(stretch).astype(dtype), shift.astype(dtype)
        return self._drawn

    def _forward(self, x, training):
        self._cache = (np.ones(1, x.dtype), 0) if not training else self.draw(x.shape[1], x.dtype)
        stretch, shift = self._cache
        return x * stretch + shift

    def _backward(self, dy, input_gradient=True):
        dy *= self._cache[0]
        return dy


def build(variant, seed):
    """The untrained network of a variant and a seed: five hidden layers of 50 units, float32.

    Parameters
    ----------
    variant : Variant
    seed : int
        With the same seed all variants start from the same W, up to their gains.

    Returns
    -------
    Network

    Raises
    ------
    ValueError, TypeError
        For no Variant, noise without batch norm, or as `Linear`.
    """
    if not isinstance(variant, Variant):
        raise TypeError(f"variant must be a Variant, got {variant!r}")
    if variant.noise and not variant.batch_norm:
        raise ValueError(f"noise is {variant.noise} without batch norm; it is added after it")
    rng, shaking = np.random.default_rng(seed), np.random.default_rng([seed, 2])
    start = {"initializer": "lecun", "gain": variant.gain, "rng": rng, "dtype": np.float32}
    layers = []
    for inputs in (64, *[WIDTH] * (LAYERS - 1)):
        layers.append(Linear(inputs, WIDTH, bias=not variant.batch_norm, **start))
        if variant.batch_norm:
            layers.append(BatchNorm(WIDTH, dtype=np.float32))
        if variant.noise:
            layers.append(Shake(variant.noise, rng=shaking))
        layers.append(ACTIVATIONS["relu"]())
    return Network([*layers, Linear(WIDTH, 10, rng=rng, dtype=np.float32)])


def hold(network, held):
    """Let all shaken layers of a network keep their last draw, or draw again."""
    for layer in network.layers:
        if isinstance(layer, Shake):
            layer.held = held


def received(network, x):
    """What each activation receives for `x` as one batch: normalized, and shaken as in training.

    Parameters
    ----------
    network : Network
        Left as it is, but for the draws of its shaken layers.
    x : (n, D) array

    Returns
    -------
    list of (n, units) arrays
    """
    values = []
    for layer in network.layers:
        if isinstance(layer, BatchNorm):
            x, _ = batch_norm_rows(x, *layer.params.values(), layer.eps)
            continue
        if isinstance(layer, Activation):
            values.append(x)
        x = layer._forward(x, isinstance(layer, Shake))
    network._forget()
    return values
