"""Gradient descent in a ravine: two weights, a squared error, and features of unequal scale.

Four examples have two features, with the standard deviations 1 and `scale_ratio`. The loss of a
linear neuron without bias is then exactly quadratic, so that theory holds to the last digit. The
widget `Ravine` evaluates the same by a closed formula; a test compares the two.
"""

from dataclasses import dataclass

import numpy as np

from bnlib.checks import check_flag, check_number
from bnlib.layers import Linear
from bnlib.losses import mean_squared_error
from bnlib.network import Network
from bnlib.optim import SGD

OPTIMUM = (3.0, 1.0)  # the best weights, for features of standard deviation 1
TOLERANCE = 1e-4  # of the first loss: what "arrived" means
DIVERGED = 1e3  # of the first loss
LARGEST_RATIO, LARGEST_CORRELATION = 1000, 0.99


@dataclass(frozen=True)
class Quadratic:
    """The loss (w - optimum)' H (w - optimum) / 2 of one problem.

    Attributes
    ----------
    x : (4, 2) array
        The features, without noise.
    y : (4, 1) array
        What a neuron with the weights `optimum` answers.
    hessian : (2, 2) array
    optimum : (2,) array
    """

    x: np.ndarray
    y: np.ndarray
    hessian: np.ndarray
    optimum: np.ndarray

    @property
    def curvatures(self):
        """The Hessian's eigenvalues, the smallest first, (2,)."""
        return np.linalg.eigvalsh(self.hessian)

    @property
    def condition(self):
        """The condition number: the largest curvature divided by the smallest."""
        return float(self.curvatures[1] / self.curvatures[0])

    @property
    def limit(self):
        """The learning rate from which on gradient descent no longer settles."""
        return float(2 / self.curvatures[1])

    @property
    def best_rate(self):
        """The learning rate whose slowest direction is fastest."""
        return float(2 / self.curvatures.sum())


def quadratic(scale_ratio=10.0, correlation=0.0, normalize=False):
    """The problem with features of these standard deviations, 1 and `scale_ratio`.

    Parameters
    ----------
    scale_ratio : float
        From 1 to 1000.
    correlation : float
        Of the two features, from 0 to 0.99.
    normalize : bool
        Standardize the features first. Their mean is 0, so that this divides by the std alone.

    Returns
    -------
    Quadratic

    Raises
    ------
    ValueError, TypeError
        For arguments out of range.

    Examples
    --------
    >>> from bnlib.experiments.ravine import quadratic
    >>> steep = quadratic(scale_ratio=10)
    >>> round(steep.condition), round(steep.limit, 4)
    (100, 0.01)
    """
    scale_ratio = check_number("scale_ratio", scale_ratio, least=1, most=LARGEST_RATIO)
    correlation = check_number("correlation", correlation, least=0, most=LARGEST_CORRELATION)
    a, b = np.array([[1, 1, -1, -1], [1, -1, 1, -1]], dtype=float)
    features = np.stack([a, correlation * a + np.sqrt(1 - correlation**2) * b], axis=1)
    y = features @ np.array(OPTIMUM)
    std = np.array([1.0, 1.0 if check_flag("normalize", normalize) else scale_ratio])
    x = features * std
    return Quadratic(x, y[:, None], 2 / len(x) * x.T @ x, np.array(OPTIMUM) / std)


def descend(problem, learning_rate, steps):
    """Gradient descent from w = 0, by the engine.

    Parameters
    ----------
    problem : Quadratic
    learning_rate : float
    steps : int

    Returns
    -------
    path : (steps + 1, 2) array
        The weights before the first step, and after each.
    losses : (steps + 1,) array
    """
    layer = Linear(2, 1, bias=False, rng=np.random.default_rng(0))
    network, sgd = Network([layer]), SGD(learning_rate)
    network.theta = [0.0, 0.0]
    path, losses = [], []
    for step in range(steps + 1):
        outputs = network.forward(problem.x, training=True)
        loss, doutputs = mean_squared_error(outputs, problem.y)
        path.append(network.theta.copy())
        losses.append(loss)
        if step < steps:
            network.backward(doutputs)
            sgd.step(network.theta, network.gradient)
    return np.array(path), np.array(losses)


def theory_steps(condition, tolerance):
    """Steps until the loss is surely down to `tolerance` of the first, at the best rate.

    Each step then multiplies the error by 1 - 2 / (condition + 1) or less, and the loss by the
    square of that. Exact for a quadratic loss; for others near the minimum only.

    Parameters
    ----------
    condition : float or array
        The condition number, above 1.
    tolerance : float
        Between 0 and 1.

    Returns
    -------
    float or array
        Not rounded.
    """
    return np.log(tolerance) / (2 * np.log1p(-2 / (np.asarray(condition) + 1)))
