"""Every name of the reference is documented in full, and every example in it runs."""

import ast
import doctest
import inspect
import re
import textwrap
from types import FunctionType

import numpy as np
import pytest
from numpydoc.docscrape import NumpyDocString
from sphinx.ext.autosummary import import_by_name

import bnlib
from sphinx_ext.reference_pages import DOCUMENTED
from tools.normalize_notebooks import ROOT

PAGES = sorted((ROOT / "reference").glob("*.md"))
ON_PAGES = [
    name for page in PAGES for _, name in DOCUMENTED.findall(page.read_text("utf-8")) if name
]
PUBLIC = [f"bnlib.{name}" for name in bnlib.__all__]
MOST_INPUT_LINES = 8


def found(name):
    """The object with a dotted name."""
    return import_by_name(name)[1]


def parts(documented):
    """{"": the object itself} and, of a class, its own public {name: method or property}."""
    own = vars(documented) if inspect.isclass(documented) else {}
    return {"": documented} | {
        name: value
        for name, value in own.items()
        if not name.startswith("_") and (inspect.isfunction(value) or isinstance(value, property))
    }


def sections(documented):
    """The docstring's sections, as numpydoc reads them."""
    return NumpyDocString(inspect.getdoc(documented) or "")


def names_in(section):
    """Names that a section lists: numpydoc takes "gamma, beta" for one."""
    return [name for entry in section for name in entry.name.split(", ")]


def gives_something(function):
    """Whether a function returns or yields a value."""
    source = ast.parse(textwrap.dedent(inspect.getsource(inspect.unwrap(function)))).body[0]
    nested = [node for node in ast.walk(source) if isinstance(node, ast.FunctionDef)][1:]
    inside = {id(node) for function in nested for node in ast.walk(function)}
    return any(
        isinstance(node, ast.Return | ast.Yield) and node.value is not None
        for node in ast.walk(source)
        if id(node) not in inside
    )


def gaps(documented):
    """What the docstring of a function or class lacks or has too much, as sentences."""
    if not documented.__doc__:
        return ["no docstring"]
    doc = sections(documented)
    arguments = [name for name in inspect.signature(documented).parameters if name != "self"]
    said = names_in(doc["Parameters"])
    # Whoever reads a record does not make it: its arguments are its attributes.
    known = said + names_in(doc["Attributes"]) if is_record(documented) else said
    found = [f"{name} is not documented" for name in arguments if name not in known]
    found += [f"{name} is no argument" for name in said if name not in arguments]
    if said and not doc["Raises"]:
        found.append("nothing on errors")
    if inspect.isroutine(documented) and gives_something(documented):
        found += [] if doc["Returns"] or doc["Yields"] else ["nothing on what is returned"]
    return found


def is_record(documented):
    """Whether something is a class of named fields: a named tuple or a dataclass."""
    return hasattr(documented, "_fields") or hasattr(documented, "__dataclass_fields__")


def method_gaps(method):
    """`gaps` of a method, which may be as short as one sentence that names its arguments."""
    text = inspect.getdoc(method)
    if isinstance(method, property) or not text:
        return [] if text else ["no docstring"]
    if sections(method)["Parameters"]:
        return gaps(method)
    arguments = [name for name in inspect.signature(method).parameters if name != "self"]
    return [
        f"{name} is not documented" for name in arguments if not re.search(rf"\b{name}\b", text)
    ]


def accidents(text):
    """What reStructuredText would take for markup: *emphasis*, |substitution|, reference_."""
    prose = re.sub(r"`[^`]*`|^ *(>>>|\.\.\.) .*$", "", text, flags=re.MULTILINE)
    return re.findall(r"(?:(?<=[\s(\[{<'\"/:-])|^)[*|](?=\S)\S*|\b\w+_(?!\w)", prose)


def examples(name, documented):
    """The examples of one docstring, with `np` and `bnlib` imported."""
    known = {"np": np, "bnlib": bnlib}
    text = inspect.getdoc(documented) or ""
    return doctest.DocTestParser().get_doctest(text, known, name, None, 0)


def failures(test):
    """What the examples print that they don't say."""
    report = []
    doctest.DocTestRunner(verbose=False).run(test, out=report.append)
    return "".join(report)


ALL_PARTS = [
    pytest.param(f"{name}.{part}".strip("."), value, id=f"{name}.{part}".strip("."))
    for name in ON_PAGES
    for part, value in parts(found(name)).items()
]


def test_every_public_name_is_on_the_reference_pages():
    assert sorted(set(PUBLIC) - set(ON_PAGES)) == []


def test_no_name_is_on_the_reference_pages_twice():
    assert sorted(name for name in set(ON_PAGES) if ON_PAGES.count(name) > 1) == []


def test_every_exported_name_exists():
    assert [name for name in bnlib.__all__ if not hasattr(bnlib, name)] == []
    assert len(set(bnlib.__all__)) == len(bnlib.__all__)


@pytest.mark.parametrize("name", ON_PAGES)
def test_a_name_is_documented_in_full(name):
    assert gaps(found(name)) == []


@pytest.mark.parametrize("name", ON_PAGES)
def test_its_methods_and_properties_are_documented(name):
    own = {part: method_gaps(value) for part, value in parts(found(name)).items() if part}
    assert {part: lacks for part, lacks in own.items() if lacks} == {}


@pytest.mark.parametrize(("name", "part"), ALL_PARTS)
def test_plain_text_is_not_taken_for_markup(name, part):
    assert accidents(inspect.getdoc(part) or "") == []


@pytest.mark.parametrize("name", PUBLIC)
def test_a_public_name_has_a_short_example(name):
    assert sections(found(name))["Examples"], "no section Examples"
    typed = "".join(example.source for example in examples(name, found(name)).examples)
    assert 1 <= len(typed.splitlines()) <= MOST_INPUT_LINES


@pytest.mark.parametrize(("name", "part"), ALL_PARTS)
def test_examples_run_and_print_what_they_say(name, part):
    assert failures(examples(name, part)) == ""


RETURNS = """
Returns
-------
array
"""
RAISES = """
Raises
------
ValueError
    Never.
"""


def sample(x, eps=1e-5):
    """Halve x.

    Parameters
    ----------
    x, eps : array

    Returns
    -------
    array

    Raises
    ------
    ValueError
        Never.

    Examples
    --------
    >>> 4 / 2
    2.0
    """
    return x / 2


sample.__doc__ = inspect.getdoc(sample)  # from Python 3.13 on, it has no indentation anyway


def changed(old, new):
    """`sample`'s code with another docstring."""
    twin = FunctionType(sample.__code__, {}, "sample", sample.__defaults__)
    assert old in sample.__doc__
    twin.__doc__ = sample.__doc__.replace(old, new)
    return twin


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        ("x, eps : array", "y, eps : array", ["x is not documented", "y is no argument"]),
        ("x, eps : array", "x : array", ["eps is not documented"]),
        (RETURNS, "", ["nothing on what is returned"]),
        (RAISES, "", ["nothing on errors"]),
        (sample.__doc__, "", ["no docstring"]),
    ],
)
def test_a_gap_would_be_seen(old, new, complaint):
    assert gaps(sample) == []
    assert gaps(changed(old, new)) == complaint


def test_a_method_that_keeps_silent_on_its_argument_would_be_seen():
    assert method_gaps(changed(sample.__doc__, "Halve.")) == [
        "x is not documented",
        "eps is not documented",
    ]
    assert method_gaps(changed(sample.__doc__, "Halve x, whatever eps is.")) == []


@pytest.mark.parametrize("text", ["take *args or none", "**kwargs", "|x| is large", "x_ is old"])
def test_markup_by_accident_would_be_seen(text):
    assert len(accidents(text)) == 1


def test_formulas_and_code_are_no_markup():
    assert accidents("a * b, decay**t, x_hat, `*args`, `x_`, (N * S, C)\n>>> f(*args)") == []


def test_a_wrong_example_would_be_seen():
    assert failures(examples("sample", sample)) == ""
    assert "Expected:\n    3.0" in failures(examples("sample", changed("2.0", "3.0")))
    assert "NameError" in failures(examples("sample", changed("4 / 2", "unknown")))
