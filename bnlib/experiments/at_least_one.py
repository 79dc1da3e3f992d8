"""Seeds, rates or depths to try: an experiment needs at least one of each."""

from bnlib.checks import check_sequence


def at_least_one(name, values, what="integers"):
    """What is to be tried, as a tuple.

    Parameters
    ----------
    name : str
        Of the argument, for the message.
    values : iterable
    what : str
        What it holds, for the message.

    Returns
    -------
    tuple

    Raises
    ------
    ValueError, TypeError
        For an empty one, or something that is no sequence.

    Examples
    --------
    >>> from bnlib.experiments.at_least_one import at_least_one
    >>> at_least_one("seeds", range(3))
    (0, 1, 2)
    """
    values = check_sequence(name, values, what)
    if not values:
        raise ValueError(f"{name} is empty; pass at least one")
    return values
