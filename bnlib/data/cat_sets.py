"""The drawn animals that a network is trained, chosen, tested on, and adapted to, by seed."""

from functools import lru_cache

import numpy as np

from bnlib.checks import check_array, check_choice
from bnlib.data.cats import draw_animals, draw_kinds
from bnlib.data.coats import coats

SIZES = {"training": 4000, "validation": 1000, "new": 1000}  # pictures, half of them cats
TEST = 1600  # half of them cats; the same animals in every colour
EXAMPLES = (0, 1, 0, 2, 0, 3, 0, 4)  # kinds of the eight animals shown after those


def stream(seed, use):
    """A stream of random numbers for each use of a seed: uses don't disturb one another."""
    return np.random.default_rng([seed, *use.encode()])


def animals(seed, use, share=0.5):
    """Draw the animals of a seed for one use: the same ones each time.

    Parameters
    ----------
    seed : int
    use : "training", "validation" or "new"
        "new" ones are there to be adapted to, without their labels.
    share : float
        Of cats; the other kinds divide the rest equally.

    Returns
    -------
    Animals
    """
    rng = stream(seed, check_choice("use", use, SIZES))
    return draw_animals(draw_kinds(SIZES[use], share, rng), rng)


def shown(seed):
    """Draw the animals to test on: TEST of them, half cats, and after them the EXAMPLES."""
    rng = stream(seed, "test")
    return draw_animals([*draw_kinds(TEST, 0.5, rng), *EXAMPLES], rng)


def painted(drawn, colour, seed):
    """The animals with fur of one of COLOURS: (n, 16, 16, 3)."""
    return drawn.painted(coats(colour, len(drawn), stream(seed, "coats")))


class Standardizer:
    """Gives every number of a picture mean 0 and standard deviation 1, as on some pictures.

    Parameters
    ----------
    pictures : (N, side, side, 3) array
        Each of the side * side * 3 numbers has to vary.

    Attributes
    ----------
    mean, std : (side * side * 3,) array
    """

    def __init__(self, pictures):
        flat = _flat(pictures)
        self.mean, self.std = flat.mean(axis=0), flat.std(axis=0)

    def __call__(self, pictures):
        """Return pictures (n, side, side, 3) standardized, as rows (n, side * side * 3)."""
        return (_flat(pictures) - self.mean) / self.std


def _flat(pictures):
    pictures = check_array("pictures", pictures, ndims=(4,))
    return pictures.reshape(len(pictures), -1)


@lru_cache(maxsize=5)
def training_set(seed, colour=0.0):
    """What a network is trained on.

    Parameters
    ----------
    seed : int
    colour : float or str
        One of COLOURS.

    Returns
    -------
    (4000, 768) float32 array
        The pictures, standardized.
    (4000,) int64 array
        1 for a cat, 0 for any other kind.
    Standardizer
        What did it: every other picture has to go through it, too.
    """
    drawn = animals(seed, "training")
    pictures = painted(drawn, colour, seed)
    standardize = Standardizer(pictures)
    return standardize(pictures), drawn.labels, standardize


@lru_cache(maxsize=5)
def validation_set(seed):
    """Black pictures to choose a training by, (1000, 768), standardized, and their labels."""
    drawn = animals(seed, "validation")
    return training_set(seed)[2](painted(drawn, 0.0, seed)), drawn.labels
