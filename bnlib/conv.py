"""Layers for images, (N, C, H, W): convolution and pooling. Each forward beside its backward.

Inside, images lie as (N, H, W, C): a window of an image then becomes a row of a matrix by copying
long runs of memory, and a convolution is a product of matrices. What a layer returns has the
shape (N, C, H, W) and lies in memory as it was computed.
"""

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from bnlib.checks import check_count, check_flag
from bnlib.initializers import initial_std, initial_weights
from bnlib.layer import Layer
from bnlib.rows import column_sums, to_rows

_BLOCK = 2**15  # window values copied at a time: more leave the cache, and cost page faults


class Conv2d(Layer):
    """y[n, o] = b[o] + sum over c of W[o, c] slid over x[n, c]: a cross-correlation.

    Parameters
    ----------
    in_channels, out_channels : int
    kernel_size : int
        Height and width of W.
    padding : int
        Rows and columns of zeros around each image.
    stride : int
        Step from window to window, down and across.
    bias : bool
        Leave it out before batch norm, which subtracts it again.
    initializer : "he", "lecun", "glorot" or "plain"
        The scale at which W is drawn, with mean 0: see `initial_std`.
    gain : float
        Multiplies that scale.
    rng : numpy.random.Generator
        Draws W; b starts at 0.
    dtype : numpy.float64 or numpy.float32

    Raises
    ------
    ValueError, TypeError
        For a size below 1, a negative padding, an unknown initializer, a gain that is not a
        positive number, or anything but a Generator. At the forward, for a kernel larger than the
        padded image.

    Notes
    -----
    params: W (out_channels, in_channels, kernel_size, kernel_size), b (out_channels,). An output
    is (H + 2 * padding - kernel_size) // stride + 1 high; what is left over at the edge is
    ignored. Source: LeCun et al. (1998), section 2.

    Examples
    --------
    >>> layer = bnlib.Conv2d(1, 8, 3, padding=1, rng=np.random.default_rng(0))
    >>> layer.forward(np.ones((5, 1, 6, 6)), training=True).shape
    (5, 8, 6, 6)
    """

    _input_ndims = (4,)
    _settings = ("in_channels", "out_channels", "kernel_size", "padding", "stride", "bias")

    def __init__(self, in_channels, out_channels, kernel_size, *, rng, padding=0, stride=1,
                 bias=True, initializer="lecun", gain=1.0, dtype=np.float64):  # fmt: skip
        super().__init__()
        self.in_channels = check_count("in_channels", in_channels)
        self.out_channels = check_count("out_channels", out_channels)
        self.kernel_size = check_count("kernel_size", kernel_size)
        self.padding = check_count("padding", padding, least=0)
        self.stride = check_count("stride", stride)
        self.bias = check_flag("bias", bias)
        size = self.kernel_size
        std = initial_std(initializer, in_channels * size**2, out_channels * size**2, gain)
        W = initial_weights(rng, (self.out_channels, self.in_channels, size, size), std, dtype)
        self._add_parameter("W", W)
        if bias:
            self._add_parameter("b", np.zeros(self.out_channels, W.dtype))

    def _shape_after(self, shape):
        shape = shape or (None, None, None)
        if len(shape) != 3 or shape[0] not in (None, self.in_channels):
            self._refuse_shape(shape, f"{self.in_channels}, H, W")
        size, padded = self.kernel_size, [side and side + 2 * self.padding for side in shape[1:]]
        if any(side and side < size for side in padded):
            raise ValueError(f"a kernel of {size} x {size} is larger than the padded image of "
                             f"{padded[0]} x {padded[1]}; use more padding")  # fmt: skip
        return self.out_channels, *(side and (side - size) // self.stride + 1 for side in padded)

    def _forward(self, x, training):
        self._cache = _padded(np.moveaxis(x, 1, -1), self.padding)
        y = _correlate(self._cache, _as_matrix(self.params["W"]), self.kernel_size, self.stride)
        if "b" in self.params:
            y += self.params["b"]
        return np.moveaxis(y, -1, 1)

    def _backward(self, dy, input_gradient=True):
        rows = to_rows(dy)
        if "b" in self.grads:
            self.grads["b"][:] = column_sums(rows)
        examples = rows.reshape(len(dy), -1, self.out_channels)
        dW = 0
        for block, windows in _windows(self._cache, self.kernel_size, self.stride):
            dW = dW + examples[block].reshape(-1, self.out_channels).T.dot(windows)
        kernel = (self.kernel_size, self.kernel_size, self.in_channels)
        self.grads["W"][:] = np.moveaxis(dW.reshape(-1, *kernel), -1, 1)
        return self._input_gradient(np.moveaxis(dy, 1, -1)) if input_gradient else None

    def _input_gradient(self, dy):
        """The same convolution of dy, its values `stride` apart, with W turned by 180 degrees."""
        reach, padding, stride = self.kernel_size - 1, self.padding, self.stride
        n, height, width, _ = self._cache.shape
        down, across = (slice(reach, reach + stride * size, stride) for size in dy.shape[1:3])
        spread = np.zeros((n, height + reach, width + reach, self.out_channels), dy.dtype)
        spread[:, down, across] = dy
        spread = spread[:, padding : height + reach - padding, padding : width + reach - padding]
        turned = self.params["W"][:, :, ::-1, ::-1].swapaxes(0, 1)
        return np.moveaxis(_correlate(spread, _as_matrix(turned), self.kernel_size, 1), -1, 1)


def _padded(x, padding):
    """Images (N, H, W, C) with zeros around them, in memory as they are in shape."""
    n, height, width, channels = x.shape
    padded = np.zeros((n, height + 2 * padding, width + 2 * padding, channels), x.dtype)
    padded[:, padding : padding + height, padding : padding + width] = x
    return padded


def _as_matrix(W):
    """(out, in, size, size) -> (size * size * in, out)."""
    return W.transpose(2, 3, 1, 0).reshape(-1, len(W))


def _correlate(x, matrix, size, stride):
    """Slide a kernel, given as a matrix, over images: (N, H, W, C) -> (N, H', W', out)."""
    n, height, width, _ = x.shape
    shape = (n, (height - size) // stride + 1, (width - size) // stride + 1, matrix.shape[1])
    y = np.empty(shape, x.dtype)
    for block, windows in _windows(x, size, stride):
        np.dot(windows, matrix, out=y[block].reshape(-1, matrix.shape[1]))
    return y


def _windows(x, size, stride):
    """Yield slices of the examples, and their windows: (positions, size * size * C)."""
    windows = sliding_window_view(x, (size, size), axis=(1, 2))[:, ::stride, ::stride]
    windows = windows.transpose(0, 1, 2, 4, 5, 3)
    examples = max(1, _BLOCK // windows[0].size)
    for start in range(0, len(x), examples):
        block = slice(start, start + examples)
        yield block, windows[block].reshape(-1, size * size * x.shape[-1])


class _Pool2d(Layer):
    """Windows of size x size that touch but don't overlap."""

    _input_ndims = (4,)
    _settings = ("size",)

    def __init__(self, size):
        super().__init__()
        self.size = check_count("size", size)

    def _shape_after(self, shape):
        shape = shape or (None, None, None)
        if len(shape) != 3:
            self._refuse_shape(shape, "C, H, W")
        if any(side and side % self.size for side in shape[1:]):
            self._refuse_shape(shape, f"C, {self.size} * h, {self.size} * w")
        return shape[0], *(side and side // self.size for side in shape[1:])

    def _corners(self, x):
        """Views (N, C, H / size, W / size): the first value of each window, the second, ..."""
        starts = range(self.size)
        return [x[:, :, i :: self.size, j :: self.size] for i in starts for j in starts]


class AveragePool2d(_Pool2d):
    """The mean of each window of size x size; H and W are multiples of `size`.

    Parameters
    ----------
    size : int

    Raises
    ------
    ValueError, TypeError
        For a size below 1. At the forward, for images that it does not divide.

    Examples
    --------
    >>> bnlib.AveragePool2d(2).forward(np.arange(4).reshape(1, 1, 2, 2), training=True)
    array([[[[1.5]]]])
    """

    def _forward(self, x, training):
        self._cache = x.shape
        return sum(self._corners(x)) / self.size**2

    def _backward(self, dy, input_gradient=True):
        dx = np.empty_like(dy, shape=self._cache)
        dy /= self.size**2
        for corner in self._corners(dx):
            corner[...] = dy
        return dx


class MaxPool2d(_Pool2d):
    """The largest value of each window of size x size; H and W are multiples of `size`.

    Of equal largest values the first, in reading order, gets the gradient, as in PyTorch.

    Parameters
    ----------
    size : int

    Raises
    ------
    ValueError, TypeError
        For a size below 1. At the forward, for images that it does not divide.

    Examples
    --------
    >>> bnlib.MaxPool2d(2).forward(np.arange(4).reshape(1, 1, 2, 2), training=True)
    array([[[[3.]]]])
    """

    def _forward(self, x, training):
        y, *others = self._corners(x)
        winner = np.zeros(y.shape, np.min_scalar_type(self.size**2))
        for number, corner in enumerate(others, start=1):
            np.maximum(winner, np.multiply(corner > y, number, dtype=winner.dtype), out=winner)
            y = np.maximum(y, corner)
        self._cache = winner, x.shape
        return y

    def _backward(self, dy, input_gradient=True):
        winner, shape = self._cache
        dx = np.empty_like(dy, shape=shape)
        for number, corner in enumerate(self._corners(dx)):
            np.multiply(dy, winner == number, out=corner)
        return dx
