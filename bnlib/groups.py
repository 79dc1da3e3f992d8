"""Groups of one example's channels: (N, C, ...) as (N, G, C / G, P), and the checks around them."""

import numpy as np

from bnlib.checks import check_array, check_count, check_finite, check_shape
from bnlib.rows import row_averager


def check_num_groups(num_groups, num_channels):
    """Return `num_groups` as an int; refuse one that does not divide the channels."""
    num_groups = check_count("num_groups", num_groups)
    if num_channels % num_groups:
        divisors = [n for n in range(1, num_channels + 1) if num_channels % n == 0]
        raise ValueError(f"num_groups={num_groups} does not divide the {num_channels} channels; "
                         f"use {' or '.join(map(str, divisors))}")  # fmt: skip
    return num_groups


def to_groups(x, num_groups):
    """(N, C, ...) -> (N, G, C / G, P): groups of neighbouring channels."""
    return np.ascontiguousarray(x).reshape(len(x), num_groups, x.shape[1] // num_groups, -1)


def over_positions(x):
    """Sums over the positions of (N, G, C / G, P), a row for each group: (N * G, C / G)."""
    n, groups, channels, positions = x.shape
    if positions > 1:
        rows = x.reshape(-1, positions)
        x = row_averager(rows)(rows) * positions
    return x.reshape(n * groups, channels)


def checked_output(x, y, cache, eps):
    """Groups y in the shape of x, unless something is wrong with x or the statistics."""
    check_group_statistics(x, cache, eps)
    remedy = f"gamma, beta or 1 / sqrt(spread + eps) is too large for {x.dtype}; scale it down"
    return check_finite("y", y.reshape(x.shape), remedy)


def checked_gradients(backward_rows, dy, cache):
    """What `backward_rows` returns for an unchecked dy, dx in the shape of x."""
    dy = check_array("dy", dy, dtype=cache.scale.dtype)
    check_shape("dy", dy, cache.shape, "it is the gradient of y")
    check_finite("dy", dy)
    with np.errstate(over="ignore", invalid="ignore"):
        dx, *others = backward_rows(to_groups(dy, cache.scale.shape[1]), cache)
    gradients = dx.reshape(dy.shape), *others
    remedy = f"dy, gamma or 1 / sqrt(spread + eps) is too large for {dy.dtype}"
    for name, gradient in zip(("dx", "dgamma", "dbeta"), gradients, strict=False):
        check_finite(name, gradient, remedy)
    return gradients


def check_group_statistics(x, cache, eps):
    """Find bad input by its N * G statistics; only when they are bad is x itself searched."""
    if "var" in cache._fields:
        what, kind, spread, factor = "constant", "variance", cache.var, cache.inv_std
    else:
        what, kind, spread, factor = "0", "mean square", cache.mean_square, cache.inv_rms
    if not np.isfinite(spread).all():
        check_finite("x", x)
        raise ValueError(f"x of shape {x.shape} is so large that its {kind} overflows {x.dtype}; "
                         "scale it down")  # fmt: skip
    bad = ~np.isfinite(factor)
    if eps == 0:
        bad |= _constant(x, cache) if what == "constant" else spread < np.finfo(x.dtype).tiny
    if bad.any():
        example, group = divmod(int(np.argmax(bad)), len(bad) // len(x))
        raise ValueError(f"group {group} of example {example} of x {x.shape} is {what}, so its "
                         f"{kind} is 0, and eps is {eps:g}; use a larger eps")  # fmt: skip


def _constant(x, cache):
    limits = np.finfo(x.dtype)
    constant = cache.var < limits.tiny
    # Rounding may leave a constant group some variance: look at the values of the suspects.
    suspects = (np.sqrt(cache.var) <= 4 * limits.eps * np.abs(cache.mean)).ravel()
    values = x.reshape(cache.x_centered.shape)[suspects]
    constant[suspects] |= np.ptp(values, axis=1, keepdims=True) == 0
    return constant
