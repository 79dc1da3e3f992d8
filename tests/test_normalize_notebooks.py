"""The normalizer keeps what a person reads and drops what a machine left behind."""

import copy
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.synthetic_notebooks import code, markdown, shown, stream
from tools import normalize_notebooks
from tools.normalize_notebooks import REMOVED_MEDIA, normalize, to_json

WIDGET_VIEW = "application/vnd.jupyter.widget-view+json"


def normalized_outputs(*outputs):
    return normalize({"cells": [code("f()", *outputs)]})["cells"][0]["outputs"]


@pytest.mark.parametrize("media", REMOVED_MEDIA)
def test_a_picture_or_widget_view_goes_and_its_text_stays(media):
    (output,) = normalized_outputs(shown("<Figure>", **{media: "payload"}))
    assert output["data"] == {"text/plain": ["<Figure>"]}


def test_widget_state_and_machine_metadata_go():
    metadata = {
        "widgets": {"state": {}},
        "language_info": {"name": "python", "version": "3.11.7"},
        "kernelspec": {"name": "my-env", "display_name": "My laptop", "language": "python"},
        "myst": {"html_meta": {"description": "A chapter."}},
    }
    assert normalize({"cells": [], "metadata": metadata})["metadata"] == {
        "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
        "language_info": {"name": "python"},
        "myst": {"html_meta": {"description": "A chapter."}},
    }


def test_timing_and_editor_state_go_and_tags_stay():
    cell = code("f()", tags=["hide-input"])
    cell["metadata"] |= {"execution": {"iopub.execute_input": "2024"}, "scrolled": True}
    (kept,) = normalize({"cells": [cell]})["cells"]
    assert kept["metadata"] == {"tags": ["hide-input"]}


def test_pieces_of_one_stream_are_joined_in_order():
    assert normalized_outputs(stream("a"), stream("b\n"), shown("x"), stream("c\n")) == [
        stream("ab\nc\n"),
        shown("x"),
    ]


def test_memory_addresses_become_one_constant():
    (output,) = normalized_outputs(shown("<object at 0x7f3a2b1c>"))
    assert output["data"]["text/plain"] == ["<object at 0x000000>"]


def test_numbers_stay_digit_for_digit():
    (output,) = normalized_outputs(stream("accuracy 0.9725, mask 0xff\n"))
    assert output["text"] == ["accuracy 0.9725, mask 0xff\n"]


def test_cell_ids_are_kept_made_where_missing_and_unique():
    cells = [code("a") | {"id": "mine"}, code("a"), code("a") | {"id": "mine"}, markdown("a")]
    ids = [cell["id"] for cell in normalize({"cells": cells})["cells"]]
    assert ids[0] == "mine"
    assert len(set(ids)) == 4
    assert ids == [cell["id"] for cell in normalize({"cells": cells})["cells"]]


TEXTS = st.text(max_size=30)
OUTPUTS = st.one_of(
    st.builds(stream, TEXTS, st.sampled_from(["stdout", "stderr"])),
    st.builds(lambda media: shown("x", **{media: "y"}), st.sampled_from(REMOVED_MEDIA)),
)
CELLS = st.one_of(
    st.builds(markdown, TEXTS),
    st.builds(lambda source, outputs: code(source, *outputs), TEXTS, st.lists(OUTPUTS, max_size=4)),
)
NOTEBOOKS = st.fixed_dictionaries({"cells": st.lists(CELLS, max_size=5)})


def test_a_solution_is_folded_in_jupyterlab():
    cells = [code("f()", tags=["solution"]), code("g()")]
    solution, other = normalize({"cells": cells})["cells"]
    folded = {"outputs_hidden": True, "source_hidden": True}
    assert (solution["metadata"]["jupyter"], other["metadata"]) == (folded, {})


@given(NOTEBOOKS)
def test_normalizing_twice_is_normalizing_once(notebook):
    once = normalize(notebook)
    assert normalize(once) == once
    assert json.loads(to_json(once)) == once


@given(NOTEBOOKS)
def test_the_argument_is_left_alone(notebook):
    before = copy.deepcopy(notebook)
    normalize(notebook)
    assert notebook == before


def test_check_only_writes_nothing_and_says_so_in_its_exit_status(tmp_path):
    path = tmp_path / "a.ipynb"
    path.write_text(json.dumps({"cells": [code("1 + 1")], "metadata": {}}), encoding="utf-8")
    before = path.read_text(encoding="utf-8")
    assert normalize_notebooks.main(["--check-only", str(path)]) == 1
    assert path.read_text(encoding="utf-8") == before
    assert normalize_notebooks.main(["--no-execute", str(path)]) == 0
    assert normalize_notebooks.main(["--check-only", str(path)]) == 0


def test_running_a_notebook_records_what_it_prints(tmp_path):
    path = tmp_path / "a.ipynb"
    notebook = normalize({"cells": [code("print(6 * 7)", count=None)]})
    path.write_text(to_json(notebook), encoding="utf-8")
    assert normalize_notebooks.main([str(path)]) == 0
    (cell,) = json.loads(path.read_text(encoding="utf-8"))["cells"]
    assert cell["outputs"] == [stream("42\n")]
    assert cell["execution_count"] == 1
