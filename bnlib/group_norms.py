"""The layers of `functional_groups` and `functional_rms`: the kernels, plus parameters."""

import numpy as np

from bnlib.functional_groups import group_norm_backward_rows, group_norm_rows
from bnlib.groups import check_group_statistics, check_num_groups, to_groups
from bnlib.norms import FeatureNorm


class _ExampleNorm(FeatureNorm):
    """What the four share: the kernels, called with one group unless there are more."""

    num_groups = 1

    def _check_output(self, x, y):
        check_group_statistics(x, self._cache, self.eps)
        super()._check_output(x, y)

    def _forward(self, x, training):
        groups = to_groups(x, self.num_groups)
        gamma, beta = self.params["gamma"], self.params.get("beta")
        y, self._cache = group_norm_rows(groups, gamma, beta, self.eps)
        return y.reshape(x.shape)

    def _backward(self, dy, input_gradient=True):
        groups = to_groups(dy, self.num_groups)
        dx, *gradients = group_norm_backward_rows(groups, self._cache, out=groups)
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
        super().__init__(num_features, eps, dtype)
        self.num_groups = check_num_groups(num_groups, self.num_features)


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
        super().__init__(num_features, eps, dtype)
        self.num_groups = self.num_features


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

    _names = ("gamma",)
