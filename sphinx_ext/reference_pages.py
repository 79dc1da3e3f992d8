"""What the reference pages need beyond autodoc and numpydoc.

In a docstring, `name` between single backticks is a link if the pages document that name, and code
if not (an argument, a formula). The directive `summaries` lists what another page documents.
"""

import inspect
import re
from collections import namedtuple
from pathlib import Path

from docutils import nodes
from sphinx import addnodes
from sphinx.ext.autosummary import import_by_name
from sphinx.util.docutils import SphinxDirective, SphinxRole
from sphinx.util.nodes import make_refnode

PACKAGE = "bnlib"
FIELD = type(namedtuple("Example", "field").field)
DOCUMENTED = re.compile(r"^## (.+)$|^\.\. auto(?:function|class):: (\S+)$", re.MULTILINE)


class NameRole(SphinxRole):
    """A name in a docstring: the default role of reStructuredText."""

    def run(self):
        """Return a reference to be resolved when all pages are read."""
        code = nodes.literal(self.rawtext, self.text)
        wanted = addnodes.pending_xref("", code, refdomain="py", reftype="name", book_name=True)
        wanted.attributes.update(self.env.ref_context, reftarget=self.text, refdoc=self.env.docname)
        return [wanted], []


def link_or_code(app, env, node, content):
    """Link a name that Sphinx found neither in its class nor in its module, or leave it code."""
    if not node.get("book_name"):
        return None
    found = env.domains["py"].objects.get(f"{PACKAGE}.{node['reftarget']}")
    if not found:
        return content
    return make_refnode(app.builder, node["refdoc"], found.docname, found.node_id, content)


def keep_plain(app, domain, kind, content):
    """Leave a docstring's quotes straight: they are code as often as not."""
    content["support_smartquotes"] = False


def skip_fields(app, what, name, member, skip, options):
    """Leave out a named tuple's fields as members: its docstring lists them."""
    return True if isinstance(member, FIELD) else None


def summary(documented):
    """The first sentence of a docstring."""
    first = inspect.getdoc(documented).partition("\n\n")[0]
    return re.split(r"(?<=\.)\s(?=[A-Z])", " ".join(first.split()))[0]


class Summaries(SphinxDirective):
    """Every name on the pages that the content names, with its first sentence."""

    has_content = True

    def run(self):
        """Return a heading and a list of names for each section of the pages."""
        lines = []
        for page in self.content:
            path = Path(self.env.srcdir, self.env.docname).with_name(f"{page}.md")
            self.env.note_dependency(str(path))
            for heading, name in DOCUMENTED.findall(path.read_text(encoding="utf-8")):
                if heading:
                    lines += [f".. rubric:: {heading}", ""]
                else:
                    title, found = name.rpartition(".")[2], import_by_name(name)[1]
                    lines += [f":py:obj:`{title} <{name}>`", f"   {summary(found)}", ""]
        parsed = self.parse_text_to_nodes("\n".join(lines))
        return [nodes.container("", *parsed, classes=["summaries"], support_smartquotes=False)]


def setup(app):
    """Register the role and the directive."""
    app.add_role("name", NameRole())
    app.add_directive("summaries", Summaries)
    app.connect("autodoc-skip-member", skip_fields)
    app.connect("missing-reference", link_or_code)
    app.connect("object-description-transform", keep_plain)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
