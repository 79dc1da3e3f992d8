"""The engine's source as pages of the book, and a link to it at every name of the reference.

The directive `engine` takes the names of the modules in reading order and makes a list of them,
with their lines of code: those that are not blank, no comment and not part of a docstring.
"""

import ast
import io
import operator
import tokenize
from functools import partial
from importlib import import_module
from pathlib import Path

from docutils import nodes
from sphinx import addnodes
from sphinx.util.docutils import SphinxDirective

PACKAGE = Path("bnlib")
FOLDER = "source"
REFERENCE = "reference/index"
DEFINITIONS = ast.FunctionDef | ast.ClassDef
NOT_CODE = {
    tokenize.COMMENT,
    tokenize.NL,
    tokenize.NEWLINE,
    tokenize.INDENT,
    tokenize.DEDENT,
    tokenize.ENDMARKER,
}


def lines_of_code(text):
    """How many lines of a source are neither blank nor comment nor part of a docstring."""
    tokens = tokenize.generate_tokens(io.StringIO(text).readline)
    code = {
        line
        for token in tokens
        if token.type not in NOT_CODE
        for line in range(token.start[0], token.end[0] + 1)
    }
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, DEFINITIONS | ast.Module) and ast.get_docstring(node) is not None:
            code -= set(range(node.body[0].lineno, node.body[0].end_lineno + 1))
    return len(code)


def definitions(tree, prefix=""):
    """(dotted name, number of its first line) of every function, class and method of a source."""
    for node in tree.body:
        if isinstance(node, DEFINITIONS):
            yield prefix + node.name, node.lineno
            if isinstance(node, ast.ClassDef):
                yield from definitions(node, f"{prefix}{node.name}.")


class Engine(SphinxDirective):
    """A list of the modules that the content names, in its order; it must name them all."""

    has_content = True

    def run(self):
        """Return the list, and remember the order for the pages' links to one another."""
        root = Path(self.env.srcdir) / PACKAGE
        modules = " ".join(self.content).split()
        missing = {path.stem for path in root.glob("*.py")} - {*modules, "__init__"}
        if missing:
            raise self.error(f"the list of the engine's modules lacks {sorted(missing)}")
        self.env.book_engine = {name: (root / f"{name}.py").read_text("utf-8") for name in modules}
        lines, total = [], 0
        for name, text in self.env.book_engine.items():
            address = self.env.app.builder.get_relative_uri(self.env.docname, f"{FOLDER}/{name}")
            count = lines_of_code(text)
            total += count
            lines += [
                f"`{name}.py <{address}>`__ : {count} lines",
                f"   {first_paragraph(text)}",
                "",
            ]
        lines += [
            f"{total:,} lines of code in all; docstrings, comments and blank lines not counted."
        ]
        parsed = self.parse_text_to_nodes("\n".join(lines))
        return [nodes.container("", *parsed, classes=["summaries"], support_smartquotes=False)]


def first_paragraph(text):
    """The first paragraph of a module's docstring, on one line."""
    return " ".join(ast.get_docstring(ast.parse(text)).partition("\n\n")[0].split())


def link_to_source(app, doctree):
    """Add a link to the source to every documented name that a module of the engine defines."""
    for signature in doctree.findall(addnodes.desc_signature):
        found = operator.attrgetter(signature["fullname"])(import_module(signature["module"]))
        found = getattr(found, "fget", found)
        package, _, module = getattr(found, "__module__", "").partition(".")
        if package == PACKAGE.name:
            page = f"{FOLDER}/{module.replace('.', '/')}"
            address = app.builder.get_relative_uri(app.env.docname, page)
            link = nodes.reference("", "source", refuri=f"{address}#{found.__qualname__}")
            link["internal"] = True
            link["classes"].append("source-link")
            signature += link


def source_pages(app):
    """Yield the modules' pages, each linked to its neighbours in reading order."""
    modules = getattr(app.env, "book_engine", {})
    names = [None, *modules, None]
    places = enumerate(zip(names, names[1:], names[2:], strict=False), start=1)
    for number, (before, name, after) in places:
        page = f"{FOLDER}/{name}"
        uri = partial(app.builder.get_relative_uri, page)
        near = [
            other and {"link": uri(f"{FOLDER}/{other}"), "title": f"{other}.py"}
            for other in (before, after)
        ]
        body = (
            f"<h1>{name}.py</h1>\n<p>Module {number} of {len(modules)} in reading order, "
            f'{lines_of_code(modules[name])} lines of code. <a href="{uri(REFERENCE)}">All names '
            f"and modules</a></p>\n{highlighted(app, modules[name])}"
        )
        yield (
            page,
            {"title": f"{name}.py", "body": body, "prev": near[0], "next": near[1]},
            "page.html",
        )


def highlighted(app, text):
    """A source as HTML, with an anchor at every definition."""
    lines = app.builder.highlighter.highlight_block(text, "python").splitlines()
    for name, line in definitions(ast.parse(text)):
        lines[line - 1] = f'<span id="{name}"></span>{lines[line - 1]}'
    return '<div class="highlight-python notranslate">' + "\n".join(lines) + "</div>"


def setup(app):
    """Register the directive, the links and the pages."""
    app.add_directive("engine", Engine)
    app.connect("doctree-read", link_to_source)
    app.connect("html-collect-pages", source_pages)
    # Not to be read in parallel: the order of the modules is kept by the process that reads it.
    return {"parallel_read_safe": False, "parallel_write_safe": True}
