"""BackpropStepper's JavaScript shows what was recorded, at the step where it is known."""

import pytest

from bnlib.experiments.backprop_steps import OPERATIONS
from bnlib.widgets import BackpropStepper
from bnlib.widgets.backprop_stepper import CASES, LAST, ROWS
from tests.browser.module_text import Module

pytestmark = pytest.mark.browser
FORWARD = list(OPERATIONS)
GIVEN = ["x", "gamma", "beta"]


@pytest.fixture
def module(blank):
    return Module(blank, BackpropStepper._esm)


@pytest.fixture(scope="module")
def recorded():
    return BackpropStepper().recorded


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.144, "0.144"),
        (-1.4, "−1.4"),
        (5.000001, "5"),
        (-1e-17, "0"),
        (0.0004, "0.0004"),
        (49, "49"),
    ],
)
def test_numbers_are_short(module, value, text):
    assert module.call("short", value) == text
    assert module.call("short", 1.008, 2) == "1.01"


def test_values_become_known_one_by_one_from_above(module, recorded):
    for step in range(LAST + 1):
        assert set(module.call("known", recorded, step)) == {*GIVEN, *FORWARD[:step]}


@pytest.mark.parametrize("case", CASES)
def test_gradients_arrive_from_below_and_end_as_recorded(module, recorded, case):
    edges = recorded["cases"][case]["edges"]
    n = len(FORWARD)
    assert module.call("gradients", recorded, case, n) == {}
    for step in range(n + 1, LAST + 1):
        arrived = module.call("gradients", recorded, case, step)
        sent = FORWARD[::-1][: step - n]
        expected = {edge["to"]: edge["total"] for name in sent for edge in edges[name]}
        assert {name: each["value"] for name, each in arrived.items() if name != "y"} == expected
    assert set(arrived) == set(ROWS)
    assert all(each["complete"] for each in arrived.values())


def test_an_incomplete_gradient_says_so(module, recorded):
    after_x_hat = LAST - FORWARD.index("x_hat")
    arrived = module.call("gradients", recorded, "mixed", after_x_hat)
    assert not arrived["x_centered"]["complete"]
    assert "so far" in module.call("describe", recorded, "mixed", after_x_hat)


@pytest.mark.parametrize("forward", [True, False])
def test_a_node_is_found_at_its_step(module, recorded, forward):
    for name in FORWARD:
        step = module.call("stepOf", recorded, name, forward)
        found = module.call("where", recorded, step)
        assert found["operation"]["name"] == name
        assert found["forward"] == forward
    assert module.call("stepOf", recorded, "x", forward) == (0 if forward else LAST)
    for given, user in (("gamma", "scaled"), ("beta", "y")):
        steps = [module.call("stepOf", recorded, name, forward) for name in (given, user)]
        assert steps[0] == steps[1]


def test_every_step_has_words_of_its_own(module, recorded):
    said = module.map("describe", [[recorded, "mixed", step] for step in range(LAST + 1)])
    assert len(set(said)) == LAST + 1
    assert "dx_hat = 2, −4, 6, 0 comes in" in said[12]
    assert said[LAST].endswith(recorded["cases"]["mixed"]["closing"])


def test_what_is_left_out_is_said_to_be_left_out(module, recorded):
    assert "dinv_std = 0, left out" in module.call("describe", recorded, "outside", 12)
