"""Results that take longer than a chapter may: kept as JSON beside their experiments."""

import json
import platform
from pathlib import Path

import numpy as np

_FOLDER = Path(__file__).with_name("results")


def save(name, result):
    """Write a result with the versions that made it.

    Parameters
    ----------
    name : str
        File name without ".json".
    result : dict
        Plain lists, numbers and strings.
    """
    made_with = {"python": platform.python_version(), "numpy": np.__version__}
    text = json.dumps({"made_with": made_with, **result}, separators=(",", ":"), allow_nan=False)
    _FOLDER.mkdir(exist_ok=True)
    (_FOLDER / f"{name}.json").write_text(text + "\n", encoding="utf-8")


def load(name):
    """Read a stored result.

    Returns
    -------
    dict

    Raises
    ------
    ValueError
        For an unknown name or a damaged file, with the command that makes a new one.
    """
    path = _FOLDER / f"{name}.json"
    remedy = f"run: python -m bnlib.experiments {name}"
    if not path.is_file():
        raise ValueError(f"no stored result {name!r}; {remedy}")
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except json.JSONDecodeError as error:
        raise ValueError(f"{path.name} is damaged ({error}); {remedy}") from error


def rounded(values, decimals):
    """What `save` takes for an array that may hold NaNs or infinities, which JSON has not.

    Parameters
    ----------
    values : array
    decimals : int

    Returns
    -------
    nested lists of float
        None for what is not finite.
    """
    return np.where(np.isfinite(values), values.round(decimals), None).tolist()


def shortened(values, digits):
    """As `rounded`, to so many significant digits: for values of very different sizes."""
    if np.ndim(values):
        return [shortened(each, digits) for each in values]
    return float(f"{values:.{digits}g}") if np.isfinite(values) else None


def array(values, missing=np.nan):
    """The array of nested lists that `rounded` or `shortened` made.

    Parameters
    ----------
    values : nested lists of numbers and None
    missing : float
        What None stands for.

    Returns
    -------
    float64 array
    """
    found = np.array(values, dtype=np.float64)  # None becomes NaN
    found[np.isnan(found)] = missing
    return found
