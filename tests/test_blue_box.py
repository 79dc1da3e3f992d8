"""BlueBox in Python: what is recorded, and what the widget refuses."""

import json

import numpy as np
import pytest

from bnlib.experiments.blue_box import BACK, EVERY, IMAGES, MODES, STEPS, UNITS, record
from bnlib.widgets import BlueBox

FRAMES = STEPS // EVERY + 1


@pytest.fixture(scope="module")
def recorded():
    return record()


@pytest.fixture
def widget(recorded):
    return BlueBox(recorded=recorded)


def series(recorded, name):
    return np.frombuffer(recorded[name], "<f4").reshape(2, len(MODES), FRAMES)


def values(recorded):
    shape = (2, len(MODES), IMAGES, UNITS, FRAMES)
    return np.frombuffer(recorded["values"], "u1").reshape(shape)


def test_frozen_from_the_start_nothing_that_layer_3_receives_ever_changes(recorded):
    still = values(recorded)[:, MODES.index(0)]
    assert (still == still[..., :1]).all()
    assert not series(recorded, "changed")[:, MODES.index(0)].any()


def test_while_layers_1_and_2_learn_it_changes_at_every_look(recorded):
    assert (series(recorded, "changed")[:, MODES.index(None), 1:] > 0.05).all()


def test_frozen_later_it_is_as_if_they_learned_and_then_still(recorded):
    late, learning = MODES.index(50), MODES.index(None)
    frame, after = 50 // EVERY, (50 + BACK) // EVERY
    shown = values(recorded)
    until = shown[..., : frame + 1]
    np.testing.assert_array_equal(until[:, late], until[:, learning])
    assert (shown[:, late, ..., frame:] == shown[:, late, ..., frame : frame + 1]).all()
    changed = series(recorded, "changed")[:, late]
    assert (changed[:, 1:after] > 0).all()
    assert not changed[:, after:].any()


def test_the_layers_above_learn_over_a_frozen_box_too_but_less(recorded):
    accuracy, loss = series(recorded, "accuracy"), series(recorded, "loss")
    learning, frozen = MODES.index(None), MODES.index(0)
    assert (accuracy[:, frozen, -1] > 0.6).all()
    assert (accuracy[:, learning, -1] > accuracy[:, frozen, -1] + 0.02).all()
    assert (loss[:, frozen, -1] < 0.5 * loss[:, frozen, 0]).all()


def test_a_rate_at_which_a_run_diverges_is_refused():
    with pytest.raises(ValueError, match="use a smaller one"):
        record(learning_rate=1e6)
    with pytest.raises(ValueError, match="learning_rate"):
        record(learning_rate=0)


def test_the_widget_follows_its_traits_and_knows_its_first_state(widget, recorded):
    assert widget.start == {"frozen_from": -1, "image": 0, "step": 60}
    widget.frozen_from, widget.image, widget.step = 50, 3, STEPS
    assert (widget.frozen_from, widget.image, widget.step) == (50, 3, STEPS)
    assert BlueBox(frozen_from=0, recorded=recorded).start["frozen_from"] == 0


@pytest.mark.parametrize(
    ("name", "value"),
    [("frozen_from", 7), ("frozen_from", True), ("image", 9), ("image", -1), ("image", "a 6"),
     ("step", 7), ("step", 60.0), ("step", None)],
)  # fmt: skip
def test_bad_values_are_refused_at_the_start_and_later(widget, recorded, name, value):
    with pytest.raises(ValueError, match=name):
        BlueBox(**{"recorded": recorded, name: value})
    before = getattr(widget, name)
    with pytest.raises(ValueError, match=name):
        setattr(widget, name, value)
    assert getattr(widget, name) == before


def test_the_fallback_is_a_table_of_the_six_runs_and_the_state_is_json(widget, recorded):
    assert widget.fallback.count('<th scope="row">') == 6
    last = series(recorded, "accuracy")[0, MODES.index(0), -1]
    assert (
        f"without batch norm, layers 1 and 2 frozen from the start</th><td>0.00</td><td>{last:.1%}"
        in widget.fallback
    )
    assert repr(widget) == "BlueBox()"
    assert json.loads(json.dumps(widget.start)) == widget.start
