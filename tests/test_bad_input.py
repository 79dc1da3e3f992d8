"""Bad input, at random, to every public name: refused in words, and nothing has changed.

The good calls and what their arguments refuse are in `bad_calls`, `bad_arithmetic`, `bad_layers`
and `bad_runs`.
"""

import inspect
import re
import warnings
from copy import deepcopy
from pathlib import Path
from types import BuiltinFunctionType, FunctionType, MethodType, ModuleType, SimpleNamespace

import numpy as np
import pytest

import bnlib
from tests import bad_arithmetic, bad_calls, bad_layers, bad_runs
from tests.bad_values import Call, pool

CASES = bad_calls.CASES | bad_arithmetic.CASES | bad_layers.CASES | bad_runs.CASES
LEAST_CALLS, PAIRS = 1000, 8  # in all; calls with two bad arguments for each case that has two
UNCHECKED = {
    "History": "a record that `train` returns",
    "ExponentialMovingAverage.add": "a kernel: its docstring says so",
}
REMEDY = re.compile(
    r"; \w|\b(must|should|needs?|expected|takes|use|pass|make|give|run from|asks?|too large)\b"
)


def rng(seed=0):
    return np.random.default_rng(seed)


def fingerprint(value):
    """All that can be told about a value, as nested tuples that can be compared."""
    if isinstance(value, bnlib.Network | bnlib.layer.Layer):
        value = deepcopy(value)  # reading a state may tidy up
        states = [part.state for part in getattr(value, "layers", [value])]
        return type(value), fingerprint(states), fingerprint(vars(value))
    if isinstance(value, np.ndarray):
        content = repr(value) if value.dtype.hasobject else value.tobytes()
        return type(value), value.dtype, value.shape, content
    if isinstance(value, np.random.Generator):
        bits = value.bit_generator
        return fingerprint(bits.state), bits.seed_seq.n_children_spawned
    if isinstance(value, dict):
        return tuple((key, fingerprint(each)) for key, each in value.items())
    if isinstance(value, list | tuple):
        return type(value), tuple(map(fingerprint, value))
    if isinstance(value, Path):
        return value, *((each.name, each.read_bytes()) for each in sorted(value.parent.iterdir()))
    if isinstance(value, MethodType | BuiltinFunctionType):
        return fingerprint(value.__self__)
    if hasattr(value, "__dict__") and not isinstance(value, type | FunctionType | ModuleType):
        return type(value), fingerprint(vars(value))
    return type(value), repr(value)


def signs_of(value):
    """Ways in which a message may say what it got: the value, its type, shape or dtype."""
    signs = {repr(value)[:30], type(value).__name__, getattr(value, "__name__", "no name")}
    signs |= {"f()"} if callable(value) else set()
    if isinstance(value, bnlib.Network):
        return signs.union({"the network"}, *map(signs_of, value.layers))
    if isinstance(value, bnlib.layer.Layer):
        return signs.union(str(array.dtype) for array in value.params.values())
    if isinstance(value, str | Path):
        text = str(value)
        words = {text, f"<U{len(text)}", f"{len(text)} entries", f"{len(text)} networks"}
        return signs.union(words, map(repr, text))
    if isinstance(value, dict | list | tuple):
        entries = value.values() if isinstance(value, dict) else value
        words = {"object", "rectangular", "none", "one and the same", f"{len(value)} networks"}
        return signs.union(words, {f"{len(value)} entries"}, *map(signs_of, entries))
    array = np.ma.asarray(value)
    words = {f"{n} {what}" for n in array.shape for what in ("features", "examples")}
    words |= {f"batch of {n}" for n in array.shape[:1]} | {f"({n}" for n in array.shape[:1]}
    words |= {" x ".join(map(str, array.shape[2:]))} if array.ndim == 4 else set()
    words |= {", ".join(["(N", *map(str, array.shape[1:])])} if array.ndim > 1 else set()
    words |= {"masked array"} if np.ma.isMaskedArray(value) else set()
    signs |= {str(array.shape), str(array.dtype)}
    return signs.union(words, map(str, array.ravel()[:50].tolist()))


def has_one(message, words):
    """Whether one of the words stands in a message, by itself."""
    return any(re.search(rf"(?<!\w){re.escape(word)}(?!\w)", message) for word in words)


def complaints(call, bad):
    """What is wrong with how a call refuses the `bad` ones of its arguments, as sentences."""
    arguments = call.arguments | bad
    before = fingerprint([call.function, arguments])
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            result = call.function(**arguments)
    except (ValueError, TypeError) as error:
        message = str(error)
    except Exception as error:
        return [f"{type(error).__name__} is raised: {error}"]
    else:
        return [f"it is taken, and {result!r} returned"]
    right = {
        "an argument is named": has_one(message, [*bad, *call.also]),
        "it is said what it got": has_one(message, set().union(*map(signs_of, bad.values()))),
        "it is said what to do": REMEDY.search(message),
    }
    found = [f"not true that {what}: {message}" for what, holds in right.items() if not holds]
    changed = fingerprint([call.function, arguments]) != before
    return found + ["something has changed"] * changed


def bad_inputs(call, seed):
    """Every bad value of each argument by itself, and pairs of them: {labels: arguments}."""
    generator = rng(seed)
    pools = [[(name, *entry) for entry in pool.items()] for name, pool in call.pools.items()]
    drawn = [[each] for entries in pools for each in entries]
    for _ in range(PAIRS if len(pools) > 1 else 0):
        pair = generator.permutation(len(pools))[:2]
        drawn.append([pools[i][generator.integers(len(pools[i]))] for i in pair])
    for each in drawn:
        labels = ", ".join(f"{name}: {label}" for name, label, _ in each)
        yield labels, {name: make(generator, call.arguments[name]) for name, _, make in each}


def needed(namespace):
    """{name: its arguments} of all that can be called, or assigned to, by a public name."""
    found = {}
    for name in namespace.__all__:
        public = getattr(namespace, name)
        found[name] = {*inspect.signature(public).parameters}
        for member, value in inspect.getmembers(public) if inspect.isclass(public) else ():
            if isinstance(value, property) and value.fset:
                found[f"{name}.{member}"] = {"value"}
            elif isinstance(value, FunctionType) and re.match("[^_]|__call__", member):
                found[f"{name}.{member}"] = {*inspect.signature(value).parameters} - {"self"}
    return {name: arguments for name, arguments in found.items() if arguments}


def covered(cases, folder):
    """{name: the arguments that have a pool}, over all variants of a case."""
    found = {}
    for case, make in cases.items():
        pools = make(rng(), folder).pools
        found.setdefault(case.partition(" | ")[0], set()).update(a for a in pools if pools[a])
    return found


def gaps(namespace, cases, folder):
    """Names with an argument that no case has a bad value for."""
    known = covered(cases, folder)
    return [name for name, args in needed(namespace).items() if not args <= known.get(name, set())]


def test_every_argument_of_every_public_name_has_its_bad_values(tmp_path):
    assert sorted(gaps(bnlib, CASES, tmp_path)) == sorted(UNCHECKED)


@pytest.mark.parametrize("case", CASES)
def test_the_good_call_is_taken(case, tmp_path):
    call = CASES[case](rng(1), tmp_path)
    call.function(**call.arguments)


@pytest.mark.parametrize("case", CASES)
def test_bad_input_is_refused_in_words_and_changes_nothing(case, tmp_path):
    (tmp_path / "first").mkdir()
    found = {}
    for number, (labels, bad) in enumerate(bad_inputs(CASES[case](rng(1), tmp_path / "first"), 1)):
        (tmp_path / str(number)).mkdir()
        found[labels] = complaints(CASES[case](rng(1), tmp_path / str(number)), bad)
    assert {labels: each for labels, each in found.items() if each} == {}


def test_there_are_enough_calls(tmp_path):
    calls = sum(len([*bad_inputs(make(rng(1), tmp_path), 1)]) for make in CASES.values())
    assert calls >= LEAST_CALLS


# Functions of x that refuse everything, badly; and one that does it well.


class Counter:
    """Keeps a count of its calls."""

    calls = 0

    def refuse(self, x):
        self.calls += 1
        raise ValueError(f"x must be a number, got {x!r}")


def returns_nan(x):
    return np.nan


def warns(x):
    return np.float64(0) / np.float64(0)


def raises_another_error(x):
    return {}[x]


def says_nothing(x):
    raise ValueError


def names_no_argument(x):
    raise ValueError(f"it must be a number, got {x!r}")


def names_no_value(x):
    raise ValueError("x must be a number")


def names_no_remedy(x):
    raise ValueError(f"x is bad: {x!r}")


def changes_its_argument(x):
    x.append(1)
    raise ValueError(f"x must be a number, got {x!r}")


def refuses_well(x):
    raise ValueError(f"x must be a number, got {x!r}")


@pytest.mark.parametrize(
    ("function", "complaint"),
    [
        (returns_nan, "it is taken, and nan returned"),
        (warns, "RuntimeWarning is raised"),
        (raises_another_error, "is raised"),
        (says_nothing, "not true that an argument is named"),
        (names_no_argument, "not true that an argument is named"),
        (names_no_value, "not true that it is said what it got"),
        (names_no_remedy, "not true that it is said what to do"),
        (changes_its_argument, "something has changed"),
        (Counter().refuse, "something has changed"),
    ],
)
def test_a_refusal_that_is_none_would_be_seen(function, complaint):
    bad = {"x": "none" if function is raises_another_error else ["?"]}
    assert any(complaint in each for each in complaints(Call(function, {"x": 1}, {}), bad))
    assert complaints(Call(refuses_well, {"x": 1}, {}), bad) == []


def test_a_public_name_or_argument_without_bad_values_would_be_seen(tmp_path):
    new = SimpleNamespace(__all__=["f", "A"], f=lambda x, eps: x, A=Counter)
    case = Call(new.f, {"x": 1, "eps": 1}, {"x": pool(none=None), "eps": {}})
    assert gaps(new, {"f": lambda rng, folder: case}, tmp_path) == ["f", "A.refuse"]
    case.pools["eps"].update(pool(none=None))
    assert gaps(new, {"f | small": lambda rng, folder: case}, tmp_path) == ["A.refuse"]
