"""What the book does with the engine: replicas, recording, the live control; and exactness."""

from time import perf_counter

import numpy as np
import torch
from rivals import DATA, training_steps
from timing import interleaved

import bnlib
from bnlib.distributions import Distributions
from bnlib.experiments.layer_shift import EVERY, PROBE, Configuration, record
from bnlib.widgets.layer_shift import LIVE_EVERY

SIZES = [DATA.x.shape[1], *[50] * 5, 10]


def limit_of_a_step(width, batch_size, depth=5):
    """Microseconds of a training step, of its calls alone, and of its products at the GEMM peak."""
    tiny = training_steps(1, 3, depth)["bnlib"]
    step = training_steps(width, batch_size, depth)["bnlib"]
    timings = interleaved({"step": step, "tiny": tiny}, calls=50)
    # Forward, and the gradients by W and by the input, which the first layer leaves out.
    shapes = list(zip(SIZES[:1] + [width] * depth, [width] * depth + SIZES[-1:], strict=True))
    operations = sum(
        2 * batch_size * before * after * (2 if layer == 0 else 3)
        for layer, (before, after) in enumerate(shapes)
    )
    return timings.median("step"), timings.median("tiny"), operations / _gemm_peak()


def _gemm_peak(n=512):
    """Operations a microsecond in a large float32 product."""
    a = np.random.default_rng(0).normal(size=(n, n)).astype(np.float32)

    def products(calls):
        for _ in range(calls):
            a.dot(a)

    return 2 * n**3 / float(interleaved({"gemm": products}, calls=5).times["gemm"].min())


def offset_errors(heights, features=50, offset=1e6):
    """Errors of y, dx, dgamma in float32, ours and PyTorch's, for each number of rows."""
    for n in heights:
        rng = np.random.default_rng(n)
        x = (offset + rng.normal(size=(n, features))).astype(np.float32)
        dy = rng.normal(size=(n, features)).astype(np.float32)
        gamma, beta = rng.normal(1, 0.3, (2, features)).astype(np.float32)
        exact = _batch_norm(x.astype(np.float64), gamma, beta, dy)
        yield (
            n,
            *(
                [
                    float(np.abs(a - e).max() / np.abs(e).max())
                    for a, e in zip(got, exact, strict=True)
                ]
                for got in (_batch_norm(x, gamma, beta, dy), _pytorch(x, gamma, beta, dy))
            ),
        )


def _batch_norm(x, gamma, beta, dy):
    y, cache = bnlib.batch_norm(x, gamma, beta)
    dx, dgamma, _ = bnlib.batch_norm_backward(dy, cache)
    return y, dx, dgamma


def _pytorch(x, gamma, beta, dy):
    x, gamma, beta, dy = (torch.from_numpy(array) for array in (x, gamma, beta, dy))
    x.requires_grad_()
    gamma.requires_grad_()
    y = torch.nn.functional.batch_norm(x, None, None, gamma, beta, training=True)
    y.backward(dy)
    return y.detach().numpy(), x.grad.numpy(), gamma.grad.numpy()


def replicas(k=20, batch_size=32):
    """How many times longer a loop of single runs takes than one stack of `k` networks."""

    def networks():
        return [
            bnlib.mlp(SIZES, batch_norm=True, rng=np.random.default_rng(seed), dtype=np.float32)
            for seed in range(k)
        ]

    single, stacked = networks(), networks()
    rngs = [np.random.default_rng([seed, 1]) for seed in range(k)]

    def optimizers():
        return [bnlib.SGD(0.05, 0.9) for _ in range(k)]

    def loop(steps):
        for network, optimizer, rng in zip(single, optimizers(), rngs, strict=True):
            bnlib.train(network, DATA.x, DATA.labels, steps=steps, batch_size=batch_size,
                        optimizer=optimizer, rng=rng)  # fmt: skip

    def stack(steps):
        bnlib.train_replicas(stacked, DATA.x, DATA.labels, steps=steps, batch_size=batch_size,
                             optimizers=optimizers(), rngs=rngs)  # fmt: skip

    return interleaved({"loop": loop, "stack": stack}, calls=50, rounds=15).ratio("loop", "stack")


def recording(steps=200):
    """Percent of a run's time that looking at five layers adds, at the book's rhythm."""
    recorder = _watched_run(steps)
    rivals = {
        "training": lambda calls: _watched_run(steps, watch=False),
        "copies": lambda calls: _watched_run(steps),
        "histograms": lambda calls: _histograms(recorder),
        "both": lambda calls: _moments(_histograms(recorder)),
    }
    times = interleaved(rivals, calls=1).times
    copies = times["copies"] - times["training"]
    for name, costs, aim in (
        ("copying the values of five layers", copies, 20),
        ("copying, and their histograms afterwards", copies + times["histograms"], 20),
        ("moments and percentiles on top", times["both"] - times["histograms"], 5),
    ):
        shares = 100 * costs / times["training"]
        share = tuple(float(value) for value in np.percentile(shares, [50, 10, 90]))
        yield f"{name}, every {EVERY} steps, % of the training time", share, aim


def _watched_run(steps, watch=True):
    network = bnlib.mlp(SIZES, batch_norm=True, rng=np.random.default_rng(0), dtype=np.float32)
    recorder = bnlib.Recorder(DATA.x[:PROBE], EVERY)
    bnlib.train(network, DATA.x, DATA.labels, steps=steps, batch_size=32,
                optimizer=bnlib.SGD(0.05), rng=np.random.default_rng(0),
                observers=[recorder] if watch else [])  # fmt: skip
    return recorder


def _histograms(recorder):
    distributions = Distributions(recorder.received)
    distributions.histogram(-3, 3, 32)
    return distributions


def _moments(distributions):
    return distributions.mean, distributions.std, distributions.percentiles


def live_control(rounds=31):
    """Milliseconds from a control's change to new data: both networks retrained and packed."""
    for activation in ("relu", "sigmoid"):
        for batch_size in (8, 32):
            configuration = Configuration(activation, 0.15, batch_size)
            record([configuration], every=LIVE_EVERY)  # the first run warms up
            times = []
            for _ in range(rounds):
                start = perf_counter()
                record([configuration], every=LIVE_EVERY)
                times.append(1000 * (perf_counter() - start))
            name = f"live control, {activation}, batch {batch_size}, without drawing, ms"
            yield name, tuple(float(value) for value in np.percentile(times, [50, 10, 90]))
