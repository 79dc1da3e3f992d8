"""NetworkDiagram's JavaScript reads a recording as NumPy reads it."""

import numpy as np
import pytest

from bnlib.experiments.network_values import AXIS, LOGITS_AXIS
from bnlib.widgets import NetworkDiagram
from tests.browser.module_text import Module

pytestmark = pytest.mark.browser

READ = """(() => {
  const [r, key, frame] = argument;
  const out = module.output(recording, recording.runs[r], key, frame);
  const tones = Array.from({ length: out.n }, (_, image) =>
    Array.from({ length: out.units }, (_, unit) => out.tone(image, unit)));
  return { tones, mean: out.mean, std: out.std, gamma: out.gamma, beta: out.beta, axis: out.axis };
})()"""


@pytest.fixture(scope="module")
def recorded():
    return NetworkDiagram().recorded


@pytest.fixture
def module(blank, recorded):
    module = Module(blank, NetworkDiagram._esm)
    module.receive(recorded)
    return module


def by_numpy(recorded, run, index, frame):
    """Tones and moments of one box, read from its bytes."""
    if index == 0:
        values, moments, units = recorded["x"], recorded["x_moments"], 64
        return np.frombuffer(values, "i1").reshape(16, units), np.frombuffer(moments, "<i2")
    units = run["units"]
    rows = np.frombuffer(run["values"], "i1").reshape(len(run["steps"]), -1)[frame]
    tones = np.split(rows, np.cumsum([16 * n for n in units])[:-1])[index - 1]
    rows = np.frombuffer(run["moments"], "<i2").reshape(len(run["steps"]), -1)[frame]
    moments = np.split(rows, np.cumsum([2 * n for n in units])[:-1])[index - 1]
    return tones.reshape(16, -1), moments


@pytest.mark.parametrize("r", [0, 1, 2, 5])
def test_every_box_at_every_step_is_read_right(module, recorded, r):
    run = recorded["runs"][r]
    for index, box in enumerate(run["boxes"]):
        for frame in range(len(run["steps"])):
            read = module.run(READ, [r, box["key"], frame])
            tones, moments = by_numpy(recorded, run, index, frame)
            np.testing.assert_allclose(np.array(read["tones"]), tones / 127)
            np.testing.assert_allclose(read["mean"] + read["std"], moments / 100)
            last = index == len(run["boxes"]) - 1
            assert read["axis"] == (LOGITS_AXIS if last else AXIS)


@pytest.mark.parametrize(("key", "start", "units"), [("norm 1", 0, 30), ("norm 2", 60, 20)])
def test_gamma_and_beta_are_those_of_the_box(module, recorded, key, start, units):
    rows = np.frombuffer(recorded["runs"][1]["learned"], "<i2").reshape(3, -1) / 100
    for frame in range(3):
        read = module.run(READ, [1, key, frame])
        np.testing.assert_allclose(read["gamma"], rows[frame, start : start + units])
        np.testing.assert_allclose(read["beta"], rows[frame, start + units : start + 2 * units])


def test_a_run_is_found_by_its_choices_and_a_step_that_it_holds(module):
    find = "module.findRun(recording, argument)?.position ?? null"
    asked = {"activation": "tanh", "position": "after", "step": 200}
    assert module.run(find, asked) == "after"
    assert module.run(find, asked | {"step": 7}) is None
    assert module.run(find, asked | {"activation": "gelu"}) is None


def test_where_batch_norm_is_left_out_its_layer_s_linear_takes_its_place(module):
    key = "module.boxKey(recording.runs[argument[0]], argument[1])"
    assert module.run(key, [0, "norm 2"]) == "norm 2"
    assert module.run(key, [2, "norm 2"]) == "linear 2"


def test_the_readout_says_the_box_the_unit_and_that_it_is_one_run(module, recorded):
    say = "module.describeBox(recording, recording.runs[argument[0]], argument[1])"
    text = module.run(say, [0, {"key": "norm 1", "step": 20, "unit": 3}])
    moments = by_numpy(recorded, recorded["runs"][0], 2, 1)[1] / 100
    for part in ("BatchNorm, hidden layer 1", "step 20", "unit 3", "γ is", "seed\u00a00"):
        assert part in text
    assert f"y₁ has mean {moments[2]:z.2f}".replace("-", "−") in text
    text = module.run(say, [2, {"key": "linear 3", "step": 0, "unit": 64}])
    assert "class 10 (the digit 9)" in text
    assert "no batch norm" in text


@pytest.fixture
def page(module):
    start = {"activation": "relu", "position": "before", "step": 20, "box": "norm 1", "unit": 1}
    kernel = {"retrained": {}, "live": False, "live_steps": [0, 50, 200]}
    return module.draw(start | {"start": start} | kernel)


def said(page):
    page.wait_for_timeout(50)
    return page.locator("output").text_content()


def test_with_a_kernel_the_slider_offers_more_steps_and_the_answer_is_drawn(page):
    steps = page.locator("input[type=range]").first
    assert steps.get_attribute("max") == "2"
    page.evaluate("model.set('live', true)")
    page.wait_for_timeout(50)
    assert steps.get_attribute("max") == "3"  # 0, 20, 50, 200
    before = said(page)
    steps.focus()
    steps.press("ArrowRight")
    assert page.evaluate("model.get('step')") == 50
    assert said(page) == before  # until Python has answered
    page.evaluate("""model.set("retrained", { ...recording, runs: [
        { ...recording.runs[0], steps: [0, 50, 200] }] })""")
    assert "at step 50" in said(page)


def test_what_python_sets_is_shown(page):
    page.evaluate("model.set('position', 'none')")
    assert "Linear, hidden layer 1" in said(page)
    page.evaluate("model.set('box', 'activation 2'), model.set('unit', 64)")
    assert "ReLU, hidden layer 2" in said(page)
    assert "unit 20" in said(page)


def test_arrow_keys_go_from_box_to_box_and_stop_at_the_ends(page):
    def pressed():
        return page.locator("[data-box][aria-pressed=true]").get_attribute("data-box")

    page.locator("[data-box=x]").focus()
    for key, box in (
        ("ArrowRight", "linear 1"),
        ("ArrowDown", "norm 1"),
        ("End", "linear 3"),
        ("ArrowRight", "linear 3"),
        ("ArrowLeft", "activation 2"),
        ("Home", "x"),
    ):
        page.keyboard.press(key)
        page.wait_for_timeout(30)
        assert pressed() == box


def test_a_mouse_over_a_box_shows_it_and_off_it_the_chosen_one_again(page):
    chosen = said(page)
    page.locator("[data-box='linear 2']").hover()
    assert "Linear, hidden layer 2" in said(page)
    page.mouse.move(1, 1)
    assert said(page) == chosen


def test_when_it_leaves_it_stops_listening(page):
    assert page.evaluate("listening()") > 0
    assert page.evaluate("sent.type") == "hello"
    page.evaluate("leave()")
    assert page.evaluate("listening()") == 0
    assert page.locator("[data-widget]").count() == 0
