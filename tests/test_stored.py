"""Arrays on their way into a stored result and back, with what JSON has no sign for."""

import json

import numpy as np
import pytest

from bnlib.experiments import stored

VALUES = np.array([[0.123456, np.nan], [np.inf, 98765.4321]])


def test_decimals_are_rounded_and_what_is_not_finite_is_none():
    assert stored.rounded(VALUES, 2) == [[0.12, None], [None, 98765.43]]


def test_digits_are_counted_from_the_first_that_is_not_0():
    assert stored.shortened(VALUES, 2) == [[0.12, None], [None, 99000.0]]
    assert stored.shortened(1.26e-7, 2) == 1.3e-7


@pytest.mark.parametrize("plain", [stored.rounded, stored.shortened])
def test_they_come_back_as_an_array_with_none_for_what_is_missing(plain):
    text = json.dumps(plain(VALUES, 6), allow_nan=False)
    expected = [[0.123456, np.inf], [np.inf, plain(VALUES, 6)[1][1]]]
    np.testing.assert_array_equal(stored.array(json.loads(text), missing=np.inf), expected)
    assert np.isnan(stored.array(json.loads(text))).sum() == 2
