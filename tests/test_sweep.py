"""Sweeps: the same bits whatever the workers and the order, and nothing lost when one is cut off.

Runs of `marked` leave a file each, so that a test sees what ran, and a run can fail once only.
"""

import hashlib
import os
import signal
import subprocess
import sys
import threading
import time
from dataclasses import dataclass
from pathlib import Path

import joblib
import numpy as np
import pytest
from joblib.externals.loky import get_reusable_executor

import bnlib
from bnlib.experiments import sweep as sweep_module
from bnlib.experiments.sweep import ATTEMPTS, PINNED_ENVIRONMENT, sweep
from tools import normalize_notebooks

ROOT = normalize_notebooks.ROOT


@dataclass(frozen=True)
class Training:
    seed: int
    rate: float
    dtype: str = "float32"


def trained(task):
    """A short training whose matrices are large enough for BLAS to share them among threads."""
    train, _, _ = bnlib.load_digits().split(task.seed, dtype=np.dtype(task.dtype))
    network = bnlib.mlp(
        [64, 300, 10], batch_norm=True, rng=np.random.default_rng(task.seed), dtype=task.dtype
    )
    optimizer = bnlib.SGD(task.rate, 0.9)
    draws = np.random.default_rng([task.seed, 1])
    how = {"steps": 5, "batch_size": 500, "optimizer": optimizer, "rng": draws}
    history = bnlib.train(network, train.x, train.labels, **how)
    return {"theta": network.theta, "first": float(history.losses[0]), "seed": task.seed}


TASKS = [Training(seed, rate) for seed in range(4) for rate in (0.1, 0.5)]


def marked(task):
    """Leave a mark, then do what the task says; in its first runs, end as it says."""
    marks = Path(task["marks"])
    before = len(list(marks.glob(f"{task['seed']}-*")))
    (marks / f"{task['seed']}-{before}").touch()
    if before < task["times"]:
        wait_for(lambda: len(list(Path(task["folder"]).glob("*.json"))) >= task["others"])
        if task["ends"] == "killed":
            os.kill(os.getpid(), signal.SIGKILL)
        raise KeyboardInterrupt
    return {"square": task["seed"] ** 2}


def wait_for(condition, seconds=20):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.02)


def ill(task):
    if task == 3:
        raise ValueError("no such thing")
    return {"task": task} if task < 5 else [task]


def thread(task):
    return {"thread": threading.current_thread().name}


@pytest.fixture(scope="module", autouse=True)
def no_process_is_left_behind():
    yield
    get_reusable_executor().shutdown(wait=True, kill_workers=True)


@pytest.fixture(scope="module")
def one_by_one():
    return [trained(task) for task in TASKS]


def bits(value):
    if isinstance(value, np.ndarray | np.generic):
        return type(value), value.dtype, value.shape, value.tobytes()
    return type(value), repr(value)


def assert_same_bits(results, expected):
    assert len(results) == len(expected)
    for result, wanted in zip(results, expected, strict=True):
        assert result.keys() == wanted.keys()
        for name, value in wanted.items():
            assert bits(result[name]) == bits(value)


@pytest.mark.parametrize("n_jobs", [None, 1, 2])
def test_any_number_of_workers_gives_the_same_bits(one_by_one, n_jobs):
    assert_same_bits(sweep(trained, TASKS, n_jobs=n_jobs), one_by_one)


def test_any_order_and_any_part_gives_the_same_bits(one_by_one, tmp_path):
    order = np.random.default_rng(0).permutation(len(TASKS))
    sweep(trained, TASKS[3:5], folder=tmp_path)
    shuffled = sweep(trained, [TASKS[i] for i in order], folder=tmp_path, n_jobs=2)
    assert_same_bits(shuffled, [one_by_one[i] for i in order])
    assert_same_bits(sweep(trained, TASKS, folder=tmp_path), one_by_one)


def test_a_dask_cluster_gives_the_same_bits_and_says_what_goes_wrong(one_by_one, tmp_path):
    dask, distributed = pytest.importorskip("dask"), pytest.importorskip("dask.distributed")
    quiet = {"dashboard_address": None, "silence_logs": 50}
    missing = type(trained)(trained.__code__, {"__name__": "missing"})
    with (
        dask.config.set({"distributed.scheduler.allowed-failures": 0}),  # usually 3: it takes time
        distributed.LocalCluster(n_workers=2, threads_per_worker=1, **quiet) as cluster,
        distributed.Client(cluster),
        joblib.parallel_config(backend="dask"),
    ):
        assert_same_bits(sweep(trained, TASKS, folder=tmp_path), one_by_one)
        with pytest.raises(ValueError, match=r"no such thing\nin .*ill of 3"):
            sweep(ill, [1, 3])
        with pytest.raises(ModuleNotFoundError, match="missing"):  # Dask would wait forever
            sweep(missing, [1, 3])
        tasks = marked_tasks(tmp_path, "killed", times=99, others=0)
        with pytest.raises(RuntimeError, match=f"died {ATTEMPTS} times"):  # joblib would wait
            sweep(marked, tasks[2:3])


def test_a_cluster_of_one_worker_does_the_work():
    distributed = pytest.importorskip("dask.distributed")
    quiet = {"dashboard_address": None, "silence_logs": 50}
    with (
        distributed.LocalCluster(
            n_workers=1, threads_per_worker=1, processes=False, **quiet
        ) as one,
        distributed.Client(one),
        joblib.parallel_config(backend="dask"),
    ):
        (result,) = sweep(thread, [1])
    assert result["thread"] != threading.current_thread().name


def test_a_process_that_is_not_pinned_gives_the_same_bits(one_by_one):
    script = """
import hashlib, os
from tests.test_sweep import TASKS, sweep, trained
runs = [sweep(trained, TASKS[:2], n_jobs=n_jobs) for n_jobs in (1, 2)]
print(*(hashlib.sha256(run["theta"]).hexdigest() for results in runs for run in results))
print("OPENBLAS_CORETYPE" in os.environ)
"""
    free = {name: value for name, value in os.environ.items() if name not in PINNED_ENVIRONMENT}
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, cwd=ROOT, env=free
    )
    assert done.stderr == ""
    expected = [hashlib.sha256(run["theta"]).hexdigest() for run in one_by_one[:2]]
    assert done.stdout.split() == [*expected, *expected, "False"]


def test_the_pinned_environment_is_the_one_of_the_notebooks():
    assert PINNED_ENVIRONMENT == normalize_notebooks.PINNED_ENVIRONMENT
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    assert all(f"{name} := {value}" in makefile for name, value in PINNED_ENVIRONMENT.items())


def test_a_worker_that_would_compute_otherwise_is_refused(monkeypatch):
    usual = sweep_module._HERE
    monkeypatch.setattr(sweep_module, "_HERE", usual | {"numpy": "1.0"})
    with pytest.raises(ValueError, match=rf"worker has .*'{np.__version__}'.* needs .*'1\.0'"):
        sweep(ill, [1, 2], n_jobs=2)
    monkeypatch.setattr(sweep_module, "_HERE", usual | {"OPENBLAS_NUM_THREADS": "8"})
    threads = joblib.parallel_config(backend="threading", n_jobs=2)
    with threads, pytest.raises(ValueError, match="'OPENBLAS_NUM_THREADS': '8'"):
        sweep(ill, [1, 2])


def marked_tasks(tmp_path, ends, times=1, others=5):
    """Six tasks; number 2 ends badly, once that many `others` are kept."""
    (tmp_path / "marks").mkdir()
    common = {"marks": str(tmp_path / "marks"), "folder": str(tmp_path / "runs"), "others": others}
    return [
        {"seed": seed, "ends": ends, "times": times if seed == 2 else 0, **common}
        for seed in range(6)
    ]


def times_run(tmp_path):
    names = [path.name for path in (tmp_path / "marks").iterdir()]
    return [sum(name.startswith(f"{seed}-") for name in names) for seed in range(6)]


SQUARES = [{"square": seed**2} for seed in range(6)]


def test_a_killed_worker_costs_only_the_runs_that_it_had(tmp_path):
    tasks = marked_tasks(tmp_path, "killed")
    assert sweep(marked, tasks, folder=tmp_path / "runs", n_jobs=2) == SQUARES
    assert times_run(tmp_path) == [1, 1, 2, 1, 1, 1]


def test_a_run_that_always_kills_its_worker_is_named_and_the_others_are_kept(tmp_path):
    tasks = marked_tasks(tmp_path, "killed", times=ATTEMPTS)
    with pytest.raises(RuntimeError, match=rf"{ATTEMPTS} times.* left: 1, .*'seed': 2"):
        sweep(marked, tasks, folder=tmp_path / "runs", n_jobs=2)
    assert sweep(marked, tasks, folder=tmp_path / "runs") == SQUARES
    assert times_run(tmp_path) == [1, 1, ATTEMPTS + 1, 1, 1, 1]


@pytest.mark.parametrize(("n_jobs", "others"), [(1, 2), (2, 5)])
def test_an_interrupted_sweep_goes_on_where_it_stopped(tmp_path, n_jobs, others):
    tasks = marked_tasks(tmp_path, "interrupted", others=others)
    with pytest.raises(KeyboardInterrupt):
        sweep(marked, tasks, folder=tmp_path / "runs", n_jobs=n_jobs)
    assert len(list((tmp_path / "runs").iterdir())) == others
    assert sweep(marked, tasks, folder=tmp_path / "runs", n_jobs=n_jobs) == SQUARES
    assert times_run(tmp_path) == [1, 1, 2, 1, 1, 1]


def test_the_same_task_twice_runs_once(tmp_path):
    task = marked_tasks(tmp_path, None)[3]
    assert sweep(marked, [task, dict(reversed(task.items()))]) == [{"square": 9}] * 2
    assert sum(times_run(tmp_path)) == 1


def test_an_error_names_its_task():
    for n_jobs in (1, 2):
        with pytest.raises(ValueError, match=r"no such thing\nin .*ill of 3"):
            sweep(ill, [1, 3], n_jobs=n_jobs)
    with pytest.raises(TypeError, match=r"must return a dict .*\[5\]\nin .*ill of 5"):
        sweep(ill, [5])


@pytest.mark.parametrize(
    ("function", "tasks", "more", "error", "message"),
    [
        (lambda task: {}, [1], {}, TypeError, "top of a module"),
        (Path.touch, [1], {}, TypeError, "top of a module"),
        ("ill", [1], {}, TypeError, "top of a module"),
        (ill, 1, {}, TypeError, "list of tasks"),
        (ill, [np.zeros(2)], {}, TypeError, "ndarray.*the seed"),
        (ill, [(1, np.random.default_rng(0))], {}, TypeError, "Generator.*the seed"),
        (ill, [1], {"n_jobs": "two"}, TypeError, "n_jobs"),
        (ill, [1], {"n_jobs": 0}, ValueError, "n_jobs"),
    ],
)
def test_sweep_refuses(function, tasks, more, error, message):
    with pytest.raises(error, match=message):
        sweep(function, tasks, **more)


def test_a_sweep_prints_nothing_away_from_a_terminal_unless_asked(capfd, tmp_path):
    sweep(ill, range(4, 1, -2), n_jobs=2)
    assert capfd.readouterr() == ("", "")
    sweep(ill, [1, 2], progress=True, folder=tmp_path)
    sweep(ill, [1, 2, 4], progress=True, folder=tmp_path)
    assert "3/3" in capfd.readouterr().err
