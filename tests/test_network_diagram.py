"""NetworkDiagram in Python: what it says of each box is true, and what it refuses."""

import json
from itertools import product

import numpy as np
import pytest

import bnlib
from bnlib.experiments.network_values import BATCH_SIZE, STEPS, build, grid, record
from bnlib.experiments.perceptron import POSITIONS
from bnlib.layers import ACTIVATIONS
from bnlib.widgets import NetworkDiagram
from bnlib.widgets.network_diagram import LIVE_STEPS, boxes

PLACES = list(product(ACTIVATIONS, POSITIONS))
WITH_KERNEL = {"bnlib": bnlib, "rng": np.random.default_rng(0)}


@pytest.fixture(scope="module")
def recorded():
    return record(steps=(0, 20, 30))


@pytest.fixture
def widget(recorded):
    return NetworkDiagram(recorded=recorded)


@pytest.mark.parametrize(("activation", "position"), PLACES)
def test_the_code_of_each_box_makes_the_layer_that_was_trained(activation, position):
    (configuration,) = (c for c in grid() if (c.activation, c.position) == (activation, position))
    described = boxes(activation, position)[1:]
    layers = build(configuration, seed=0).layers
    for box, layer in zip(described, layers, strict=True):
        made = eval(box["code"], WITH_KERNEL)
        assert type(made) is type(layer)
        shapes = {name: value.shape for name, value in layer.params.items()}
        assert {name: value.shape for name, value in made.params.items()} == shapes
        assert box["count"] == sum(value.size for value in layer.params.values())
        assert len(box["parameters"]) == len(shapes)


FUNCTIONS = {"max": np.maximum, "exp": np.exp, "tanh": np.tanh, "root": np.sqrt}
SUBSCRIPTS = str.maketrans("₁₂₃", "123")


@pytest.mark.parametrize(("activation", "position"), PLACES)
def test_the_formula_of_each_box_computes_what_its_layer_computes(activation, position):
    """Read as Python: "x W" is a product of matrices, "γ (" an ordinary one."""
    rng = np.random.default_rng(1)
    for box in boxes(activation, position)[1:]:
        layer = eval(box["code"], WITH_KERNEL)
        for value in layer.params.values():
            value[...] = rng.normal(size=value.shape)
        size = layer.params["W"].shape[0] if "W" in layer.params else box["shape"][1]
        x = rng.normal(size=(BATCH_SIZE, size))
        gives, formula = box["formula"].split(" = ")
        for sign, text in (("−", "-"), (" W", " @ W"), ("γ (", "γ * ("), ("√", "root")):
            formula = formula.replace(sign, text)
        names = {
            "mean": x.mean(axis=0),
            "var": x.var(axis=0),
            "ε": 1e-5,
            box["takes"].translate(SUBSCRIPTS): x,
        }
        names |= {{"gamma": "γ", "beta": "β"}.get(n, n): v for n, v in layer.params.items()}
        expected = eval(formula.translate(SUBSCRIPTS), FUNCTIONS | names)
        assert gives == box["gives"]
        np.testing.assert_allclose(layer.forward(x, training=True), expected)


@pytest.mark.parametrize(("activation", "position"), PLACES)
def test_each_box_takes_what_the_one_before_gives_and_has_a_key_of_its_own(activation, position):
    described = boxes(activation, position)
    assert [box["takes"] for box in described[1:]] == [box["gives"] for box in described[:-1]]
    assert described[-1]["gives"] == "logits"
    keys = [box["key"] for box in described]
    assert len(set(keys)) == len(keys) == (6 if position == "none" else 8)
    order = [key.split()[0] for key in keys[1:4]]
    wanted = {"before": ["linear", "norm", "activation"], "after": ["linear", "activation", "norm"]}
    assert order == wanted.get(position, ["linear", "activation", "linear"])


def test_by_default_everything_is_recorded_and_nothing_retrained(widget):
    assert NetworkDiagram().recorded["runs"][0]["steps"] == list(STEPS)
    widget.position, widget.activation, widget.step = "none", "tanh", 30
    assert widget.retrained == {}


def test_another_step_is_trained_at_once_and_only_once(widget):
    widget.step = 50
    (run,) = widget.retrained["runs"]
    assert run["steps"] == list(LIVE_STEPS)
    assert run["boxes"] == boxes("relu", "before")
    first = widget.retrained
    widget.step = 100
    assert widget.retrained is first
    widget.position = "after"
    assert widget.retrained["runs"][0]["position"] == "after"


def test_recorded_and_retrained_agree_where_both_looked(widget, recorded):
    widget.step = 100
    live, known = widget.retrained["runs"][0], recorded["runs"][0]
    assert live["loss"][LIVE_STEPS.index(20)] == known["loss"][known["steps"].index(20)]


def test_another_learning_rate_is_recorded():
    diagram = NetworkDiagram(learning_rate=0.5)
    assert {run["learning_rate"] for run in diagram.recorded["runs"]} == {0.5}


@pytest.mark.parametrize(
    ("name", "value"),
    [("activation", "gelu"), ("position", "beside"), ("position", None), ("step", 7), ("step", 2.5),
     ("box", "norm 3"), ("unit", 0), ("unit", 65), ("unit", "first")],
)  # fmt: skip
def test_bad_values_are_refused_at_the_start_and_later(widget, recorded, name, value):
    with pytest.raises((ValueError, TypeError)):
        NetworkDiagram(**{"recorded": recorded, name: value})
    before = getattr(widget, name)
    with pytest.raises((ValueError, TypeError)):
        setattr(widget, name, value)
    assert getattr(widget, name) == before


def test_the_fallback_is_a_table_of_the_boxes_with_recorded_numbers(widget, recorded):
    assert widget.fallback.count("<tr>") == 9
    run = recorded["runs"][0]
    rows = np.frombuffer(run["moments"], "<i2").reshape(3, -1) / 100
    first = rows[1, :30]  # z of layer 1 at step 20: the means of its units
    reach = f"{first.min():.2f} to {first.max():.2f}".replace("-", "−")
    assert f"<td>z₁ = x W</td><td>16 × 30</td><td>1920</td><td>{reach}</td>" in widget.fallback
    assert "One run, seed 0" in widget.fallback


def test_the_repr_is_short_and_the_state_is_json(widget):
    text = "NetworkDiagram(activation='relu', position='before', step=20, box='norm 1')"
    assert repr(widget) == text
    kept = ("activation", "position", "step", "box", "unit", "start", "live_steps", "fallback")
    plain = {name: value for name, value in widget.get_state().items() if name in kept}
    assert json.loads(json.dumps(plain)) == plain
