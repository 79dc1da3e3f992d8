"""BackpropStepper in Python: what it hands to the page, and what it refuses."""

import numpy as np
import pytest

import bnlib
from bnlib.experiments.backprop_steps import OPERATIONS
from bnlib.widgets import BackpropStepper
from bnlib.widgets.backprop_stepper import CASES, LAST, ROWS


@pytest.fixture(scope="module")
def recorded():
    return BackpropStepper().recorded


def test_the_rows_stand_below_what_they_are_made_of(recorded):
    seen = set()
    for node in recorded["nodes"]:
        assert set(node["inputs"]) <= seen
        seen.add(node["name"])
    assert [node["name"] for node in recorded["nodes"]] == list(ROWS)
    assert [each["name"] for each in recorded["operations"]] == list(OPERATIONS)


@pytest.mark.parametrize("case", CASES)
def test_the_last_gradient_of_x_is_the_engine_s(recorded, case):
    x = np.array(recorded["nodes"][0]["value"])[:, None]
    layer = bnlib.BatchNorm(1, statistics_in_gradient=case != "outside")
    layer.params.update(gamma=[2.0], beta=[1.0])
    layer.forward(x, training=True)
    expected = layer.backward(np.array(recorded["cases"][case]["dy"])[:, None])[:, 0]
    last = recorded["cases"][case]["edges"]["mean"][0]
    assert last["to"] == "x"
    assert last["complete"]
    np.testing.assert_allclose(last["total"], expected, atol=1e-12)


def test_the_closing_words_are_true_of_the_numbers(recorded):
    closing = {name: case["closing"] for name, case in recorded["cases"].items()}
    assert closing["mixed"].startswith("The dx add up to 0:")
    assert "4 of 4 x have a gradient" in closing["one"]
    assert closing["ones"].startswith("Every dx is 0")
    assert closing["outside"].startswith("The dx add up to 0.8, not 0")


def test_other_numbers_are_taken():
    widget = BackpropStepper(step=18, upstream="one", x=[1, 2, 4], dy=[0, 1, 1], gamma=-1)
    assert widget.recorded["examples"] == 3
    assert widget.start == {"step": 18, "upstream": "one"}
    assert "3 of 3" in widget.recorded["cases"]["one"]["closing"]


def test_the_fallback_shows_values_and_gradients():
    table = BackpropStepper().fallback
    for text in ("<td>1, 7, 9, 15</td>", "<td>0.144, −1.008, 1.008, −0.144</td>", "x.mean()"):
        assert text in table


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        ({"step": 19}, ValueError),
        ({"step": 1.5}, TypeError),
        ({"upstream": "two"}, ValueError),
        ({"x": [1]}, ValueError),
        ({"x": [1, 2, 3, 4, 5]}, ValueError),
        ({"dy": [1, 2]}, ValueError),
        ({"eps": 0}, ValueError),
    ],
)
def test_it_refuses(arguments, error):
    with pytest.raises(error):
        BackpropStepper(**arguments)


def test_a_refused_assignment_changes_nothing():
    widget = BackpropStepper()
    for name, value in {"step": LAST + 1, "upstream": "none"}.items():
        before = getattr(widget, name)
        with pytest.raises(ValueError, match=name):
            setattr(widget, name, value)
        assert getattr(widget, name) == before
