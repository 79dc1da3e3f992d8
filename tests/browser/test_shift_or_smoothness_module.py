"""ShiftOrSmoothness' JavaScript reads a recording as NumPy reads it, and draws it."""

import numpy as np
import pytest

from bnlib.experiments.shift_or_smoothness import VARIANTS, WAYS, load_stored
from bnlib.widgets.shift_or_smoothness import ShiftOrSmoothness, pack
from tests.browser.module_text import Module

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def packed():
    return pack(load_stored())


@pytest.fixture
def module(blank, packed):
    module = Module(blank, ShiftOrSmoothness._esm)
    module.receive(packed)
    return module


@pytest.fixture
def widget(module):
    start = ShiftOrSmoothness().start
    return module.draw(start | {"start": start})


@pytest.mark.parametrize("way", WAYS)
def test_every_curve_is_read_from_its_own_place(module, packed, way):
    w = WAYS.index(way)
    for name, told in packed["measures"].items():
        shape = (len(WAYS), len(VARIANTS), len(told["steps"]), 3)
        expected = np.frombuffer(packed[name], "<f4").reshape(shape)[w]
        read = module.run(
            "[0, 1, 2, 3, 4].map((v) => module.curve(window.recording, argument[0], v, argument[1])"
            ".map((row) => row.map((x) => Number.isNaN(x) ? null : x)))",
            [way, name],
        )
        np.testing.assert_array_equal(np.array(read, dtype=float), expected)
    shape = (len(WAYS), len(VARIANTS), len(packed["walks"]), len(packed["multiples"]), 3)
    expected = np.frombuffer(packed["landscape"], "<f4").reshape(shape)[w, 3, 4]
    read = module.run("module.landscape(window.recording, argument, 3, 4)", way)
    np.testing.assert_array_equal(read, expected)


def test_values_stand_on_their_axis_and_at_its_edge_beyond(module):
    found = module.map("share", [["shift", v] for v in (0.001, 0.01, 0.1, 10, 1e9)])
    np.testing.assert_allclose(found, [0, 0, 1 / 3, 1, 1], atol=1e-12)
    assert module.call("share", "accuracy", 0.9) == 0.9


def test_lines_leave_out_what_is_unknown_and_bands_reach_the_edge_where_runs_diverged(module):
    drawn = module.run(
        "module.paths('accuracy', [0, 10, 20], [[NaN, NaN, NaN], [0.1, 0.5, 0.6], [0.2, 0.7, NaN]])"
    )
    assert drawn["line"] == "M10 50.00L20 30.00"
    assert drawn["band"] == "M10 90.00L20 80.00L20 0.00L10 40.00Z"


def test_numbers_are_said_with_two_digits(module):
    said = module.map("say", [["shift", 0.01234], ["shift", 232.3], ["accuracy", 0.963]])
    assert said == ["0.012", "230", "96.3\u00a0%"]


def test_the_readout_says_the_medians_of_the_stored_runs(widget, packed):
    text = widget.locator("output").text_content()
    curves = np.frombuffer(packed["shift"], "<f4").reshape(2, 5, -1, 3)[WAYS.index("alike")]
    for variant in (0, 1, 2):
        assert f"{float(f'{curves[variant, 1, 1]:.2g}'):g}" in text  # step 40
    assert "Median of 20 seeds" in text


def test_a_click_into_the_picture_chooses_the_step_and_reset_returns(widget):
    area = widget.locator(".bns-curves.bn-drag")
    box = area.bounding_box()
    area.click(position={"x": 0.75 * box["width"], "y": 20})
    assert widget.evaluate("values.step") == 300
    assert "at step 300" in widget.locator(".bns-title").nth(1).text_content()
    widget.get_by_role("button", name="Reset").click()
    assert widget.evaluate("values.step") == 40


def test_three_curves_are_drawn_and_the_noise_changes_the_third_alone(widget):
    lines = widget.locator(".bns-line")
    before = [line.get_attribute("d") for line in lines.all()]
    widget.get_by_label("noise behind batch norm").select_option("1")
    after = [line.get_attribute("d") for line in lines.all()]
    changed = [old != new for old, new in zip(before, after, strict=True)]
    assert changed == [False, False, True, False, False, True]
