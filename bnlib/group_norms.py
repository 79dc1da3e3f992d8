"""The layers of `functional_groups` and `functional_rms`: their kernels, plus parameters."""

import numpy as np

from bnlib.checks import check_count, check_float_dtype, check_number
from bnlib.functional_groups import group_norm_backward_rows, group_norm_rows
from bnlib.functional_rms import rms_norm_backward_rows, rms_norm_rows
from bnlib.groups import check_group_statistics, check_num_groups, to_groups
from bnlib.layer import Layer


class _ExampleNorm(Layer):
    """What the four share. A kernel takes the groups, the parameters in their order, and eps."""

    _kernel = staticmethod(group_norm_rows)
    _backward_kernel = staticmethod(group_norm_backward_rows)
    _names = ("gamma", "beta")
    _settings = ("num_features", "eps")

    def __init__(self, num_groups, num_features, eps, dtype):
        super().__init__()
        self.num_features = check_count("num_features", num_features)
        self.num_groups = check_num_groups(num_groups, self.num_features)
        self.eps = check_number("eps", eps, least=0)
        dtype = check_float_dtype(dtype)
        for name, start in zip(self._names, (1, 0), strict=False):
            self._add_parameter(name, np.full(self.num_features, start, dtype))

    def _shape_after(self, shape):
        if shape is not None and shape[0] not in (None, self.num_features):
            self._refuse_shape(shape, f"{self.num_features}) or (N, {self.num_features}, ...")
        return shape

    def _check_output(self, x, y):
        check_group_statistics(x, self._cache, self.eps)
        super()._check_output(x, y)

    def _forward(self, x, training):
        groups = to_groups(x, self.num_groups)
        y, self._cache = self._kernel(groups, *self.params.values(), self.eps)
        return y.reshape(x.shape)

    def _backward(self, dy, input_gradient=True):
        groups = to_groups(dy, self.num_groups)
        dx, *gradients = self._backward_kernel(groups, self._cache, out=groups)
        for name, gradient in zip(self.grads, gradients, strict=True):
            self.grads[name][:] = gradient
        return dx.reshape(dy.shape)


class GroupNorm(_ExampleNorm):
    """Group normalization with learned gamma and beta.

    Parameters
    ----------
    num_groups : int
        Divides num_features.
    num_features : int
        D of (N, D), or C of (N, C, S) and (N, C, H, W).
    eps : float
        Added to the variance, >= 0.
    dtype : numpy.float64 or numpy.float32
        Of gamma and beta.

    Raises
    ------
    ValueError, TypeError
        For an argument out of its range.

    Notes
    -----
    params: gamma (D,) starting at 1, beta (D,) starting at 0. Training and inference are the same,
    and a batch may be one example.
    Source: Wu and He (2018).

    Examples
    --------
    >>> layer = bnlib.GroupNorm(2, 4)
    >>> layer.forward([[1, 3, 10, 30]], training=True).round(3)
    array([[-1.,  1., -1.,  1.]])
    """

    _settings = ("num_groups", "num_features", "eps")

    def __init__(self, num_groups, num_features, eps=1e-5, dtype=np.float64):
        super().__init__(num_groups, num_features, eps, dtype)


class LayerNorm(_ExampleNorm):
    """Layer normalization: `GroupNorm` with one group.

    Parameters
    ----------
    num_features : int
        D of (N, D), or C of (N, C, S) and (N, C, H, W).
    eps : float
        Added to the variance, >= 0.
    dtype : numpy.float64 or numpy.float32
        Of gamma and beta.

    Raises
    ------
    ValueError, TypeError
        For an argument out of its range.

    Notes
    -----
    params as in `GroupNorm`. Source: Ba, Kiros and Hinton (2016).

    Examples
    --------
    >>> bnlib.LayerNorm(2).forward([[1, 3], [10, 30]], training=True).round(3)
    array([[-1.,  1.],
           [-1.,  1.]])
    """

    def __init__(self, num_features, eps=1e-5, dtype=np.float64):
        super().__init__(1, num_features, eps, dtype)


class InstanceNorm(_ExampleNorm):
    """Instance normalization: `GroupNorm` with a group for each channel.

    Parameters
    ----------
    num_features : int
        D of (N, D), or C of (N, C, S) and (N, C, H, W).
    eps : float
        Added to the variance, >= 0.
    dtype : numpy.float64 or numpy.float32
        Of gamma and beta.

    Raises
    ------
    ValueError, TypeError
        For an argument out of its range.

    Notes
    -----
    params as in `GroupNorm`. Source: Ulyanov, Vedaldi and Lempitsky (2016).

    Examples
    --------
    >>> bnlib.InstanceNorm(2).forward([[[1, 3], [10, 30]]], training=True).round(3)
    array([[[-1.,  1.],
            [-1.,  1.]]])
    """

    def __init__(self, num_features, eps=1e-5, dtype=np.float64):
        super().__init__(num_features, num_features, eps, dtype)


class RMSNorm(_ExampleNorm):
    """RMS normalization: `LayerNorm` without centring and without beta.

    Parameters
    ----------
    num_features : int
        D of (N, D), or C of (N, C, S) and (N, C, H, W).
    eps : float
        Added to the mean square, >= 0.
    dtype : numpy.float64 or numpy.float32
        Of gamma.

    Raises
    ------
    ValueError, TypeError
        For an argument out of its range.

    Notes
    -----
    params: gamma (D,) starting at 1. Source: Zhang and Sennrich (2019).

    Examples
    --------
    >>> bnlib.RMSNorm(2).forward([[1, 7], [10, 70]], training=True).round(3)
    array([[0.2, 1.4],
           [0.2, 1.4]])
    """

    _kernel = staticmethod(rms_norm_rows)
    _backward_kernel = staticmethod(rms_norm_backward_rows)
    _names = ("gamma",)

    def __init__(self, num_features, eps=1e-5, dtype=np.float64):
        super().__init__(1, num_features, eps, dtype)
