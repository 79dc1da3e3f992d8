"""Run the stored experiments again: `python -m bnlib.experiments`, or some by name.

Finished runs are kept in `_build/experiments`, so one that was interrupted goes on where it was.
"""

import argparse
import importlib
import sys
import time
from pathlib import Path

import joblib

# Each has `run(folder)`, which writes results/<name>.json; and roughly the seconds of one core that
# it takes, whose ratios tell how much is left.
STORED = {
    "scale_the_inputs": 300,
    "sigmoid_parts": 20,
    "input_norm": 120,
    "placement": 150,
    "learning_rate_range": 500,
    "tuned_descent": 190,
    "coloured_cats": 300,
    "drift": 140,
    "figure_one": 95,
    "frozen_layers": 90,
    "gradient_shift": 25,
    "coupling": 15,
    "shift_or_smoothness": 225,
    "batch_noise": 25,
    "ghost_batches": 160,
    "beside_dropout": 110,
    "variance_shift": 25,
    "float32_error": 3,
    "statistics_outside": 25,
    "small_batches": 85,
    "inference_statistics": 100,
}
FOLDER = Path("_build", "experiments")


def main(arguments=None):
    """Run the named experiments, or all, on every core; returns the exit status."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="*", metavar="name", help=f"of {', '.join(STORED)}")
    names = parser.parse_args(arguments).names or list(STORED)
    unknown = [name for name in names if name not in STORED]
    if unknown:
        parser.error(f"no stored experiment is called {unknown[0]}; there is {', '.join(STORED)}")
    taken, expected = 0.0, 0.0  # of the experiments that did not merely go on
    for number, name in enumerate(names, 1):
        pace = taken / expected if expected else 1 / joblib.cpu_count()
        left = sum(STORED[each] for each in names[number - 1 :]) * pace
        print(f"== {name}, {number} of {len(names)}, about {left / 60:.1f} min left", flush=True)
        anew, start = not (FOLDER / name).exists(), time.monotonic()
        experiment = importlib.import_module(f"bnlib.experiments.{name}")
        try:
            with joblib.parallel_config(n_jobs=-1):
                experiment.run(FOLDER / name)
        except KeyboardInterrupt:
            print("\nInterrupted; the same command goes on from here.", file=sys.stderr)
            return 130
        if anew:
            taken, expected = taken + time.monotonic() - start, expected + STORED[name]
    return 0


if __name__ == "__main__":
    sys.exit(main())
