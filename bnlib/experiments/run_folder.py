"""One small file a finished run: found again by what was run, never half written."""

import base64
import dataclasses
import hashlib
import inspect
import json
import os
import warnings
from pathlib import Path

import numpy as np

_PLAIN = (bool, int, float, str, bytes, np.generic, type(None))


def describe(task):
    """The exact text of a task: equal for equal tasks, another for any other value or type.

    Parameters
    ----------
    task : number, string, None, or a tuple, list, dict or dataclass of them

    Returns
    -------
    str

    Raises
    ------
    TypeError
        For anything else: an array, say, or an object that draws random numbers.

    Examples
    --------
    >>> describe({"seed": 3, "rate": 0.1}) == describe({"rate": 0.1, "seed": 3})
    True
    >>> describe((1, 2.0))
    'tuple(1, 2.0)'
    """
    if isinstance(task, _PLAIN):
        return repr(task)
    if dataclasses.is_dataclass(task) and not isinstance(task, type):
        fields = ((field.name, getattr(task, field.name)) for field in dataclasses.fields(task))
        parts = [f"{name}={describe(value)}" for name, value in fields]
    elif isinstance(task, dict):
        parts = sorted(f"{describe(key)}: {describe(value)}" for key, value in task.items())
    elif isinstance(task, tuple | list):
        parts = [describe(value) for value in task]
    else:
        raise TypeError(
            f"a task holds {task!r}, a {type(task).__name__}; use numbers, strings, and tuples, "
            "dicts or dataclasses of them (of random numbers and data, the seed)"
        )
    return f"{type(task).__qualname__}({', '.join(parts)})"


def to_text(result):
    """A result as JSON from which `from_text` makes the same again, to the last bit.

    Parameters
    ----------
    result : dict of str to number, string, None or array
        NaN and infinities too.

    Returns
    -------
    str

    Raises
    ------
    TypeError
        For anything else in it.

    Examples
    --------
    >>> from_text(to_text({"loss": 0.1, "by_layer": np.array([1, 2])}))
    {'loss': 0.1, 'by_layer': array([1, 2])}
    """
    if not isinstance(result, dict) or not all(isinstance(name, str) for name in result):
        raise TypeError(f"a run must return a dict with string keys, got {result!r}")
    return json.dumps({name: _pack(name, value) for name, value in result.items()})


def from_text(text):
    """The result that `to_text` wrote: a new dict with new arrays.

    Examples
    --------
    >>> from_text('{"accuracy": 0.5}')
    {'accuracy': 0.5}
    """
    return {name: _unpack(value) for name, value in json.loads(text).items()}


def _pack(name, value):
    if isinstance(value, np.ndarray | np.generic) and value.dtype.kind in "biufcSU":
        data = base64.b64encode(value.tobytes()).decode("ascii")
        return {"dtype": value.dtype.str, "shape": value.shape, "base64": data}
    if type(value) in (bool, int, float, str, type(None)):
        return value
    raise TypeError(f"result {name!r} is {value!r}; return numbers, strings or arrays of them")


def _unpack(value):
    if not isinstance(value, dict):
        return value
    flat = np.frombuffer(base64.b64decode(value["base64"]), value["dtype"])
    return flat.reshape(value["shape"]).copy()[()]  # [()] makes a scalar of a 0-d array


class RunFolder:
    """The finished runs of one function, each in a file of its own.

    A file's name is made of the function's name and a hash of everything that the numbers come
    from: the task, the source file of the function, and `conditions`.

    Parameters
    ----------
    folder : str or path
        Made if it is not there.
    function : function
        From a source file.
    conditions : dict
        What else the numbers depend on.

    Raises
    ------
    ValueError
        For a function that is in no file, where a change of it would go unseen.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     runs = RunFolder(folder, bnlib.mlp, {"numpy": np.__version__})
    ...     runs.write(describe(1), to_text({"accuracy": 0.5}))
    ...     print(runs.read(describe(1)), runs.read(describe(2)))
    {"accuracy": 0.5} None
    """

    def __init__(self, folder, function, conditions):
        try:
            source = Path(inspect.getsourcefile(function)).read_bytes()
        except (OSError, TypeError) as error:
            raise ValueError(
                f"{function.__qualname__} is in no source file, so a change of it would go "
                "unseen; move it to a module, or leave out the folder"
            ) from error
        self._folder = Path(folder)
        self._folder.mkdir(parents=True, exist_ok=True)
        self._name = function.__name__
        where = {"function": f"{function.__module__}.{function.__qualname__}"}
        self._head = where | {"source": hashlib.sha256(source).hexdigest()} | conditions

    def read(self, run):
        """The stored text of the task that `describe` named `run`, or None.

        A damaged file is a warning and None: it is computed again and replaced.
        """
        path = self._path(run)
        try:
            record = json.loads(path.read_bytes())
            text = json.dumps(record["result"])
            whole = record["run"] == run and record["sha256"] == _digest(run, text)
        except FileNotFoundError:
            return None
        except (ValueError, KeyError, TypeError):
            whole = False
        if not whole:
            warnings.warn(f"{path} is damaged; its run is computed again", stacklevel=3)
        return text if whole else None

    def write(self, run, text):
        """Store the text of one finished run: the whole file appears, or nothing."""
        path = self._path(run)
        part = path.with_suffix(f".{os.getpid()}.part")
        whole = (
            f'{{"run": {json.dumps(run)},\n"sha256": "{_digest(run, text)}",\n"result": {text}}}\n'
        )
        part.write_text(whole, encoding="utf-8")
        os.replace(part, path)

    def _path(self, run):
        key = _digest(run, json.dumps(self._head, sort_keys=True))
        return self._folder / f"{self._name.strip('_')}-{key[:32]}.json"


def _digest(*texts):
    return hashlib.sha256("\n".join(texts).encode()).hexdigest()
