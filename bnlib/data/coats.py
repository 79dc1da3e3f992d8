"""The colours that the drawn animals' fur can have: nine from black to orange, white, and a mix."""

import numpy as np

from bnlib.checks import check_count, check_number, check_rng

BLACK, ORANGE, WHITE = (0.04, 0.03, 0.03), (0.92, 0.52, 0.10), (0.93, 0.92, 0.90)
POSITIONS = tuple(i / 8 for i in range(9))  # on the way from black to orange
COLOURS = (*POSITIONS, "white", "mixed")


def coats(colour, n, rng):
    """A fur colour for each of n animals.

    Parameters
    ----------
    colour : float or str
        0 for black, 0.5 for half orange, 1 for orange, anything between; "white"; or "mixed": each
        animal is black, orange or white, with probability 1/3.
    n : int
    rng : numpy.random.Generator
        Draws the mix.

    Returns
    -------
    (n, 3) float64 array
        Red, green and blue, 0 to 1.

    Raises
    ------
    ValueError, TypeError
        For another colour, an n below 1, or no Generator.

    Examples
    --------
    >>> from bnlib.data.coats import coats
    >>> coats(0.5, 2, np.random.default_rng(0))
    array([[0.48 , 0.275, 0.065],
           [0.48 , 0.275, 0.065]])
    """
    n, rng = check_count("n", n), check_rng(rng)
    if colour == "mixed":
        return np.array([BLACK, ORANGE, WHITE])[rng.integers(3, size=n)]
    if colour == "white":
        return np.tile(WHITE, (n, 1))
    if isinstance(colour, str):
        raise ValueError(f"colour must be a number, 'white' or 'mixed', got {colour!r}")
    position = check_number("colour", colour, least=0, most=1)
    return np.tile((1 - position) * np.array(BLACK) + position * np.array(ORANGE), (n, 1))
