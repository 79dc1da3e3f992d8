"""The losses, each with its gradient; `LOSSES` is the list that training chooses from."""

from collections.abc import Callable
from typing import NamedTuple

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
        For a wrong shape, a label that is no class, logits that are not finite, or so far apart
        that their difference overflows.
    """
    logits = check_finite("logits", check_array("logits", logits, ndims=(2,)))
    labels = check_labels(labels, *logits.shape)
    with np.errstate(over="ignore"):
        loss, dlogits = softmax_cross_entropy_rows(np.ascontiguousarray(logits), labels)
    if not np.isfinite(loss):
        raise ValueError(
            f"logits of shape {logits.shape} run from {logits.min():g} to {logits.max():g}: their "
            f"differences overflow {logits.dtype}; scale them down"
        )
    return loss, dlogits


def softmax_cross_entropy_rows(logits, labels):
    """`softmax_cross_entropy`, unchecked; the logits lie in C order."""
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


class Loss(NamedTuple):
    """How `train` uses a loss.

    `rows(outputs, targets)`, unchecked, returns loss and doutputs; `check(targets, n, outputs)`
    returns the targets of n examples for so many outputs, or says what is wrong with them.
    """

    rows: Callable
    check: Callable


def check_labels(labels, n, classes=None):
    """Return `labels` if it is n integers, each a class; ValueError or TypeError otherwise."""
    try:
        labels = np.asarray(labels)
    except ValueError as error:
        raise ValueError(f"labels is not an array of integers: {error}") from error
    if labels.dtype.kind not in "iu":
        raise TypeError(f"labels must be integers, got dtype {labels.dtype}; use .astype(int)")
    if labels.shape != (n,):
        raise ValueError(f"labels has shape {labels.shape}; there are {n} examples, so pass ({n},)")
    wrong = labels[(labels < 0) | (labels >= (2**63 if classes is None else classes))]
    if wrong.size:
        known = "" if classes is None else f" to {classes - 1}, for {classes} classes"
        raise ValueError(f"labels holds {wrong[0]}; they run from 0{known}")
    return labels.astype(np.int64, copy=False)


LOSSES = {"softmax_cross_entropy": Loss(softmax_cross_entropy_rows, check_labels)}
