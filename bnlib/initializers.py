"""How large the first W is: named standard deviations, by the number of inputs and outputs."""

import numpy as np

from bnlib.checks import check_choice, check_count, check_float_dtype, check_number, check_rng

# The variance of W at gain 1, as a numerator and a denominator.
INITIALIZERS = {
    "he": lambda fan_in, fan_out: (2, fan_in),
    "lecun": lambda fan_in, fan_out: (1, fan_in),
    "glorot": lambda fan_in, fan_out: (2, fan_in + fan_out),
    "plain": lambda fan_in, fan_out: (1, 1),
}


def initial_std(initializer, fan_in, fan_out, gain=1.0):
    """Standard deviation from which a layer draws its first W.

    Parameters
    ----------
    initializer : str
        "he": sqrt(2 / fan_in), for ReLU, which lets half of the signal through.
        "lecun": sqrt(1 / fan_in), keeps the variance of the signal where a layer is linear.
        "glorot": sqrt(2 / (fan_in + fan_out)), a mean of what forward and backward ask for.
        "plain": 1, so that `gain` alone is the standard deviation.
    fan_in, fan_out : int
        How many values each output is a sum of, and how many outputs each input reaches: the
        features of a Linear, the channels times kernel_size**2 of a Conv2d.
    gain : float
        Multiplies it, > 0.

    Returns
    -------
    float

    Raises
    ------
    ValueError, TypeError
        For an unknown name, a fan below 1, or a gain that is not a positive number.

    Notes
    -----
    Sources: LeCun et al. (1998), section 4.6; Glorot and Bengio (2010), equation 12; He et al.
    (2015), equation 10.

    Examples
    --------
    >>> [bnlib.initial_std(name, 50, 150) for name in ("he", "glorot")]
    [0.2, 0.1]
    """
    variance = INITIALIZERS[check_choice("initializer", initializer, INITIALIZERS)]
    fans = check_count("fan_in", fan_in), check_count("fan_out", fan_out)
    numerator, denominator = variance(*fans)
    gain = check_number("gain", gain, above=0, most=1e300)
    return float(gain * np.sqrt(numerator) / np.sqrt(denominator))


def initial_weights(rng, shape, std, dtype):
    """Draw W with mean 0 and standard deviation `std`.

    Parameters
    ----------
    rng : numpy.random.Generator
    shape : tuple of int
    std : float
    dtype : numpy.float64 or numpy.float32

    Returns
    -------
    array of `shape` and `dtype`

    Raises
    ------
    ValueError, TypeError
        For anything but a Generator, another dtype, or weights too large for it.

    Examples
    --------
    >>> bnlib.initializers.initial_weights(np.random.default_rng(0), (2, 3), 0.1, np.float32).shape
    (2, 3)
    """
    check_rng(rng)
    dtype = check_float_dtype(dtype)
    if std > float(np.finfo(dtype).max) / 100:  # no draw is so many deviations away
        raise ValueError(f"W {shape} of standard deviation {std:g} is too large for {dtype}; "
                         "use a smaller gain")  # fmt: skip
    return (rng.standard_normal(shape) * std).astype(dtype)
