"""The loss: softmax and cross-entropy in one, with its gradient."""

import numpy as np

from bnlib.checks import check_array, check_finite
from bnlib.rows import row_sums


def softmax_cross_entropy(logits, labels):
    """Mean cross-entropy of softmax(logits), and its gradient.

    Parameters
    ----------
    logits : (N, K) array
        Class scores.
    labels : (N,) integer array
        The right classes, 0 to K - 1.

    Returns
    -------
    loss : float
        Mean over the batch, in nats.
    dlogits : (N, K) array
        dloss/dlogits: (softmax(logits) - one_hot(labels)) / N.

    Raises
    ------
    ValueError, TypeError
        For a wrong shape, a label that is no class, or logits that are not finite.
    """
    logits = check_finite("logits", check_array("logits", logits, ndims=(2,)))
    return softmax_cross_entropy_rows(logits, check_labels(labels, *logits.shape))


def softmax_cross_entropy_rows(logits, labels):
    """`softmax_cross_entropy`, unchecked."""
    n, classes = logits.shape
    right = np.arange(0, n * classes, classes) + labels  # where the right classes lie, flattened
    shifted = logits - np.maximum.reduce(logits, axis=1, keepdims=True)
    right_scores = shifted.ravel()[right]
    p = np.exp(shifted, out=shifted)
    total = row_sums(p)
    loss = float((np.log(total) - right_scores).sum()) / n
    p /= total[:, None]
    p.ravel()[right] -= 1
    p *= p.dtype.type(1 / n)
    return loss, p


def check_labels(labels, n, classes=None):
    """Return `labels` if it is n integers, each a class; ValueError or TypeError otherwise."""
    labels = np.asarray(labels)
    if labels.dtype.kind not in "iu":
        raise TypeError(f"labels must be integers, got dtype {labels.dtype}; use .astype(int)")
    if labels.shape != (n,):
        raise ValueError(f"labels has shape {labels.shape}; there are {n} examples, so pass ({n},)")
    if labels.min() < 0 or (classes is not None and labels.max() >= classes):
        wrong = labels[(labels < 0) | (labels >= (classes or np.inf))][0]
        raise ValueError(f"labels holds {wrong}; with {classes} classes they run from 0")
    return labels
