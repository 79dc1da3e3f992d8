"""LearningRateRange's JavaScript reads a map as NumPy reads it, and walks in it by every means."""

import numpy as np
import pytest

from bnlib.experiments.learning_rate_range import load_stored
from bnlib.widgets.learning_rate_range import LearningRateRange, pack
from tests.browser.module_text import Module

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def rate_map():
    return load_stored()


@pytest.fixture
def module(blank, rate_map):
    """The module, with the stored map in the page."""
    module = Module(blank, LearningRateRange._esm)
    module.receive(pack(rate_map))
    return module


@pytest.fixture
def widget(module, rate_map):
    """The drawn widget."""
    start = LearningRateRange(recorded=rate_map).start
    return module.draw(start | {"start": start})


@pytest.mark.parametrize("activation", ["relu", "sigmoid"])
def test_every_number_of_a_map_is_read_from_its_own_place(module, rate_map, activation):
    read = module.run(
        """((map) => {
          const plain = (value) => Number.isFinite(value) ? value : null;
          const each = (f) => [0, 1].map((s) => map.depths.map((_, d) => map.rates.map((_, r) =>
            f(s, d, r))));
          const curve = (name) => each((...cell) =>
            map.curve(name, ...cell).map((row) => row.map(plain)));
          return {
            reached: each((...cell) => [0, 1].map((level) => map.reached(...cell, level))),
            steps: each((...cell) => [0, 1].map((level) => plain(map.steps(...cell, level)))),
            diverged: each(map.diverged), accuracy: curve("accuracy"), loss: curve("loss"),
          };
        })(module.readMap(window.recording, argument))""",
        activation,
    )
    a = rate_map.activations.index(activation)
    medians = np.stack([rate_map.median_steps(level)[a] for level in (0.9, 0.97)], axis=-1)
    expected = {
        "reached": np.isfinite(rate_map.steps[a]).sum(axis=-1),
        "steps": medians,
        "diverged": rate_map.diverged[a],
        "accuracy": rate_map.accuracy[a],
        "loss": np.minimum(rate_map.loss[a], 10 ** (65534 / 1e4 - 3)),
    }
    expected["loss"][np.isinf(rate_map.loss[a])] = np.inf
    for name, values in expected.items():
        wanted = np.where(np.isfinite(values), values, np.nan)
        found = np.array(read[name], dtype=float)
        np.testing.assert_allclose(found, wanted, rtol=2e-4, err_msg=name)


def test_a_cell_says_its_share_or_its_steps_and_whether_nothing_was_learned(module, rate_map):
    def face(side, depth, rate, measure):
        d, r = rate_map.depths.index(depth), rate_map.rates.index(rate)
        script = "module.face(module.readMap(window.recording, 'relu'), ...argument)"
        return module.run(script, [side, d, r, measure])

    assert face(0, 5, 0.01, "share") == {"text": "70", "strength": 0.7, "idle": False}
    assert face(0, 5, 1.0, "share") == {"text": "0", "strength": 0, "idle": True}
    fast, slow = face(1, 5, 0.3, "90"), face(1, 5, 0.03, "90")
    assert (fast["text"], slow["text"]) == ("30", "200")
    assert fast["strength"] > slow["strength"] > 0
    assert face(0, 20, 0.1, "97")["text"] == "–"


def test_the_rates_that_work_are_said_as_a_range_a_list_or_none(module):
    script = """module.goodRates({ rates: [0.01, 0.1, 1], seeds: 20,
        reached: (_s, _d, r) => argument[r] }, 0, 0, 0)"""
    cases = {
        (20, 15, 11): "0.01 to 1",
        (0, 20, 10): "0.1",
        (20, 3, 20): "0.01, 1",
        (10, 0, 0): "no rate",
    }
    assert {case: module.run(script, list(case)) for case in cases} == cases


def test_what_lies_off_a_panel_s_axis_stands_at_its_edge(module):
    script = "['loss', 'accuracy'].map((name) => argument.map((v) => module.height(name, v)))"
    heights = module.run(script, [0.01, 0.1, 1, 1e9])
    np.testing.assert_allclose(heights[0], [100, 200 / 3, 100 / 3, 0])
    np.testing.assert_allclose(heights[1], [99, 90, 0, 0])
    assert module.run("module.height('loss', Infinity)") == 0
    assert module.run("module.height('loss', 0)") == 100


def test_a_line_begins_where_its_values_begin(module):
    script = """module.paths("accuracy", [0, 10, 20],
        [[NaN, NaN, NaN], [0.1, 0.5, 0.6], [0.2, 0.7, 1]])"""
    drawn = module.run(script)
    assert drawn["line"] == "M10 50.00L20 30.00"
    assert drawn["band"] == "M10 90.00L20 80.00L20 0.00L10 40.00Z"


def chosen(page):
    return page.evaluate("[values.depth, values.learning_rate]")


def test_arrow_keys_walk_in_the_map_and_stop_at_its_edges(widget):
    maps = widget.get_by_role("group", name="The two maps")
    maps.focus()
    for keys, where in (("ArrowUp ArrowLeft", [10, 0.3]), ("ArrowRight ArrowDown", [5, 1])):
        for key in keys.split():
            maps.press(key)
        assert chosen(widget) == where
    for _ in range(9):
        maps.press("ArrowRight")
        maps.press("ArrowUp")
    assert chosen(widget) == [20, 10]
    maps.press("a")
    assert chosen(widget) == [20, 10]


def test_a_click_chooses_the_cell_in_both_maps_and_its_curves_are_drawn(widget):
    lines = widget.locator(".bnr-line")
    before = [line.get_attribute("d") for line in lines.all()]
    widget.locator('.bnr-map[data-side="1"] .bnr-cell[data-d="1"][data-r="2"]').click()
    assert chosen(widget) == [2, 0.1]
    marked = widget.locator(".bnr-cell[data-chosen]")
    assert [cell.get_attribute("data-d") for cell in marked.all()] == ["1", "1"]
    assert len(before) == 4
    after = [line.get_attribute("d") for line in lines.all()]
    assert all(old != new for old, new in zip(before, after, strict=True))
    readout = widget.locator("output")
    assert "ReLU, 2 hidden layers, learning rate 0.1." in readout.text_content()
    widget.get_by_role("button", name="Reset").click()
    assert chosen(widget) == [5, 1]
