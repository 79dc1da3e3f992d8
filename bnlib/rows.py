"""Rows of values: (N, D) as it is, (N, C, ...) with every position as a row; their column means."""

from functools import lru_cache, partial

import numpy as np

_BLOCK = 512  # rows; a float32 dot over more of them loses digits when the mean is large


def column_averager(x):
    """A function for the column means of arrays of x's height and dtype.

    It takes (N, D) to (D,), and a stack (K, N, D) to (K, 1, D). A product with (1/N, ..., 1/N),
    in blocks of rows: BLAS adds the products faster, and in float32 more accurately, than
    `x.mean(0)` does.
    """
    n = x.shape[-2]
    if n > _BLOCK:
        return _block_means
    averager = _averager(n, x.dtype)
    return averager.dot if x.ndim == 2 else partial(np.matmul, averager[None])


def column_means(x):
    """The means of the columns of (N, D), by `column_averager`."""
    return column_averager(x)(x)


def _block_means(x):
    n = x.shape[-2]
    total = 0.0  # becomes float64: the number of blocks then costs no accuracy
    for start in range(0, n, _BLOCK):
        block = x[..., start : start + _BLOCK, :]
        means = column_averager(block)(block)
        total = total + means.astype(np.float64) * (block.shape[-2] / n)
    return total.astype(x.dtype)


def column_sums(x, out=None):
    """Sums of the columns of (N, D), by a product with (1, ..., 1)."""
    return np.dot(_ones(len(x), x.dtype), x, out=out)


def row_sums(x):
    """Sums of the rows of (N, D), by a product with (1, ..., 1)."""
    return x.dot(_ones(x.shape[1], x.dtype))


@lru_cache(maxsize=64)
def _ones(n, dtype):
    return np.ones(n, dtype)


@lru_cache(maxsize=64)
def _averager(n, dtype):
    return np.full(n, 1 / n, dtype=dtype)


def to_rows(x):
    """(N, C, ...) -> (N * positions, C): every position of every example is one row."""
    if x.ndim == 2:
        return np.ascontiguousarray(x)
    return np.ascontiguousarray(np.moveaxis(x, 1, -1)).reshape(-1, x.shape[1])


def from_rows(rows, shape):
    """The inverse of `to_rows`."""
    if len(shape) == 2:
        return rows
    n, channels, *positions = shape
    return np.ascontiguousarray(np.moveaxis(rows.reshape(n, *positions, channels), -1, 1))
