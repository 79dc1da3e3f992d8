"""RMS norm: layer norm without centring, and computed by the same kernels."""

from typing import NamedTuple

import numpy as np

from bnlib.checks import check_array, check_vector
from bnlib.functional_groups import GroupNormCache, group_norm_backward_rows, group_norm_rows
from bnlib.groups import checked_gradients, checked_norm


class RMSNormCache(NamedTuple):
    """What the backward pass needs, and the mean square of every example.

    Attributes
    ----------
    x : (N, values of an example)
    mean_square, inv_rms : (N, 1)
        `inv_rms` is 1 / sqrt(mean_square + eps).
    scale : (N, 1, C, 1)
        gamma * inv_rms.
    shape : tuple
        Of x.
    """

    x: np.ndarray
    mean_square: np.ndarray
    inv_rms: np.ndarray
    scale: np.ndarray
    shape: tuple

    @property
    def x_hat(self):
        """The normalized values, shaped like x: x / sqrt(mean_square + eps)."""
        return (self.x * self.inv_rms).reshape(self.shape)


def rms_norm(x, gamma, eps=1e-5):
    """Divide each example by the root of its mean square, then scale every channel.

    y = gamma * x / sqrt(mean_square + eps), the mean taken over all channels and positions.

    Parameters
    ----------
    x : (N, D), (N, C, S) or (N, C, H, W) array
        float32 or float64 (kept), or integers (become float64).
    gamma : (D,) or (C,) array
        Scale of each feature or channel.
    eps : float
        Added to the mean square, >= 0, in the squared units of x.

    Returns
    -------
    y : array shaped like x
    cache : RMSNormCache
        For `rms_norm_backward`.

    Raises
    ------
    ValueError, TypeError
        As `group_norm`; an example of zeros stands in the place of a constant group.

    Notes
    -----
    Source: Zhang and Sennrich (2019), equation 4.

    Examples
    --------
    >>> y, cache = bnlib.rms_norm([[1, 7], [10, 70]], [1, 1])
    >>> y.round(3)
    array([[0.2, 1.4],
           [0.2, 1.4]])
    """
    x = check_array("x", x, ndims=(2, 3, 4))
    gamma = check_vector("gamma", gamma, x.shape[1], x.dtype)
    y, cache = checked_norm(group_norm_rows, x.copy(), 1, gamma, None, eps)
    x, _, mean_square, inv_rms, scale, shape = cache
    return y, RMSNormCache(x, mean_square, inv_rms, scale, shape)


def rms_norm_backward(dy, cache):
    """Gradients of the loss through `rms_norm`.

    Parameters
    ----------
    dy : array shaped like y
        dLoss/dy.
    cache : RMSNormCache
        From the forward call.

    Returns
    -------
    dx : array shaped like x
    dgamma : (D,) or (C,) array

    Raises
    ------
    ValueError, TypeError
        As `group_norm_backward`.

    Notes
    -----
    Nothing is subtracted from x, so no mean(g) is subtracted from g:
    dx = g - x_hat * mean(g * x_hat), with g = dy * gamma / sqrt(mean_square + eps).

    Examples
    --------
    >>> y, cache = bnlib.rms_norm([[1, 7]], [1, 1])
    >>> dx, dgamma = bnlib.rms_norm_backward([[1, 1]], cache)
    >>> dgamma.round(3)
    array([0.2, 1.4])
    """
    if not isinstance(cache, RMSNormCache):
        raise TypeError(f"cache must be what rms_norm returned, got {type(cache).__name__}")
    cache = GroupNormCache(cache.x, None, *cache[1:])
    return checked_gradients(group_norm_backward_rows, dy, cache)
