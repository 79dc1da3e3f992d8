"""The data of the book: 1,797 real handwritten digits, kept inside the package."""

from bnlib.data.digits import Digits, Split, load_digits

__all__ = ["Digits", "Split", "load_digits"]
