"""`make experiments`: every stored result, and how much time is left."""

import importlib
from types import SimpleNamespace

import joblib
import pytest

from bnlib.experiments import __main__ as command
from tools.normalize_notebooks import ROOT


def test_every_stored_result_is_made_again():
    results = (ROOT / "bnlib" / "experiments" / "results").glob("*.json")
    # `make frameworks` makes the other one, with the frameworks themselves.
    assert sorted(path.stem for path in results) == sorted([*command.STORED, "frameworks"])
    for name in command.STORED:
        assert callable(importlib.import_module(f"bnlib.experiments.{name}").run)


@pytest.fixture
def announced(monkeypatch, tmp_path, capsys):
    """`announced(kept)`: what is said of two experiments, 60 and 180 s, of which `kept` has run.

    A run takes 30 s by the clock.
    """
    clock = [0.0]

    def run(_folder):
        clock[0] += 30.0

    def announce(*kept):
        for name in kept:
            (tmp_path / name).mkdir()
        command.main([])
        return [line.partition(", ")[2] for line in capsys.readouterr().out.splitlines()]

    monkeypatch.setattr(command, "STORED", {"short": 60, "long": 180})
    monkeypatch.setattr(command, "FOLDER", tmp_path)
    monkeypatch.setattr(command.importlib, "import_module", lambda _: SimpleNamespace(run=run))
    monkeypatch.setattr(command.time, "monotonic", lambda: clock[0])
    monkeypatch.setattr(joblib, "cpu_count", lambda: 2)
    return announce


def test_the_time_left_follows_the_pace_of_what_ran(announced):
    # 240 s of one core are 120 s of two. The 60 s took 30 s, so the other 180 s will take 90 s.
    assert announced() == ["1 of 2, about 2.0 min left", "2 of 2, about 1.5 min left"]


def test_what_only_went_on_says_nothing_of_the_pace(announced, monkeypatch):
    monkeypatch.setattr(joblib, "cpu_count", lambda: 4)
    assert announced("short") == ["1 of 2, about 1.0 min left", "2 of 2, about 0.8 min left"]
