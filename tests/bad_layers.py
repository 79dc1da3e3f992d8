"""Good and bad calls of layers and networks: their methods, and what can be assigned to."""

import numpy as np

import bnlib
from tests.bad_values import (
    FLAGS,
    NO_ARRAY,
    NOT_FINITE,
    Call,
    arrays,
    changed,
    counts,
    longer,
    matrices,
    pool,
)

HUGE = {"huge": lambda good: np.full(good.shape, 1e308)}
WIDE = {"wide": lambda good: 1e200 * good}
ONE = {"one_example": lambda good: good[:1]}


class Assignment:
    """owner.name = value, or owner[name] = value, as a function of the value."""

    def __init__(self, owner, name):
        self.owner, self.name = owner, name

    def __call__(self, value):
        if isinstance(self.owner, dict):
            self.owner[self.name] = value
        else:
            setattr(self.owner, self.name, value)


def _rows(rng):
    return 3 + rng.normal(size=(6, 3))


def _channels(rng):
    return 3 + rng.normal(size=[(6, 3), (5, 3, 2), (4, 3, 2, 2)][rng.integers(3)])


def _images(rng):
    return 3 + rng.normal(size=(3, 2, 4, 4))


def _digits(rng):
    return rng.normal(size=(3, 1, 8, 8))


# How to make a layer, and an input for it. What it refuses as x: always, and in training only.
EXAMPLES = {
    "Linear": (lambda rng: bnlib.Linear(3, 2, rng=rng), _rows, matrices(1, **HUGE), {}),
    "Linear | float32": (
        lambda rng: bnlib.Linear(3, 2, bias=False, rng=rng, dtype="f4"),
        _rows,
        matrices(1, huge=lambda good: good * 1e39),
        {},
    ),
    "Conv2d": (
        lambda rng: bnlib.Conv2d(2, 3, 3, rng=rng),
        _images,
        matrices(1, **HUGE, small=lambda good: good[:, :, :2], three=lambda good: good[0]),
        {},
    ),
    "BatchNorm": (lambda rng: bnlib.BatchNorm(3), _rows, matrices(1), WIDE | ONE),
    "BatchNorm | float32": (
        lambda rng: bnlib.BatchNorm(3, dtype="f4"),
        _channels,
        matrices(1, huge=lambda good: good * 1e39),
        {"wide": lambda good: good * 1e20},
    ),
    "BatchNorm | ghost batches": (
        lambda rng: bnlib.BatchNorm(3, ghost_batch_size=2),
        _rows,
        matrices(1),
        WIDE | {"odd": lambda good: good[:5]},
    ),
    "BatchNorm | ghosts of one": (
        lambda rng: bnlib.BatchNorm(2, ghost_batch_size=1),
        _images,
        matrices(1),
        WIDE | {"no_positions": lambda good: good[..., 0, 0]},
    ),
    "BatchNorm | eps=0": (
        lambda rng: bnlib.BatchNorm(3, eps=0),
        _channels,
        matrices(1),
        {"constant": lambda good: 0 * good + 1e6, "close": lambda good: 1e-200 * good},
    ),
    "GroupNorm": (lambda rng: bnlib.GroupNorm(3, 3), _channels, matrices(1), {}),
    "LayerNorm": (
        lambda rng: bnlib.LayerNorm(3, eps=0),
        _channels,
        matrices(1, **WIDE, constant=lambda good: 0 * good + 7),
        {},
    ),
    "InstanceNorm": (lambda rng: bnlib.InstanceNorm(2), _images, matrices(1, **WIDE), {}),
    "RMSNorm": (
        lambda rng: bnlib.RMSNorm(3, eps=0),
        _channels,
        matrices(1, **HUGE, zeros=lambda good: 0 * good),
        {},
    ),
    "Dropout": (lambda rng: bnlib.Dropout(0.5, rng=rng), _channels, matrices(), HUGE),
    "AveragePool2d": (
        lambda rng: bnlib.AveragePool2d(2),
        _images,
        matrices(**HUGE, odd=lambda good: good[:, :, 1:], three=lambda good: good[0]),
        {},
    ),
    "MaxPool2d": (
        lambda rng: bnlib.MaxPool2d(2),
        _images,
        matrices(odd=lambda good: good[..., 1:], three=lambda good: good[0]),
        {},
    ),
    "Flatten": (lambda rng: bnlib.Flatten(), _images, matrices(), {}),
    "Identity": (lambda rng: bnlib.Identity(), _channels, matrices(), {}),
    "ReLU": (lambda rng: bnlib.ReLU(), _channels, matrices(), {}),
    "Sigmoid": (lambda rng: bnlib.Sigmoid(), _rows, matrices(), {}),
    "Tanh": (lambda rng: bnlib.Tanh(), _rows, matrices(), {}),
    "Network": (
        lambda rng: bnlib.mlp([3, 4, 2], batch_norm=True, rng=rng),
        _rows,
        matrices(1, **HUGE),
        ONE,
    ),
    "Network | convnet": (
        lambda rng: bnlib.convnet(rng=rng, channels=(2,)),
        _digits,
        matrices(1, 2, **HUGE, small=lambda good: good[..., :7], three=lambda good: good[0]),
        {},
    ),
}
# Their slope is at most 1, so that no gradient overflows.
TAME = ("AveragePool2d", "MaxPool2d", "Flatten", "Identity", "ReLU", "Sigmoid", "Tanh")


def used(name, rng):
    """A layer that has run forward and backward, its parameters above 2; an input, an output."""
    make, draw, *_ = EXAMPLES[name]
    layer, x = make(rng), draw(rng)
    for part in getattr(layer, "layers", [layer]):
        for parameter in part.params.values():
            parameter += 4 + rng.random(parameter.shape)
    y = layer.forward(x, training=True)
    layer.backward(rng.normal(size=y.shape))
    return layer, x, y


def _forward(name, training):
    def make(rng, folder):
        layer, x, _ = used(name, rng)
        always, in_training = EXAMPLES[name][2:]
        pools = {"x": always | changed(**in_training) if training else always, "training": FLAGS}
        return Call(layer.forward, {"x": x, "training": training}, pools, ("batch",))

    return make


def _backward(name):
    def make(rng, folder):
        layer, _, y = used(name, rng)
        pools = {"dy": matrices(0, 1, **({} if name in TAME else HUGE))}
        return Call(layer.backward, {"dy": rng.normal(size=y.shape)}, pools)

    return make


def _flat(name):
    pools = {"z": NO_ARRAY | NOT_FINITE}
    return lambda rng, folder: Call(used(name, rng)[0].flat, {"z": _rows(rng)}, pools)


def _predict(rng, folder):
    network, x, _ = used("Network", rng)
    return Call(network.predict, {"x": x}, {"x": matrices(1, **HUGE)})


def _load_state(name):
    """A state is refused as a whole, or for one of its entries."""

    def make(rng, folder):
        layer, *_ = used(name, rng)
        pools = pool(none=None, list=[], text="state", more=layer.state | {"momentum": 0.9})
        if layer.state:
            pools |= pool(nothing={})
        for key, bad in ENTRIES.get(name, {}).items():
            pools |= {
                f"{key} {label}": lambda rng, good, key=key, value=value: (
                    good | {key: value(rng, good[key])}
                )
                for label, value in bad.items()
            }
        return Call(layer.load_state, {"state": layer.state}, {"state": pools}, STATE_KEYS)

    return make


STATE_KEYS = ("raw_mean", "raw_var", "updates", "frozen")
ENTRIES = {
    "BatchNorm": {
        "raw_mean": arrays(0),
        "raw_var": arrays(0, negative=lambda good: -good),
        "updates": counts(),
        "frozen": FLAGS,
    },
    "Dropout": {
        "generator": pool(
            none=None,
            number=1,
            text="PCG64",
            nothing={},
            other=np.random.MT19937(0).state,
            half={"bit_generator": "PCG64"},
        ),
    },
}


def _params(name, key):
    def make(rng, folder):
        layer, *_ = used(name, rng)
        pools = {"value": NO_ARRAY | longer(0)}
        return Call(Assignment(layer.params, key), {"value": layer.params[key] + 1}, pools, (key,))

    return make


def _frozen(rng, folder):
    layer, *_ = used("BatchNorm", rng)
    return Call(Assignment(layer, "frozen"), {"value": True}, {"value": FLAGS}, ("frozen",))


def _theta(rng, folder):
    network, *_ = used("Network", rng)
    pools = {"value": NO_ARRAY | longer(0)}
    return Call(Assignment(network, "theta"), {"value": network.theta * 2}, pools, ("theta",))


def _cases():
    for name in EXAMPLES:
        kind, _, variant = name.partition(" | ")
        yield f"{kind}.forward | {variant} in training", _forward(name, True)
        yield f"{kind}.forward | {variant} in inference", _forward(name, False)
        yield f"{kind}.backward | {variant}", _backward(name)
        if kind != "Network" and not variant:
            yield f"{kind}.load_state", _load_state(name)
    for name in ("ReLU", "Sigmoid", "Tanh"):
        yield f"{name}.flat", _flat(name)
    yield "Network.predict", _predict
    yield "Network.theta", _theta
    yield "BatchNorm.frozen", _frozen
    yield "BatchNorm.params", _params("BatchNorm", "gamma")
    yield "Linear.params", _params("Linear", "W")


CASES = dict(_cases())
