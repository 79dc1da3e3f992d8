"""Is a backward pass right? Ask the forward pass, one nudged number at a time."""

import numpy as np

from bnlib.checks import check_array, check_flag, check_number, check_rng
from bnlib.layers import Layer


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
        For another dtype than float64 (float32 has too few digits), or a step <= 0.
    """
    if not isinstance(array, np.ndarray) or array.dtype != np.float64:
        raise TypeError("array must be a float64 NumPy array; differences in float32 are noise")
    check_number("step", step, above=0)
    gradient = np.empty_like(array)
    for index in np.ndindex(array.shape):
        kept = array[index]
        try:
            array[index] = kept + step
            above = f()
            array[index] = kept - step
            below = f()
        finally:
            array[index] = kept
        gradient[index] = (above - below) / (2 * step)
    return gradient


def relative_error(a, b):
    """Largest difference between two arrays, relative to the largest value in either.

    Returns
    -------
    float
        0 for equal arrays.
    """
    scale = max(np.abs(a).max(), np.abs(b).max())
    return float(np.abs(a - b).max() / scale) if scale else 0.0


def check_gradients(layer, x, *, training, rng, step=1e-5):
    """Compare a layer's backward with central differences, for its input and every parameter.

    The loss is sum(weights * y) with random weights: with weights of 1 the sum of a batch norm's
    output is constant, and a backward that returns zeros would pass. Give gamma and beta values
    other than 1 and 0 before the call, for the same reason.

    Parameters
    ----------
    layer : Layer or Network
        float64. Parameters, running statistics and x are put back as they were.
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
        For another dtype than float64, or as the layer.
    """
    x = check_array("x", x).astype(np.float64)
    check_flag("training", training)
    state = _states(layer)
    weights = check_rng(rng).standard_normal(layer.forward(x, training=training).shape)

    def loss():
        return float((layer.forward(x, training=training) * weights).sum())

    loss()
    dx = layer.backward(weights)
    exact = {name: grad.copy() for name, _, grad in _parameters(layer)}
    errors = {"x": relative_error(dx, numerical_gradient(loss, x, step))}
    for name, value, _ in _parameters(layer):
        errors[name] = relative_error(exact[name], numerical_gradient(loss, value, step))
    for part, kept in state:
        part.load_state(kept)
    return errors


def _parts(layer):
    return [("", layer)] if isinstance(layer, Layer) else [
        (f"{number}.", part) for number, part in enumerate(layer.layers)
    ]  # fmt: skip


def _states(layer):
    return [(part, part.state) for _, part in _parts(layer)]


def _parameters(layer):
    return [
        (prefix + name, part.params[name], part.grads[name])
        for prefix, part in _parts(layer)
        for name in part.params
    ]
