"""How does the cost grow with N, D, depth and K? Draws it, and fits the exponents."""

import matplotlib

matplotlib.use("svg")
import matplotlib.pyplot as plt
import numpy as np
from rivals import DATA, batch_norm_layers, training_steps
from timing import interleaved

import bnlib

ROUNDS = 11


def draw(path):
    """Write the picture; return the Markdown that shows it, with the exponents."""
    panels = (
        ("batch norm layer, D = 64", "examples N", (64, 256, 1024, 4096, 16384), _rows),
        ("batch norm layer, N = 64", "features D", (64, 256, 1024, 4096, 16384), _features),
        ("training step, width 50, batch 32", "hidden layers", (1, 2, 4, 8, 16, 32), _depth),
        ("stacked step, width 50, batch 32", "networks K", (1, 2, 4, 8, 16, 32, 64), _networks),
    )
    figure, axes = plt.subplots(1, 4, figsize=(13, 3.2), layout="constrained")
    lines = []
    for axis, (title, label, sizes, time_of) in zip(axes, panels, strict=True):
        times = np.array([time_of(size) for size in sizes])
        # Small sizes are all overhead: the exponent is that of the upper half.
        half = len(sizes) // 2
        exponent = np.polyfit(np.log(sizes[half:]), np.log(times[half:]), 1)[0]
        axis.loglog(sizes, times, "o-", color="#0072B2", label="measured")
        axis.loglog(sizes, times[-1] * np.array(sizes) / sizes[-1], "--", color="#666666",
                    label="proportional")  # fmt: skip
        axis.set(title=title, xlabel=label)
        lines.append(f"- {title}, {label} {sizes[half]} to {sizes[-1]}: time ~ size^{exponent:.2f}")
    axes[0].set_ylabel("microseconds")
    axes[0].legend()
    figure.savefig(path)
    plt.close(figure)
    alt = "Time against size in four log-log panels, each beside a line of proportional growth"
    return "\n".join([f"![{alt}]({path.name})\n", *lines, ""])


def _median(rivals, calls):
    return interleaved({"bnlib": rivals}, calls, ROUNDS).median("bnlib")


def _rows(n):
    return _median(batch_norm_layers(n, 64)["bnlib"], max(3, 200_000 // (n * 64)))


def _features(d):
    return _median(batch_norm_layers(64, d)["bnlib"], max(3, 200_000 // (64 * d)))


def _depth(depth):
    return _median(training_steps(50, 32, depth)["bnlib"], 20)


def _networks(k):
    sizes = [DATA.x.shape[1], *[50] * 5, 10]
    networks = [
        bnlib.mlp(sizes, batch_norm=True, rng=np.random.default_rng(seed), dtype=np.float32)
        for seed in range(k)
    ]
    rngs = [np.random.default_rng([seed, 1]) for seed in range(k)]

    def run(steps):
        bnlib.train_replicas(
            networks,
            DATA.x,
            DATA.labels,
            steps=steps,
            batch_size=32,
            optimizers=[bnlib.SGD(0.05, 0.9) for _ in range(k)],
            rngs=rngs,
        )

    return _median(run, 20)
