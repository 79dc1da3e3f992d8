"""Good and bad calls of gradients, averages, moments and optimizers."""

import numpy as np

import bnlib
from tests.bad_layers import Assignment, used
from tests.bad_values import (
    CALLABLES,
    FLAGS,
    NO_ARRAY,
    NOT_FINITE,
    RNGS,
    Call,
    arrays,
    changed,
    longer,
    matrices,
    numbers,
    pool,
)

STEP = numbers(zero=0, negative=-1e-5, tiny=1e-300)


def _numerical_gradient(rng, folder):
    array = rng.normal(size=(2, 3))
    results = (np.nan, np.inf, None, "1", 1j, array, [1.0], True)
    pools = {
        "f": CALLABLES | {str(r): lambda rng, good, r=r: lambda: r for r in results},
        "array": NO_ARRAY
        | NOT_FINITE
        | changed(
            list=lambda good: good.tolist(),
            single=lambda good: good.astype("f4"),
            integers=lambda good: good.astype(int),
            read_only=lambda good: np.broadcast_to(good[0], good.shape),
        ),
        "step": STEP,
    }
    arguments = {"f": lambda: float((array**2).sum()), "array": array, "step": 1e-5}
    return Call(bnlib.numerical_gradient, arguments, pools)


def _check_gradients(rng, folder):
    layer, x, _ = used("Linear", rng)
    single = bnlib.Linear(3, 2, rng=rng, dtype="f4")
    pools = {
        "layer": pool(none=None, text="Linear", type=bnlib.Linear, single=single, list=[layer]),
        "x": matrices(1, single=lambda good: good.astype("f4")),
        "training": FLAGS,
        "rng": RNGS,
        "step": numbers(zero=0, negative=-1e-5, huge_step=1e300),
    }
    arguments = {"layer": layer, "x": x, "training": True, "rng": rng, "step": 1e-5}
    return Call(bnlib.check_gradients, arguments, pools, ("W",))


def _relative_error(rng, folder):
    arguments = {"a": rng.normal(size=(2, 3)), "b": rng.normal(size=(2, 3))}
    return Call(bnlib.relative_error, arguments, {"a": arrays(0, 1), "b": arrays(0, 1)})


def _moments(rng, folder):
    moments, x = bnlib.Moments(), 3 + rng.normal(size=(4, 3))
    moments.add(x)
    return Call(moments.add, {"x": x}, {"x": matrices(1, wide=lambda good: 1e200 * good)})


def _average(method, name):
    def make(rng, folder):
        average = bnlib.ExponentialMovingAverage(0.9, np.zeros((2, 3)))
        average.update(rng.normal(size=(2, 3)))
        value = rng.normal(size=(2, 3))
        return Call(getattr(average, method), {name: value}, {name: matrices(0, 1)})

    return make


def _optimizer(make_one, method):
    def make(rng, folder):
        theta = rng.normal(size=4)
        optimizer = make_one()
        optimizer.step(theta, rng.normal(size=4))
        more = changed(single=lambda good: good.astype("f4"), list=lambda good: good.tolist())
        no_vector = NO_ARRAY | longer(0) | more
        pools = {
            "theta": no_vector | changed(read_only=lambda good: np.broadcast_to(good[:1], (4,))),
            "gradient": no_vector,
        }
        arguments = {"theta": theta, "gradient": rng.normal(size=4)}
        return Call(getattr(optimizer, method), arguments, pools)

    return make


def _schedule(make_one, name, pools):
    def make(rng, folder):
        return Call(Assignment(make_one(), name), {"value": 0.5}, {"value": pools}, (name,))

    return make


def _sgd():
    return bnlib.SGD(0.1, momentum=0.9, nesterov=True)


OPTIMIZERS = {"SGD": _sgd, "Adam": bnlib.Adam}


CASES = {
    "numerical_gradient": _numerical_gradient,
    "check_gradients": _check_gradients,
    "relative_error": _relative_error,
    "Moments.add": _moments,
    "ExponentialMovingAverage.update": _average("update", "new"),
    "ExponentialMovingAverage.reset_to": _average("reset_to", "value"),
    "SGD.learning_rate": _schedule(_sgd, "learning_rate", numbers(zero=0, negative=-0.1)),
    "Adam.beta1": _schedule(bnlib.Adam, "beta1", numbers(one=1, negative=-0.1)),
    **{
        f"{name}.{method}": _optimizer(make_one, method)
        for name, make_one in OPTIMIZERS.items()
        for method in ("step", "check")
    },
}
