"""The digits with pixels on very different scales, and the usual remedy: standardize each once."""

from dataclasses import replace

import numpy as np

from bnlib.checks import check_array, check_choice, check_finite, check_flag
from bnlib.data import load_digits

LARGEST_FACTOR = 1000
DATA = ("plain", "awkward")


def standardized(x, like):
    """Subtract each feature's mean in `like` and divide by its standard deviation there.

    A feature that is constant in `like` is only centred.

    Parameters
    ----------
    x : (N, D) array
    like : (M, D) array
        The training images, whatever x is.

    Returns
    -------
    (N, D) array of x's dtype

    Raises
    ------
    ValueError, TypeError
        For anything but finite matrices of one width.
    """
    x = check_finite("x", check_array("x", x, ndims=(2,)))
    like = check_finite("like", check_array("like", like, ndims=(2,), dtype=np.float64))
    if like.shape[1] != x.shape[1]:
        raise ValueError(f"x has shape {x.shape}, like {like.shape}; give both the same features")
    mean, std = like.mean(axis=0), like.std(axis=0)
    std[np.ptp(like, axis=0) == 0] = 1
    return ((x - mean) / std).astype(x.dtype)


def split(data, seed, *, standardize=False, dtype=np.float64):
    """Training, validation and test digits, with plain or with awkward scales.

    Parameters
    ----------
    data : "plain" or "awkward"
        Awkward: every pixel is multiplied by a factor of its own between 1 and 1,000, drawn on a
        logarithmic scale. Then, as ever, all pixels are shifted and scaled by two numbers.
    seed : int
        Of the split and the factors.
    standardize : bool
        Whether each pixel is standardized by the training images.
    dtype : numpy.float64 or numpy.float32

    Returns
    -------
    train, validation, test : bnlib.data.digits.Split

    Raises
    ------
    ValueError, TypeError
        For an argument out of its range.
    """
    check_choice("data", data, DATA)
    parts = load_digits().split(seed)
    if data == "awkward":
        factors = LARGEST_FACTOR ** np.random.default_rng([seed, 2]).uniform(size=64)
        like = parts[0].x * factors
        parts = [replace(part, x=(part.x * factors - like.mean()) / like.std()) for part in parts]
    if check_flag("standardize", standardize):
        like = parts[0].x
        parts = [replace(part, x=standardized(part.x, like)) for part in parts]
    return tuple(replace(part, x=part.x.astype(dtype)) for part in parts)
