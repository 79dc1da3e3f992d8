"""Replicas: all that single runs leave behind, K at once; and what is refused."""

from copy import deepcopy

import numpy as np
import pytest

import bnlib
from bnlib import replicas
from bnlib.record import AccuracyRecorder

RNG = np.random.default_rng
TRAINING = bnlib.load_digits().split(0)[0]
X, LABELS = TRAINING.x[:200], TRAINING.labels[:200]


def mlp(k, **settings):
    return bnlib.mlp([64, 12, 9, 10], **{"batch_norm": True, "rng": RNG(k)} | settings)


def layers(k, *between, bias=True):
    """64 inputs, 12 units, whatever comes between, 10 outputs."""
    first = bnlib.Linear(64, 12, bias=bias, rng=RNG(k))
    return bnlib.Network([first, *between, bnlib.Linear(12, 10, rng=RNG(k + 50))])


def stepped(k):
    adam = bnlib.Adam(0.01)
    if k:  # the first one starts afresh
        adam.step(np.zeros(1018), RNG(k).normal(size=1018))
    return adam


class OwnSGD:
    def step(self, theta, gradient):
        theta -= 0.1 * np.sign(gradient)


def sgd(k):
    return bnlib.SGD(0.05, momentum=0.9)


def settings(make_network, make_optimizer=sgd, number=3, x=X, targets=LABELS, **more):
    """What `train_replicas` takes; the same numbers at each call."""
    return {
        "networks": [make_network(k) for k in range(number)],
        "x": x,
        "targets": targets,
        "steps": 70,
        "batch_size": 20,
        "optimizers": [make_optimizer(k) for k in range(number)],
        "rngs": [RNG(1000 + k) for k in range(number)],
    } | more


IMAGES = X.reshape(-1, 1, 8, 8)
CASES = {
    "seeds": lambda: settings(mlp),
    "without batch norm": lambda: settings(lambda k: mlp(k, batch_norm=False)),
    "sigmoid": lambda: settings(lambda k: mlp(k, activation="sigmoid")),
    "gains": lambda: settings(lambda k: mlp(k, gain=0.3 + k, activation="tanh", batch_norm=False)),
    "rates": lambda: settings(mlp, lambda k: bnlib.SGD(0.02 * 3**k, 0.3 * k, False, 0.01 * k)),
    "nesterov": lambda: settings(mlp, lambda k: bnlib.SGD(0.01 + 0.02 * k, 0.9, nesterov=k < 2)),
    "adam": lambda: settings(mlp, lambda k: bnlib.Adam(0.002 * (1 + k))),
    "adam, stepped before": lambda: settings(mlp, stepped),
    "optimizers of any kind": lambda: settings(mlp, lambda k: [sgd(k), bnlib.Adam(), OwnSGD()][k]),
    "own data": lambda: settings(
        mlp, x=[X[k : k + 150] for k in range(3)], targets=[LABELS[k : k + 150] for k in range(3)]
    ),
    "squared error": lambda: settings(
        mlp, x=[X, X + 1, X], targets=np.eye(10)[LABELS], loss="mean_squared_error"
    ),
    "batch norm or identity": lambda: settings(
        lambda k: layers(k, (bnlib.Identity(), bnlib.BatchNorm(12))[k % 2], bnlib.ReLU()), number=5
    ),
    "with and without bias": lambda: settings(lambda k: layers(k, bnlib.Tanh(), bias=k < 2)),
    "batch norms that differ": lambda: settings(
        lambda k: layers(k, bnlib.BatchNorm(12, ema_decay=0.3 * k, eps=0.1, bias_correction=k < 1))
    ),
    "ghost batches": lambda: settings(lambda k: layers(k, bnlib.BatchNorm(12, ghost_batch_size=5))),
    "statistics outside": lambda: settings(
        lambda k: layers(k, bnlib.BatchNorm(12, statistics_in_gradient=False), bnlib.ReLU())
    ),
    "uncorrected": lambda: settings(
        lambda k: layers(k, bnlib.BatchNorm(12, running_var_correction=0))
    ),
    "dropout": lambda: settings(lambda k: layers(k, bnlib.ReLU(), bnlib.Dropout(0.4, rng=RNG(k)))),
    "norms": lambda: settings(lambda k: layers(k, bnlib.LayerNorm(12), bnlib.GroupNorm(3, 12))),
    "images": lambda: settings(
        lambda k: bnlib.convnet(rng=RNG(k), channels=[3]), x=IMAGES, steps=5
    ),
}


def one_by_one(networks, x, targets, optimizers, rngs, observers=None, **same):
    """What `train_replicas` must equal."""
    histories = []
    for k, network in enumerate(networks):
        own = {"optimizer": optimizers[k], "rng": rngs[k], "observers": (observers or {k: ()})[k]}
        x_k = x[k] if isinstance(x, list) else x
        targets_k = targets[k] if isinstance(targets, list) else targets
        histories.append(bnlib.train(network, x_k, targets_k, **own, **same))
    return histories


def remains(run, histories):
    """All that training leaves behind, as nested lists and dicts."""
    return [
        [
            [history.losses, history.diverged_at, network.theta, network.gradient],
            [layer.state for layer in network.layers],
            vars(optimizer),
            rng.bit_generator.state,
        ]
        for history, network, optimizer, rng in zip(
            histories, run["networks"], run["optimizers"], run["rngs"], strict=True
        )
    ]


def assert_equal(some, others):
    """Numbers to 1e-12: BLAS may order the sums of stacks differently."""
    if isinstance(some, dict):
        some, others = sorted(some.items()), sorted(others.items())
    if isinstance(some, list | tuple):
        assert len(some) == len(others)
        for one, other in zip(some, others, strict=True):
            assert_equal(one, other)
    elif isinstance(some, np.ndarray):
        np.testing.assert_allclose(some, others, rtol=1e-12, atol=1e-12)
    else:
        np.testing.assert_array_equal(some, others)


def assert_trains_alike(case):
    singles, together = case(), case()
    expected = remains(singles, one_by_one(**singles))
    assert_equal(remains(together, bnlib.train_replicas(**together)), expected)
    return singles, together


@pytest.mark.parametrize("name", CASES)
def test_replicas_end_where_single_runs_end(name):
    singles, together = assert_trains_alike(CASES[name])
    go_on = {"steps": 3, "batch_size": 15}  # each on its own, all as before
    expected = remains(singles, one_by_one(**singles | go_on))
    assert_equal(remains(together, one_by_one(**together | go_on)), expected)


def test_float32_is_close():
    ends = []
    for train in (one_by_one, bnlib.train_replicas):
        run = settings(lambda k: mlp(k, dtype=np.float32))
        train(**run)
        ends.append(np.array([network.theta for network in run["networks"]]))
    assert ends[1].dtype == np.float32
    np.testing.assert_allclose(*ends, rtol=1e-3, atol=1e-4)


@pytest.mark.parametrize(
    ("limit", "sizes"), [(1, [1] * 5), (2 * 20 * 12 * 8, [2, 2, 1]), (3 * 20 * 12 * 8, [3, 2])]
)
def test_chunks_change_nothing(limit, sizes, monkeypatch):
    whole, chunks = settings(mlp, number=5), settings(mlp, number=5)
    expected = remains(whole, bnlib.train_replicas(**whole))
    train_chunk, seen = replicas._train_chunk, []
    monkeypatch.setattr(replicas, "_STACK_BYTES", limit)
    monkeypatch.setattr(
        replicas,
        "_train_chunk",
        lambda runs, *rest: (seen.append(len(runs)), train_chunk(runs, *rest)),
    )
    assert_equal(remains(chunks, bnlib.train_replicas(**chunks)), expected)
    assert seen == sizes


@pytest.mark.parametrize("watchers", [0, 5])
def test_a_run_that_diverges_stops_alone(watchers):
    def case():
        return settings(
            lambda k: layers(k, bnlib.Dropout(0.2, rng=RNG(k))),
            lambda k: bnlib.SGD([0.01, 1e6, 0.01, 0.01, 1e300][k], momentum=0.5),
            number=5,
            observers=[[Watch()] for _ in range(watchers)],
        )

    singles, together = assert_trains_alike(case)
    ends = [history.diverged_at for history in bnlib.train_replicas(**case())]
    assert ends[0] is ends[2] is ends[3] is None
    assert 0 < ends[4] < ends[1] < 70
    for k in (0, 2, 3):
        assert singles["networks"][k].theta.tobytes() == together["networks"][k].theta.tobytes()
    seen = [[watch.seen for (watch,) in run["observers"]] for run in (singles, together)]
    assert_equal(*seen)


@pytest.mark.parametrize(("steps", "ends"), [(70, [None, 1, 1]), (1, [None, 1, 1])])
def test_all_others_may_diverge_and_it_may_be_at_the_last_update(steps, ends):
    def case():
        return settings(layers, lambda k: bnlib.SGD(1e305 if k else 1e-13), steps=steps, x=X * 1e5)

    assert_trains_alike(case)
    assert [history.diverged_at for history in bnlib.train_replicas(**case())] == ends


class Watch:
    def __init__(self):
        self.seen = []

    def __call__(self, step, network):
        states = [layer.state for layer in network.layers]
        self.seen.append([step, network.theta.copy(), network.gradient.copy(), states])


def watched(every):
    def case():
        observers = [
            [bnlib.Recorder(X[:30], every[0]), AccuracyRecorder(X, LABELS, every[1]), *plain]
            for plain in ([Watch()], [], ())
        ]
        return settings(mlp, observers=observers, steps=13)

    return case


@pytest.mark.parametrize("every", [(4, 6), (1, 13), (100, 100)])
def test_observers_see_what_they_see_of_single_runs(every):
    runs = assert_trains_alike(watched(every))
    seen = [
        [
            [a.steps, a.received, a.gradient_norms, b.steps, b.accuracies, [w.seen for w in ws]]
            for a, b, *ws in run["observers"]
        ]
        for run in runs
    ]
    assert len(seen[0][0][-1][0]) == 14
    assert_equal(*seen)


def test_observers_may_change_what_they_watch():
    def case():
        run = settings(mlp, number=4, steps=12)

        def change(step, network):
            k = run["networks"].index(network)
            if step == 4:
                run["optimizers"][k].learning_rate /= 2 + k
            if step == 6 and k % 2:
                network.layers[1].frozen = True
                network.layers[4].statistics_in_gradient = False
            if step == 7 and k == 3:
                network.layers[4].eps = 0.5
                network.layers[1].frozen = False
            if step == 8 and k == 2:
                network.theta = network.theta * 0.9
                network.layers[4].load_state(bnlib.BatchNorm(9).state)
                run["optimizers"][k].momentum = 0

        return run | {"observers": [[change]] * 4}

    assert_trains_alike(case)


def test_an_observer_with_an_interval_is_called_at_its_multiples():
    watches = Watch(), Watch()
    watches[0].every, watches[1].every = 6, 4
    bnlib.train_replicas(**settings(mlp, number=1, observers=[watches], steps=13))
    steps = [[step for step, *_ in watch.seen] for watch in watches]
    assert steps == [[0, 6, 12], [0, 4, 8, 12]]


def test_networks_come_back_as_they_were_lent():
    run = settings(mlp)
    for network in run["networks"]:
        network.forward(X, training=True)
    vectors = [(network.theta, network.gradient) for network in run["networks"]]
    weights = [network.layers[0].params["W"] for network in run["networks"]]
    bnlib.train_replicas(**run)
    for network, own, W in zip(run["networks"], vectors, weights, strict=True):
        assert network.theta is own[0]
        assert network.gradient is own[1]
        assert np.shares_memory(network.layers[0].params["W"], W)
        twin = deepcopy(network)
        network.theta = network.theta + 1
        assert network.layers[0].params["W"][0, 0] == twin.layers[0].params["W"][0, 0] + 1
        with pytest.raises(ValueError, match="forward call before"):
            network.backward(np.ones((20, 10)))


def test_an_observer_that_fails_leaves_networks_that_work():
    def fail(step, network):
        if step == 3:
            raise RuntimeError("enough")

    singles, run = settings(mlp, steps=3), settings(mlp, observers=[[], [fail], []])
    expected = remains(singles, one_by_one(**singles))
    with pytest.raises(RuntimeError, match="enough"):
        bnlib.train_replicas(**run)
    none = [bnlib.History(expected[k][0][0], None) for k in range(3)]
    assert_equal(remains(run, none), expected)
