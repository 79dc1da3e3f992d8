"""What an experiment tries: any iterable with something in it."""

import pytest

from bnlib.experiments.at_least_one import at_least_one


@pytest.mark.parametrize("values", [range(2), [0, 1], iter((0, 1))])
def test_it_returns_a_tuple(values):
    assert at_least_one("seeds", values) == (0, 1)


def test_it_refuses_nothing():
    with pytest.raises(ValueError, match="rates is empty; pass at least one"):
        at_least_one("rates", ())


def test_it_refuses_what_is_no_sequence():
    with pytest.raises(TypeError, match="gains must be a list of numbers, got 5"):
        at_least_one("gains", 5, "numbers")
