"""The widget's Python side: what it refuses, and its table for readers without JavaScript."""

import pytest

from bnlib.widgets import BatchNormMachine


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"values": []}, ValueError, "1 to 8 numbers, got 0"),
        ({"values": range(9)}, ValueError, "1 to 8 numbers, got 9"),
        ({"values": 5}, TypeError, "list of numbers"),
        ({"values": [1, "a"]}, TypeError, r"values\[1\]"),
        ({"values": [1, float("nan")]}, ValueError, r"values\[1\]"),
        ({"values": [1e6]}, ValueError, "at most 1000"),
        ({"eps": -1}, ValueError, "eps must be at least 0"),
        ({"gamma": True}, TypeError, "gamma must be a number"),
    ],
)
def test_it_refuses_bad_values_at_once(arguments, error, message):
    with pytest.raises(error, match=message):
        BatchNormMachine(**arguments)


def test_it_refuses_a_bad_assignment_and_keeps_the_old_value():
    machine = BatchNormMachine()
    with pytest.raises(ValueError, match="eps"):
        machine.eps = -1.0
    assert machine.eps == 1e-5


def test_m_is_the_number_of_values():
    machine = BatchNormMachine()
    machine.values = [1, 2, 3]
    assert machine.m == 3


def test_the_fallback_shows_what_bnlib_computes():
    table = BatchNormMachine(values=[2, 3, 5, 9, 11], gamma=2, beta=1).fallback
    for text in ("mean 6.00", "variance 12.00", "<td>1.44</td>", "<td>3.89</td>"):
        assert text in table


def test_the_fallback_says_the_engine_s_error():
    assert "is constant and eps is 0" in BatchNormMachine(values=[7, 7], eps=0).fallback
