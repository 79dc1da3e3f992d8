"""assets/widget-host.js gives a module what anywidget promises it, with no kernel behind."""

import base64
import json

import pytest

from tools.normalize_notebooks import ROOT

pytestmark = pytest.mark.browser

HOST = (ROOT / "assets" / "widget-host.js").read_text(encoding="utf-8")
KIND = "application/vnd.jupyter.widget-"
# A module that hands its model to the test, and one that fails.
OPEN = """export default { render({ model, el }) {
  (window.models ??= []).push(model);
  el.append("drawn " + model.get("name"));
  return () => { window.cleaned = model.get("name"); };
} };"""
THROWS = """export default { render() { throw new Error("no such curve"); } };"""


def model(esm=OPEN, buffers=(), **state):
    """A widget model as a notebook's widget state holds it."""
    state = {"_esm": esm, **state} if esm else state
    packed = [
        {"path": path, "encoding": "base64", "data": base64.b64encode(data).decode()}
        for path, data in buffers
    ]
    return {
        "model_name": "AnyModel",
        "model_module": "anywidget",
        "state": state,
        "buffers": packed,
    }


@pytest.fixture
def hosted(blank):
    """`hosted(a=model(...))`: shows a view for each model; returns what its console says."""

    def show(views=None, **models):
        said = []
        blank.on("console", lambda message: said.append((message.type, message.text)))
        state = json.dumps({"version_major": 2, "version_minor": 0, "state": models})
        scripts = [f'<script type="{KIND}state+json">{state}</script>']
        for model_id in views or models:
            view = f'<script type="{KIND}view+json">{json.dumps({"model_id": model_id})}</script>'
            scripts.append(f'<div class="view">{view}</div>')
        blank.set_content("\n".join(scripts))
        blank.add_script_tag(content=HOST)
        blank.wait_for_function(
            "[...document.querySelectorAll('.view')].every((view) => view.innerText.trim())"
        )
        return said

    return show


def test_a_view_is_drawn_by_its_own_module_and_state(hosted, blank):
    hosted(a=model(name="one"), b=model(name="two"))
    assert blank.locator(".view").all_inner_texts() == ["drawn one", "drawn two"]


def test_two_views_of_one_model_share_it(hosted, blank):
    hosted(views=["a", "a"], a=model(name="one"))
    blank.wait_for_function("window.models.length === 2")
    assert blank.evaluate("models[0] === models[1]")


def test_set_tells_the_listeners_of_that_name_and_of_any(hosted, blank):
    hosted(a=model(name="one", step=1, other=1))
    heard = blank.evaluate("""() => {
      const heard = [];
      models[0].on("change:step", (_, value) => heard.push(["step", value, models[0].get("step")]));
      models[0].on("change", () => heard.push(["any"]));
      models[0].on("change:other", () => heard.push(["other"]));
      models[0].set("step", 2);
      return heard;
    }""")
    assert heard == [["step", 2, 2], ["any"]]


def test_setting_the_same_value_tells_nobody(hosted, blank):
    hosted(a=model(name="one", values=[1, 2]))
    heard = blank.evaluate("""() => {
      let heard = 0;
      models[0].on("change", () => { heard += 1; });
      models[0].set("values", [1, 2]);
      return heard;
    }""")
    assert heard == 0


def test_off_removes_one_listener_and_leaves_the_others(hosted, blank):
    hosted(a=model(name="one", step=1))
    heard = blank.evaluate("""() => {
      const heard = [];
      const gone = () => heard.push("gone");
      models[0].on("change:step", gone);
      models[0].on("change:step", () => heard.push("stays"));
      models[0].off("change:step", gone);
      models[0].set("step", 2);
      return heard;
    }""")
    assert heard == ["stays"]


def test_saving_and_sending_do_nothing_and_do_not_throw(hosted, blank):
    hosted(a=model(name="one", live=False))
    blank.evaluate("""() => { models[0].send({ type: "hello" }); models[0].save_changes(); }""")
    assert blank.evaluate("models[0].get('live')") is False


def test_buffers_arrive_as_data_views_at_their_paths(hosted, blank):
    buffers = [(["top"], b"\x01\x02"), (["recorded", "shares"], b"\xff\x00\x07")]
    hosted(a=model(name="one", recorded={"steps": [0, 5]}, buffers=buffers))
    read = """(path) => {
      const value = path.slice(1).reduce((held, name) => held[name], models[0].get(path[0]));
      const bytes = new Uint8Array(value.buffer, value.byteOffset, value.byteLength);
      return [value instanceof DataView, ...bytes];
    }"""
    assert blank.evaluate(read, ["top"]) == [True, 1, 2]
    assert blank.evaluate(read, ["recorded", "shares"]) == [True, 255, 0, 7]
    assert blank.evaluate("models[0].get('recorded').steps") == [0, 5]


def test_a_plain_ipywidget_is_one_polite_line(hosted, blank):
    hosted(a=model(esm=None, description="x", value=3), b=model(name="one"))
    first, second = blank.locator(".view").all_inner_texts()
    assert "running notebook" in first
    assert second == "drawn one"


@pytest.mark.parametrize("esm", [THROWS, "this is no module", "export default {"])
def test_a_module_that_fails_is_seen_and_logged_and_harms_no_other(hosted, blank, esm):
    said = hosted(a=model(esm=esm), b=model(name="one"))
    first, second = blank.locator(".view").all_inner_texts()
    assert "could not be drawn" in first
    assert second == "drawn one"
    assert [kind for kind, _ in said] == ["error"]


def test_a_view_of_an_unknown_model_is_seen_and_logged(hosted, blank):
    said = hosted(views=["b"], a=model(name="one"))
    assert "could not be drawn" in blank.locator(".view").inner_text()
    assert [kind for kind, _ in said] == ["error"]


def test_style_sheets_are_added_once(hosted, blank):
    css = ".view { color: rgb(1, 2, 3); }"
    hosted(a=model(name="one", _css=css), b=model(name="two", _css=css))
    colour = blank.evaluate("getComputedStyle(document.querySelector('.view')).color")
    assert colour == "rgb(1, 2, 3)"
    assert blank.evaluate("document.querySelectorAll('style').length") == 1
