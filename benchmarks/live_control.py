"""How long does LayerShift take to retrain both networks, from a control's change to new data?

    OPENBLAS_NUM_THREADS=1 .venv/bin/python benchmarks/live_control.py

Sending and drawing the answer comes on top (about 4 ms of drawing in Chromium). A time, not a test.
"""

from time import perf_counter

import numpy as np

from bnlib.experiments.layer_shift import Configuration, record
from bnlib.widgets.layer_shift import LIVE_EVERY

REPETITIONS = 31


def main():
    for activation in ("relu", "sigmoid"):
        for batch_size in (8, 32):
            configuration = Configuration(activation, 0.15, batch_size)
            record([configuration], every=LIVE_EVERY)  # the first run warms up
            times = []
            for _ in range(REPETITIONS):
                start = perf_counter()
                record([configuration], every=LIVE_EVERY)
                times.append(1000 * (perf_counter() - start))
            low, middle, high = np.percentile(times, [10, 50, 90])
            print(
                f"{activation:8}batch {batch_size:2}: median {middle:4.0f} ms"
                f" (10 % below {low:.0f}, 10 % above {high:.0f})"
            )


if __name__ == "__main__":
    main()
