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
