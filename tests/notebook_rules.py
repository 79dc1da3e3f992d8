"""What a committed notebook must look like: one function a rule, each yielding plain sentences.

A rule takes the notebook as a dict (see `tools/normalize_notebooks.py`) and yields nothing when the
notebook keeps it, so that the tests can show that every rule is able to fail.
"""

import ast
import re

from tools.normalize_notebooks import normalize

VISIBLE_LINES = 12
CORE_ALGORITHM_LINES = 20  # for a cell tagged `core-algorithm`: an algorithm is not torn apart
CODE_CELLS = range(10, 21)
HIDDEN = {"hide-input", "remove-input", "hide-cell", "remove-cell"}
SOLUTION = "solution"

MARKDOWN_IMAGE = re.compile(r"!\[([^\]]*)\]\(")
HTML_IMAGE = re.compile(r"<img\b[^>]*>", re.IGNORECASE)
IMAGE_DIRECTIVE = re.compile(r"^(`{3,}|:{3,})\{(image|figure)\}.*?^\1", re.MULTILINE | re.DOTALL)


def is_normalized(notebook):
    """`make notebooks` would change nothing: no picture, no widget, no machine detail is left."""
    if normalize(notebook) != notebook:
        yield "`make notebooks` would change this file: run it"


def ran_in_order(notebook):
    """Every code cell ran, once, from top to bottom."""
    for expected, (name, cell) in enumerate(code_cells(notebook), start=1):
        count = cell["execution_count"]
        if count != expected:
            yield f"{name}: execution count {count} where {expected} belongs; run `make notebooks`"


def ran_cleanly(notebook):
    """No error, no warning on stderr, no output that holds nothing to compare."""
    for name, cell in code_cells(notebook):
        for output in cell["outputs"]:
            if output["output_type"] == "error":
                yield f"{name}: an error is among the outputs: {output['ename']}"
            elif output.get("name") == "stderr":
                yield f"{name}: wrote to stderr: {_text(output['text'])[:80]!r}"
            elif not output.get("text", output.get("data")):
                yield f"{name}: an output without any text, so nothing is compared"


def says_what_it_shows(notebook):
    """No trailing semicolon: nbval runs cells in a way in which it silences nothing."""
    for name, cell in code_cells(notebook):
        if _text(cell["source"]).rstrip().endswith(";"):
            yield f"{name}: ends with a semicolon; end a figure's cell with plt.show()"


def cells_are_short(notebook):
    """Visible code fits on a projector and into a head."""
    for name, cell in code_cells(notebook):
        tags = _tags(cell)
        allowed = CORE_ALGORITHM_LINES if "core-algorithm" in tags else VISIBLE_LINES
        lines = len(_text(cell["source"]).strip().splitlines())
        if not tags & HIDDEN and lines > allowed:
            yield f"{name}: {lines} visible lines, at most {allowed}"


def hides_only_a_call(notebook):
    """A hidden input is one plotting or widget call (imports, plt.show() aside), or a solution."""
    for name, cell in code_cells(notebook):
        tags = _tags(cell)
        if not tags & HIDDEN or SOLUTION in tags:
            continue
        work = [node for node in _parsed(cell).body if not _is_frame(node)]
        if len(work) > 1 or not all(isinstance(node, ast.Expr | ast.Assign) for node in work):
            yield f"{name}: hides {len(work)} statements; hide a single plot or widget call only"


def questions_hide_their_answer(notebook):
    """A Question stands alone in its cell, whose source neither the page nor JupyterLab shows."""
    for name, cell in code_cells(notebook):
        lab = cell["metadata"].get("jupyter", {})
        hidden = "remove-input" in _tags(cell) and lab.get("source_hidden") is True
        calls = [node for node in ast.walk(_parsed(cell)) if _makes_a_question(node)]
        if calls and not (_is_a_question(cell) and hidden):
            yield (
                f"{name}: give Question(...) a cell of its own, with the tag remove-input and the "
                'metadata {"jupyter": {"source_hidden": true}}'
            )


def has_a_chapter_s_length(notebook):
    """Ten to twenty code cells besides questions: enough to do, little enough for one sitting."""
    count = sum(not _is_a_question(cell) for _, cell in code_cells(notebook))
    if count not in CODE_CELLS:
        yield f"{count} code cells, {CODE_CELLS.start} to {CODE_CELLS.stop - 1} belong in a chapter"


def pictures_have_alt_text(notebook):
    """Each picture, drawn by a cell or placed in the prose, can be read aloud."""
    for name, cell in code_cells(notebook):
        image = cell["metadata"].get("mystnb", {}).get("image", {})
        if _draws_a_figure(cell) and not image.get("alt", "").strip():
            yield f"{name}: draws a figure without metadata mystnb.image.alt"
    for name, cell in _cells(notebook, "markdown"):
        source = _text(cell["source"])
        images = [*HTML_IMAGE.finditer(source), *IMAGE_DIRECTIVE.finditer(source)]
        unsaid = [found for found in images if not re.search(r"\balt(=\"|: *)\w", found.group())]
        unsaid += [found for found in MARKDOWN_IMAGE.finditer(source) if not found[1].strip()]
        for found in unsaid:
            yield f"{name}: a picture without alt text: {found.group()[:60]!r}"


def code_cells(notebook):
    """(name for messages, cell) of every code cell; numbered as nbval numbers them."""
    return _cells(notebook, "code")


def definitions(notebook):
    """Names of the functions and classes that the code cells define at their top level."""
    kinds = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef
    for _, cell in code_cells(notebook):
        yield from (node.name for node in _parsed(cell).body if isinstance(node, kinds))


def _cells(notebook, kind):
    found = (cell for cell in notebook["cells"] if cell["cell_type"] == kind)
    return ((f"{kind} cell {number}", cell) for number, cell in enumerate(found))


def _text(lines):
    return lines if isinstance(lines, str) else "".join(lines)


def _tags(cell):
    return set(cell["metadata"].get("tags", ()))


def _parsed(cell):
    lines = _text(cell["source"]).splitlines()
    python = [line for line in lines if not line.lstrip().startswith(("%", "!"))]
    return ast.parse("\n".join(python))


def _is_frame(node):
    return isinstance(node, ast.Import | ast.ImportFrom) or ast.unparse(node) == "plt.show()"


def _is_a_question(cell):
    work = [node for node in _parsed(cell).body if not _is_frame(node)]
    return len(work) == 1 and isinstance(work[0], ast.Expr) and _makes_a_question(work[0].value)


def _makes_a_question(node):
    return isinstance(node, ast.Call) and ast.unparse(node.func).split(".")[-1] == "Question"


def _draws_a_figure(cell):
    texts = (_text(output.get("data", {}).get("text/plain", "")) for output in cell["outputs"])
    return any(text.startswith("<Figure ") for text in texts)


CHAPTER_RULES = (
    is_normalized,
    ran_in_order,
    ran_cleanly,
    says_what_it_shows,
    cells_are_short,
    hides_only_a_call,
    pictures_have_alt_text,
    questions_hide_their_answer,
    has_a_chapter_s_length,
)
# The landing page and the page of claims are notebooks like the others, but short ones.
SHORT_PAGE_RULES = tuple(rule for rule in CHAPTER_RULES if rule is not has_a_chapter_s_length)
