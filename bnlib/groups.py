"""Groups of one example's channels: (N, C, ...) as (N, G, C / G, P), and the checks around them."""

import numpy as np

from bnlib.checks import check_count, check_finite, check_number, check_upstream
from bnlib.functional import check_spread, is_constant
from bnlib.rows import row_averager


def check_num_groups(num_groups, num_channels):
    """Return `num_groups` as an int; refuse one that does not divide the channels."""
    num_groups = check_count("num_groups", num_groups)
    if num_channels % num_groups:
        divisors = [n for n in range(1, min(num_channels, 1000) + 1) if num_channels % n == 0]
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


def checked_norm(norm_rows, x, num_groups, gamma, beta, eps):
    """What `norm_rows` returns, y in x's shape; num_groups and eps are still to be checked."""
    num_groups = check_num_groups(num_groups, x.shape[1])
    eps = check_number("eps", eps, least=0)
    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
        y, cache = norm_rows(to_groups(x, num_groups), gamma, beta, eps)
    check_group_statistics(x, cache, eps)
    remedy = f"gamma, beta or 1 / sqrt(spread + eps) is too large for {x.dtype}; scale it down"
    return check_finite("y", y.reshape(x.shape), remedy), cache._replace(shape=x.shape)


def checked_gradients(backward_rows, dy, cache):
    """What `backward_rows` returns for an unchecked dy, dx in the shape of x."""
    dy = check_upstream(dy, cache.shape, cache.scale.dtype)
    with np.errstate(over="ignore", invalid="ignore"):
        dx, *others = backward_rows(to_groups(dy, cache.scale.shape[1]), cache)
    gradients = dx.reshape(dy.shape), *others
    remedy = f"dy, gamma or 1 / sqrt(spread + eps) is too large for {dy.dtype}"
    for name, gradient in zip(("dx", "dgamma", "dbeta"), gradients, strict=False):
        check_finite(name, gradient, remedy)
    return gradients


def check_group_statistics(x, cache, eps):
    """Find bad input by its N * G statistics; only when they are bad is x itself searched."""
    what, kind = ("0", "mean square") if cache.mean is None else ("constant", "variance")
    check_spread(x, cache.var, kind)
    bad = ~np.isfinite(cache.inv_std[:, 0])
    if eps == 0:
        bad |= is_constant(cache, -1)
    if bad.any():
        example, group = divmod(int(np.argmax(bad)), len(bad) // len(x))
        raise ValueError(f"group {group} of example {example} of x {x.shape} is {what}, so its "
                         f"{kind} is 0, and eps is {eps:g}; use a larger eps")  # fmt: skip
