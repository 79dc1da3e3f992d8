"""Small notebooks made for a test: `notebook(markdown("# A"), code("1 + 1", shown("2")))`."""

from tools.normalize_notebooks import normalize


def stream(text, name="stdout"):
    """What a cell printed."""
    return {"output_type": "stream", "name": name, "text": text.splitlines(keepends=True)}


def shown(text, count=None, **media):
    """What a cell displayed: its text/plain and, by media type, whatever stood beside it.

    With a `count` it is the value of the cell's last line, else a picture or a displayed object.
    """
    output = {
        "output_type": "display_data",
        "metadata": {},
        "data": {"text/plain": [text], **media},
    }
    return (
        output
        if count is None
        else output | {"output_type": "execute_result", "execution_count": count}
    )


def code(source, *outputs, count=1, tags=()):
    """A code cell, run as number `count` (None: never run)."""
    return {
        "cell_type": "code",
        "metadata": {"tags": list(tags)} if tags else {},
        "source": source.rstrip("\n").splitlines(keepends=True),
        "execution_count": count,
        "outputs": list(outputs),
    }


def markdown(source):
    """A cell of prose."""
    return {"cell_type": "markdown", "metadata": {}, "source": source.splitlines(keepends=True)}


def notebook(*cells):
    """A notebook that is normalized but for the outputs given."""
    whole = normalize({"cells": list(cells)})
    for kept, cell in zip(whole["cells"], cells, strict=True):
        if "outputs" in cell:
            kept["outputs"] = cell["outputs"]
    return whole
