"""LayerShift's JavaScript reads a recording as NumPy reads it."""

import numpy as np
import pytest

from bnlib.experiments.layer_shift import Configuration, record
from bnlib.widgets.layer_shift import LayerShift
from tests.browser.module_text import Module

pytestmark = pytest.mark.browser


@pytest.fixture
def module(blank):
    return Module(blank, LayerShift._esm)


@pytest.fixture(scope="module")
def recording():
    return record([Configuration("relu", 0.1, 32), Configuration("sigmoid", 0.3, 8)], seed=0)


@pytest.fixture
def received(module, recording):
    """The module, with `recording` in the page."""
    module.receive(recording)
    return module


def test_half_precision_agrees_with_numpy_on_every_pattern(module):
    bits = np.arange(65536, dtype=np.uint16)
    script = """argument.map((bits) => { const value = module.half(bits);
        return Object.is(value, -0) ? "-0" : String(value); })"""
    decoded = module.run(script, bits.tolist())
    floats = np.array([float(text.replace("Infinity", "inf")) for text in decoded])
    np.testing.assert_array_equal(floats, bits.view(np.float16).astype(float))
    number = ~np.isnan(floats)
    np.testing.assert_array_equal(np.signbit(floats[number]), bits[number] >> 15 == 1)


def arrays(recording):
    """The recording's bytes as NumPy arrays, by the format's description."""
    configurations = len(recording["configurations"])
    frames, layers, bins = len(recording["steps"]), recording["layers"], recording["bins"]
    formats = {
        "shares": ("u1", (3, layers, bins, frames)),
        "largest": ("<f4", ()),
        "outside": ("<u2", (3, layers, 2, frames)),
        "moments": ("<f2", (3, layers, 5, frames)),
        "flat": ("<f2", (2, layers, frames)),
        "gradients": ("<f4", (2, layers, frames)),
        "accuracy": ("<f4", (2, frames)),
        "axes": ("<f4", (2,)),
    }
    return {
        name: np.frombuffer(recording[name], dtype).reshape(configurations, *shape)
        for name, (dtype, shape) in formats.items()
    }


@pytest.mark.parametrize("configuration", [0, 1])
def test_every_number_of_a_recording_is_read_from_its_own_place(received, recording, configuration):
    truth = {name: array[configuration] for name, array in arrays(recording).items()}
    frames, layers = range(len(recording["steps"])), range(recording["layers"])
    read = received.run(
        """((shown) => {
          const over = (n, f) => Array.from({ length: n }, (_, i) => f(i));
          const each = (sides, f) => over(sides, (s) => over(shown.layers, (l) => f(s, l)));
          const times = (f) => over(shown.steps.length, f);
          const names = ["low", "median", "high", "mean", "deviation"];
          const plain = (value) => Number.isNaN(value) ? null : value;
          return {
            shares: each(3, (s, l) => over(shown.bins, (b) =>
              times((t) => shown.roots(s, t, l)[b]))),
            outside: each(3, (s, l) => [0, 1].map((end) =>
              times((t) => shown.outside(s, t, l, end)))),
            moments: each(3, (s, l) => names.map((name) =>
              times((t) => plain(shown.moment(name, s, t, l))))),
            flat: each(2, (s, l) => times((t) => plain(shown.flat(s, t, l)))),
            gradients: each(2, (s, l) => times((t) => plain(shown.gradient(s, t, l)))),
            accuracy: over(2, (s) => over(shown.steps.length, (t) => plain(shown.accuracy(s, t)))),
            axes: shown.axis, largest: shown.largest,
          };
        })(module.reading(window.recording, argument))""",
        configuration,
    )
    assert (len(layers), 2, len(frames)) == np.shape(read["outside"])[1:]
    for name, expected in truth.items():
        np.testing.assert_array_equal(np.array(read[name], dtype=float), expected, err_msg=name)


def test_a_configuration_is_found_by_its_three_values(received):
    wanted = {"activation": "sigmoid", "learning_rate": 0.1 + 0.2, "batch_size": 8}
    wanted["network"] = "5x50"
    assert received.run("module.locate(window.recording, argument)", wanted) == 1
    others = (
        {"activation": "tanh"},
        {"learning_rate": 0.31},
        {"batch_size": 9},
        {"network": "3x100"},
    )
    for change in others:
        assert received.run("module.locate(window.recording, argument)", wanted | change) == -1


def test_nothing_is_found_where_nothing_was_recorded(module):
    wanted = {"activation": "relu", "learning_rate": 0.1, "batch_size": 32}
    assert module.call("locate", {}, wanted) == -1
    assert module.call("locate", None, wanted) == -1


def test_a_value_stands_in_the_row_where_the_axis_says(module):
    assert module.call("depth", 4, [-4, 4]) == 0
    assert module.call("depth", -4, [-4, 4]) == 1
    assert module.call("depth", 0, [-4, 4]) == 0.5
    assert module.call("depth", 99, [-4, 4]) == 0


def test_bars_of_a_histogram_and_lines_of_its_axis_share_one_scale(module):
    # The lower edge of bin b of B is value low + (high - low) b / B: both must give one height.
    height, bins, axis = 80, 32, [-3.0, 5.0]
    edge = module.call("level", axis[1], axis, height)
    for b in range(bins + 1):
        value = axis[0] + (axis[1] - axis[0]) * b / bins
        bar = height - edge - b * (height - 2 * edge) / bins
        assert module.call("level", value, axis, height) == pytest.approx(bar)


def test_a_step_shows_the_last_frame_recorded_before_it(module):
    steps = [0, 5, 10]
    found = [module.call("frameAt", steps, step) for step in (0, 4, 5, 9, 10, 99)]
    assert found == [0, 0, 1, 1, 2, 2]


def test_the_side_without_batch_norm_ignores_the_switch_before_or_after(module):
    cases = [(0, "before"), (0, "after"), (1, "before"), (1, "after")]
    assert [module.call("seriesOf", *case) for case in cases] == [0, 0, 1, 2]


def test_axis_ticks_are_round_and_inside(module):
    for low, high in ((-4, 4), (0, 0.013), (-1234, 17), (-3.3, 5.1)):
        ticks = module.call("ticks", low, high, 2)
        assert 1 <= len(ticks) <= 3
        assert all(low - 1e-9 <= tick <= high + 1e-9 for tick in ticks)


def test_numbers_are_said_as_a_person_would_write_them(module):
    cases = {0: "0.00", 0.314: "0.31", -12.44: "−12.4", 2.14e-7: "2.1 × 10⁻⁷", 1234.5: "1,230"}
    assert {value: module.call("amount", value) for value in cases} == cases
    assert module.run("module.amount(NaN)") == "–"


def test_a_value_set_from_python_joins_the_controls_stops_in_order(module):
    assert module.call("stops", [0.1, 0.3, 1], 0.5) == [0.1, 0.3, 0.5, 1]
    assert module.call("stops", ["relu", "sigmoid"], "tanh") == ["relu", "sigmoid", "tanh"]
    assert module.call("stops", [8, 32], 32) == [8, 32]


TRAITS = ("network", "activation", "learning_rate", "batch_size", "place", "step", "seed",
          "further", "retrained", "live", "choices", "live_choices", "start")  # fmt: skip


def test_what_changed_while_hidden_is_drawn_when_it_shows_again(received, recording):
    widget = LayerShift("relu", 0.1, 32, recorded=recording)
    page = received.draw({name: getattr(widget, name) for name in TRAITS})
    pictures = "[...document.querySelectorAll('canvas')].map((one) => one.toDataURL()).join()"
    before = page.evaluate(pictures)
    page.evaluate("document.body.style.display = 'none'")
    page.wait_for_timeout(100)
    for name, value in {"activation": "sigmoid", "learning_rate": 0.3, "batch_size": 8}.items():
        received.run("model.set(...argument)", [name, value])
    page.wait_for_timeout(100)
    page.evaluate("document.body.style.display = ''")
    page.wait_for_function(f"(before) => {pictures} !== before", arg=before)
