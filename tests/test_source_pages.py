"""The engine's source on the site: lines counted as the page says, modules in the order it says."""

import ast

from sphinx_ext.source_pages import definitions, lines_of_code
from tools.normalize_notebooks import ROOT

SAMPLE = '''"""A module.

More of its docstring.
"""

import math  # a remark does not make this line a comment

# A comment.
TEXT = """two
lines"""


class A:
    """A class."""

    size = 2

    @property
    def area(self):
        """The area."""
        return math.prod(

            (self.size, self.size)
        )


def f():
    """Nothing."""
'''


def engine_modules():
    """The modules that the reference lists, in its order."""
    text = (ROOT / "reference" / "index.md").read_text(encoding="utf-8")
    return text.partition(".. engine::")[2].partition("```")[0].split()


def imported(name):
    """The engine's modules that one of them imports."""
    tree = ast.parse((ROOT / "bnlib" / f"{name}.py").read_text(encoding="utf-8"))
    froms = [node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
    return {module.removeprefix("bnlib.") for module in froms if module.startswith("bnlib.")}


def test_docstrings_comments_and_blank_lines_are_not_code():
    code = [
        "import math  # a remark does not make this line a comment",
        'TEXT = """two',
        'lines"""',
        "class A:",
        "    size = 2",
        "    @property",
        "    def area(self):",
        "        return math.prod(",
        "            (self.size, self.size)",
        "        )",
        "def f():",
    ]
    assert lines_of_code(SAMPLE) == len(code)


def test_definitions_are_found_where_they_are():
    lines = SAMPLE.splitlines()
    found = {name: lines[number - 1].strip() for name, number in definitions(ast.parse(SAMPLE))}
    assert found == {"A": "class A:", "A.area": "def area(self):", "f": "def f():"}


def test_every_module_of_the_engine_is_listed_once():
    listed = engine_modules()
    every = {path.stem for path in (ROOT / "bnlib").glob("*.py")} - {"__init__"}
    assert every <= set(listed)
    assert len(listed) == len(set(listed))


def test_a_module_needs_only_what_is_listed_before_it():
    listed = engine_modules()
    for number, name in enumerate(listed):
        assert imported(name) <= set(listed[:number]), name
