"""Pools of bad values, by the kind of argument: {label: function of (rng, good value)}.

A value belongs into an argument's pool only if no call may take it there.
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np


class Call(NamedTuple):
    """A good call, and what each of its arguments may not be.

    `function(**arguments)` is fine; `pools` has a pool for each argument. Errors may name an
    argument by one of `also`.
    """

    function: Callable
    arguments: dict
    pools: dict
    also: tuple = ()


def pool(**values):
    """A pool of fixed values."""
    return {label: lambda rng, good, value=value: value for label, value in values.items()}


def changed(**changes):
    """A pool of what these functions make of the good value, as an array."""
    return {
        label: lambda rng, good, change=change: change(np.asarray(good))
        for label, change in changes.items()
    }


def _hole(value):
    def bad(rng, good):
        array = np.array(good, dtype=np.float32 if rng.random() < 0.2 else np.float64)
        array[tuple(rng.integers(array.shape))] = value
        return array

    return bad


def _longer(axis):
    return lambda rng, good: np.repeat(good, rng.integers(2, 4), axis=axis)


NO_ARRAY = {
    **pool(none=None, text="three", function=len, mapping={"x": 1.0}, set={1.0, 2.0}),
    **pool(object=object(), ragged=[[1.0], [1.0, 2.0], []], huge_integer=[10**30]),
    **changed(
        booleans=lambda good: good > 0,
        complex=lambda good: good + 1j,
        objects=lambda good: good.astype(object),
        strings=lambda good: good.astype(str),
        dates=lambda good: np.zeros(good.shape, "datetime64[s]"),
        records=lambda good: np.zeros(good.shape, [("a", float)]),
        half=lambda good: good.astype(np.float16),
        masked=lambda good: np.ma.masked_array(good),
        nothing=lambda good: good[:0],
        no_columns=lambda good: good[..., :0],
    ),
}
NOT_FINITE = {str(value): _hole(value) for value in (np.nan, np.inf, -np.inf)}


def longer(*axes):
    """Arrays with two or three times as much along one of these axes."""
    return {f"longer along {axis}": _longer(axis) for axis in axes}


def arrays(*axes, finite=NOT_FINITE, **changes):
    """What is no array of finite numbers, has too few or too many dimensions, or is longer."""
    ndims = changed(
        scalar=lambda good: good.ravel()[0],
        deep=lambda good: good.reshape(good.shape + (1,) * (5 - good.ndim)),
    )
    return NO_ARRAY | finite | ndims | longer(*axes) | changed(**changes)


def matrices(*axes, **changes):
    """As `arrays`, and not flat."""
    return arrays(*axes, flat=np.ravel, **changes)


LABELS = {
    **{label: bad for label, bad in arrays(0).items() if label != "half"},
    **changed(
        floats=lambda good: good.astype(float),
        column=lambda good: good[:, None],
        negative=lambda good: good - 1 - good.min(),
        too_large=lambda good: good + 1000,
        unsigned=lambda good: good.astype(np.uint64) + 2**63,
        shorter=lambda good: good[1:],
    ),
}


def numbers(**more):
    """What is no number, or not finite, and more."""
    return pool(
        none=None,
        text="1",
        list=[0.5],
        complex=0.5j,
        bool=True,
        nan=np.nan,
        inf=np.inf,
        minus_inf=-np.inf,
        huge=10**400,
        minus_huge=-(10**400),
        scalar_array=np.array(0.5),
        array=np.array([0.5, 0.5]),
        type=float,
        **more,
    )


def counts(**more):
    """What is no whole number, or negative, and more."""
    return pool(
        none=None,
        text="1",
        list=[1],
        complex=1 + 0j,
        bool=True,
        float=2.0,
        numpy_float=np.float64(1),
        fraction=1.5,
        nan=np.nan,
        inf=np.inf,
        negative=-1,
        huge=2**63,
        array=np.array([2]),
        type=int,
        **more,
    )


FLAGS = pool(zero=0, one=1, none=None, text="yes", list=[True], float=1.0, array=np.array([True]))
RNGS = pool(
    none=None,
    seed=0,
    module=np.random,
    legacy=np.random.RandomState(0),
    maker=np.random.default_rng,
    sequence=np.random.SeedSequence(0),
    bits=np.random.PCG64(0),
    text="rng",
)
DTYPES = pool(
    none=None,
    half=np.float16,
    int=int,
    bool=bool,
    complex=complex,
    object=object,
    text="real",
    number=32,
    swapped=">f4",
    list=["f4"],
    dates="m8",
    array=np.zeros(2),
    fields=[("a", "f4")],
    half_a_list="f4, (",
)
NAMES = pool(
    none=None, number=0, list=["relu"], bytes=b"relu", empty="", upper="RELU", type=str, dict={}
)
CALLABLES = pool(none=None, number=1, text="f", array=np.ones(3), list=[len], dict={})
