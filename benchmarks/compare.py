"""How fast and how exact is the engine beside PyTorch? Writes benchmarks/results.md and growth.svg.

    make bench

PyTorch runs eager on one thread, NumPy on one BLAS thread. All rivals of a row take turns in one
process; a figure is the median over the rounds, in brackets its 10 % and 90 % points.
"""

import os
import platform
from pathlib import Path

os.environ["OPENBLAS_NUM_THREADS"] = "1"  # before NumPy is imported

import numpy as np
import torch
from growth import draw
from rivals import batch_norm_layers, training_steps
from timing import interleaved
from workloads import (
    limit_of_a_step,
    live_control,
    offset_errors,
    recording,
    replicas,
)

FOLDER = Path(__file__).parent
STEPS = ((50, 32, 3.0), (50, 128, 2.5), (100, 128, 1.6))  # width, batch size, ratio aimed at
LAYERS = ((32, 50, 2.4), (128, 100, 1.7), (256, 256, 1.1), (1024, 1024, 0.55))


def row(*cells):
    return "| " + " | ".join(str(cell) for cell in cells) + " |"


def table(head, rows):
    return "\n".join([row(*head), row(*["---"] * len(head)), *rows, ""])


def spread(values, digits=2):
    middle, low, high = (f"{value:.{digits}f}" for value in values)
    return f"{middle} ({low}-{high})"


def against_pytorch(name, timings, aim):
    ratio = timings.ratio("PyTorch", "bnlib")
    return row(
        name,
        *(f"{timings.median(rival):.0f}" for rival in ("bnlib", "PyTorch", "textbook")),
        spread(ratio),
        f"{aim:g}",
        "yes" if ratio[0] >= aim else "no",
        spread(timings.ratio("textbook", "bnlib")),
    )


def speed():
    head = ("", "bnlib, us", "PyTorch, us", "textbook NumPy, us", "PyTorch / bnlib",
            "aim", "reached", "textbook / bnlib")  # fmt: skip
    rows = []
    for width, batch_size, aim in STEPS:
        timings = interleaved(training_steps(width, batch_size), calls=50)
        rows.append(against_pytorch(f"step, width {width}, batch {batch_size}", timings, aim))
    for n, d, aim in LAYERS:
        timings = interleaved(batch_norm_layers(n, d), calls=max(3, 400_000 // (n * d)))
        rows.append(against_pytorch(f"layer, {n} x {d}", timings, aim))
    return table(head, rows)


def limits():
    head = ("step", "bnlib, us", "overhead, us", "products at the GEMM peak, us", "of the limit")
    rows = []
    for width, batch_size, _ in STEPS:
        step, overhead, products = limit_of_a_step(width, batch_size)
        figures = (f"{value:.0f}" for value in (step, overhead, products))
        share = f"{step / (overhead + products):.2f} x"
        rows.append(row(f"width {width}, batch {batch_size}", *figures, share))
    return table(head, rows)


def exactness():
    head = ("rows", "bnlib: y", "dx", "dgamma", "PyTorch: y", "dx", "dgamma")
    rows = [
        row(n, *(f"{error:.0e}" for error in (*ours, *theirs)))
        for n, ours, theirs in offset_errors((32, 256, 1024, 4096, 32_768))
    ]
    return table(head, rows)


def others():
    head = ("", "measured", "aim", "reached")
    rows = []
    ratio = replicas()
    rows.append(row("20 stacked networks: a loop of single runs / stacked", spread(ratio), 2.2,
                    "yes" if ratio[0] >= 2.2 else "no"))  # fmt: skip
    for name, share, aim in recording():
        rows.append(row(name, spread(share, 1), aim, "yes" if share[0] <= aim else "no"))
    for name, milliseconds in live_control():
        rows.append(row(name, spread(milliseconds, 0), 100,
                        "yes" if milliseconds[0] <= 100 else "no"))  # fmt: skip
    return table(head, rows)


def main():
    torch.set_num_threads(1)
    versions = (
        f"Python {platform.python_version()}, NumPy {np.__version__}, PyTorch {torch.__version__}, "
        f"{platform.machine()}, {os.cpu_count()} cores, load average {os.getloadavg()[0]:.1f}"
    )
    parts = [
        "# Speed and exactness beside PyTorch\n",
        f"Written by `make bench`. {versions}. One thread each, float32. The rivals of a row take "
        "turns in one process: median (10 %-90 %) over 31 rounds.\n",
        "## Time\n",
        speed(),
        "## How far from the limit?\n",
        "The overhead is the time of the same step with three examples and layers one unit wide: "
        "all of its calls, next to no arithmetic. The products are its matrix products at the "
        "speed of a large one.\n",
        limits(),
        "## Exactness: x = 1e6 + N(0, 1), 50 features\n",
        "Largest error, relative to the largest value, of float32 against float64 on the same "
        "numbers.\n",
        exactness(),
        "## Replicas, recording, live control\n",
        others(),
        "## Growth\n",
        draw(FOLDER / "growth.svg"),
    ]
    text = "\n".join(parts)
    (FOLDER / "results.md").write_text(text, encoding="utf-8")
    print(text)


if __name__ == "__main__":
    main()
