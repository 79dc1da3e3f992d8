"""The losses, each with its gradient; `LOSSES` is the list that training chooses from.

Under each public function lies an unchecked kernel, `*_rows`. It takes one network's outputs, or
a stack of K networks' with one axis more in front, and then returns K losses: the very numbers
that K single calls return.
"""

from collections.abc import Callable
from functools import lru_cache
from math import prod
from typing import NamedTuple

import numpy as np

from bnlib.checks import as_array, check_array, check_finite, check_shape
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

    Examples
    --------
    >>> loss, dlogits = bnlib.softmax_cross_entropy([[1.0, 1.0], [2.0, 2.0]], [0, 1])
    >>> round(loss, 4)  # the logarithm of 2: it can't tell the classes apart
    0.6931
    >>> dlogits.tolist()
    [[-0.25, 0.25], [0.25, -0.25]]
    """
    logits = check_finite("logits", check_array("logits", logits, ndims=(2,)))
    labels = check_labels(labels, *logits.shape)
    return _finite_loss(softmax_cross_entropy_rows, logits, labels, logits=logits)


def softmax_cross_entropy_rows(logits, labels):
    """`softmax_cross_entropy`, unchecked: (N, C) and (N,), or (K, N, C) and (K, N); in C order."""
    starts = _row_starts(labels.shape, logits.shape[-1])
    right = starts + labels  # where the right classes lie, flattened
    # Where the largest lies, and a look there: half the time of NumPy's maximum along rows.
    largest = logits.take(starts + logits.argmax(axis=-1))
    p = logits - largest[..., None]
    right_scores = p.take(right)
    np.exp(p, out=p)
    total = row_sums(p)
    loss = _mean(np.log(total) - right_scores)
    p /= total[..., None]
    p.ravel()[right] -= 1
    p /= labels.shape[-1]
    return loss, p


def binary_cross_entropy(logits, labels):
    """Mean cross-entropy of sigmoid(logits) for two classes, and its gradient.

    With a network of one Linear layer this is logistic regression.

    Parameters
    ----------
    logits : (N, 1) array
        Outputs of a network with one output; the probability of class 1 is sigmoid(logit).
    labels : (N,) integer array
        The right classes, 0 or 1.

    Returns
    -------
    loss : float
        Mean over the batch, in nats.
    dlogits : (N, 1) array
        dloss/dlogits: (sigmoid(logits) - labels) / N, to full precision in both tails.

    Raises
    ------
    ValueError, TypeError
        For a wrong shape, a label other than 0 and 1, logits that are not finite, or a loss that
        overflows.

    Examples
    --------
    >>> loss, dlogits = bnlib.binary_cross_entropy([[0.0], [1000.0]], [1, 0])
    >>> round(loss, 4)  # the mean of log(2) and 1000
    500.3466
    >>> dlogits.tolist()
    [[-0.25], [0.5]]
    """
    logits = check_finite("logits", check_array("logits", logits, ndims=(2,)))
    labels = check_binary(labels, logits.shape)
    return _finite_loss(binary_cross_entropy_rows, logits, labels, logits=logits)


def binary_cross_entropy_rows(logits, labels):
    """`binary_cross_entropy`, unchecked: (N, 1) and (N,), or (K, N, 1) and (K, N)."""
    z, y = logits[..., 0], labels.astype(logits.dtype)
    small = np.exp(-np.abs(z))
    loss = _mean(np.maximum(z, 0) - z * y + np.log1p(small))
    # sigmoid(z) - y is sign * sigmoid(sign * z), which loses no digits where it is small.
    sign = 1 - 2 * y
    dz = sign * np.exp(np.minimum(sign * z, 0)) / (1 + small)
    dz /= labels.shape[-1]
    return loss, dz[..., None]


def mean_squared_error(outputs, targets):
    """Mean of (outputs - targets)**2 over all N * K values, and its gradient.

    Parameters
    ----------
    outputs, targets : (N, K) array
        The targets are taken in the outputs' dtype.

    Returns
    -------
    loss : float
    doutputs : (N, K) array
        dloss/doutputs: 2 * (outputs - targets) / (N * K).

    Raises
    ------
    ValueError, TypeError
        For shapes that differ, values that are not finite, or a loss that overflows.

    Examples
    --------
    >>> loss, doutputs = bnlib.mean_squared_error([[1.0, 2.0]], [[1.0, 5.0]])
    >>> loss, doutputs.tolist()
    (4.5, [[0.0, -3.0]])
    """
    outputs = check_finite("outputs", check_array("outputs", outputs, ndims=(2,)))
    targets = check_values(targets, outputs.shape, outputs.dtype)
    return _finite_loss(mean_squared_error_rows, outputs, targets, outputs=outputs, targets=targets)


def mean_squared_error_rows(outputs, targets):
    """`mean_squared_error`, unchecked: both (N, C), or both (K, N, C)."""
    *stack, n, values = outputs.shape
    difference = outputs - targets
    loss = _mean((difference * difference).reshape(*stack, n * values))
    difference /= n * values / 2
    return loss, difference


def _mean(losses):
    """The mean of (N,) as a float; of (K, N), along the rows, as (K,) float64."""
    total = np.add.reduce(losses, axis=-1)
    total = float(total) if losses.ndim == 1 else total.astype(np.float64)
    return total / losses.shape[-1]


@lru_cache(maxsize=64)
def _row_starts(shape, classes):
    """Where the rows of (*shape, classes) start, flattened; shaped `shape`."""
    return np.arange(0, prod(shape) * classes, classes).reshape(shape)


def _finite_loss(rows, outputs, targets, /, **named):
    """What `rows` returns, or an error if the loss overflows because of the arrays `named`."""
    with np.errstate(all="ignore"):
        loss, doutputs = rows(np.ascontiguousarray(outputs), targets)
    if not np.isfinite(loss):
        ranges = (f"{name} run from {a.min():g} to {a.max():g}" for name, a in named.items())
        raise ValueError(f"{' and '.join(ranges)} in the shape {outputs.shape}: the loss overflows "
                         f"{outputs.dtype}; scale them down")  # fmt: skip
    return loss, doutputs


class Loss(NamedTuple):
    """How `train` uses a loss.

    `rows(outputs, targets)`, unchecked, returns loss and doutputs; `check(targets, shape, dtype)`
    returns the targets for outputs of this shape (N, K) and dtype, or says what is wrong.

    Examples
    --------
    >>> rows, check = bnlib.losses.LOSSES["mean_squared_error"]
    >>> rows(np.ones((2, 1)), check([[0], [1]], (2, 1), np.float64))[0]
    0.5
    """

    rows: Callable
    check: Callable


def check_labels(labels, n, classes=None):
    """Return `labels` if it is n integers, each a class; ValueError or TypeError otherwise."""
    labels = as_array("labels", labels)
    if labels.dtype.kind not in "iu":
        raise TypeError(f"labels must be integers, got dtype {labels.dtype}; use .astype(int)")
    if labels.shape != (n,):
        raise ValueError(f"labels has shape {labels.shape}; there are {n} examples, so pass ({n},)")
    wrong = labels[(labels < 0) | (labels >= (2**63 if classes is None else classes))]
    if wrong.size:
        known = "" if classes is None else f" to {classes - 1}, for {classes} classes"
        raise ValueError(f"labels holds {wrong[0]}; they run from 0{known}")
    return labels.astype(np.int64, copy=False)


def check_classes(labels, shape, dtype=None):
    """Return the labels for a softmax of outputs (N, K); errors as `check_labels`."""
    if shape[1] == 1:
        raise ValueError("softmax of one output is 1, whatever it is; use binary_cross_entropy")
    return check_labels(labels, *shape)


def check_binary(labels, shape, dtype=None):
    """Return the labels for outputs of shape (N, 1); errors as `check_labels`."""
    if shape[1] != 1:
        raise ValueError(f"binary_cross_entropy needs one output, got {shape[1]} in shape {shape}")
    return check_labels(labels, shape[0], 2)


def check_values(targets, shape, dtype):
    """Return the targets as finite `dtype` numbers of `shape`; ValueError or TypeError."""
    targets = check_array("targets", targets, dtype=dtype)
    return check_finite("targets", check_shape("targets", targets, shape, "one for each output"))


LOSSES = {
    "softmax_cross_entropy": Loss(softmax_cross_entropy_rows, check_classes),
    "binary_cross_entropy": Loss(binary_cross_entropy_rows, check_binary),
    "mean_squared_error": Loss(mean_squared_error_rows, check_values),
}
