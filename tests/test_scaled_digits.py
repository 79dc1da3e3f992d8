"""Digits on awkward scales, and standardizing them once and for all."""

import numpy as np
import pytest

import bnlib
from bnlib.experiments.scaled_digits import split, standardized


def test_plain_digits_are_the_data_s_own():
    for ours, theirs in zip(split("plain", 3), bnlib.load_digits().split(3), strict=True):
        np.testing.assert_array_equal(ours.x, theirs.x)
        np.testing.assert_array_equal(ours.labels, theirs.labels)


def test_awkward_pixels_differ_by_up_to_a_thousand_and_together_have_mean_0_and_std_1():
    plain, awkward = split("plain", 3)[0].x, split("awkward", 3)[0].x
    varies = np.ptp(plain, axis=0) > 0
    ratio = awkward[:, varies].std(axis=0) / plain[:, varies].std(axis=0)
    assert 300 < ratio.max() / ratio.min() <= 1000
    assert abs(awkward.mean()) < 1e-9
    assert abs(awkward.std() - 1) < 1e-9


def test_standardizing_removes_any_scale_and_offset_of_what_varies_in_training():
    varies = np.ptp(split("plain", 3)[0].x, axis=0) > 0
    plain, awkward = (split(data, 3, standardize=True) for data in ("plain", "awkward"))
    for one, other in zip(plain, awkward, strict=True):
        np.testing.assert_allclose(one.x[:, varies], other.x[:, varies], atol=1e-9)


def test_standardized_training_pixels_have_mean_0_and_std_1_and_constant_ones_are_0():
    x = split("awkward", 3, standardize=True)[0].x
    varies = np.ptp(split("plain", 3)[0].x, axis=0) > 0
    np.testing.assert_allclose(x.mean(axis=0), 0, atol=1e-9)
    np.testing.assert_allclose(x.std(axis=0), varies, atol=1e-9)
    assert not varies.all()


def test_test_images_are_measured_by_the_training_images():
    x, like = np.array([[5.0, 1.0]]), np.array([[1.0, 7.0], [3.0, 7.0]])
    np.testing.assert_array_equal(standardized(x, like), [[3.0, -6.0]])


@pytest.mark.parametrize("bad", [np.ones(3), [[np.nan]], [[1.0, 2.0]]])
def test_what_cannot_be_standardized_is_refused(bad):
    with pytest.raises(ValueError, match=r"dimensions|nan|same features"):
        standardized(bad, np.array([[1.0], [2.0]]))


def test_unknown_data_is_refused():
    with pytest.raises(ValueError, match="plain"):
        split("raw", 0)
