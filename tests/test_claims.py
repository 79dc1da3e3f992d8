"""Claims, findings, where they are collected, and the command that measures them again."""

import re
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from docutils.nodes import make_id

from bnlib.claims.__main__ import main
from bnlib.claims.claim import NOTES, VERDICTS, Claim, Finding
from bnlib.claims.registry import all_claims, claims_of
from bnlib.claims.sections import anchor, section_title, sections
from bnlib.claims.table import claims_table, verdict_counts, with_findings
from bnlib.experiments.interval import interval
from bnlib.experiments.sweep import sweep
from tools.normalize_notebooks import ROOT

FOUND = {"verdict": "confirmed", "effect": "It gains 1.0 ± 0.1 points.", "seeds": 20}
SAID = {
    "number": 3,
    "said": "It helps.",
    "source": "ioffe2015batch, lecture notes",
    "section": "chapters/02_the_transform.ipynb#drop-the-bias",
    "stored": lambda: Finding(**FOUND),
    "fresh": lambda seeds, folder: Finding(**FOUND),
}


def judged(values):
    """A rule as the chapters have them: numbers in, verdict out."""
    gain = interval(values)
    verdict = "confirmed" if gain.mean > gain.half_width else "depends"
    return Finding(verdict, f"It gains {gain:.1f} points.", len(values))


def gain_of(task):
    return {"gain": np.random.default_rng(task["seed"]).normal(task["mean"], 0.1)}


def gains(mean, seeds, folder):
    tasks = [{"seed": seed, "mean": mean} for seed in seeds]
    return [run["gain"] for run in sweep(gain_of, tasks, folder=folder)]


def toy(number, mean):
    """A claim whose stored result says 1 and whose fresh runs say `mean`."""
    functions = {
        "stored": lambda: judged(np.linspace(0.9, 1.1, 20)),
        "fresh": lambda seeds, folder: judged(gains(mean, seeds, folder)),
    }
    return Claim(**{**SAID, "number": number, **functions})


@pytest.mark.parametrize("number", [3, "13b"])
def test_a_claim_knows_its_chapter_and_its_sources(number):
    claim = Claim(**{**SAID, "number": number})
    assert claim.chapter == 2
    assert claim.sources == ("ioffe2015batch", "lecture notes")


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("number", 0),
        ("number", True),
        ("number", "b13"),
        ("said", "no stop"),
        ("said", ""),
        ("said", None),
        ("source", ""),
        ("source", "Ioffe & Szegedy"),
        ("source", None),
        ("section", "chapters/02_the_transform.ipynb"),
        ("section", "02_the_transform.ipynb#drop-the-bias"),
        ("section", None),
        ("stored", "confirmed"),
        ("fresh", None),
    ],
)
def test_a_claim_refuses(field, value):
    with pytest.raises((TypeError, ValueError), match=field):
        Claim(**{**SAID, field: value})


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("verdict", "true"),
        ("verdict", None),
        ("effect", "no stop"),
        ("effect", "two\nlines."),
        ("seeds", -1),
        ("seeds", 2.5),
    ],
)
def test_a_finding_refuses(field, value):
    with pytest.raises((TypeError, ValueError), match=field):
        Finding(**{**FOUND, field: value})


def test_a_chapter_s_module_holds_that_chapter_s_claims_alone():
    claim = Claim(**SAID)
    module = SimpleNamespace(__name__="bnlib.claims.chapter_02", CLAIMS=(claim,))
    assert claims_of(module) == (claim,)
    with pytest.raises(ValueError, match="its section is in chapter 2"):
        claims_of(SimpleNamespace(__name__="bnlib.claims.chapter_03", CLAIMS=(claim,)))
    with pytest.raises(TypeError, match="only Claims"):
        claims_of(SimpleNamespace(__name__="bnlib.claims.chapter_02", CLAIMS=("it helps",)))


def test_the_book_s_claims_come_by_chapter_and_each_number_is_one_claim():
    claims = all_claims()
    chapters = [claim.chapter for claim in claims]
    assert chapters == sorted(chapters)
    numbers = [str(claim.number) for claim in claims]
    assert len(set(numbers)) == len(numbers)


def test_the_command_says_that_all_verdicts_hold(tmp_path, capsys):
    assert main(["--seeds", "5", "--jobs", "1"], [toy(1, 1.0), toy(2, 1.0)], tmp_path) == 0
    printed = capsys.readouterr().out
    assert "fresh seeds 1000 to 1004" in printed
    assert "It gains 1.0 ± 0.0 points." in printed
    assert printed.count("holds") == 2
    assert "Verdicts that moved: 0 of 2" in printed


def test_the_command_names_the_verdict_that_moved_and_fails(tmp_path, capsys):
    assert main(["--seeds", "5", "--jobs", "1"], [toy(1, 1.0), toy(2, -1.0)], tmp_path) == 1
    printed = capsys.readouterr().out
    assert printed.count("MOVED") == 1
    assert printed.endswith("Verdicts that moved: 1 of 2\n  2: confirmed -> depends\n")


def test_the_command_measures_the_claims_that_are_named(tmp_path, capsys):
    assert main(["2", "--seeds", "5", "--jobs", "1"], [toy(1, -1), toy(2, 1)], tmp_path) == 0
    assert "1 claims" in capsys.readouterr().out


@pytest.mark.parametrize("arguments", [["7"], ["--seeds", "4"]])
def test_the_command_refuses(arguments, capsys):
    with pytest.raises(SystemExit):
        main(arguments, [toy(1, 1.0)])
    assert "error: " in capsys.readouterr().err


def test_an_interrupted_command_goes_on_where_it_was(tmp_path, capsys):
    def interrupted(seeds, folder):
        gains(1.0, seeds[:3], folder)
        raise KeyboardInterrupt

    stopped = Claim(**{**SAID, "fresh": interrupted})
    assert main(["--seeds", "5", "--jobs", "1"], [stopped], tmp_path) == 130
    assert "goes on from here" in capsys.readouterr().err
    kept = {path: path.stat().st_mtime_ns for path in Path(tmp_path).iterdir()}
    assert len(kept) == 3
    assert main(["--seeds", "5", "--jobs", "1"], [toy(1, 1.0)], tmp_path) == 0
    assert len(list(tmp_path.iterdir())) == 5
    assert all(path.stat().st_mtime_ns == time for path, time in kept.items())


def test_the_table_has_a_row_for_each_claim():
    exact = Claim(**{**SAID, "stored": lambda: Finding("corrected", "It | is -0.5 to 2e-07.", 0)})
    header, rule, *rows = claims_table(with_findings([Claim(**SAID), exact]), ROOT).splitlines()
    assert header.count("|") == rule.count("|") == 5
    assert "It helps.<br>— {cite:t}`ioffe2015batch`, lecture notes | ✓ confirmed |" in rows[0]
    assert "[2. Drop the bias](chapters/02_the_transform.ipynb#drop-the-bias)" in rows[0]
    assert "1.0\xa0±\xa00.1 points. (20\xa0seeds) |" in rows[0]
    assert "✎ corrected | It \\| is −0.5 to 2e-07. (exact) |" in rows[1]


TITLES = ("Give mean and spread back: γ and β", "Find batch norm's own limit", "z_norm, a²")


@pytest.mark.parametrize("title", TITLES)
def test_an_anchor_is_the_one_that_the_site_makes(title):
    assert anchor(title) == make_id(title)


def test_a_page_s_sections_are_its_headings(tmp_path):
    page = tmp_path / "page.md"
    page.write_text(
        "# One\n\n```\n# no heading\n```\n\n## Two: γ\n\n#### Small\n", encoding="utf-8"
    )
    assert sections(page) == {"one": "One", "two": "Two: γ"}


@pytest.mark.parametrize(
    "section", ["chapters/02_the_transform.ipynb#nowhere", "chapters/00_a.ipynb#a"]
)
def test_a_section_that_is_not_there_is_refused(section):
    with pytest.raises(ValueError, match=r"has no such heading|there is no"):
        section_title(section, ROOT)


@pytest.mark.parametrize("claim", all_claims(), ids=lambda claim: str(claim.number))
def test_a_claim_s_section_and_sources_are_in_the_book(claim):
    assert section_title(claim.section, ROOT)
    keys = re.findall(r"^@\w+\{(\w+),", (ROOT / "references.bib").read_text("utf-8"), re.MULTILINE)
    assert set(claim.sources) <= {*keys, NOTES}


def test_the_counts_name_every_verdict():
    counts = verdict_counts(with_findings([Claim(**SAID)] * 2))
    assert counts == "2 claims: ✓ 2 confirmed, ✎ 0 corrected, ? 0 contested, ± 0 depends"
    assert all(verdict in counts for verdict in VERDICTS)


def test_the_landing_page_says_how_many_claims_there_are_and_how_they_fared():
    found = with_findings(all_claims())
    page = (ROOT / "index.ipynb").read_text(encoding="utf-8")
    assert f"are {len(found)} sentences" in page
    assert "fewer than half held" in page
    held = sum(finding.verdict == "confirmed" for _, finding in found)
    assert len(found) / 3 < held < len(found) / 2
