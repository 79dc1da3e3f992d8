"""Covariate shift in one dimension, exactly: is it a cat, given the length of its ears alone?

One rule P(cat | x) for every zoo; zoos differ in the ears they have, P(x). Nothing is sampled: a
model is fitted to, and judged by, infinitely many animals, as sums over a fine grid of lengths.
"""

import numpy as np

from bnlib.checks import check_array, check_count, check_finite, check_number, check_shape

LENGTHS = np.linspace(-2, 13, 1501)  # cm; a zoo is a share for each of them
_STEPS = 50  # of Newton's method, at most


def rule(x):
    """P(cat | x): bears have shorter ears than cats, rabbits have longer ones.

    Parameters
    ----------
    x : array
        Ear lengths in cm.

    Returns
    -------
    array of x's shape
        1 / (1 + exp(2 (x - 5)**2 - 4)): 0.98 at 5 cm, 0.5 at about 3.6 and 6.4 cm.

    Raises
    ------
    ValueError, TypeError
        For lengths that are not finite.

    Examples
    --------
    >>> from bnlib.experiments.ear_length import rule
    >>> rule([3.0, 5.0, 7.0]).round(2)
    array([0.02, 0.98, 0.02])
    """
    x = check_finite("x", check_array("x", x))
    return 1 / (1 + np.exp(np.minimum(2 * (x - 5) ** 2 - 4, 700)))


def zoo(middle):
    """P(x): a normal distribution around `middle` with standard deviation 1 cm.

    Parameters
    ----------
    middle : float
        In cm, 2 to 9.

    Returns
    -------
    (1501,) array
        The share of the animals whose ears have each of LENGTHS; they sum to 1.

    Raises
    ------
    ValueError, TypeError
        For a middle out of its range.

    Examples
    --------
    >>> from bnlib.experiments.ear_length import LENGTHS, zoo
    >>> float((zoo(4) * LENGTHS).sum().round(6))
    4.0
    """
    middle = check_number("middle", middle, least=2, most=9)
    shares = np.exp(-((LENGTHS - middle) ** 2) / 2)
    return shares / shares.sum()


def fit(shares, degree):
    """Logistic regression on the powers of x up to `degree`, fitted to a whole zoo.

    Parameters
    ----------
    shares : (1501,) array
        P(x), from `zoo`.
    degree : int
        Of the log odds: 1 for a straight line, 2 for a parabola; at most 4.

    Returns
    -------
    (1501,) array
        The model's P(cat | x) at LENGTHS: of all such models, that with the least cross-entropy.

    Raises
    ------
    ValueError, TypeError
        For shares of another shape, or a degree out of its range.

    Examples
    --------
    >>> from bnlib.experiments.ear_length import LENGTHS, fit, rule, zoo
    >>> np.allclose(fit(zoo(4), 2), rule(LENGTHS))  # the rule's log odds are a parabola
    True
    """
    shares = _check_on_lengths("shares", shares)
    if check_count("degree", degree) > 4:
        raise ValueError(f"degree must be at most 4, got {degree}")
    powers = np.vander((LENGTHS - 5) / 2, degree + 1, increasing=True)
    weights = np.zeros(degree + 1)
    for _ in range(_STEPS):
        p = _sigmoid(powers @ weights)
        gradient = powers.T @ (shares * (rule(LENGTHS) - p))
        curvature = powers.T @ (powers * (shares * p * (1 - p))[:, None])
        weights += np.linalg.solve(curvature, gradient)
        if np.abs(gradient).max() < 1e-14:
            break
    return _sigmoid(powers @ weights)


def accuracy(shares, p):
    """Share of a zoo that a model calls rightly: a cat where its P(cat | x) is above a half.

    Parameters
    ----------
    shares, p : (1501,) array
        P(x) of the zoo, and the model's P(cat | x), at LENGTHS.

    Returns
    -------
    float
        0 to 1.

    Raises
    ------
    ValueError, TypeError
        For arrays of another shape, or values that are not finite.

    Examples
    --------
    >>> from bnlib.experiments.ear_length import LENGTHS, accuracy, rule, zoo
    >>> round(accuracy(zoo(4), rule(LENGTHS)), 2)  # no model can do better
    0.9
    """
    shares, p = _check_on_lengths("shares", shares), _check_on_lengths("p", p)
    cat = rule(LENGTHS)
    return float((shares * np.where(p > 0.5, cat, 1 - cat)).sum())


def _check_on_lengths(name, values):
    values = check_finite(name, check_array(name, values))
    return check_shape(name, values, LENGTHS.shape, "one value for each of LENGTHS")


def _sigmoid(z):
    return 0.5 + 0.5 * np.tanh(z / 2)
