"""The table of conventions: what the libraries did, what they say, and what bnlib makes of it.

No library is needed here: `export_frameworks.py` has run them and stored what they returned.
`make frameworks` asks the libraries themselves.
"""

import re
from dataclasses import replace

import numpy as np
import pytest

from bnlib.experiments.conventions import (
    CONVENTIONS,
    convention,
    steps_to_forget,
)
from bnlib.experiments.conventions_table import conventions_table
from bnlib.experiments.frameworks import (
    LIBRARIES,
    SETTINGS,
    SHAPES,
    by_bnlib,
    largest_difference,
    load_stored,
)
from tools.normalize_notebooks import ROOT

TOLERANCE = 1e-6  # 17 roundings to float32; the libraries need up to 4
MEASURED = load_stored()


@pytest.mark.parametrize("name", LIBRARIES)
def test_a_library_did_what_its_row_says(name):
    rule, did = convention(name), MEASURED[name]
    assert did.momentum == pytest.approx(rule.momentum)
    assert did.eps == pytest.approx(rule.eps)
    assert did.share_of_new == pytest.approx(0.25 if rule.momentum_weighs == "new" else 0.75)
    assert did.stored_ratio == pytest.approx(2 if rule.running_var_correction else 1)
    assert did.axis == rule.axis
    assert did.refuses_one_value is rule.refuses_one_value


@pytest.mark.parametrize("name", LIBRARIES)
def test_bnlib_returns_what_the_library_returned(name):
    assert len(MEASURED[name].cases) == len(SETTINGS) * len(SHAPES)
    assert largest_difference(MEASURED[name]) < TOLERANCE


@pytest.mark.parametrize("name", LIBRARIES)
@pytest.mark.parametrize(
    "wrong",
    [{"eps": 2e-3}, {"momentum": 0.2}, {"running_var_correction": None}, {"momentum_weighs": None}],
    ids=lambda wrong: next(iter(wrong)),
)
def test_a_wrong_row_would_be_seen(name, wrong, monkeypatch):
    rule = CONVENTIONS[name]
    if "running_var_correction" in wrong:
        wrong = {"running_var_correction": 1 - rule.running_var_correction}
    if "momentum_weighs" in wrong:
        wrong = {"momentum_weighs": "old" if rule.momentum_weighs == "new" else "new"}
    monkeypatch.setitem(CONVENTIONS, name, replace(rule, **wrong))
    assert largest_difference(MEASURED[name]) > 10 * TOLERANCE


@pytest.mark.parametrize("name", LIBRARIES)
def test_the_documented_rule_gives_bnlibs_running_statistics(name):
    rule, rng = convention(name), np.random.default_rng(0)
    layer, mean, var = rule.batch_norm(4), 0.0, 1.0
    for batch in rng.normal(3, 2, (10, 6, 4)):
        layer.forward(batch, training=True)
        mean, var = rule.updated(mean, var, batch)
    np.testing.assert_allclose(layer.running_mean, mean, rtol=1e-12)
    np.testing.assert_allclose(layer.running_var, var, rtol=1e-12)


def test_only_flax_loses_the_variance_far_from_0():
    spreads = {name: did.far_spread for name, did in MEASURED.items()}
    assert spreads.pop("Flax") > 10
    assert spreads == pytest.approx(dict.fromkeys(spreads, 1), abs=0.01)


def test_versions_are_those_of_the_extra():
    extra = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    packages = dict(zip(LIBRARIES, ("torch", "keras", "flax", "onnx"), strict=True))
    for name, did in MEASURED.items():
        assert f'"{packages[name]}=={did.version}"' in extra


def test_every_source_is_cited():
    known = (ROOT / "references.bib").read_text(encoding="utf-8")
    for each in CONVENTIONS.values():
        assert f"{{{each.source}," in known


def test_the_table_has_a_column_for_each():
    lines = repr(conventions_table()).splitlines()
    assert lines[0].split() == [*CONVENTIONS, "bnlib"]
    assert len({len(line) for line in lines}) == 1
    assert lines[2].split()[-6:] == ["0.1", "0.99", "0.99", "0.9", "-", "0.9"]
    assert "None" not in repr(conventions_table())


def test_the_table_shown_holds_what_the_table_printed_does():
    table = conventions_table()
    shown = re.findall(r"<t[hd][^>]*>([^<]*)</t[hd]>", table._repr_html_())
    printed = re.split(r"\s{2,}|\n", repr(table).strip())
    assert [cell for cell in shown if cell] == [cell for cell in printed if cell]


def test_the_paper_has_no_defaults_to_fall_back_on():
    with pytest.raises(ValueError, match="paper has no default momentum"):
        convention("paper").batch_norm(3)
    with pytest.raises(ValueError, match="'Torch'"):
        convention("Torch")
    with pytest.raises(ValueError, match="momentum"):
        convention("ONNX").batch_norm(3, momentum=-1)


def test_steps_to_forget():
    assert steps_to_forget(0.5, share=0.25) == 2
    assert steps_to_forget(0.9) == 29  # 0.9**28 is 5.2 %, 0.9**29 is 4.7 %
    with pytest.raises(ValueError, match="decay"):
        steps_to_forget(1.0)


def test_a_case_is_computed_in_the_librarys_own_words():
    case = next(case for case in MEASURED["PyTorch"].cases if case["keep"] == 0.7)
    results = by_bnlib("PyTorch", case)
    assert set(results) == {"y", "inference", "running_mean", "running_var"}
    assert results["y"].shape == tuple(case["shape"])
