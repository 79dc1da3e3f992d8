"""Jobs in processes of their own: at the same time, in the order they may, all or none left."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from bnlib.experiments.side_by_side import side_by_side
from tools.normalize_notebooks import ROOT


def echo(name, line):
    return name, line


def large(name, _line):
    return np.zeros(10**6)  # more than a pipe holds


def failing(name, _line):
    if name == "bad":
        raise ValueError("this one cannot")
    time.sleep(60)


def meeting(folder, line):
    """Ends once its partner of the other line is there, too."""
    (Path(folder) / str(line)).write_text(str(os.getpid()))
    for _ in range(600):
        if (Path(folder) / str(1 - line)).exists():
            return line
        time.sleep(0.05)
    raise TimeoutError("alone")


def waiting(folder, line):
    (Path(folder) / str(line)).write_text(str(os.getpid()))
    time.sleep(60)


INTERRUPTED = """
import signal

signal.signal(signal.SIGINT, signal.default_int_handler)  # background jobs of a shell ignore it
from bnlib.experiments.side_by_side import side_by_side
from tests.test_side_by_side import waiting
try:
    list(side_by_side(waiting, [FOLDER, FOLDER]))
except KeyboardInterrupt:
    raise SystemExit(130)
"""


def test_ctrl_c_ends_all_jobs_and_none_of_them_complains(tmp_path):
    script = INTERRUPTED.replace("FOLDER", repr(str(tmp_path)))
    command = [sys.executable, "-c", script]
    with subprocess.Popen(
        command, cwd=ROOT, stderr=subprocess.PIPE, start_new_session=True
    ) as running:
        for _ in range(600):
            pids = [path.read_text() for path in tmp_path.iterdir()]
            if len(pids) == 2 and all(pids):
                break
            time.sleep(0.05)
        os.killpg(running.pid, signal.SIGINT)  # as a terminal does
        try:
            complaints = running.communicate(timeout=30)[1]
        except subprocess.TimeoutExpired:
            os.killpg(running.pid, signal.SIGKILL)
            raise
    assert complaints == b""
    assert running.returncode == 130
    for pid in pids:
        with pytest.raises(ProcessLookupError):
            os.kill(int(pid), 0)


def test_every_job_ends_once_and_lines_are_free_again():
    found = {name: result for name, result, _ in side_by_side(echo, "abcde", together=2)}
    assert {name: each[0] for name, each in found.items()} == {name: name for name in "abcde"}
    assert {each[1] for each in found.values()} == {0, 1}


def test_two_run_at_the_same_time(tmp_path):
    names = [str(tmp_path)] * 2
    assert sorted(line for _, line, _ in side_by_side(meeting, names, together=2)) == [0, 1]


def test_a_job_waits_for_the_one_before_it_but_not_for_one_that_is_not_run():
    order = [
        name
        for name, _, _ in side_by_side(
            echo, ("last", "first", "free"), after={"last": "first", "free": "absent"}, together=2
        )
    ]
    assert order.index("first") < order.index("last")
    assert sorted(order) == ["first", "free", "last"]


def test_jobs_that_wait_for_one_another_are_refused():
    with pytest.raises(RuntimeError, match="a, b wait for one another"):
        list(side_by_side(echo, "ab", after={"a": "b", "b": "a"}))


def test_a_result_larger_than_a_pipe_arrives():
    [(_, result, seconds)] = side_by_side(large, ["a"])
    assert result.shape == (10**6,)
    assert 0 < seconds < 60


def test_a_job_that_fails_is_named_and_the_others_are_stopped(capfd):
    start = time.monotonic()
    with pytest.raises(RuntimeError, match="bad failed, with the exit status 1"):
        list(side_by_side(failing, ("long", "bad"), together=2))
    assert time.monotonic() - start < 50
    assert "this one cannot" in capfd.readouterr().err
