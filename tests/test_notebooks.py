"""The committed notebooks keep the rules, the rules can fail, and nbval bites."""

import json
import re
import subprocess
import sys
from collections import Counter

import pytest

from tests import notebook_rules as rules
from tests.synthetic_notebooks import code, markdown, notebook, shown, stream
from tools.normalize_notebooks import ROOT, notebooks, to_json

CHAPTERS = sorted((ROOT / "chapters").glob("*.ipynb"))


def read(path):
    return json.loads(path.read_text(encoding="utf-8"))


def broken(found):
    """The first problems as one message."""
    return "\n".join(list(found)[:10])


@pytest.mark.parametrize("rule", rules.CHAPTER_RULES, ids=lambda rule: rule.__name__)
@pytest.mark.parametrize("path", CHAPTERS, ids=lambda path: path.stem)
def test_every_chapter_keeps_the_rule(path, rule):
    problems = broken(rule(read(path)))
    assert not problems, problems


@pytest.mark.parametrize("rule", rules.SHORT_PAGE_RULES, ids=lambda rule: rule.__name__)
@pytest.mark.parametrize("name", ["index", "claims"])
def test_a_short_page_keeps_the_rule(name, rule):
    problems = broken(rule(read(ROOT / f"{name}.ipynb")))
    assert not problems, problems


def test_there_are_chapters():
    assert CHAPTERS, f"no notebook in {ROOT / 'chapters'}"


def test_no_function_is_defined_in_two_notebooks():
    counts = Counter(name for path in notebooks() for name in set(rules.definitions(read(path))))
    repeated = [name for name, count in counts.items() if count > 1]
    assert not repeated, f"defined in more than one notebook: {repeated}; move it into bnlib"


FIGURE = shown("<Figure size 640x480 with 1 Axes>")
QUESTION = 'Question("1 + 1?", ["2", "3"], answer=0, because="Count.")'
OFFENCES = {
    "a picture is left in an output": (
        rules.is_normalized,
        code("f()", shown("<Figure size 1x1 with 1 Axes>", **{"image/svg+xml": ["<svg/>"]})),
    ),
    "a widget view is left": (
        rules.is_normalized,
        code("w", shown("w()", **{"application/vnd.jupyter.widget-view+json": {"model_id": "1"}})),
    ),
    "a cell was not run": (rules.ran_in_order, code("f()", count=None)),
    "a cell ran out of order": (rules.ran_in_order, code("f()", count=2)),
    "an error is shown": (
        rules.ran_cleanly,
        code("f()", {"output_type": "error", "ename": "E", "evalue": "", "traceback": []}),
    ),
    "a warning is shown": (rules.ran_cleanly, code("f()", stream("Warning", name="stderr"))),
    "an output is empty": (
        rules.ran_cleanly,
        code("f()", {"output_type": "display_data", "metadata": {}, "data": {}}),
    ),
    "a stream is empty": (rules.ran_cleanly, code("f()", stream(""))),
    "a semicolon silences": (rules.says_what_it_shows, code("plt.plot(x);")),
    "a cell has 13 lines": (rules.cells_are_short, code("a = 1\n" * 13)),
    "an algorithm has 21 lines": (
        rules.cells_are_short,
        code("a = 1\n" * 21, tags=["core-algorithm"]),
    ),
    "a loop is hidden": (
        rules.hides_only_a_call,
        code("for i in x:\n    f(i)", tags=["hide-input"]),
    ),
    "two calls are hidden": (rules.hides_only_a_call, code("f()\ng()", tags=["remove-input"])),
    "a figure has no alt text": (rules.pictures_have_alt_text, code("f()", FIGURE)),
    "a question shows its source": (rules.questions_hide_their_answer, code(QUESTION)),
    "a question shares its cell": (
        rules.questions_hide_their_answer,
        code(f"x = 1\n{QUESTION}", tags=["remove-input"]),
    ),
    "an image in prose has no alt text": (rules.pictures_have_alt_text, markdown("![](a.svg)")),
    "an img tag has no alt text": (rules.pictures_have_alt_text, markdown('<img src="a.svg">')),
    "a figure directive has no alt text": (
        rules.pictures_have_alt_text,
        markdown("```{figure} a.svg\n:width: 10\n\nA caption.\n```"),
    ),
}


@pytest.mark.parametrize("name", OFFENCES)
def test_a_rule_fails_when(name):
    rule, cell = OFFENCES[name]
    assert broken(rule(notebook(cell)))


@pytest.mark.parametrize("rule", rules.SHORT_PAGE_RULES, ids=lambda rule: rule.__name__)
def test_a_blameless_notebook_keeps_the_rule(rule):
    figure = code("import b\n\nb.draw(r)\nplt.show()", FIGURE, count=2, tags=["hide-input"])
    figure["metadata"]["mystnb"] = {"image": {"alt": "A line that falls."}}
    question = code(QUESTION, shown("Question('1 + 1?')", count=3), count=3, tags=["remove-input"])
    question["metadata"]["jupyter"] = {"source_hidden": True}
    blameless = notebook(
        markdown('# Title\n![a curve](a.svg)\n<img src="b.svg" alt="a line">'),
        code("print(6 * 7)", stream("42\n")),
        figure,
        question,
    )
    assert not broken(rule(blameless))


@pytest.mark.parametrize("count", [9, 21])
def test_a_chapter_of_another_length_is_refused(count):
    cells = [code("f()") for _ in range(count)] + [code(QUESTION)]  # a question is not counted
    assert broken(rules.has_a_chapter_s_length(notebook(*cells)))


# One notebook each, all run by one nbval process: (committed outputs of a cell, must it pass?)
PLOT = "import matplotlib.pyplot as plt\nfig, ax = plt.subplots()\nplt.show()"
NBVAL_CASES = {
    "faithful": (code("print(6 * 7)", stream("42\n")), True),
    "changed_digit": (code("print(6 * 7)", stream("43\n")), False),
    "exception": (code("1 / 0"), False),
    "exception_after_output": (code("print(42)\n1 / 0", stream("42\n")), False),
    "never_run": (code("print(42)", stream("42\n"), count=None), False),
    "output_removed": (code("print(42)"), False),
    "picture_stripped": (code(PLOT, FIGURE), True),
    "other_size_of_figure": (code(PLOT, shown("<Figure size 9x9 with 1 Axes>")), True),
    "other_number_of_axes": (code(PLOT, shown("<Figure size 640x480 with 2 Axes>")), False),
    "whole_figure_removed": (code(PLOT), False),
    "other_address": (code("object()", shown("<object at 0x7f00000000>", count=1)), True),
}


@pytest.fixture(scope="module")
def nbval_outcomes(tmp_path_factory):
    """{case: did strict nbval, set up as for the chapters, pass?}."""
    folder = tmp_path_factory.mktemp("nbval")
    for name, (cell, _) in NBVAL_CASES.items():
        (folder / f"{name}.ipynb").write_text(to_json(notebook(cell)), encoding="utf-8")
    command = [sys.executable, "-m", "pytest", "-c", "pyproject.toml", "-p", "conftest"]
    command += ["--nbval", "--nbval-sanitize-with", "tests/nbval_sanitize.cfg", "--color=no"]
    command += ["-p", "no:cacheprovider", str(folder)]
    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    progress = re.findall(r"(\w+)\.ipynb ([.FE])", run.stdout)
    outcomes = {name: letter == "." for name, letter in progress}
    assert outcomes.keys() == NBVAL_CASES.keys(), run.stdout + run.stderr
    return outcomes


@pytest.mark.parametrize("case", NBVAL_CASES)
def test_nbval_judges_rightly(nbval_outcomes, case):
    assert nbval_outcomes[case] == NBVAL_CASES[case][1]
