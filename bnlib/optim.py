"""The optimizers: SGD with and without momentum, and Adam. Each moves one flat vector in place."""

from math import sqrt

import numpy as np

from bnlib.checks import check_flag, check_number

_BOUNDS = {
    "learning_rate": {"above": 0},
    "momentum": {"least": 0, "below": 1},
    "beta1": {"least": 0, "below": 1},
    "beta2": {"least": 0, "below": 1},
    "eps": {"least": 1e-30},
    "weight_decay": {"least": 0},
}


class Optimizer:
    """What the optimizers have in common: `step` checks, `_step` moves.

    The constructor's arguments are attributes. Assign to them between two steps to follow a
    schedule; a number out of its range is refused there, too.

    Examples
    --------
    >>> sgd = bnlib.SGD(0.5)
    >>> isinstance(sgd, bnlib.optim.Optimizer)
    True
    >>> sgd.learning_rate /= 2
    """

    _arrays = ()  # names of the arrays like theta that the first step makes
    _update = None  # the last of them

    def __setattr__(self, name, value):
        if name in _BOUNDS:
            value = check_number(name, value, **_BOUNDS[name])
        super().__setattr__(name, value)

    def step(self, theta, gradient):
        """Move the parameters, in place.

        Parameters
        ----------
        theta, gradient : (P,) array
            All parameters of a network, and dLoss/dtheta.

        Raises
        ------
        ValueError, TypeError
            For anything but float32 or float64 arrays of one shape and dtype, those of the step
            before; nothing has then moved. A gradient that is not finite is taken: to diverge is
            a result.
        """
        self.check(theta, gradient)
        with np.errstate(all="ignore"):
            self._step(theta, gradient)

    def check(self, theta, gradient):
        """Refuse a theta or gradient that `step` can't take, changing nothing: errors as there."""
        for name, array in (("theta", theta), ("gradient", gradient)):
            if type(array) is not np.ndarray or array.dtype not in (np.float32, np.float64):
                got = f"{type(array).__name__}, dtype {getattr(array, 'dtype', None)}"
                raise TypeError(f"{name} must be an array of float32 or float64, got {got}")
        if _kind(gradient) != _kind(theta):
            raise ValueError(
                f"theta is {_kind(theta)}, gradient {_kind(gradient)}; make them alike"
            )
        if not theta.flags.writeable:
            raise ValueError(f"theta of shape {theta.shape} is read-only; pass a copy")
        if self._update is not None and _kind(theta) != _kind(self._update):
            raise ValueError(f"theta is {_kind(theta)}, but this optimizer has stepped one that is "
                             f"{_kind(self._update)}; make a new {type(self).__name__} for each "
                             "network")  # fmt: skip

    def _start(self, theta, gradient):
        """The gradient with the one of weight_decay / 2 * theta**2; at first, makes the arrays."""
        if self._update is None:
            vars(self).update({name: np.zeros_like(theta) for name in self._arrays})
        if not self.weight_decay:
            return gradient
        decay = np.multiply(theta, self.weight_decay, out=self._sum)
        return np.add(gradient, decay, out=decay)


class SGD(Optimizer):
    """velocity = momentum * velocity + gradient; parameters -= learning_rate * velocity.

    Parameters
    ----------
    learning_rate : float
        Step size, > 0.
    momentum : float
        Fraction of the velocity kept, in [0, 1).
    nesterov : bool
        Move by gradient + momentum * velocity instead: where the velocity is about to lead.
    weight_decay : float
        weight_decay * parameters is added to the gradient, >= 0.

    Raises
    ------
    ValueError, TypeError
        For a number out of its range, or nesterov without momentum.

    Notes
    -----
    Source: Polyak (1964); Nesterov (1983) as rewritten by Sutskever et al. (2013), in the form
    that PyTorch uses.

    Examples
    --------
    >>> theta, sgd = np.array([1.0]), bnlib.SGD(0.1, momentum=0.5)
    >>> sgd.step(theta, np.array([2.0]))
    >>> theta.round(3)
    array([0.8])
    """

    _arrays = ("_velocity", "_sum", "_update")

    def __init__(self, learning_rate, momentum=0.0, nesterov=False, weight_decay=0.0):
        self.learning_rate = learning_rate
        self.momentum = momentum
        self.nesterov = check_flag("nesterov", nesterov)
        self.weight_decay = weight_decay
        if self.nesterov and not self.momentum:
            raise ValueError("nesterov=True needs a momentum above 0")

    def _step(self, theta, gradient):
        gradient = self._start(theta, gradient)
        if self.momentum:
            velocity = self._velocity
            velocity *= self.momentum
            velocity += gradient
            if self.nesterov:
                ahead = np.multiply(velocity, self.momentum, out=self._update)
                gradient = np.add(gradient, ahead, out=ahead)
            else:
                gradient = velocity
        theta -= np.multiply(gradient, self.learning_rate, out=self._update)


class Adam(Optimizer):
    """Steps of about learning_rate for every parameter, however large its gradient is.

    With t the number of the step::

        mean   = beta1 * mean + (1 - beta1) * gradient
        square = beta2 * square + (1 - beta2) * gradient**2
        parameters -= learning_rate * mean / (1 - beta1**t)
                      / (sqrt(square / (1 - beta2**t)) + eps)

    Parameters
    ----------
    learning_rate : float
        Step size, > 0.
    beta1, beta2 : float
        Fractions of the averages kept, in [0, 1).
    eps : float
        Keeps a parameter whose gradient was always 0 from 0/0; at least 1e-30, which float32
        does not yet round to 0.
    weight_decay : float
        weight_decay * parameters is added to the gradient, >= 0.

    Raises
    ------
    ValueError, TypeError
        For a number out of its range.

    Notes
    -----
    Source: Kingma and Ba (2015), algorithm 1. The weight decay is PyTorch's in `Adam`, not that
    of `AdamW`.

    Examples
    --------
    >>> theta, adam = np.array([1.0, 1.0]), bnlib.Adam(0.1)
    >>> adam.step(theta, np.array([2.0, -1000.0]))
    >>> theta.round(3)
    array([0.9, 1.1])
    """

    _arrays = ("_mean", "_square", "_sum", "_update")

    def __init__(self, learning_rate=0.001, beta1=0.9, beta2=0.999, eps=1e-8, weight_decay=0.0):
        self.learning_rate = learning_rate
        self.beta1 = beta1
        self.beta2 = beta2
        self.eps = eps
        self.weight_decay = weight_decay
        self._start_in_mean = self._start_in_square = 1.0  # the share that is still the 0 at start

    def _step(self, theta, gradient):
        gradient = self._start(theta, gradient)
        mean, square, update = self._mean, self._square, self._update
        mean *= self.beta1
        mean += np.multiply(gradient, 1 - self.beta1, out=update)
        np.multiply(gradient, gradient, out=update)
        update *= 1 - self.beta2
        square *= self.beta2
        square += update
        self._start_in_mean *= self.beta1
        self._start_in_square *= self.beta2
        # Both corrections are numbers: they go to eps and the rate, not over all parameters.
        root = sqrt(1 - self._start_in_square)
        np.sqrt(square, out=update)
        update += self.eps * root
        np.divide(mean, update, out=update)
        update *= self.learning_rate * root / (1 - self._start_in_mean)
        theta -= update


def unchecked_step(optimizer, theta, gradient):
    """The function (theta, gradient) for a training loop; errors as `Optimizer.check`.

    Of bnlib's own optimizers it is what lies under `step`, once this has been checked.
    """
    if isinstance(optimizer, type) or not callable(getattr(optimizer, "step", None)):
        raise TypeError(f"optimizer needs a step method, as SGD has, got {optimizer!r}")
    if isinstance(optimizer, Optimizer):
        optimizer.check(theta, gradient)
    replaced = getattr(optimizer.step, "__func__", None) is not Optimizer.step
    return optimizer.step if replaced else optimizer._step


def _kind(array):
    return f"{array.dtype} of shape {array.shape}"
