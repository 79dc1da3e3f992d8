"""BlueBox's JavaScript reads a recording as NumPy reads it, and says what it shows."""

import numpy as np
import pytest

from bnlib.experiments.blue_box import IMAGES, MODES, UNITS, record
from bnlib.widgets import BlueBox
from tests.browser.module_text import Module

pytestmark = pytest.mark.browser

BINARY = ("values", "changed", "accuracy", "loss", "pixels")


@pytest.fixture(scope="module")
def recording():
    return record()


@pytest.fixture
def module(blank, recording):
    module = Module(blank, BlueBox._esm)
    module.receive(recording)
    return module


def test_every_number_is_read_from_its_own_place(module, recording):
    frames = len(recording["steps"])
    read = module.run("""(() => {
      const shown = module.reading(window.recording);
      const over = (n, f) => Array.from({ length: n }, (_, i) => f(i));
      const each = (f) => over(2, (s) => over(shown.frozen_from.length, (m) => f(s, m)));
      const plain = (value) => Number.isNaN(value) ? null : value;
      const times = (name) => each((s, m) =>
        over(shown.steps.length, (t) => plain(shown[name](s, m, t))));
      return {
        values: each((s, m) => over(shown.digits.length, (i) => over(shown.units, (u) =>
          over(shown.steps.length, (t) => shown.value(s, m, i, u, t) * 255)))),
        changed: times("changed"), accuracy: times("accuracy"), loss: times("loss"),
        pixels: over(shown.digits.length, (i) => over(64, (at) => shown.pixel(i, at) * 255)),
      };
    })()""")
    shapes = {"values": (2, len(MODES), IMAGES, UNITS, frames), "pixels": (IMAGES, 64)}
    for name in BINARY:
        dtype = "u1" if name in shapes else "<f4"
        shape = shapes.get(name, (2, len(MODES), frames))
        expected = np.frombuffer(recording[name], dtype).reshape(shape)
        np.testing.assert_allclose(np.array(read[name], dtype=float), expected, err_msg=name)


def said(module, mode, frame):
    return module.run(
        """(() => module.sentence(module.reading(window.recording),
          { mode: argument[0], image: 0, frame: argument[1] }, 0).flat().filter((part) =>
          typeof part === "string").join(""))()""",
        [mode, frame],
    )


def test_the_readout_proves_that_a_frozen_box_is_still_and_compares_the_accuracies(module):
    text = said(module, MODES.index(0), 20)
    assert "0 without batch norm and 0 with it" in text
    assert "nothing moves" in text
    assert text.count("if they learn") == 2
    assert "nothing moves" not in said(module, MODES.index(None), 20)


def test_frozen_from_step_50_it_moves_until_then(module):
    assert "nothing moves" not in said(module, MODES.index(50), 15)
    assert "nothing moves" in said(module, MODES.index(50), 16)  # step 80: 30 steps later
    assert "nothing has moved yet" in said(module, MODES.index(50), 0)


def test_modes_are_named_and_found_by_their_step(module):
    assert [module.call("modeName", mode) for mode in (None, -1, 0, 50)] == [
        "learn", "learn", "frozen from the start", "frozen from step 50",
    ]  # fmt: skip
    found = module.run("[-1, 0, 50].map((from) => module.reading(window.recording).mode(from))")
    assert found == [0, 1, 2]


def test_a_curve_skips_what_is_not_a_number_and_stops_at_its_top(module):
    path = module.run("module.curve([NaN, 0, 0.5, 7], 1)")
    assert path == "M33.33 60.00L66.67 30.00L100.00 0.00"
