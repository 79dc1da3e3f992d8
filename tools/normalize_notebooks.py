"""Run the book's notebooks and keep only what a person can compare: code, prose, text outputs.

`make notebooks` calls this after a chapter was edited. Pictures, widget views and everything that
differs between two runs or two machines is removed; the text that a cell printed stays, because
`pytest --nbval` compares it with a fresh run.

    python tools/normalize_notebooks.py               run, normalize and write every notebook
    python tools/normalize_notebooks.py --no-execute  normalize without running
    python tools/normalize_notebooks.py --check-only  write nothing; exit 1 if one would change
"""

import argparse
import copy
import hashlib
import json
import os
import platform
import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent

# One BLAS thread and one kernel: two CPUs then round alike, and printed numbers can be compared.
PINNED_ENVIRONMENT = {"OPENBLAS_NUM_THREADS": "1"}
if platform.machine().lower() in ("x86_64", "amd64"):
    PINNED_ENVIRONMENT["OPENBLAS_CORETYPE"] = "Haswell"

KEPT_CELL_METADATA = ("jupyter", "mystnb", "tags")  # jupyter: whether JupyterLab hides the source
FOLDED = {"outputs_hidden": True, "source_hidden": True}  # in JupyterLab: an exercise's solution
KEPT_NOTEBOOK_METADATA = ("myst", "mystnb")
# A picture or a widget is drawn anew by every build; its text/plain stays as its place-holder.
_MEDIA = (
    "image/png",
    "image/jpeg",
    "image/gif",
    "image/svg+xml",
    "text/html",
    "application/javascript",
    "application/vnd.jupyter.widget-view+json",
    "application/vnd.jupyter.widget-state+json",
)
# Values that a cell glues for use in the prose come under a prefix of their own.
REMOVED_MEDIA = _MEDIA + tuple(f"application/papermill.record/{media}" for media in _MEDIA)
KEPT_OUTPUT_METADATA = ("scrapbook",)
ADDRESS = re.compile(r"\b0x[0-9a-f]{6,}\b")
CELL_ID = re.compile(r"[a-zA-Z0-9_-]{1,64}$")


def notebooks():
    """Paths of every notebook of the book, in reading order."""
    chapters = sorted((ROOT / "chapters").glob("*.ipynb"))
    return [ROOT / "index.ipynb", *chapters, ROOT / "claims.ipynb"]


def normalize(notebook):
    """Return the committed form of a notebook; the argument is left as it was.

    Parameters
    ----------
    notebook : dict
        A notebook of format 4 as read from JSON, executed or not.

    Returns
    -------
    dict
        Sources and texts as lists of lines, metadata reduced to what the book uses, every cell
        with an id, outputs without pictures and widgets. `normalize` of the result changes nothing.
    """
    taken = set()
    cells = [_cell(cell, position, taken) for position, cell in enumerate(notebook["cells"])]
    metadata = {
        name: copy.deepcopy(value)
        for name, value in notebook.get("metadata", {}).items()
        if name in KEPT_NOTEBOOK_METADATA
    }
    metadata["kernelspec"] = {"display_name": "Python 3", "language": "python", "name": "python3"}
    metadata["language_info"] = {"name": "python"}
    return {"cells": cells, "metadata": metadata, "nbformat": 4, "nbformat_minor": 5}


def _cell(cell, position, taken):
    source = _text(cell["source"]).rstrip("\n")
    metadata = cell.get("metadata", {})
    if "solution" in metadata.get("tags", ()):
        metadata = metadata | {"jupyter": FOLDED}
    kept = {
        "cell_type": cell["cell_type"],
        "id": _cell_id(cell.get("id", ""), source, position, taken),
        "metadata": {
            name: copy.deepcopy(value)
            for name, value in metadata.items()
            if name in KEPT_CELL_METADATA and value
        },
        "source": _lines(source),
    }
    if cell["cell_type"] == "code":
        kept["execution_count"] = cell.get("execution_count")
        kept["outputs"] = [_output(output) for output in _joined(cell.get("outputs", []))]
    elif "attachments" in cell:
        kept["attachments"] = copy.deepcopy(cell["attachments"])
    return kept


def _cell_id(wanted, source, position, taken):
    """The cell's own id while it is valid and free, else one made from its text and place."""
    attempt = 0
    while not CELL_ID.match(wanted) or wanted in taken:
        seed = f"{position}:{attempt}:{source}"
        wanted = hashlib.sha256(seed.encode()).hexdigest()[:8]
        attempt += 1
    taken.add(wanted)
    return wanted


def _joined(outputs):
    """Outputs with each stream in one piece: where a kernel cuts it is a matter of timing."""
    joined, streams = [], {}
    for output in outputs:
        if output["output_type"] != "stream":
            joined.append(output)
        elif output["name"] in streams:
            streams[output["name"]]["text"] += _text(output["text"])
        else:
            streams[output["name"]] = {**output, "text": _text(output["text"])}
            joined.append(streams[output["name"]])
    return joined


def _output(output):
    kind = output["output_type"]
    if kind == "stream":
        return {"output_type": kind, "name": output["name"], "text": _steady_lines(output["text"])}
    if kind == "error":
        return {"output_type": kind} | {
            name: copy.deepcopy(output[name]) for name in ("ename", "evalue", "traceback")
        }
    kept = {
        "output_type": kind,
        "metadata": {
            name: copy.deepcopy(value)
            for name, value in output.get("metadata", {}).items()
            if name in KEPT_OUTPUT_METADATA
        },
        "data": {
            media: _steady_lines(data) if media.startswith("text/") else copy.deepcopy(data)
            for media, data in output["data"].items()
            if media not in REMOVED_MEDIA
        },
    }
    if kind == "execute_result":
        kept["execution_count"] = output.get("execution_count")
    return kept


def _text(text):
    return text if isinstance(text, str) else "".join(text)


def _lines(text):
    return _text(text).splitlines(keepends=True)


def _steady_lines(text):
    """Lines in which memory addresses, which differ in every run, became one constant."""
    return _lines(ADDRESS.sub("0x000000", _text(text)))


def to_json(notebook):
    """The notebook as Jupyter writes it: keys sorted, indent 1, a newline at the end."""
    return json.dumps(notebook, indent=1, ensure_ascii=False, sort_keys=True) + "\n"


def execute(notebook, folder):
    """Return the notebook run from top to bottom in a fresh kernel started in `folder`."""
    import nbclient  # only here: the pure rule above needs the standard library alone
    import nbformat

    node = nbformat.reads(to_json(notebook), as_version=4)
    client = nbclient.NotebookClient(
        node,
        timeout=600,
        kernel_name="python3",
        store_widget_state=False,
        resources={"metadata": {"path": str(folder)}},
    )
    client.execute(env=os.environ | PINNED_ENVIRONMENT)
    return node


def main(arguments=None):
    """Run the command line; returns the exit status."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("paths", nargs="*", type=Path, help="default: every notebook of the book")
    parser.add_argument("--no-execute", action="store_true", help="normalize only")
    parser.add_argument("--check-only", action="store_true", help="report, run and write nothing")
    options = parser.parse_args(arguments)
    changed = 0
    for path in options.paths or notebooks():
        before = path.read_text(encoding="utf-8")
        notebook = normalize(json.loads(before))
        if not (options.check_only or options.no_execute):
            notebook = normalize(execute(notebook, path.resolve().parent))
        after = to_json(notebook)
        if after == before:
            print(f"{path}: as it should be")
            continue
        changed += 1
        if options.check_only:
            print(f"{path}: not normalized; run `make notebooks`")
        else:
            path.write_text(after, encoding="utf-8")
            print(f"{path}: written")
    return 1 if options.check_only and changed else 0


if __name__ == "__main__":
    sys.exit(main())
