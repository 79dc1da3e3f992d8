"""Logistic regression, looked at closely: its minimum, its curvature, and gradient descent on it.

It is `mlp([D, 1])` trained with `loss="binary_cross_entropy"` on all examples at once; here in the
few lines that many problems side by side need.
"""

import numpy as np

from bnlib.losses import binary_cross_entropy_rows
from bnlib.models import mlp
from bnlib.optim import SGD
from bnlib.train import train


def descend(x, labels, rate, steps, momentum=0.0):
    """Gradient descent on all examples at once, from theta = 0, by the engine.

    Parameters
    ----------
    x : (N, D) array
    labels : (N,) array of 0 and 1
    rate : float
        The learning rate.
    steps : int
    momentum : float

    Returns
    -------
    network : Network
        `mlp([D, 1])` after the last step.
    losses : (steps,) array
        Before each step.
    path : (steps + 1, D + 1) array
        The weights and the bias, before the first step and after each.
    """
    network, path = mlp([x.shape[1], 1], rng=np.random.default_rng(0)), []
    network.theta = np.zeros(x.shape[1] + 1)
    history = train(
        network,
        x,
        labels,
        steps=steps,
        batch_size=len(x),
        optimizer=SGD(rate, momentum),
        rng=np.random.default_rng(0),  # chooses the order of the examples, which changes nothing
        observers=[lambda step, network: path.append(network.theta.copy())],
        loss="binary_cross_entropy",
    )
    return network, history.losses, np.array(path)


def probabilities(x, theta):
    """What logistic regression answers: sigmoid(x w + b).

    Parameters
    ----------
    x : (N, D) array
    theta : (D + 1,) array
        The weights w, then the bias b, as in `mlp([D, 1]).theta`.

    Returns
    -------
    (N,) array
        Of class 1.
    """
    return (1 + np.tanh(with_ones(x) @ theta / 2)) / 2


def hessian(x, p):
    """Second derivatives of the mean cross-entropy of logistic regression.

    Parameters
    ----------
    x : (N, D) array
    p : (N,) array
        The probabilities of class 1.

    Returns
    -------
    (D + 1, D + 1) array
        X' diag(p (1 - p)) X / N, where X is x with a column of ones for the bias.
    """
    x1 = with_ones(x)
    return (x1 * (p * (1 - p))[:, None]).T @ x1 / len(x)


def condition_number(matrix):
    """The largest eigenvalue of a symmetric positive matrix over the smallest.

    Each column may have a unit of its own, which alone must not cost digits: so the inverse is
    taken of the matrix with a diagonal of ones.

    Parameters
    ----------
    matrix : (D, D) array
        Of full rank.

    Returns
    -------
    float
    """
    unit = np.sqrt(np.diag(matrix))
    inverse = np.linalg.inv(matrix / np.outer(unit, unit)) / np.outer(unit, unit)
    return float(np.linalg.eigvalsh(matrix)[-1] * np.linalg.eigvalsh(inverse)[-1])


def minimum(x, labels, steps=60):
    """Where the mean cross-entropy of logistic regression is smallest, by Newton's method.

    Parameters
    ----------
    x : (N, D) array
        Standardized, and such that no line separates the classes.
    labels : (N,) array of 0 and 1
    steps : int
        At most.

    Returns
    -------
    theta : (D + 1,) array
    loss : float

    Raises
    ------
    ValueError
        If there is none, or far away: a line separates the classes, or nearly.
    """
    x1, theta = with_ones(x), np.zeros(x.shape[1] + 1)
    for _ in range(steps):
        loss, dz = binary_cross_entropy_rows(x1 @ theta[:, None], labels)
        try:
            step = np.linalg.solve(hessian(x, probabilities(x, theta)), x1.T @ dz[:, 0])
        except np.linalg.LinAlgError:
            break
        # Between classes that a line separates, the gradient vanishes but the steps go on.
        if np.abs(step).max() < 1e-10:
            return theta, loss
        theta = theta - step
    raise ValueError("no minimum found: can a line separate the classes?")


def loss_surface(x, labels, first, second, bias):
    """The mean cross-entropy over two weights, at one bias.

    Parameters
    ----------
    x : (N, 2) array
    labels : (N,) array of 0 and 1
    first, second : (A,) and (B,) arrays
        Values of the two weights.
    bias : float

    Returns
    -------
    (B, A) array
    """
    weights = np.stack(np.meshgrid(first, second), axis=-1).reshape(-1, 2)
    logits = (weights @ x.T + bias)[..., None]  # a stack of A * B networks
    losses, _ = binary_cross_entropy_rows(logits, np.broadcast_to(labels, logits.shape[:2]))
    return losses.reshape(len(second), len(first))


def steps_to_gap(x, labels, rates, smallest, gap, most, budget=np.inf):
    """Gradient descent on K problems at once, from theta = 0.

    Parameters
    ----------
    x : (K, N, D) array
    labels : (K, N) array
    rates : (K,) array
    smallest : (K,) array
        The smallest loss of each.
    gap : float
        What may be left of the way from the first loss to the smallest.
    most : int
        Steps to try with each.
    budget : int, optional
        Steps to try with all of them together.

    Returns
    -------
    (K,) float array
        Steps until the gap is reached for the first time; NaN where it is not.
    """
    k, n, _ = x.shape
    x1 = np.concatenate([x, np.ones((k, n, 1))], axis=2)
    # Each example turned to its label's side, so that the loss is mean(log(1 + exp(-margin))).
    signed = np.ascontiguousarray((x1 * (2.0 * labels - 1)[..., None]).swapaxes(1, 2))
    turned = signed.swapaxes(1, 2)
    theta, rates = np.zeros((k, 1, x1.shape[2])), np.reshape(rates, (-1, 1, 1)) / n
    wanted = n * (smallest + gap * (np.log(2) - smallest))
    arrived, above, on_the_way, spent = np.full(k, np.nan), np.zeros(k), k, 0
    for step in range(most + 1):
        margins = theta @ signed
        odds = np.exp(np.minimum(margins, _LARGE, out=margins))
        odds += 1
        if above.min() < _SURE:
            losses = np.add.reduce(np.log(odds) - margins, axis=2)[:, 0]  # log(1 + exp(-margin))
            above[:] = losses - wanted
            if on_the_way < k:
                above[arrived >= 0] = np.inf
            if above.min() <= 0:
                arrived[above <= 0] = step
                above[above <= 0] = np.inf
                on_the_way, spent = np.count_nonzero(np.isnan(arrived)), np.nansum(arrived)
        if not on_the_way or spent + on_the_way * (step + 1) > budget:
            break
        gradient = np.reciprocal(odds, out=odds) @ turned  # 1 / odds: what is still wrong
        move = rates * gradient
        theta += move
        above -= np.vecdot(move, gradient)[:, 0]  # a convex loss falls by no more than that
    return arrived


_SURE = 1e-6  # far more than rounding does to a sum of losses
_LARGE = 500  # a margin beyond which a loss, exp(-margin), is 0 in any sum


def whitened(x):
    """The columns of x turned into as many uncorrelated ones of mean 0 and std 1.

    Parameters
    ----------
    x : (N, D) array
        Of rank D after its mean is taken out.

    Returns
    -------
    (N, D) array
    """
    centred = x - x.mean(axis=0)
    directions = np.linalg.svd(centred, full_matrices=False)[0]
    return directions * np.sqrt(len(x))


def with_ones(x):
    """The features (N, D) with a column of ones for the bias, (N, D + 1)."""
    return np.c_[x, np.ones(len(x))]
