"""Clear errors at the public doors: each names the value, the shape and the remedy."""

import numbers
from operator import ge, gt, le, lt

import numpy as np

_BOUNDS = {"at least": ge, "above": gt, "at most": le, "below": lt}


def check_float_dtype(dtype):
    """Return `dtype` as a NumPy dtype, or refuse anything but float32 and float64."""
    try:
        resolved = np.dtype("O" if dtype is None else dtype)  # NumPy takes None for float64
    except Exception as error:  # of any kind: a string is parsed as Python
        raise TypeError(f"dtype must be numpy.float32 or numpy.float64, got {dtype!r}") from error
    if resolved not in (np.dtype(np.float32), np.dtype(np.float64)):
        raise ValueError(f"dtype must be numpy.float32 or numpy.float64, got {dtype!r}")
    return resolved


def as_array(name, value):
    """Return `value` as an array of any kind; refuse None, a masked array and ragged rows."""
    if value is None or isinstance(value, np.ma.MaskedArray):
        what = "None" if value is None else "a masked array, whose mask would be lost"
        raise TypeError(f"{name} is {what}; pass a NumPy array of numbers")
    try:
        return np.asarray(value)
    except ValueError as error:
        raise ValueError(f"{name} is not rectangular; make all its rows equally long") from error


def check_array(name, value, ndims=None, dtype=None):
    """Return `value` as a float array: integers become float64, floats stay as they are.

    `ndims` lists the numbers of dimensions allowed; `dtype`, if given, is what to convert to.
    """
    array = as_array(name, value)
    if array.dtype.kind not in "iuf" or array.dtype.itemsize not in (1, 2, 4, 8):
        raise TypeError(f"{name} has dtype {array.dtype}; use float32, float64 or integers")
    if array.dtype == np.float16:
        raise TypeError(f"{name} has dtype float16, too coarse for statistics; use .astype('f4')")
    if ndims is not None and array.ndim not in ndims:
        allowed = " or ".join(str(n) for n in ndims)
        raise ValueError(f"{name} has shape {array.shape}; it needs {allowed} dimensions")
    if array.size == 0:
        raise ValueError(f"{name} is empty, shape {array.shape}; it needs at least one value")
    own = array.dtype.newbyteorder("=") if array.dtype.kind == "f" else np.dtype(np.float64)
    return cast(name, array, dtype or own)


def cast(name, array, dtype):
    """Return `array` as `dtype`, itself if it is that already; refuse values too large for it."""
    with np.errstate(over="ignore"):
        converted = array.astype(dtype, copy=False)
    if converted.itemsize >= array.itemsize:
        return converted
    lost = np.isinf(converted) & np.isfinite(array)
    if lost.any():
        raise ValueError(f"{_first(name, array, lost)}, too large for {converted.dtype}; "
                         "scale it down, or use float64")  # fmt: skip
    return converted


def _first(name, array, wrong):
    """Where the first wrong value is, and what it is."""
    index = tuple(int(i) for i in np.argwhere(wrong)[0])
    return f"{name} of shape {array.shape} has {array[index]} at index {index}"


def check_vector(name, value, size, dtype):
    """Return `value` as a finite (size,) vector of `dtype`."""
    vector = check_array(name, value, dtype=dtype)
    return check_finite(name, check_shape(name, vector, (size,), f"x has {size} features"))


def check_finite(name, array, remedy="remove or replace values that are not finite"):
    """Return `array`, or say where the first NaN or infinity is."""
    with np.errstate(over="ignore", invalid="ignore"):
        total = array.sum()
    if not np.isfinite(total) and not np.isfinite(array).all():
        raise ValueError(f"{_first(name, array, ~np.isfinite(array))}; {remedy}")
    return array


def check_shape(name, array, shape, why):
    """Refuse an array of another shape, saying `why` it must have this one."""
    if array.shape != tuple(shape):
        raise ValueError(f"{name} has shape {array.shape}, expected {tuple(shape)}: {why}")
    return array


def check_upstream(dy, shape, dtype=None):
    """Return a finite `dy`, the gradient of a y of this shape."""
    dy = check_array("dy", dy, dtype=dtype)
    return check_finite("dy", check_shape("dy", dy, shape, "it is the gradient of the output y"))


def check_number(name, value, least=None, most=None, above=None, below=None):
    """Return `value` as a float within its bounds (`above` and `below` are exclusive)."""
    if isinstance(value, bool | np.bool_) or not isinstance(value, numbers.Real):
        raise TypeError(f"{name} must be a number, got {value!r}")
    try:
        number = float(value)
    except OverflowError as error:
        raise ValueError(f"{name} must be finite; {type(value).__name__} too large") from error
    for (words, holds), bound in zip(_BOUNDS.items(), (least, above, most, below), strict=True):
        if bound is not None and not holds(value, bound):
            raise ValueError(f"{name} must be {words} {bound}, got {value!r}")
    if not np.isfinite(number):
        raise ValueError(f"{name} must be finite, got {value!r}")
    return number


def check_count(name, value, least=1):
    """Return `value` as an int of at least `least`."""
    if isinstance(value, bool | np.bool_) or not isinstance(value, numbers.Integral):
        raise TypeError(f"{name} must be a whole number, got {value!r}")
    if not least <= value < 2**63:
        words = f"at least {least}" if value < least else "below 2**63"
        raise ValueError(f"{name} must be {words}, got {value!r}")
    return int(value)


def check_sequence(name, value, what):
    """Return `value`, any iterable of `what`, as a tuple."""
    try:
        return tuple(value)
    except TypeError as error:
        raise TypeError(f"{name} must be a list of {what}, got {value!r}") from error


def check_choice(name, value, choices):
    """Return `value` if it is one of `choices`."""
    if not isinstance(value, str) or value not in choices:
        raise ValueError(f"{name} must be one of {', '.join(map(repr, choices))}, got {value!r}")
    return value


def check_flag(name, value):
    """Return `value` if it is True or False: 0, 1, None and strings are refused."""
    if not isinstance(value, bool | np.bool_):
        raise TypeError(f"{name} must be True or False, got {value!r}")
    return bool(value)


def check_rng(value):
    """Return `value` if it is a numpy.random.Generator."""
    if not isinstance(value, np.random.Generator):
        raise TypeError(f"rng must be a numpy.random.Generator, got {value!r}; pass default_rng(0)")
    return value
