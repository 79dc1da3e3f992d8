"""Dropout, the layer whose training is random: its own generator is part of its state."""

from copy import deepcopy

import numpy as np

from bnlib.checks import check_number, check_rng
from bnlib.layer import Layer


class Dropout(Layer):
    """In training, each value is 0 with probability `rate`, else divided by 1 - rate.

    So its mean stays what it is in inference, where the layer does nothing.

    Parameters
    ----------
    rate : float
        Share of values dropped, in [0, 1).
    rng : numpy.random.Generator
        A generator of the layer's own is spawned from it, so that the masks depend neither on
        what else `rng` draws nor on other layers. No number is taken from `rng`.

    Raises
    ------
    ValueError, TypeError
        For a rate out of its range, or anything but a Generator that can spawn.

    Notes
    -----
    Source: Srivastava et al. (2014), in the inverted form.

    Examples
    --------
    >>> layer = bnlib.Dropout(0.5, rng=np.random.default_rng(0))
    >>> np.unique(layer.forward(np.ones((4, 50)), training=True))
    array([0., 2.])
    """

    _settings = ("rate",)

    def __init__(self, rate, *, rng):
        super().__init__()
        self.rate = check_number("rate", rate, least=0, below=1)
        self._generator = np.random.default_rng(check_rng(rng).spawn(1)[0].bit_generator.seed_seq)

    @property
    def state(self):
        """Where the layer's generator stands: numbers, and dicts of them."""
        return {"generator": self._generator.bit_generator.state}

    def load_state(self, state):
        """Take over what `state` returned: the next masks are then those of the other layer.

        ValueError for anything else, which changes nothing.
        """
        generator = deepcopy(self._generator)
        try:
            generator.bit_generator.state = state["generator"]
            known = state == {"generator": generator.bit_generator.state}
        except (KeyError, TypeError, ValueError, OverflowError):
            known = False
        if not known:
            raise ValueError(f"state must be what Dropout.state returns, got {state!r}")
        self._generator = generator

    def _keep(self):
        attributes, grads = super()._keep()
        return attributes | {"_generator": deepcopy(self._generator)}, grads

    def _forward(self, x, training):
        if not training:
            self._cache = 1
            return x
        mask = self._generator.random(x.shape, x.dtype)
        np.greater_equal(mask, self.rate, out=mask)
        mask *= 1 / (1 - self.rate)
        self._cache = mask
        return x * mask

    def _backward(self, dy, input_gradient=True):
        dy *= self._cache
        return dy
