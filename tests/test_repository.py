"""The repository keeps its own rules: who imports whom, how long a file is, what it fetches."""

import ast
import re
import subprocess
import sys

import pytest
import yaml

from tools.normalize_notebooks import ROOT

PACKAGE = ROOT / "bnlib"
MODULES = sorted(PACKAGE.rglob("*.py"))
SCRIPTS = [*(ROOT / "tools").glob("*.py"), *(ROOT / "sphinx_ext").glob("*.py")]
TESTS = sorted((ROOT / "tests").rglob("*.py"))
BROWSER_SOURCES = [
    path
    for folder in (PACKAGE, ROOT / "assets", ROOT / "sphinx_ext")
    for path in sorted(folder.rglob("*"))
    if path.suffix in {".js", ".css", ".html", ".svg"}
]
WIDGETS = sorted(
    path for path in (PACKAGE / "widgets").glob("*.py") if path.stem not in ("__init__", "base")
)
LONGEST_MODULE = 300

# What a part of bnlib may import of the others; "" is the engine.
MAY_IMPORT = {
    "": {"data"},
    "data": {""},
    "experiments": {"", "data"},
    "claims": {"", "data", "experiments"},
    "plots": {"", "data", "experiments"},
    "widgets": {"", "data", "experiments"},
}
LIBRARIES = {
    "": {"numpy"},
    "data": {"numpy"},
    "experiments": {"numpy", "joblib", "tqdm"},
    "claims": {"numpy", "joblib", "tqdm"},
    "plots": {"numpy", "matplotlib", "matplotlib_inline", "IPython"},
    "widgets": {"numpy", "anywidget", "traitlets"},
}
# Scripts that make a committed file, now and then, with a library of their own: nothing else
# imports them.
PYTORCH_SCRIPTS = (
    "autograd",
    "make_vectors",
    *(f"torch_{n}" for n in ("layers", "losses", "norms", "training")),
)
MADE_BY_HAND = {
    "bnlib/data/export_digits.py": {"sklearn"},
    "bnlib/experiments/framework_layers.py": {"torch", "keras", "flax", "onnx"},
    "bnlib/experiments/export_frameworks.py": set(),
    **{f"tests/reference/{name}.py": {"torch"} for name in PYTORCH_SCRIPTS},
}


def name_of(path):
    return path.relative_to(ROOT).as_posix()


def part_of(path):
    """Which part of bnlib a module belongs to: "" for the engine, else its folder."""
    inside = path.relative_to(PACKAGE)
    return inside.parts[0] if len(inside.parts) > 1 else ""


def imported_modules(text):
    """Dotted names of all modules that a source imports, anywhere in it."""
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"line {node.lineno}: a relative import hides where from"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def imported_parts(text):
    """Parts of bnlib that a source imports."""
    for module in imported_modules(text):
        first, _, rest = module.partition(".")
        if first == "bnlib":
            part = rest.partition(".")[0]
            yield part if part in MAY_IMPORT else ""


def imported_libraries(text):
    """What a source imports besides bnlib and Python itself."""
    roots = {module.partition(".")[0] for module in imported_modules(text)}
    return roots - {"bnlib"} - sys.stdlib_module_names


def test_importing_bnlib_loads_numpy_and_nothing_else():
    script = """
import sys
import numpy
before = {name.partition(".")[0] for name in sys.modules}
import bnlib
after = {name.partition(".")[0] for name in sys.modules}
print(*sorted(after - before - set(sys.stdlib_module_names)))
"""
    run = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, cwd=ROOT)
    assert run.stderr == ""
    assert run.stdout.split() == ["bnlib"]


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_dependencies_point_one_way(path):
    text = path.read_text(encoding="utf-8")
    part = part_of(path)
    assert set(imported_parts(text)) <= MAY_IMPORT[part] | {part}
    assert imported_libraries(text) <= LIBRARIES[part] | MADE_BY_HAND.get(name_of(path), set())


def imports_made_by_hand(text):
    """Whether a source imports a script made by hand, or a library that only these have."""
    scripts = tuple(name.removesuffix(".py").replace("/", ".") for name in MADE_BY_HAND)
    libraries = set().union(*MADE_BY_HAND.values())
    modules = [*imported_modules(text)]
    return bool(libraries & imported_libraries(text)) or any(m.startswith(scripts) for m in modules)


@pytest.mark.parametrize("path", [*MODULES, *TESTS], ids=name_of)
def test_nothing_imports_a_script_that_needs_a_library_of_its_own(path):
    if name_of(path) not in MADE_BY_HAND:
        assert not imports_made_by_hand(path.read_text(encoding="utf-8"))


def test_an_import_of_such_a_script_would_be_seen():
    for line in (
        "import torch",
        "from tests.reference.autograd import DTYPES",
        "from tests.reference import torch_norms",
    ):
        assert imports_made_by_hand(line)
    assert not imports_made_by_hand("from tests.reference.vectors import load")


def test_a_dependency_that_points_back_would_be_seen():
    back = "def f():\n    from bnlib.plots.lines import draw\n    import bnlib.widgets\n"
    assert set(imported_parts(back)) == {"plots", "widgets"}
    assert imported_libraries("import numpy, torch\nfrom sklearn.x import y\nimport os") == {
        "numpy",
        "torch",
        "sklearn",
    }


@pytest.mark.parametrize("path", [*MODULES, *SCRIPTS, *TESTS], ids=name_of)
def test_a_module_can_be_read_in_one_go(path):
    lines = len(path.read_text(encoding="utf-8").splitlines())
    assert lines <= LONGEST_MODULE


@pytest.mark.parametrize("path", [*MODULES, *SCRIPTS], ids=name_of)
def test_a_module_has_a_name_that_says_something(path):
    assert path.stem not in {"utils", "util", "helpers", "common", "misc", "tools"}
    assert "import *" not in path.read_text(encoding="utf-8")


def undocumented(text):
    """Names of the public functions, classes and methods of a source that have no docstring.

    A method of a derived class may inherit its docstring.
    """
    tree = ast.parse(text)
    if not ast.get_docstring(tree):
        yield "the module"
    kinds = ast.FunctionDef | ast.ClassDef
    for node in tree.body:
        own_methods = node.body if isinstance(node, ast.ClassDef) and not node.bases else []
        for each in [node, *own_methods]:
            public = isinstance(each, kinds) and not each.name.startswith("_")
            if public and not node.name.startswith("_") and not ast.get_docstring(each):
                yield each.name


@pytest.mark.parametrize("path", [*MODULES, *SCRIPTS], ids=name_of)
def test_public_names_are_documented(path):
    assert list(undocumented(path.read_text(encoding="utf-8"))) == []


UNDOCUMENTED = '''
"""A module."""
def f(): pass
class A:
    """A class."""
    def g(self): pass
    def _h(self): pass
class B(A):
    """Another."""
    def g(self): pass
'''


def test_a_missing_docstring_would_be_seen():
    assert list(undocumented(UNDOCUMENTED)) == ["f", "g"]


@pytest.mark.parametrize("path", WIDGETS, ids=name_of)
def test_a_widget_is_three_files_side_by_side(path):
    for suffix in (".js", ".css"):
        assert path.with_suffix(suffix).is_file()


def test_no_front_end_stands_without_its_widget():
    stems = tuple(f"{path.stem}{end}" for path in WIDGETS for end in (".", "_"))
    for path in (PACKAGE / "widgets").iterdir():
        if path.suffix in (".js", ".css"):
            assert path.name.startswith((*stems, "shared.")), path


ADDRESS = re.compile(r"(?:https?:)?//[a-z0-9-]+(?:\.[a-z0-9-]+)+[^\s\"'`)<>]*", re.IGNORECASE)
NAMESPACES = ("http://www.w3.org/",)  # names of XML vocabularies: nothing is fetched


@pytest.mark.parametrize("path", BROWSER_SOURCES, ids=name_of)
def test_nothing_that_a_page_loads_names_another_host(path):
    addresses = ADDRESS.findall(path.read_text(encoding="utf-8"))
    assert [address for address in addresses if not address.startswith(NAMESPACES)] == []


def requirements(name):
    """{package: the rest of its line} of a requirements file."""
    lines = (ROOT / name).read_text(encoding="utf-8").splitlines()
    stripped = (line.split("#")[0].strip() for line in lines)
    parsed = (re.match(r"([A-Za-z0-9._-]+)\s*(.*)", line) for line in stripped if line)
    return {re.sub(r"[._]+", "-", found[1]).lower(): found[2] for found in parsed}


def test_the_lock_pins_everything_exactly_and_names_no_address():
    lock = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    assert not re.search(r"://|--(extra-)?index|--find-links", lock)
    unpinned = [
        name for name, rest in requirements("requirements.lock").items() if "==" not in rest
    ]
    assert unpinned == []


def test_every_direct_dependency_is_locked_as_it_is_asked_for():
    lock = requirements("requirements.lock")
    for name, wanted in requirements("requirements.txt").items():
        assert name in lock, f"{name} is not in requirements.lock: run `make lock`"
        if wanted.startswith("=="):
            assert lock[name].split(";")[0].strip() == wanted


def test_every_direct_dependency_says_why_it_is_there():
    for line in (ROOT / "requirements.txt").read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            assert re.search(r"\s# \S+", line), line


def listed(entry):
    """Every file named in a table of contents, in order."""
    if isinstance(entry, list):
        return [name for each in entry for name in listed(each)]
    if not isinstance(entry, dict):
        return []
    own = [entry[key] for key in ("root", "file") if key in entry]
    return own + [name for value in entry.values() for name in listed(value)]


def test_the_table_of_contents_lists_every_chapter_once_in_order():
    named = listed(yaml.safe_load((ROOT / "_toc.yml").read_text(encoding="utf-8")))
    chapters = [path.stem for path in sorted((ROOT / "chapters").glob("*.ipynb"))]
    in_toc = [name.removesuffix(".ipynb") for name in named]
    assert in_toc[0] == "index"
    assert [name for name in in_toc if name.startswith("chapters/")] == [
        f"chapters/{stem}" for stem in chapters
    ]


def test_the_workflow_and_the_readme_name_the_same_commands_and_pythons():
    workflow = (ROOT / ".github" / "workflows" / "book.yml").read_text(encoding="utf-8")
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    ci = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    for command in ("make book", "make test"):
        assert command in workflow
        assert command in readme
        assert command in ci
    versions = re.findall(r'"(3\.\d+)"', workflow)
    assert versions
    assert [version for version in versions if version not in readme] == []
