"""Run the stored experiments again: `python -m bnlib.experiments`, or some by name.

Two at a time, so that no core waits for the last run of one. Finished runs are kept in
`_build/experiments`: what was interrupted goes on where it was.
"""

import argparse
import contextlib
import importlib
import io
import multiprocessing
import sys
from functools import partial
from pathlib import Path

import joblib
from tqdm import tqdm

from bnlib.experiments.side_by_side import side_by_side
from bnlib.experiments.sweep import bar_line, pinned

# Each has `run(folder)`, which writes results/<name>.json; and roughly the seconds of one core that
# it takes, whose ratios tell how much is left.
STORED = {
    "scale_the_inputs": 125,
    "sigmoid_parts": 10,
    "input_norm": 105,
    "placement": 210,
    "learning_rate_range": 365,
    "tuned_descent": 155,
    "coloured_cats": 235,
    "drift": 40,
    "figure_one": 85,
    "frozen_layers": 60,
    "gradient_shift": 25,
    "coupling": 8,
    "shift_or_smoothness": 125,
    "batch_noise": 20,
    "ghost_batches": 145,
    "beside_dropout": 100,
    "variance_shift": 27,
    "float32_error": 3,
    "statistics_outside": 23,
    "small_batches": 58,
    "inference_statistics": 87,
}
# Experiments that take the settings which another one found.
AFTER = {
    "frozen_layers": "drift",
    "gradient_shift": "drift",
    "coupling": "drift",
    "shift_or_smoothness": "tuned_descent",
    "inference_statistics": "small_batches",
}
TOGETHER = 2
FOLDER = Path("_build", "experiments")


def main(arguments=None):
    """Run the named experiments, or all, on every core; returns the exit status."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="*", metavar="name", help=f"of {', '.join(STORED)}")
    names = parser.parse_args(arguments).names or list(STORED)
    unknown = [name for name in names if name not in STORED]
    if unknown:
        parser.error(f"no stored experiment is called {unknown[0]}; there is {', '.join(STORED)}")
    together = min(TOGETHER, len(names), joblib.cpu_count())
    jobs = joblib.cpu_count() // together
    names.sort(key=lambda name: -STORED[name])  # the longest first: the last ones then end together
    kept = {name for name in names if (FOLDER / name).exists()}  # which say little of the pace
    left, taken, expected = list(names), 0.0, 0.0
    print(f"{len(names)} experiments, {_about(left, together, 1 / jobs)}", flush=True)
    clear = "\r\x1b[K" if sys.stdout.isatty() else ""  # the line may hold another process's bar
    tqdm.set_lock(multiprocessing.get_context("spawn").RLock())  # bars of all processes take turns
    work = partial(_run, folder=FOLDER, jobs=jobs, lock=tqdm.get_lock())
    try:
        with pinned():
            for name, said, seconds in side_by_side(work, names, after=AFTER, together=together):
                left.remove(name)
                if name not in kept:
                    taken, expected = taken + seconds, expected + STORED[name]
                pace = taken / expected if expected else 1 / jobs
                number = f"{len(names) - len(left)} of {len(names)}"
                head = f"== {name}, {number}, {_about(left, together, pace)}"
                print(f"{clear}{head}\n{said}", flush=True)
    except KeyboardInterrupt:
        print("\nInterrupted; the same command goes on from here.", file=sys.stderr)
        return 130
    return 0


def _about(names, together, pace):
    return f"about {sum(STORED[name] for name in names) * pace / together / 60:.1f} min left"


def _run(name, line, folder, jobs, lock):
    """Run one experiment; returns what it printed."""
    tqdm.set_lock(lock)
    experiment, said = importlib.import_module(f"bnlib.experiments.{name}"), io.StringIO()
    with contextlib.redirect_stdout(said), bar_line(line), joblib.parallel_config(n_jobs=jobs):
        experiment.run(folder / name)
    return said.getvalue()
