"""The 95 % interval: against tabulated quantiles of Student's t, and what it refuses."""

import numpy as np
import pytest

from bnlib.experiments.interval import Interval, interval


@pytest.mark.parametrize(("n", "t"), [(5, 2.776), (10, 2.262), (20, 2.093), (30, 2.045)])
def test_half_width_is_student_t_times_the_standard_error(n, t):
    values = np.random.default_rng(n).standard_normal(n)
    found = interval(values)
    assert found.mean == pytest.approx(values.mean())
    assert found.half_width == pytest.approx(t * values.std(ddof=1) / n**0.5, rel=3e-3)


def test_it_prints_both_numbers_with_one_format():
    assert f"{Interval(0.1234, 0.005):.1%}" == "12.3% ± 0.5%"


def test_its_ends_lie_on_both_sides_of_the_mean():
    assert (Interval(2.0, 0.5).low, Interval(2.0, 0.5).high) == (1.5, 2.5)


@pytest.mark.parametrize("values", [[1.0, 2.0], [1, 2, 3, 4, np.nan], np.zeros((5, 2))])
def test_it_refuses_what_has_no_interval(values):
    with pytest.raises(ValueError, match="values"):
        interval(values)
