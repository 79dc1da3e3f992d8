"""The many runs of an experiment: on one core, on all, or on a cluster, with the same results.

What a run gives depends on its task alone: randomness comes from the task's seed, and each run
has one BLAS thread and one kernel, so neither the number of workers nor the order changes a bit.
"""

import contextlib
import contextvars
import hashlib
import inspect
import os
import platform
import reprlib
import warnings
from pathlib import Path

import joblib
import numpy as np
from joblib.parallel import get_active_backend
from tqdm import tqdm

from bnlib.checks import check_count, check_sequence
from bnlib.experiments.dask_backend import reliable
from bnlib.experiments.run_folder import RunFolder, describe, from_text, to_text

# As tools/normalize_notebooks.py has it, which is not part of the package; a test compares them.
PINNED_ENVIRONMENT = {"OPENBLAS_NUM_THREADS": "1"}
if platform.machine().lower() in ("x86_64", "amd64"):
    PINNED_ENVIRONMENT["OPENBLAS_CORETYPE"] = "Haswell"

ATTEMPTS = 3  # times that worker processes may die before a sweep gives up
_DEATHS = ("TerminatedWorkerError", "KilledWorker")  # loky's; Dask's, of a task tried four times
_IDLE = 60  # seconds until an idle worker leaves


def _engine():
    """A hash of the sources and the data that this process computes with."""
    package = Path(__file__).parents[1]
    files = [*package.glob("*.py"), *package.glob("data/*.*")]
    contents = b"".join(hashlib.sha256(path.read_bytes()).digest() for path in sorted(files))
    return hashlib.sha256(contents).hexdigest()


# What the numbers of this process depend on, besides the task: read when it starts, as NumPy does.
_HERE = {
    "bnlib": _engine(),
    "numpy": np.__version__,
    "processor": platform.machine(),
    **{name: os.environ.get(name) for name in PINNED_ENVIRONMENT},
}


def sweep(function, tasks, *, folder=None, n_jobs=None, progress=None):
    """Run `function` once for each task and return the results in the order of the tasks.

    Parameters
    ----------
    function : function
        From the top of a module. It takes a task and returns a dict of numbers, strings and
        arrays. All its randomness comes from the task.
    tasks : sequence
        Each a tuple, dict or dataclass of plain values, the seed among them.
    folder : str or path, optional
        Each finished run is written there at once, as one file, and is not run again while the
        task, the function's file, the engine and NumPy stay the same. So a sweep that was
        interrupted goes on where it stopped. A damaged file is a warning and is computed again.
    n_jobs : int, optional
        Processes; -1 for one a core. By default what `joblib.parallel_config` says, else 1.
    progress : bool, optional
        Show a bar with the time left. By default only where stderr is a terminal.

    Returns
    -------
    list of dict

    Raises
    ------
    ValueError, TypeError
        For a function or a task of another kind, or a worker that would compute otherwise.
    RuntimeError
        When worker processes died `ATTEMPTS` times; it says which tasks are left.
    Exception
        What `function` raises, with a note that names the task.

    Notes
    -----
    More than one machine: start a Dask cluster, then

        with Client("scheduler:8786"), joblib.parallel_config(backend="dask"):
            sweep(function, tasks, folder="runs")

    The workers need this bnlib and `PINNED_ENVIRONMENT`; one that has not is refused. Only this
    process writes to the folder. Where it is not pinned itself, one job is a worker process too.

    Examples
    --------
    >>> def square(task):
    ...     return {"square": task["number"] ** 2}
    >>> sweep(square, [{"number": 3}, {"number": 4}])
    [{'square': 9}, {'square': 16}]
    """
    if not inspect.isfunction(function) or not function.__qualname__.isidentifier():
        raise TypeError(f"function must come from the top of a module, got {function!r}")
    if n_jobs is not None:
        n_jobs = check_count("n_jobs", n_jobs, least=-1)
    tasks = check_sequence("tasks", tasks, "tasks")
    runs = [describe(task) for task in tasks]
    needed = _HERE | PINNED_ENVIRONMENT
    kept = None if folder is None else RunFolder(folder, function, needed)
    texts = {run: kept.read(run) if kept else None for run in runs}
    left = {run: task for run, task in zip(runs, tasks, strict=True) if texts[run] is None}
    where = _where(function, needed, n_jobs) if left else {}
    with _bar(function, len(texts), len(left), progress) as bar:
        for run, text in _finished(function, left, needed, where):
            if kept:
                kept.write(run, text)
            texts[run] = text
            bar.update()
    return [from_text(texts[run]) for run in runs]


@contextlib.contextmanager
def bar_line(line):
    """Sweeps show their bars in this line of the terminal, counted from 0, and leave none behind.

    For processes that show theirs at the same time.
    """
    token = _LINE.set(line)
    try:
        yield
    finally:
        _LINE.reset(token)


_LINE = contextvars.ContextVar("line", default=None)
_SHORT = reprlib.Repr()
_SHORT.maxlist, _SHORT.maxdict, _SHORT.maxother = 3, 20, 200


def _bar(function, total, left, progress):
    name = f"{function.__module__.rpartition('.')[2]}: {function.__name__.strip('_')}"
    disable = None if progress is None else not progress  # None: tqdm looks for a terminal
    where = {"position": _LINE.get(), "leave": _LINE.get() is None}
    return tqdm(total=total, initial=total - left, desc=name, unit="run", disable=disable, **where)


def _where(function, needed, n_jobs):
    """Arguments of joblib.Parallel that say where the runs go."""
    if needed != _HERE and joblib.effective_n_jobs(n_jobs) == 1:
        # joblib runs a single job in this process. Two workers, given one run at a time, are one.
        return {"backend": "loky", "n_jobs": 2, "pre_dispatch": 1}
    backend, _ = get_active_backend()
    modules = {__name__, function.__module__} - {"__main__"}
    return {"backend": reliable(backend, sorted(modules)), "n_jobs": n_jobs}


def _finished(function, left, needed, where):
    """Yield (run, text) as the runs of `left` finish, and take them out of it."""
    for _ in range(ATTEMPTS):
        try:
            for run, text in _outputs(function, left, needed, where):
                yield run, text
                del left[run]
            return
        except Exception as error:
            if type(error).__name__ not in _DEATHS:
                raise
            died = error
    raise RuntimeError(
        f"worker processes died {ATTEMPTS} times (out of memory? then take fewer n_jobs); "
        f"tasks left: {len(left)}, {_SHORT.repr(list(left.values()))}"
    ) from died


def _outputs(function, left, needed, where):
    """Yield (run, text) in the order in which the workers finish."""
    if not left:
        return
    parallel = joblib.Parallel(
        **where,
        return_as="generator_unordered",
        batch_size=1,  # else finished runs would wait for others of their batch
        idle_worker_timeout=_IDLE,  # unlike joblib's own: workers that it made unpinned stay out
    )
    calls = [joblib.delayed(_run)(function, run, task, needed) for run, task in left.items()]
    with pinned():
        outputs = parallel(calls)
        try:
            yield from outputs
        finally:
            with warnings.catch_warnings():  # joblib warns of the runs that an exception cut off
                warnings.simplefilter("ignore", UserWarning)
                outputs.close()


@contextlib.contextmanager
def pinned():
    """Let processes that start meanwhile be pinned, as the runs of a sweep have to be."""
    before = {name: os.environ.get(name) for name in PINNED_ENVIRONMENT}
    os.environ.update(PINNED_ENVIRONMENT)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


def _run(function, run, task, needed):
    """Run one task, in a worker."""
    other = {name: _HERE[name] for name in needed if _HERE[name] != needed[name]}
    if other:
        wanted = {name: needed[name] for name in other}
        raise ValueError(f"a worker has {other}, the sweep needs {wanted}: start both anew, alike")
    try:
        return run, to_text(function(task))
    except Exception as error:
        error.add_note(f"in {function.__module__}.{function.__qualname__} of {task!r}")
        raise
