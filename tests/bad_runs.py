"""Good and bad calls of what works on whole networks, files, gradients and averages."""

import numpy as np

import bnlib
from tests.bad_layers import HUGE, used
from tests.bad_values import (
    CALLABLES,
    DTYPES,
    LABELS,
    NAMES,
    RNGS,
    Call,
    counts,
    matrices,
    pool,
)

NETWORKS = pool(
    none=None,
    text="mlp",
    layer=bnlib.ReLU(),
    layers=[bnlib.ReLU()],
    type=bnlib.Network,
    array=np.ones(3),
)


class Elsewhere(bnlib.ReLU):
    """A layer from outside bnlib."""


def _linear(rng=None, sizes=(3, 2), **more):
    return bnlib.Linear(*sizes, rng=rng or np.random.default_rng(0), **more)


def _diverged():
    network = bnlib.Network([_linear()])
    network.theta[1] = np.nan
    return network


OTHER_WIDTH = bnlib.Network([_linear(sizes=(5, 2))])
IMAGES_OUT = bnlib.Network([bnlib.Conv2d(1, 1, 1, rng=np.random.default_rng(0))])


def _network(rng, folder):
    pools = {
        "layers": pool(
            none=None,
            nothing=[],
            number=3,
            text="linear",
            types=[bnlib.ReLU],
            network=[bnlib.Network([bnlib.ReLU()])],
            twice=[bnlib.ReLU()] * 2,
            taken=OTHER_WIDTH.layers,
            widths=[_linear(), _linear()],
            dtypes=[_linear(), bnlib.BatchNorm(2, dtype="f4")],
        )
    }
    return Call(bnlib.Network, {"layers": [_linear(), bnlib.ReLU()]}, pools, ("layer", "network"))


def _accuracy(rng, folder):
    network, x, _ = used("Network", rng)
    arguments = {"network": network, "x": x, "labels": rng.integers(2, size=len(x))}
    networks = NETWORKS | pool(other=OTHER_WIDTH, images=IMAGES_OUT)
    pools = {"network": networks, "x": matrices(0, 1, **HUGE), "labels": LABELS}
    return Call(bnlib.accuracy, arguments, pools, ("x", "labels"))


class NoStep:
    """Not an optimizer."""

    step = 0.1


def _stepped():
    optimizer = bnlib.SGD(0.1)
    optimizer.step(np.ones(3), np.ones(3))
    return optimizer


def _train(loss):
    def make(rng, folder):
        network, x, _ = used("Network", rng)
        labels, values = rng.integers(2, size=len(x)), rng.normal(size=(len(x), 2))
        arguments = {
            "network": network,
            "x": x,
            "targets": values if loss == "mean_squared_error" else labels,
            "steps": 3,
            "batch_size": 3,
            "optimizer": bnlib.SGD(0.1, momentum=0.9),
            "rng": rng,
            "observers": [bnlib.Recorder(x, every=1)],
            "loss": loss,
        }
        pools = {
            "network": NETWORKS | pool(other=OTHER_WIDTH, images=IMAGES_OUT),
            "x": matrices(0, 1),
            "targets": matrices(0, 1) if loss == "mean_squared_error" else LABELS,
            "steps": counts(zero=0),
            "batch_size": counts(zero=0, one=1, more=7),
            "optimizer": CALLABLES
            | pool(type=bnlib.SGD, no_step=NoStep(), stepped=_stepped(), other=bnlib.Adam),
            "rng": RNGS,
            "observers": pool(
                none=None, number=1, numbers=[1], text="f", function=len, array=np.ones(2)
            ),
            "loss": NAMES
            | pool(other="binary_cross_entropy", function=bnlib.softmax_cross_entropy),
        }
        return Call(
            bnlib.train,
            arguments,
            pools,
            ("labels", "x", "batch", "binary_cross_entropy", "theta", "targets"),
        )

    return make


def _train_replicas(rng, folder):
    """Each list of K may be bad as a whole, or in its second entry."""
    networks, (x, *_) = zip(*(used("Network", rng)[:2] for _ in range(2)), strict=True)
    arguments = {
        "networks": list(networks),
        "x": [x, x + 1],
        "targets": rng.integers(2, size=len(x)),
        "steps": 3,
        "batch_size": 3,
        "optimizers": [bnlib.SGD(0.1), bnlib.Adam()],
        "rngs": [np.random.default_rng(seed) for seed in (1, 2)],
        "observers": [[], [bnlib.Recorder(x, every=1)]],
        "loss": "softmax_cross_entropy",
    }
    twins = {"twice": lambda rng, good: [good[0], good[0]], "one": lambda rng, good: good[:1]}
    lists = twins | pool(number=1, text="two", function=len)
    pools = {
        "networks": _second(NETWORKS | pool(other=OTHER_WIDTH)) | lists | pool(none=None),
        "x": _second(matrices(0, 1)) | {"one": twins["one"]},
        "targets": LABELS,
        "steps": counts(zero=0),
        "batch_size": counts(zero=0, one=1, more=7),
        "optimizers": _second(CALLABLES | pool(stepped=_stepped())) | lists | pool(none=None),
        "rngs": _second(RNGS) | lists | pool(none=None),
        "observers": _second(pool(none=None, number=1, numbers=[1])) | pool(number=1, text="two"),
        "loss": NAMES,
    }
    return Call(bnlib.train_replicas, arguments, pools, ("network", "labels", "rng", "optimizer"))


def _second(bad):
    """Lists whose second entry alone is bad."""
    return {
        f"second {label}": lambda rng, good, make=make: [good[0], make(rng, good[1])]
        for label, make in bad.items()
    }


def _recorder(rng, folder):
    pools = {"probe": matrices(one_row=lambda good: good[:1]), "every": counts(zero=0)}
    return Call(bnlib.Recorder, {"probe": rng.normal(size=(4, 3)), "every": 2}, pools)


def _record(rng, folder):
    network, x, _ = used("Network", rng)
    recorder = bnlib.Recorder(x, every=5)
    recorder(10, network)
    steps = counts(zero=0, earlier=5, again=10) | pool(huge=5 * 2**63)
    others = pool(width=OTHER_WIDTH, twin=used("Network", rng)[0])
    pools = {"step": steps, "network": NETWORKS | others}
    return Call(recorder.__call__, {"step": 15, "network": network}, pools, ("recorded",))


def _recalibrate(rng, folder):
    network, x, _ = used("Network", rng)
    no_norm = bnlib.Network([_linear(), bnlib.ReLU()])
    pools = {
        "network": NETWORKS | pool(other=OTHER_WIDTH, no_norm=no_norm),
        "x": matrices(1, **HUGE, one_example=lambda good: good[:1]),
        "batch_size": counts(zero=0),
    }
    return Call(bnlib.recalibrate, {"network": network, "x": x, "batch_size": 4}, pools, ("x",))


def _fold(rng, folder):
    network, *_ = used("Network", rng)
    untrained = bnlib.mlp([3, 4, 2], batch_norm=True, rng=rng)
    pools = {"network": NETWORKS | pool(untrained=untrained)}
    return Call(bnlib.fold_batch_norm, {"network": network}, pools, ("BatchNorm",))


def _save(rng, folder):
    network, *_ = used("Network", rng)
    pools = {
        "network": NETWORKS | pool(diverged=_diverged(), elsewhere=bnlib.Network([Elsewhere()])),
        "path": pool(none=None, number=1.5, bytes=b"network.npz", network=network, list=["a"]),
    }
    arguments = {"network": network, "path": folder / "network.npz"}
    return Call(bnlib.save, arguments, pools, ("layer", "theta", "W", "os.PathLike"))


def _load(rng, folder):
    network, *_ = used("Network", rng)
    path, text, half = (folder / name for name in ("network.npz", "text.npz", "half.npz"))
    bnlib.save(network, path)
    text.write_text("theta = 1")
    half.write_bytes(path.read_bytes()[:-9])
    pools = {
        "path": pool(none=None, number=1.5, bytes=b"network.npz", list=["a"], text=text, half=half),
        "into": pool(
            text="mlp",
            layer=bnlib.ReLU(),
            layers=network.layers,
            other=OTHER_WIDTH,
            type=bnlib.Network,
        ),
    }
    return Call(
        bnlib.load, {"path": path, "into": network}, pools, ("os.PathLike", "text.npz", "half.npz")
    )


def _split(rng, folder):
    pools = {"seed": counts(), "dtype": DTYPES}
    return Call(bnlib.load_digits().split, {"seed": 0, "dtype": "f4"}, pools)


CASES = {
    "Network": _network,
    "accuracy": _accuracy,
    **{f"train | {loss}": _train(loss) for loss in ("softmax_cross_entropy", "mean_squared_error")},
    "train_replicas": _train_replicas,
    "Recorder": _recorder,
    "Recorder.__call__": _record,
    "recalibrate": _recalibrate,
    "fold_batch_norm": _fold,
    "save": _save,
    "load": _load,
    "Digits.split": _split,
}
