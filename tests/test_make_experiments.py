"""`make experiments`: every stored result, and how much time is left."""

import importlib
import sys
from types import SimpleNamespace

import joblib
import pytest
from tqdm import tqdm

from bnlib.experiments import run_stored as command
from bnlib.experiments import sweep
from tools.normalize_notebooks import ROOT


def test_every_stored_result_is_made_again():
    results = (ROOT / "bnlib" / "experiments" / "results").glob("*.json")
    # `make frameworks` makes the other one, with the frameworks themselves.
    assert sorted(path.stem for path in results) == sorted([*command.STORED, "frameworks"])
    for name in command.STORED:
        assert callable(importlib.import_module(f"bnlib.experiments.{name}").run)


def test_what_waits_for_another_is_known_and_no_experiment_waits_for_itself():
    assert set(command.AFTER) | set(command.AFTER.values()) <= set(command.STORED)
    assert not set(command.AFTER) & set(command.AFTER.values())


@pytest.fixture
def announced(monkeypatch, tmp_path, capsys):
    """`announced(kept)`: what is said of three experiments, of which `kept` have been run before.

    One after the other takes half of the seconds that it should; so one core does it in them.
    """

    def side_by_side(_work, names, after, together):
        asked.append((after, together))
        return ((name, f"{name} says", command.STORED[name] / 2) for name in names)

    asked = []

    def announce(*kept, together=2):
        for name in kept:
            (tmp_path / name).mkdir()
        assert command.main([]) == 0
        assert asked == [(command.AFTER, together)]
        return capsys.readouterr().out.splitlines()

    monkeypatch.setattr(command, "STORED", {"short": 60, "long": 180, "longer": 240})
    monkeypatch.setattr(command, "FOLDER", tmp_path)
    monkeypatch.setattr(command, "side_by_side", side_by_side)
    monkeypatch.setattr(joblib, "cpu_count", lambda: 2)
    return announce


def test_the_longest_starts_and_the_time_left_follows_the_pace_of_what_ran(announced):
    # 480 s of one core are 240 s of two; then it turns out that half of that is enough.
    assert announced() == [
        "3 experiments, about 4.0 min left",
        "== longer, 1 of 3, about 1.0 min left",
        "longer says",
        "== long, 2 of 3, about 0.2 min left",
        "long says",
        "== short, 3 of 3, about 0.0 min left",
        "short says",
    ]


def test_what_only_went_on_says_nothing_of_the_pace(announced):
    assert announced("longer")[1] == "== longer, 1 of 3, about 2.0 min left"


def test_on_one_core_one_runs_at_a_time(announced, monkeypatch):
    monkeypatch.setattr(joblib, "cpu_count", lambda: 1)
    assert announced(together=1)[0] == "3 experiments, about 8.0 min left"


def test_an_unknown_name_is_refused_with_those_there_are(capsys):
    with pytest.raises(SystemExit):
        command.main(["drifft"])
    assert "no stored experiment is called drifft; there is scale_the_inputs" in (
        capsys.readouterr().err
    )


def test_a_run_returns_what_it_printed_and_has_its_own_folder_jobs_and_line(monkeypatch, tmp_path):
    def run(folder):
        print(folder.name, joblib.effective_n_jobs(None), sweep._LINE.get())

    monkeypatch.setitem(sys.modules, "bnlib.experiments.fake", SimpleNamespace(run=run))
    said = command._run("fake", 1, tmp_path, 2, tqdm.get_lock())
    assert said == "fake 2 1\n"
    assert sweep._LINE.get() is None
