"""The UCI handwritten digits (8 x 8 pixels), and their splits into train, validation and test."""

from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import numpy as np

from bnlib.checks import check_count, check_float_dtype

TRAIN, VALIDATION = 1000, 397  # the remaining 400 are the test set


@dataclass(frozen=True)
class Split:
    """One part of the data.

    Attributes
    ----------
    x : (N, 64) array
        A picture's pixels in each row, shifted and scaled.
    labels : (N,) int64 array
        The digit, 0 to 9.
    """

    x: np.ndarray
    labels: np.ndarray

    def __len__(self):
        return len(self.labels)


@dataclass(frozen=True)
class Digits:
    """Handwritten digits.

    Attributes
    ----------
    images : (1797, 8, 8) uint8
        Ink per pixel, 0 to 16.
    labels : (1797,) int64
        The digit, 0 to 9.
    """

    images: np.ndarray
    labels: np.ndarray

    def split(self, seed: int, dtype=np.float64) -> tuple[Split, Split, Split]:
        """Divide at random into 1,000 training, 397 validation and 400 test images.

        All pixels are shifted and scaled by the mean and the standard deviation of the training
        pixels (two numbers for all 64 pixels), so that a picture keeps its look. Images by one
        writer may fall on both sides of the split: the data does not say who wrote what.

        Parameters
        ----------
        seed : int
            Of the shuffle; the same seed gives the same split.
        dtype : numpy.float64 or numpy.float32

        Returns
        -------
        train, validation, test : Split
            `x` (N, 64) of `dtype`, `labels` (N,) int64.

        Raises
        ------
        ValueError, TypeError
            For a negative or non-integer seed, or another dtype.
        """
        check_count("seed", seed, least=0)
        check_float_dtype(dtype)
        order = np.random.default_rng(seed).permutation(len(self.labels))
        parts = np.split(order, [TRAIN, TRAIN + VALIDATION])
        pixels = self.images.reshape(len(self.images), -1).astype(np.float64)
        train_pixels = pixels[parts[0]]
        scaled = ((pixels - train_pixels.mean()) / train_pixels.std()).astype(dtype)
        return tuple(Split(scaled[part], self.labels[part]) for part in parts)


@cache
def load_digits() -> Digits:
    """Load the 1,797 digits from the package.

    Returns
    -------
    Digits
        Images and labels; the arrays are read-only, since every caller shares them.

    Notes
    -----
    Source: Alpaydin and Kaynak (1998), UCI Machine Learning Repository, CC BY 4.0.

    Examples
    --------
    >>> digits = bnlib.load_digits()
    >>> digits.images.shape, digits.labels[:3]
    ((1797, 8, 8), array([0, 1, 2]))
    """
    with files("bnlib.data").joinpath("digits.npz").open("rb") as file:
        stored = np.load(file, allow_pickle=False)
        images, labels = stored["images"], stored["labels"].astype(np.int64)
    images.setflags(write=False)
    labels.setflags(write=False)
    return Digits(images, labels)
