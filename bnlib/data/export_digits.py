"""Export scikit-learn's copy of the UCI handwritten digits into `digits.npz`, once.

The book does not need scikit-learn to run: this script was run once, with scikit-learn installed,
and its result is kept in the package.

    pip install scikit-learn && python bnlib/data/export_digits.py

Source: E. Alpaydin and C. Kaynak, Optical Recognition of Handwritten Digits, UCI Machine Learning
Repository, 1998, https://doi.org/10.24432/C50P49, licensed CC BY 4.0. scikit-learn's copy is the
test part of that set: 1,797 images of 8 x 8 pixels, each an integer from 0 to 16.
"""

from pathlib import Path

import numpy as np
from sklearn.datasets import load_digits

if __name__ == "__main__":
    digits = load_digits()
    np.savez_compressed(
        Path(__file__).with_name("digits.npz"),
        images=digits.images.astype(np.uint8),
        labels=digits.target.astype(np.uint8),
    )
