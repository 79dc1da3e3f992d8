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
    return _weighted_sum(n, x.dtype, x.ndim, 1 / n)


def column_adder(x):
    """As `column_averager`, for the sums."""
    return _weighted_sum(x.shape[-2], x.dtype, x.ndim, 1.0)


def column_sums(x):
    """Sums of the columns, by `column_adder`."""
    return column_adder(x)(x)


@lru_cache(maxsize=256)
def _weighted_sum(n, dtype, ndim, weight):
    """A function for the sums of the columns of `n` rows, each times `weight`."""
    if n > _BLOCK:
        return partial(_sum_of_blocks, weight=weight)
    weights = np.full(n, weight, dtype)
    return weights.dot if ndim == 2 else partial(np.matmul, weights[None])


def _sum_of_blocks(x, weight):
    total = 0.0  # becomes float64: the number of blocks then costs no accuracy
    for start in range(0, x.shape[-2], _BLOCK):
        block = x[..., start : start + _BLOCK, :]
        n = block.shape[-2]
        means = _weighted_sum(n, x.dtype, x.ndim, 1 / n)(block)
        total = total + means.astype(np.float64) * (n * weight)
    return total.astype(x.dtype)


def row_averager(x):
    """A function for the row means of arrays of x's width and dtype: (N, D) to (N, 1).

    As `column_averager`: a product with (1/D, ..., 1/D), in blocks of values.
    """
    return _row_averager(x.shape[1], x.dtype)


@lru_cache(maxsize=64)
def _row_averager(n, dtype):
    if n > _BLOCK:
        return _row_means_of_blocks
    weights = np.full((n, 1), 1 / n, dtype)
    return lambda x: x.dot(weights)


def _row_means_of_blocks(x):
    total = 0.0
    for start in range(0, x.shape[1], _BLOCK):
        block = x[:, start : start + _BLOCK]
        means = row_averager(block)(block)
        total = total + means.astype(np.float64) * (block.shape[1] / x.shape[1])
    return total.astype(x.dtype)


def row_mean_products(a, b):
    """The means of the rows of a * b, as (N, 1), without an array for the products."""
    return np.vecdot(a, b)[:, None] / a.shape[1]


def row_sums(x):
    """Sums of the rows, by a product with (1, ..., 1): (N, D) to (N,), (K, N, D) to (K, N)."""
    ones = _ones(x.shape[-1], x.dtype)
    return x.dot(ones) if x.ndim == 2 else np.matmul(x, ones)


@lru_cache(maxsize=64)
def _ones(n, dtype):
    return np.ones(n, dtype)


def to_rows(x):
    """(N, C, ...) -> (N * positions, C): every position of every example is one row."""
    if x.ndim == 2:
        return x if x.flags.c_contiguous else x.copy()
    return np.ascontiguousarray(np.moveaxis(x, 1, -1)).reshape(-1, x.shape[1])


def from_rows(rows, shape):
    """The inverse of `to_rows`; the rows may come as a stack."""
    if len(shape) == 2:
        return rows if rows.ndim == 2 else rows.reshape(shape)
    n, channels, *positions = shape
    return np.ascontiguousarray(np.moveaxis(rows.reshape(n, *positions, channels), -1, 1))
