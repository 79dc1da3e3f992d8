"""Mini-batches whose members, not only their order, change every epoch."""

from bnlib.checks import check_count, check_rng


def minibatches(n, batch_size, rng):
    """Yield index arrays without end: each epoch is a new shuffle of all examples, cut up.

    A remainder smaller than `batch_size` is left out, another one each epoch, so that every batch
    has statistics over the same number of examples.

    Parameters
    ----------
    n : int
        Number of examples.
    batch_size : int
        1 to n.
    rng : numpy.random.Generator

    Yields
    ------
    (batch_size,) int64 array
        Distinct indices below n.

    Raises
    ------
    ValueError, TypeError
        At the call, not at the first batch, for an argument out of its range.

    Examples
    --------
    >>> batches = bnlib.minibatches(5, 2, np.random.default_rng(0))
    >>> first, second = next(batches), next(batches)
    >>> len({*first, *second})  # one of the five is left out of this epoch
    4
    """
    n, batch_size, rng = check_count("n", n), check_count("batch_size", batch_size), check_rng(rng)
    if batch_size > n:
        raise ValueError(f"batch_size is {batch_size}, but there are only {n} examples; use fewer")
    return _cut_shuffles(n, batch_size, rng)


def _cut_shuffles(n, batch_size, rng):
    while True:
        order = rng.permutation(n)
        for start in range(0, n - batch_size + 1, batch_size):
            yield order[start : start + batch_size]
