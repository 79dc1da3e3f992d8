"""Tables made of the digits for logistic regression: two features of an image, or its pixels."""

import numpy as np

from bnlib.checks import check_count
from bnlib.data import load_digits

TRAIN = 257  # of the 357 threes and eights; the other 100 are the test set
INKED = 20  # a pixel counts if it is inked in as many of the 1,000 training images


def threes_and_eights(seed=0):
    """The threes and eights, each described by two numbers.

    Parameters
    ----------
    seed : int
        Of the split.

    Returns
    -------
    x, x_test : (257, 2) and (100, 2) arrays
        The share of the ink that lies in the left half, 0 to 1; and all ink, 0 to 1,024.
    labels, labels_test : integer arrays
        1 for an eight.

    Raises
    ------
    ValueError, TypeError
        For a negative or non-integer seed.
    """
    digits, seed = load_digits(), check_count("seed", seed, least=0)
    chosen = np.flatnonzero((digits.labels == 3) | (digits.labels == 8))
    chosen = np.random.default_rng(seed).permutation(chosen)
    images, labels = digits.images[chosen].astype(float), digits.labels[chosen] // 8
    ink = images.sum(axis=(1, 2))
    x = np.stack([images[:, :, :4].sum(axis=(1, 2)) / ink, ink], axis=1)
    return x[:TRAIN], x[TRAIN:], labels[:TRAIN], labels[TRAIN:]


def inked_pixels(seed):
    """The training pixels that count, and whether the digit is 5 or more.

    Parameters
    ----------
    seed : int
        Of the digits' split.

    Returns
    -------
    x : (1000, D) array
        Ink, 0 to 1, of the pixels that are inked in at least INKED of the images.
    labels : (1000,) integer array
    """
    digits = load_digits()
    train = digits.split(seed)[0]
    order = np.random.default_rng(seed).permutation(len(digits.labels))[: len(train)]
    x = digits.images.reshape(-1, 64)[order] / 16
    return x[:, (x > 0).sum(axis=0) >= INKED], (train.labels >= 5).astype(int)
