"""Run the stored experiments again: `python -m bnlib.experiments`, or some by name.

Finished runs are kept in `_build/experiments`, so one that was interrupted goes on where it was.
"""

import argparse
import importlib
import sys
from pathlib import Path

import joblib

# Each has `run(folder)`, which writes results/<name>.json.
STORED = (
    "scale_the_inputs",
    "sigmoid_parts",
    "input_norm",
    "placement",
    "learning_rate_range",
    "tuned_descent",
    "coloured_cats",
    "drift",
    "figure_one",
    "frozen_layers",
    "gradient_shift",
    "coupling",
    "shift_or_smoothness",
    "batch_noise",
    "ghost_batches",
    "beside_dropout",
    "variance_shift",
    "float32_error",
    "statistics_outside",
    "small_batches",
    "inference_statistics",
)
FOLDER = Path("_build", "experiments")


def main(arguments=None):
    """Run the named experiments, or all, on every core; returns the exit status."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="*", metavar="name", help=f"of {', '.join(STORED)}")
    names = parser.parse_args(arguments).names or STORED
    unknown = [name for name in names if name not in STORED]
    if unknown:
        parser.error(f"no stored experiment is called {unknown[0]}; there is {', '.join(STORED)}")
    for name in names:
        print(f"== {name}", flush=True)
        experiment = importlib.import_module(f"bnlib.experiments.{name}")
        try:
            with joblib.parallel_config(n_jobs=-1):
                experiment.run(FOLDER / name)
        except KeyboardInterrupt:
            print("\nInterrupted; the same command goes on from here.", file=sys.stderr)
            return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
