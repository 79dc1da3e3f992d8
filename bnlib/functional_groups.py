"""Normalizations whose statistics belong to one example: group, layer and instance norm.

Built as `functional` is, so that the two can be read side by side. There the means run down the
batch; here they run along the rows of (N * G, values), a row for each of an example's G groups of
channels. No example sees another, so training and inference are the same.
"""

from typing import NamedTuple

import numpy as np

from bnlib.checks import check_array, check_vector
from bnlib.groups import checked_gradients, checked_norm, over_positions
from bnlib.rows import column_sums, row_averager, row_mean_products
from bnlib.standardize import standardize


class GroupNormCache(NamedTuple):
    """What the backward pass needs, and the statistics of every group.

    Attributes
    ----------
    x_centered : (N * G, values of a group)
        x - mean; the first G rows are the groups of the first example.
    mean, var, inv_std : (N * G, 1)
        Statistics of the groups; `inv_std` is 1 / sqrt(var + eps).
    scale : (N, G, C / G, 1)
        gamma * inv_std.
    shape : tuple
        Of x.
    """

    x_centered: np.ndarray
    mean: np.ndarray
    var: np.ndarray
    inv_std: np.ndarray
    scale: np.ndarray
    shape: tuple

    @property
    def x_hat(self):
        """The normalized values, shaped like x: (x - mean) / sqrt(var + eps)."""
        return (self.x_centered * self.inv_std).reshape(self.shape)


def group_norm(x, num_groups, gamma, beta, eps=1e-5):
    """Normalize each group of channels of each example, then scale and shift every channel.

    y = gamma * (x - mean) / sqrt(var + eps) + beta, with mean and var taken over the positions and
    the C / num_groups neighbouring channels of a group.

    Parameters
    ----------
    x : (N, D), (N, C, S) or (N, C, H, W) array
        float32 or float64 (kept), or integers (become float64).
    num_groups : int
        Divides the number of channels.
    gamma, beta : (D,) or (C,) array
        Scale and shift of each feature or channel.
    eps : float
        Added to the variance, >= 0, in the squared units of x.

    Returns
    -------
    y : array shaped like x
    cache : GroupNormCache
        For `group_norm_backward`.

    Raises
    ------
    ValueError
        For a wrong shape, a num_groups that does not divide the channels, a NaN or infinity (named
        by its index), a negative eps, a constant group when eps is 0, or numbers whose result
        would overflow.
    TypeError
        For an array that does not hold real numbers, or a num_groups that is no whole number.

    Notes
    -----
    With one value a group, x_hat is 0 and the result is beta. The variance is the two-pass one,
    its divisor the number of values in a group. Source: Wu and He (2018), section 3.

    Examples
    --------
    >>> y, cache = bnlib.group_norm([[1, 3, 10, 30]], 2, np.ones(4), np.zeros(4))
    >>> y.round(3)
    array([[-1.,  1., -1.,  1.]])
    """
    x = check_array("x", x, ndims=(2, 3, 4))
    gamma = check_vector("gamma", gamma, x.shape[1], x.dtype)
    beta = check_vector("beta", beta, x.shape[1], x.dtype)
    return checked_norm(group_norm_rows, x, num_groups, gamma, beta, eps)


def group_norm_rows(x, gamma, beta, eps):
    """`group_norm` of groups (N, G, C / G, P), unchecked; the cache's shape is theirs.

    With None for beta it is `rms_norm`: nothing is subtracted, `var` holds mean squares.
    """
    n, groups, channels, _ = x.shape
    rows = x.reshape(n * groups, -1)
    y = np.empty_like(rows)
    if beta is None:
        x_centered, mean, var = rows, None, row_averager(rows)(np.multiply(rows, rows, out=y))
    else:
        x_centered, remainder, mean, var = standardize(rows, row_averager(rows), scratch=y)
        x_centered -= remainder
    inv_std = np.reciprocal(np.sqrt(var + eps))
    scale = gamma.reshape(groups, channels, 1) * inv_std.reshape(n, groups, 1, 1)
    y = np.multiply(x_centered.reshape(x.shape), scale, out=y.reshape(x.shape))
    if beta is not None:
        y += beta.reshape(groups, channels, 1)
    return y, GroupNormCache(x_centered, mean, var, inv_std, scale, x.shape)


def group_norm_backward(dy, cache):
    """Gradients of the loss through `group_norm`.

    Parameters
    ----------
    dy : array shaped like y
        dLoss/dy.
    cache : GroupNormCache
        From the forward call.

    Returns
    -------
    dx : array shaped like x
    dgamma, dbeta : (D,) or (C,) array

    Raises
    ------
    ValueError, TypeError
        For a dy of another shape, a NaN or infinity in it, something else than a cache, or
        gradients that overflow.

    Notes
    -----
    gamma differs within a group, so it stays inside the means, where batch norm has it outside:
    dx = g - mean(g) - x_hat * mean(g * x_hat), with g = dy * gamma / sqrt(var + eps).

    Examples
    --------
    >>> y, cache = bnlib.group_norm([[1, 3, 10, 30]], 2, np.ones(4), np.zeros(4))
    >>> dx, dgamma, dbeta = bnlib.group_norm_backward([[5, 5, 7, 7]], cache)
    >>> dgamma.round(3)
    array([-5.,  5., -7.,  7.])
    """
    if not isinstance(cache, GroupNormCache):
        raise TypeError("cache must be what group_norm, layer_norm or instance_norm returned, "
                        f"got {type(cache).__name__}")  # fmt: skip
    return checked_gradients(group_norm_backward_rows, dy, cache)


def group_norm_backward_rows(dy, cache, out=None):
    """`group_norm_backward` of groups (N, G, C / G, P), unchecked; `out` may be dy.

    Where nothing was subtracted from x, no mean is subtracted here, and there is no dbeta.
    """
    x_centered, mean, _, inv_std, scale, _ = cache
    n = len(dy)
    products = dy * x_centered.reshape(dy.shape)
    dgamma = column_sums((over_positions(products) * inv_std).reshape(n, -1))
    dbeta = None if mean is None else column_sums(over_positions(dy).reshape(n, -1))
    dx = np.multiply(dy, scale, out=out)
    rows = dx.reshape(x_centered.shape)
    mean_g = None if mean is None else row_averager(rows)(rows)
    slope = inv_std * inv_std * row_mean_products(rows, x_centered)
    rows -= np.multiply(x_centered, slope, out=products.reshape(rows.shape))
    if mean is None:
        return dx, dgamma
    rows -= mean_g
    return dx, dgamma, dbeta


def layer_norm(x, gamma, beta, eps=1e-5):
    """Normalize each example over all its channels and positions: `group_norm` with one group.

    Parameters
    ----------
    x : (N, D), (N, C, S) or (N, C, H, W) array
    gamma, beta : (D,) or (C,) array
        One value a channel, whatever its positions.
    eps : float

    Returns
    -------
    y : array shaped like x
    cache : GroupNormCache
        For `layer_norm_backward`.

    Raises
    ------
    ValueError, TypeError
        As `group_norm`; the example is then the group.

    Notes
    -----
    Source: Ba, Kiros and Hinton (2016), section 3.

    Examples
    --------
    >>> y, cache = bnlib.layer_norm([[1, 3], [10, 30]], [1, 1], [0, 0])
    >>> y.round(3)
    array([[-1.,  1.],
           [-1.,  1.]])
    """
    return group_norm(x, 1, gamma, beta, eps)


def layer_norm_backward(dy, cache):
    """Gradients of the loss through `layer_norm`: those of `group_norm`.

    Parameters
    ----------
    dy : array shaped like y
    cache : GroupNormCache

    Returns
    -------
    dx : array shaped like x
    dgamma, dbeta : (D,) or (C,) array

    Raises
    ------
    ValueError, TypeError
        As `group_norm_backward`.

    Examples
    --------
    >>> y, cache = bnlib.layer_norm([[1, 3], [10, 30]], [1, 1], [0, 0])
    >>> dx, dgamma, dbeta = bnlib.layer_norm_backward([[1, 2], [3, 4]], cache)
    >>> dgamma.round(3), dbeta
    (array([-4.,  6.]), array([4., 6.]))
    """
    return group_norm_backward(dy, cache)


def instance_norm(x, gamma, beta, eps=1e-5):
    """Normalize each channel of each example over its positions: `group_norm` with C groups.

    Parameters
    ----------
    x : (N, C, S) or (N, C, H, W) array
        Of (N, D), too; then every channel has one value, and the result is beta.
    gamma, beta : (C,) array
    eps : float

    Returns
    -------
    y : array shaped like x
    cache : GroupNormCache
        For `instance_norm_backward`.

    Raises
    ------
    ValueError, TypeError
        As `group_norm`; the channel is then the group.

    Notes
    -----
    Source: Ulyanov, Vedaldi and Lempitsky (2016).

    Examples
    --------
    >>> y, cache = bnlib.instance_norm([[[1, 3], [10, 30]]], [1, 2], [0, 0])
    >>> y.round(3)
    array([[[-1.,  1.],
            [-2.,  2.]]])
    """
    x = check_array("x", x, ndims=(2, 3, 4))
    return group_norm(x, x.shape[1], gamma, beta, eps)


def instance_norm_backward(dy, cache):
    """Gradients of the loss through `instance_norm`: those of `group_norm`.

    Parameters
    ----------
    dy : array shaped like y
    cache : GroupNormCache

    Returns
    -------
    dx : array shaped like x
    dgamma, dbeta : (C,) array

    Raises
    ------
    ValueError, TypeError
        As `group_norm_backward`.

    Examples
    --------
    >>> y, cache = bnlib.instance_norm([[[1, 3], [10, 30]]], [1, 2], [0, 0])
    >>> dx, dgamma, dbeta = bnlib.instance_norm_backward([[[5, 5], [5, 7]]], cache)
    >>> dgamma.round(3), dbeta
    (array([0., 2.]), array([10., 12.]))
    """
    return group_norm_backward(dy, cache)
