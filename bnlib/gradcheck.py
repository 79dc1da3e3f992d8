"""Is a backward pass right? Ask the forward pass, one nudged number at a time."""

from copy import deepcopy

import numpy as np

from bnlib.checks import check_array, check_finite, check_flag, check_number, check_rng, check_shape
from bnlib.layer import Layer
from bnlib.network import Network

_STEPS = {"above": 0, "below": 1e150}  # a larger one can't be squared


def numerical_gradient(f, array, step=1e-5):
    """dF/darray by central differences, at every index.

    Parameters
    ----------
    f : callable
        Takes nothing and returns a number that depends on `array`.
    array : float64 array
        Nudged in place, and put back.
    step : float
        Size of the nudge, > 0.

    Returns
    -------
    array shaped like `array`

    Raises
    ------
    ValueError, TypeError
        For another dtype than float64 (float32 has too few digits), a step <= 0 or too small to
        change a value, or an f that is no number. `array` is put back.

    Examples
    --------
    >>> x = np.array([1.0, 2.0, 3.0])
    >>> bnlib.numerical_gradient(lambda: (x**2).sum(), x).round(6)
    array([2., 4., 6.])
    """
    if not callable(f):
        raise TypeError(f"f must be a function without arguments, got {f!r}")
    if not isinstance(array, np.ndarray) or array.dtype != np.float64:
        got = getattr(array, "dtype", type(array).__name__)
        raise TypeError(f"array must be a float64 NumPy array, got {got}; float32 is too coarse")
    check_number("step", step, **_STEPS)
    check_finite("array", check_array("array", array))
    if not array.flags.writeable:
        raise ValueError(f"array of shape {array.shape} is read-only; pass a copy that f looks at")
    gradient = np.empty_like(array)
    for index in np.ndindex(array.shape):
        kept = array[index]
        try:
            array[index] = kept + step
            moved, above = float(array[index]), check_number("f()", f())
            array[index] = kept - step
            moved, below = moved - float(array[index]), check_number("f()", f())
        finally:
            array[index] = kept
        if not moved > 0:
            raise ValueError(f"a step of {step} does not move {kept} at index {index}; enlarge it")
        gradient[index] = (above - below) / moved
    return check_finite("gradient", gradient, "f changes too much to be differentiated")


def relative_error(a, b):
    """Largest difference between two arrays, relative to the largest value in either.

    Parameters
    ----------
    a, b : arrays of one shape

    Returns
    -------
    float
        0 for equal arrays, at most 2.

    Raises
    ------
    ValueError, TypeError
        For shapes that differ, or values that are not finite.

    Examples
    --------
    >>> bnlib.relative_error([1.0, 100.0], [2.0, 100.0])
    0.01
    """
    a = check_finite("a", check_array("a", a, dtype=np.float64))
    b = check_finite("b", check_array("b", b, dtype=np.float64))
    check_shape("b", b, a.shape, "it is compared with a")
    scale = max(np.abs(a).max(), np.abs(b).max())
    return float(np.abs(a / scale - b / scale).max()) if scale else 0.0


def check_gradients(layer, x, *, training, rng, step=1e-5):
    """Compare a layer's backward with central differences, for its input and every parameter.

    The loss is sum(weights * y) with random weights: with weights of 1 the sum of a batch norm's
    output is constant, and a backward that returns zeros would pass. Give gamma and beta values
    other than 1 and 0 before the call, for the same reason.

    Parameters
    ----------
    layer : Layer or Network
        float64. A copy of it is checked, so that it stays as it is.
    x : float64 array
    training : bool
    rng : numpy.random.Generator
    step : float
        Size of the nudge.

    Returns
    -------
    dict of str to float
        The relative error of "x" and of each parameter (in a network "layer.name"). About 1e-9
        for a correct layer.

    Raises
    ------
    ValueError, TypeError
        For another dtype than float64 (integers are taken for it), or as the layer.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> layer = bnlib.BatchNorm(3)
    >>> layer.params.update(gamma=[1.5, -0.5, 2.0], beta=[0.1, 0.2, 0.3])
    >>> errors = bnlib.check_gradients(layer, rng.normal(size=(4, 3)), training=True, rng=rng)
    >>> list(errors), max(errors.values()) < 1e-8
    (['x', 'gamma', 'beta'], True)
    """
    if not isinstance(layer, Layer | Network):
        raise TypeError(f"layer must be a bnlib layer or network, got {type(layer).__name__}")
    layer, x = deepcopy(layer), check_array("x", x).copy()
    parts = layer.layers if isinstance(layer, Network) else [layer]
    values = {"x": x}
    for number, part in enumerate(parts):
        prefix = f"{number}." if isinstance(layer, Network) else ""
        values |= {prefix + name: value for name, value in part.params.items()}
    for name, value in values.items():
        if value.dtype != np.float64:
            raise TypeError(f"{name} is {value.dtype}; differences of less than float64 are noise")
    check_number("step", step, **_STEPS)
    check_flag("training", training)
    check_rng(rng)
    weights = rng.standard_normal(layer.forward(x, training=training).shape)
    states = [part.state for part in parts]

    def loss():
        for part, state in zip(parts, states, strict=True):
            part.load_state(state)  # so that a Dropout draws the same mask each time
        return float((layer.forward(x, training=training) * weights).sum())

    loss()
    gradients = [layer.backward(weights), *(g for part in parts for g in part.grads.values())]
    pairs = zip(gradients, values.values(), strict=True)
    errors = [relative_error(dq, numerical_gradient(loss, q, step)) for dq, q in pairs]
    return dict(zip(values, errors, strict=True))
