"""Batch normalization as pure functions: forward, backward, inference, one under the other.

The public functions check their arguments and never change them. The two kernels under them work
on rows, (N, D), and check nothing; the layers call the kernels too.
"""

from typing import NamedTuple

import numpy as np

from bnlib.checks import check_array, check_finite, check_number, check_upstream, check_vector
from bnlib.rows import column_adder, column_averager, column_sums, from_rows, to_rows
from bnlib.standardize import standardize


class BatchNormCache(NamedTuple):
    """What the backward pass needs, and the batch's statistics.

    Attributes
    ----------
    x_centered : (N, D)
        x - mean, with positions counted as rows: for (N, C, S) it is (N * S, C).
    remainder : (D,)
        The mean of `x_centered`: what rounding left of it, 0 in exact arithmetic.
    mean, var, inv_std : (D,)
        Batch statistics; `inv_std` is 1 / sqrt(var + eps).
    scale : (D,)
        gamma * inv_std.
    shape : tuple
        Of x.
    """

    x_centered: np.ndarray
    remainder: np.ndarray
    mean: np.ndarray
    var: np.ndarray
    inv_std: np.ndarray
    scale: np.ndarray
    shape: tuple

    @property
    def x_hat(self):
        """The normalized values, (N, D) in rows: (x - mean) / sqrt(var + eps)."""
        return (self.x_centered - self.remainder) * self.inv_std


class InferenceCache(NamedTuple):
    """What the backward pass of inference needs; the fields mean what they do in BatchNormCache."""

    x_centered: np.ndarray
    remainder: np.ndarray
    inv_std: np.ndarray
    scale: np.ndarray


def batch_norm(x, gamma, beta, eps=1e-5):
    """Normalize each feature over the mini-batch, then scale and shift it.

    y = gamma * (x - mean) / sqrt(var + eps) + beta, with mean and var taken over all axes but 1.

    Parameters
    ----------
    x : (N, D), (N, C, S) or (N, C, H, W) array
        float32 or float64 (kept), or integers (become float64).
    gamma, beta : (D,) or (C,) array
        Scale and shift of each feature or channel.
    eps : float
        Added to the variance, >= 0, in the squared units of x.

    Returns
    -------
    y : array shaped like x
    cache : BatchNormCache
        For `batch_norm_backward`.

    Raises
    ------
    ValueError
        For a wrong shape, a NaN or infinity (named by its index), a negative eps, a constant
        feature when eps is 0, or numbers whose result would overflow.
    TypeError
        For an array that does not hold real numbers.

    Notes
    -----
    With one value a feature, x_hat is 0 and the result is beta. The variance is the two-pass one,
    with divisor N. Source: Ioffe and Szegedy (2015), Algorithm 1.

    Examples
    --------
    >>> x = np.array([[2.0], [3.0], [5.0], [9.0], [11.0]])  # five examples, one feature
    >>> y, cache = bnlib.batch_norm(x, gamma=np.ones(1), beta=np.zeros(1))
    >>> y.ravel().round(2)
    array([-1.15, -0.87, -0.29,  0.87,  1.44])
    >>> cache.mean, cache.var
    (array([6.]), array([12.]))
    """
    x = check_array("x", x, ndims=(2, 3, 4))
    gamma = check_vector("gamma", gamma, x.shape[1], x.dtype)
    beta = check_vector("beta", beta, x.shape[1], x.dtype)
    eps = check_number("eps", eps, least=0)
    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
        y, cache = batch_norm_rows(to_rows(x), gamma, beta, eps)
    check_statistics(x, cache, eps)
    reach = float(np.abs(gamma).max()) * len(cache.x_centered) ** 0.5 + float(np.abs(beta).max())
    if reach > np.finfo(x.dtype).max:  # abs(x_hat) is at most sqrt(N)
        check_finite("y", y, f"gamma or beta is too large for {x.dtype}; scale it down")
    return from_rows(y, x.shape), cache._replace(shape=x.shape)


def batch_norm_rows(x, gamma, beta, eps, out=None):
    """`batch_norm` of rows (N, D) or of each (m, D) in a stack (K, m, D), unchecked.

    The cache's shape is that of the rows; a stack's statistics are (K, 1, D). `out`, if given, is
    two arrays like x, which become y and the cache's `x_centered`.
    """
    y, x_centered = out or (np.empty_like(x), np.empty_like(x))
    _, remainder, mean, var = standardize(x, column_averager(x), x_centered, scratch=y)
    inv_std = np.reciprocal(np.sqrt(var + eps))
    scale = gamma * inv_std
    np.multiply(x_centered, scale, out=y)
    y += beta - remainder * scale
    return y, BatchNormCache(x_centered, remainder, mean, var, inv_std, scale, x.shape)


def batch_norm_backward(dy, cache):
    """Gradients of the loss through `batch_norm`.

    Parameters
    ----------
    dy : array shaped like y
        dLoss/dy.
    cache : BatchNormCache
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
    The mean and the variance depend on every x of the batch, so each dx does as well:
    dx = gamma / sqrt(var + eps) * (dy - dbeta / N - x_hat * dgamma / N), where dbeta is the sum of
    dy over the batch and dgamma that of dy * x_hat.
    Source: Ioffe and Szegedy (2015), section 3, collected into one line.

    Examples
    --------
    >>> x = np.array([[2.0], [3.0], [5.0], [9.0], [11.0]])
    >>> y, cache = bnlib.batch_norm(x, gamma=np.ones(1), beta=np.zeros(1))
    >>> dy = np.array([[0.0], [1.0], [0.0], [0.0], [0.0]])  # the loss is the second output
    >>> dx, dgamma, dbeta = bnlib.batch_norm_backward(dy, cache)
    >>> dx.ravel().round(2)  # it depends on all five inputs
    array([-0.12,  0.19, -0.07, -0.01,  0.01])
    """
    if not isinstance(cache, BatchNormCache):
        raise TypeError(f"cache must be what batch_norm returned, got {type(cache).__name__}")
    dy = check_upstream(dy, cache.shape, cache.x_centered.dtype)
    with np.errstate(over="ignore", invalid="ignore"):
        dx, dgamma, dbeta = batch_norm_backward_rows(to_rows(dy), cache)
    remedy = f"dy, gamma or 1 / sqrt(var + eps) is too large for {dy.dtype}"
    for name, gradient in (("dx", dx), ("dgamma", dgamma), ("dbeta", dbeta)):
        check_finite(name, gradient, remedy)
    return from_rows(dx, cache.shape), dgamma, dbeta


def batch_norm_backward_rows(dy, cache, out=None, scratch=None):
    """`batch_norm_backward` of rows (N, D) or a stack (K, m, D), unchecked; `out` may be dy.

    `scratch`, if given, is an array like dy that is written into.
    """
    x_centered, remainder, _, _, inv_std, scale, _ = cache
    sums = column_adder(dy)
    products = np.multiply(dy, x_centered, out=scratch)
    dbeta = sums(dy)
    dgamma = inv_std * (sums(products) - remainder * dbeta)
    scale_n = scale / dy.shape[-2]
    slope = scale_n * inv_std * dgamma
    dx = np.multiply(dy, scale, out=out)
    dx -= np.multiply(x_centered, slope, out=products)
    dx -= scale_n * dbeta - remainder * slope
    return dx, dgamma, dbeta


def batch_norm_inference(x, gamma, beta, mean, var, eps=1e-5):
    """Normalize with given statistics: each example on its own, whatever else is in the batch.

    Parameters
    ----------
    x : (N, D), (N, C, S) or (N, C, H, W) array
    gamma, beta, mean, var : (D,) or (C,) array
        `mean` and `var` may be float64 while x is float32: no digit of them is lost.
    eps : float
        Added to the variance, >= 0.

    Returns
    -------
    y : array shaped like x, of its dtype

    Raises
    ------
    ValueError, TypeError
        As `batch_norm`, and for a negative variance or var + eps of 0.

    Notes
    -----
    Source: Ioffe and Szegedy (2015), Algorithm 2, step 11.

    Examples
    --------
    >>> x = np.array([[8.0]])  # one example is enough
    >>> bnlib.batch_norm_inference(x, np.ones(1), np.zeros(1), mean=[6.0], var=[12.0]).round(2)
    array([[0.58]])
    """
    x = check_finite("x", check_array("x", x, ndims=(2, 3, 4)))
    size = x.shape[1]
    gamma = check_vector("gamma", gamma, size, x.dtype)
    beta = check_vector("beta", beta, size, x.dtype)
    mean = check_vector("mean", mean, size, np.float64)
    var = check_vector("var", var, size, np.float64)
    eps = check_number("eps", eps, least=0)
    if (var + eps <= 0).any() or (var < 0).any():
        feature = int(np.argmin(var))
        raise ValueError(f"var is {var[feature]} at feature {feature} and eps is {eps}; "
                         "a variance is never negative, and var + eps must be above 0")  # fmt: skip
    with np.errstate(over="ignore", invalid="ignore"):
        inv_std = (1 / np.sqrt(var + eps)).astype(x.dtype)
        y, _ = batch_norm_inference_rows(to_rows(x), gamma, beta, mean, inv_std)
    remedy = f"x, mean, gamma or 1 / sqrt(var + eps) is too large for {x.dtype}"
    return from_rows(check_finite("y", y, remedy), x.shape)


def batch_norm_inference_rows(x, gamma, beta, mean, inv_std):
    """Inference of rows (N, D), unchecked; `mean` is float64. Returns y and an InferenceCache."""
    rounded_mean = mean.astype(x.dtype)
    remainder = (mean - rounded_mean).astype(x.dtype)  # a float32 mean of 1e6 is off by up to 0.03
    scale = gamma * inv_std
    x_centered = x - rounded_mean
    y = x_centered * scale
    y += beta - remainder * scale
    return y, InferenceCache(x_centered, remainder, inv_std, scale)


def batch_norm_inference_backward_rows(dy, cache, out=None):
    """Backward where the statistics are constants, so dx is local; takes either cache."""
    dbeta = column_sums(dy)
    dgamma = cache.inv_std * (column_sums(dy * cache.x_centered) - cache.remainder * dbeta)
    return np.multiply(dy, cache.scale, out=out), dgamma, dbeta


def check_statistics(x, cache, eps):
    """Find bad input by its D statistics; only when they are bad is x itself searched."""
    check_spread(x, cache.var)
    if eps == 0 and is_constant(cache, -2).any():
        feature = int(np.argmax(is_constant(cache, -2))) % x.shape[1]
        raise ValueError(f"feature {feature} of x {x.shape} is constant and eps is 0, so its "
                         "variance is 0; use eps > 0 or drop the feature")  # fmt: skip
    if not np.isfinite(cache.scale).all():
        worst = int(np.argmin(np.isfinite(cache.scale)))
        feature, var = worst % x.shape[1], cache.var.flat[worst]
        raise ValueError(f"gamma / sqrt({var:g} + {eps:g}) overflows {x.dtype} at feature {feature}"
                         f" of x {x.shape}; use a larger eps or a smaller gamma")  # fmt: skip


def check_spread(x, spread, kind="variance"):
    """Refuse an x that is not finite, or too large, by its variances or mean squares."""
    if not np.isfinite(spread).all():
        check_finite("x", x)
        raise ValueError(f"x of shape {x.shape} is so large that its {kind} overflows {x.dtype}; "
                         "scale it down")  # fmt: skip


def is_constant(cache, axis):
    """For each variance of a cache, whether the values along the axis that it is of are equal."""
    values = np.moveaxis(cache.x_centered, axis, -1)
    limits = np.finfo(values.dtype)
    constant = (cache.var < limits.tiny).reshape(values.shape[:-1])
    if cache.mean is not None:
        # Rounding may leave equal values some variance: look at the values of the suspects.
        suspects = np.sqrt(cache.var) <= 4 * limits.eps * np.abs(cache.mean)
        suspects = suspects.reshape(constant.shape)
        constant[suspects] |= np.ptp(values[suspects], axis=-1) == 0
    return constant
