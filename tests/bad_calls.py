"""Good calls of the functions and constructors, and what each argument must refuse.

`CASES` maps "name", "Class.method" or "Class.property", with " | variant" behind it where there are
several, to a function of (rng, folder) that makes a fresh good call.
"""

import numpy as np

import bnlib
from tests.bad_layers import HUGE, WIDE
from tests.bad_values import (
    DTYPES,
    FLAGS,
    LABELS,
    NAMES,
    NO_ARRAY,
    NOT_FINITE,
    RNGS,
    Call,
    arrays,
    changed,
    counts,
    matrices,
    numbers,
    pool,
)

EPS = numbers(negative=-1e-9)
SIZE = counts(zero=0)
GAIN = numbers(zero=0, negative=-1.0, too_large=1e308)
DECAY = numbers(one=1, negative=-0.1)
RATE = numbers(zero=0, negative=-0.1)
BELOW_0 = numbers(negative=-1e-9)


def _x(rng):
    return 3 + rng.normal(size=[(6, 3), (5, 3, 2), (4, 3, 2, 2)][rng.integers(3)])


def _rng():
    return np.random.default_rng(0)


FORWARD = {
    "batch_norm": {"x": matrices(1, **WIDE), "gamma": arrays(0, **HUGE), "beta": arrays(0)},
    "batch_norm_inference": {
        "x": matrices(1),
        "gamma": arrays(0, **HUGE),
        "beta": arrays(0),
        "mean": arrays(0, **HUGE),
        "var": arrays(0, negative=lambda good: -good),
    },
    "group_norm": {"x": matrices(1, **WIDE), "num_groups": counts(zero=0, two=2, many=6)},
    "layer_norm": {"x": matrices(1, **WIDE)},
    "instance_norm": {"x": matrices(1, **WIDE)},
    "rms_norm": {"x": matrices(1, **HUGE)},
}
CONSTANT = {"constant": lambda good: 0 * good, "close": lambda good: 1e-200 * good}


def _norm(name, eps, **more):
    """A normalization of 3 features or channels."""

    def make(rng, folder):
        vector = arrays(0, row=lambda good: good[None])
        pools = {"gamma": vector, "beta": vector, "eps": EPS} | FORWARD[name]
        pools["x"] = pools["x"] | changed(**more)
        if name == "rms_norm":
            del pools["beta"]
        given = {"x": _x(rng), "num_groups": 3, "var": rng.random(3), "eps": eps}
        given |= {name: 2 + rng.normal(size=3) for name in ("gamma", "beta", "mean")}
        return Call(getattr(bnlib, name), {name: given[name] for name in pools}, pools)

    return make


def _normed(name, x):
    groups = (1,) if name == "group_norm" else ()
    beta = () if name == "rms_norm" else (np.ones(3),)
    return getattr(bnlib, name)(x, *groups, np.full(3, 9.0), *beta)


def _norm_backward(name, *foreign):
    def make(rng, folder):
        y, cache = _normed(name, _x(rng))
        caches = pool(none=None, tuple=tuple(cache), dict=cache._asdict(), y=y, type=type(cache))
        caches |= pool(**{each: _normed(each, _x(rng))[1] for each in foreign})
        arguments = {"dy": rng.normal(size=y.shape), "cache": cache}
        pools = {"dy": matrices(0, 1, **HUGE), "cache": caches}
        return Call(getattr(bnlib, f"{name}_backward"), arguments, pools)

    return make


def _loss(name, target, bad_logits, bad_targets):
    def make(rng, folder):
        columns = 1 if name == "binary_cross_entropy" else 3
        outputs = rng.normal(size=(5, columns))
        targets = rng.integers(2, size=5) if target == "labels" else rng.normal(size=(5, columns))
        first = "outputs" if target == "targets" else "logits"
        pools = {first: bad_logits, target: bad_targets}
        return Call(getattr(bnlib, name), {first: outputs, target: targets}, pools, (target, name))

    return make


def _made(name, arguments, pools, also=()):
    """A constructor or function of plain values."""

    def make(rng, folder):
        given = arguments | ({"rng": _rng()} if "rng" in pools else {})
        return Call(getattr(bnlib, name), given, pools, also)

    return make


def _opposite(good):
    return 1e308 * np.where(np.arange(good.size).reshape(good.shape) % 2, 1, -1)


LOSS = {
    "softmax_cross_entropy": ("labels", matrices(0, opposite=_opposite), LABELS),
    "binary_cross_entropy": ("labels", matrices(0, 1), LABELS),
    "mean_squared_error": ("targets", matrices(0, 1, **HUGE), matrices(0, 1, **HUGE)),
}
NORMS = {"num_features": SIZE, "eps": EPS, "dtype": DTYPES}
WEIGHTS = {"bias": FLAGS, "initializer": NAMES, "rng": RNGS, "dtype": DTYPES}
WEIGHTS |= {"gain": GAIN | pool(overflow=1e39)}  # in float32
START = {"bias": False, "initializer": "plain", "gain": 0.5, "dtype": np.float32}
MADE = {
    "SGD": (
        {"learning_rate": 0.1, "momentum": 0.5, "nesterov": True, "weight_decay": 0.1},
        {
            "learning_rate": RATE,
            "momentum": DECAY | pool(zero=0),
            "nesterov": FLAGS,
            "weight_decay": BELOW_0,
        },
        ("nesterov",),
    ),
    "Adam": (
        {"learning_rate": 0.1, "beta1": 0.5, "beta2": 0, "eps": 1e-8, "weight_decay": 0.1},
        {
            "learning_rate": RATE,
            "beta1": DECAY,
            "beta2": DECAY,
            "eps": numbers(zero=0, tiny=1e-40),
            "weight_decay": BELOW_0,
        },
    ),
    "AveragePool2d": ({"size": 2}, {"size": SIZE}),
    "MaxPool2d": ({"size": 2}, {"size": SIZE}),
    "Linear": (
        {"in_features": 3, "out_features": 2, **START},
        {"in_features": SIZE, "out_features": SIZE, **WEIGHTS},
    ),
    "Conv2d": (
        {"in_channels": 1, "out_channels": 2, "kernel_size": 3, "padding": 0, "stride": 1, **START},
        {
            "in_channels": SIZE,
            "out_channels": SIZE,
            "kernel_size": SIZE,
            "padding": counts(),
            "stride": SIZE,
            **WEIGHTS,
        },
    ),
    "BatchNorm": (
        {
            "num_features": 3,
            "eps": 0,
            "ema_decay": 0,
            "bias_correction": False,
            "running_var_correction": 0,
            "dtype": np.float32,
            "ghost_batch_size": 4,
            "statistics_in_gradient": False,
        },
        NORMS
        | {
            "ema_decay": DECAY,
            "bias_correction": FLAGS,
            "running_var_correction": counts(two=2),
            "ghost_batch_size": {label: bad for label, bad in SIZE.items() if label != "none"},
            "statistics_in_gradient": FLAGS,
        },
    ),
    "GroupNorm": (
        {"num_groups": 2, "num_features": 4, "eps": 0, "dtype": "f4"},
        NORMS | {"num_groups": counts(zero=0, three=3, eight=8)},
    ),
    **dict.fromkeys(
        ("LayerNorm", "InstanceNorm", "RMSNorm"),
        ({"num_features": 3, "eps": 0.1, "dtype": "f8"}, NORMS),
    ),
    "Dropout": ({"rate": 0}, {"rate": DECAY, "rng": RNGS}),
    "ExponentialMovingAverage": (
        {"decay": 0.5, "start": np.zeros(3), "bias_correction": True},
        {
            "decay": DECAY,
            "start": NO_ARRAY | NOT_FINITE | changed(one=lambda good: good + 0.5),
            "bias_correction": FLAGS,
        },
    ),
    "initial_std": (
        {"initializer": "glorot", "fan_in": 3, "fan_out": 4, "gain": 2},
        {"initializer": NAMES, "fan_in": SIZE, "fan_out": SIZE, "gain": GAIN},
    ),
    "minibatches": (
        {"n": 5, "batch_size": 5},
        {"n": counts(zero=0, less=4), "batch_size": counts(zero=0, more=6), "rng": RNGS},
        ("batch_size",),
    ),
    "mlp": (
        {
            "sizes": [3, 4, 2],
            "activation": "tanh",
            "batch_norm": True,
            "initializer": "he",
            "gain": 2,
            "dtype": "f4",
        },
        {
            "sizes": pool(
                none=None,
                number=3,
                text="345",
                nothing=[],
                one=[3],
                zero=[3, 0],
                floats=[3.0, 2.0],
                bool=[3, True],
                nested=[[3, 2]],
                matrix=np.ones((2, 2), int),
                nan=[3, np.nan],
                set={3, 4},
            ),
            "activation": NAMES,
            "batch_norm": FLAGS,
            "initializer": {label: bad for label, bad in NAMES.items() if label != "none"},
            "gain": GAIN,
            "rng": RNGS,
            "dtype": DTYPES,
        },
    ),
    "convnet": (
        {"batch_norm": False, "channels": [2, 3], "dtype": "f4"},
        {
            "batch_norm": FLAGS,
            "channels": pool(
                none=None,
                number=3,
                text="12",
                nothing=[],
                many=[1, 2, 3, 4],
                zero=[2, 0],
                floats=[2, 3.0],
                nested=[[3]],
                dtype=np.float64,
            ),
            "rng": RNGS,
            "dtype": DTYPES,
        },
        ("in_channels", "out_channels", "in_features"),
    ),
}

CASES = {
    **{name: _norm(name, 0.01) for name in FORWARD},
    **{
        f"{name} | eps=0": _norm(name, 0, **CONSTANT) for name in FORWARD if "inference" not in name
    },
    "batch_norm_backward": _norm_backward("batch_norm", "layer_norm", "rms_norm"),
    "rms_norm_backward": _norm_backward("rms_norm", "batch_norm", "group_norm"),
    **{
        f"{name}_backward": _norm_backward(name, "batch_norm", "rms_norm")
        for name in ("group_norm", "layer_norm", "instance_norm")
    },
    **{name: _loss(name, *more) for name, more in LOSS.items()},
    **{name: _made(name, *more) for name, more in MADE.items()},
}
