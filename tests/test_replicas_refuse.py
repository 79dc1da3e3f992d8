"""What `train_replicas` refuses: before anything has changed, and naming what is wrong."""

import numpy as np
import pytest

import bnlib

RNG = np.random.default_rng
X, LABELS = RNG(0).normal(size=(30, 6)), RNG(1).integers(0, 3, 30)


def mlp(k=0, sizes=(6, 5, 3), **settings):
    return bnlib.mlp(list(sizes), **{"batch_norm": True, "rng": RNG(k)} | settings)


def with_third(network):
    return [mlp(0), mlp(1), network]


SGD, GENERATOR, TWIN = bnlib.SGD(0.1), RNG(7), mlp()
STEPPED = bnlib.SGD(0.1)
STEPPED.step(np.ones(4), np.ones(4))
NAN = np.where(np.arange(180).reshape(30, 6) == 9, np.nan, X)
NO_STEP = [bnlib.SGD(0.1), bnlib.SGD(0.1), object()]
BAD = {
    "networks is empty": {"networks": []},
    "networks must be a list": {"networks": 3},
    "network 1: network must be a bnlib.Network": {"networks": [mlp(), None, mlp()]},
    "networks 0 and 2 are one and the same": {"networks": [TWIN, mlp(), TWIN]},
    r"layer 0 of network 2 is Linear from \(6,\) to \(4,\)": {
        "networks": with_third(mlp(sizes=(6, 4, 3)))
    },
    "layer 1 of network 2 is ReLU .* of network 0 BatchNorm or Identity": {
        "networks": with_third(mlp(batch_norm=False))
    },
    "layer 2 of network 2 is Tanh": {"networks": with_third(mlp(activation="tanh"))},
    "layer 4 of network 2 is Linear .* of network 0 nothing": {
        "networks": with_third(
            bnlib.Network(
                [bnlib.Linear(6, 5, rng=RNG(0)), bnlib.Identity(), bnlib.ReLU()]
                + [bnlib.Linear(*sizes, rng=RNG(0)) for sizes in [(5, 3), (3, 3)]]
            )
        )
    },
    "layer 0 of network 2 is .* in float32": {"networks": with_third(mlp(dtype=np.float32))},
    "optimizers has 2 entries for 3 networks": {"optimizers": [bnlib.SGD(0.1), bnlib.SGD(0.1)]},
    "optimizers must be a list of 3": {"optimizers": SGD},
    "optimizers 1 and 2 are one and the same": {"optimizers": [bnlib.SGD(0.1), SGD, SGD]},
    "network 2: optimizer needs a step method": {"optimizers": NO_STEP},
    "network 0: .* has stepped one": {"optimizers": [STEPPED, bnlib.SGD(0.1), SGD]},
    "rngs has 4 entries": {"rngs": [RNG(k) for k in range(4)]},
    "rngs 0 and 1 are one and the same": {
        "rngs": [GENERATOR, np.random.Generator(GENERATOR.bit_generator), RNG(1)]
    },
    "network 1: rng must be a numpy.random.Generator": {"rngs": [RNG(0), 1, RNG(2)]},
    "observers has 1 entries": {"observers": [[]]},
    "network 2: observers must be callables": {"observers": [[print], [], ["print"]]},
    "network 0: observers must be a list": {"observers": [print, print, print]},
    r"network 0: x of shape \(30, 6\) has nan at index \(1, 3\)": {"x": NAN},
    "network 2: x of shape .* has nan": {"x": [X, X, NAN]},
    "x has 2 entries": {"x": [X, X]},
    r"network 0: x has shape \(30, 5\)": {"x": X[:, 1:]},
    r"network 1: x has shape \(30, 5\)": {"x": [X, X[:, 1:], X]},
    "network 2: labels holds 3": {"targets": [LABELS, LABELS, LABELS + 1]},
    "network 1: labels has shape": {"targets": [LABELS, LABELS[1:], LABELS]},
    "network 0: .* one value a feature": {"batch_size": 1},
    "network 0: batch_size is 31": {"batch_size": 31},
    "steps must be at least 1": {"steps": 0},
    "loss must be one of": {"loss": "hinge"},
}


def positions(run):
    """Where everything stands that training would move."""
    networks = [network for network in run["networks"] if isinstance(network, bnlib.Network)]
    rngs = [rng for rng in run["rngs"] if isinstance(rng, np.random.Generator)]
    return [
        [network.theta.tobytes() + network.gradient.tobytes() for network in networks],
        [repr(layer.state) for network in networks for layer in network.layers],
        [repr(rng.bit_generator.state) for rng in rngs],
    ]


@pytest.mark.parametrize("message", BAD)
def test_bad_input_is_refused_before_anything_changes(message):
    seen = []
    run = {
        "networks": [mlp(k) for k in range(3)],
        "x": X,
        "targets": LABELS,
        "steps": 5,
        "batch_size": 10,
        "optimizers": [bnlib.SGD(0.1) for _ in range(3)],
        "rngs": [RNG(k) for k in range(3)],
        "observers": [[lambda step, network: seen.append(step)]] * 3,
    } | BAD[message]
    before = positions(run) if isinstance(run["networks"], list) else None
    with pytest.raises((ValueError, TypeError), match=message):
        bnlib.train_replicas(**run)
    assert seen == []
    assert before is None or positions(run) == before
