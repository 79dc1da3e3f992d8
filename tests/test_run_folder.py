"""The files of finished runs: exact, found again only for the same run, and mended if damaged."""

import importlib
import shutil

import numpy as np
import pytest

from bnlib.experiments import sweep as sweep_module
from bnlib.experiments.sweep import sweep
from tests.test_sweep import assert_same_bits
from tools.normalize_notebooks import ROOT


def odd(task):
    return {
        "values": np.array([np.nan, np.inf, -0.0, 5e-324]),
        "float": 0.1 + 0.2,
        "missing": float("nan"),
        "large": 2**80,
        "scalar": np.float32(0.1),
        "none": np.empty((0, 3), dtype=np.int8),
        "text": "γ",
        "transposed": np.arange(6).reshape(2, 3).T,
    }


def test_a_changed_task_function_or_engine_is_run_anew(tmp_path, monkeypatch):
    module = tmp_path / "changing.py"
    module.write_text("def constant(task):\n    return {'value': 1}\n")
    monkeypatch.syspath_prepend(tmp_path)
    constant = importlib.import_module("changing").constant

    def stored_after(task):
        sweep(constant, [task], folder=tmp_path / "runs")
        return len(list((tmp_path / "runs").iterdir()))

    assert [stored_after(task) for task in (1, 1, 1.0, True, (1,), [1])] == [1, 1, 2, 3, 4, 5]
    module.write_text("def constant(task):\n    return {'value': 2}\n")
    assert stored_after(1) == 6
    monkeypatch.setattr(sweep_module, "_HERE", sweep_module._HERE | {"bnlib": "changed"})
    assert stored_after(1) == 7


def test_every_source_of_the_engine_and_its_data_counts(tmp_path, monkeypatch):
    package = tmp_path / "bnlib"
    shutil.copytree(ROOT / "bnlib", package, ignore=shutil.ignore_patterns("__pycache__"))
    monkeypatch.setattr(sweep_module, "__file__", str(package / "experiments" / "sweep.py"))
    unchanged = sweep_module._engine()
    assert unchanged == sweep_module._HERE["bnlib"]
    for name in ("rows.py", "data/digits.py", "data/digits.npz"):
        before = (package / name).read_bytes()
        (package / name).write_bytes(before + b" ")
        assert sweep_module._engine() != unchanged
        (package / name).write_bytes(before)


@pytest.mark.parametrize(
    "damage",
    [
        lambda text: "",
        lambda text: text[: len(text) // 2],
        lambda text: text.replace("0.30000000000000004", "0.31"),
        lambda text: text.replace('"run": "1"', '"run": "2"'),
        lambda text: "[1, 2]",
    ],
)
def test_a_damaged_file_is_told_and_computed_again(tmp_path, damage):
    (expected,) = sweep(odd, [1], folder=tmp_path)
    (path,) = tmp_path.iterdir()
    text = path.read_text(encoding="utf-8")
    path.write_text(damage(text), encoding="utf-8")
    with pytest.warns(UserWarning, match=rf"{path.name} is damaged.*computed again"):
        assert_same_bits(sweep(odd, [1], folder=tmp_path), [expected])
    assert path.read_text(encoding="utf-8") == text
    assert list(tmp_path.iterdir()) == [path]


def test_results_come_out_of_a_file_as_they_went_in(tmp_path):
    expected = odd(1)
    for _ in range(2):
        (result,) = sweep(odd, [1], folder=tmp_path)
        assert_same_bits([result], [expected])
        assert result["none"].shape == (0, 3)
        result["values"][:] = 0  # each call gives new arrays, which can be written to


def test_a_function_without_a_file_can_run_but_not_be_kept(tmp_path):
    scope = {"__name__": "nowhere"}
    exec("def typed(task):\n    return {'task': task}\n", scope)
    assert sweep(scope["typed"], [4]) == [{"task": 4}]
    with pytest.raises(ValueError, match=r"no source file.*move it to a module"):
        sweep(scope["typed"], [4], folder=tmp_path)
