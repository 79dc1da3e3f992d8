"""ShiftOrSmoothness: what it sends to the page, and what it refuses."""

import numpy as np
import pytest

from bnlib.experiments.shaken_runs import MULTIPLES, WALK_STEPS
from bnlib.experiments.shift_or_smoothness import MEASURES, VARIANTS, WAYS, load_stored
from bnlib.widgets import ShiftOrSmoothness
from bnlib.widgets.shift_or_smoothness import NOISES, pack, quantiles


@pytest.fixture(scope="module")
def results():
    return load_stored()


def test_it_starts_on_what_was_asked_and_refuses_to_leave_the_recording(results):
    widget = ShiftOrSmoothness("accuracy", "tuned", "0.5", 100, recorded=results)
    first = {"measure": "accuracy", "way": "tuned", "noise": "0.5", "step": 100}
    assert widget.start == first
    assert repr(widget) == "ShiftOrSmoothness(measure='accuracy', way='tuned')"
    for name, value in {"measure": "beauty", "way": "both", "noise": "2", "step": 7}.items():
        with pytest.raises(ValueError, match=f"{name} must be one of"):
            setattr(widget, name, value)
        with pytest.raises(ValueError, match=f"{name} must be one of"):
            ShiftOrSmoothness(recorded=results, **{name: value})
    with pytest.raises(ValueError, match="recorded has no"):
        ShiftOrSmoothness(recorded={"tuned": {}})
    with pytest.raises(TypeError, match="must be a Followed"):
        ShiftOrSmoothness(recorded={way: dict.fromkeys(VARIANTS, 1) for way in WAYS})


def test_packed_curves_are_the_medians_of_the_measures(results):
    packed = pack(results)
    for name in MEASURES:
        steps = packed["measures"][name]["steps"]
        shape = (len(WAYS), len(VARIANTS), len(steps), 3)
        curves = np.frombuffer(packed[name], "<f4").reshape(shape)
        for way, row in zip(WAYS, curves, strict=True):
            for variant, curve in zip(VARIANTS, row, strict=True):
                values = results[way][variant].measure(name)
                if np.isfinite(values).all():
                    np.testing.assert_allclose(curve[:, 1], np.median(values, axis=0), rtol=1e-6)
                assert not (curve[:, 1] < curve[:, 0]).any()
    assert packed["noises"] == list(NOISES)


def test_packed_landscapes_begin_at_the_loss_of_the_step(results):
    packed = pack(results)
    shape = (len(WAYS), len(VARIANTS), len(WALK_STEPS), len(MULTIPLES) + 1, 3)
    losses = np.frombuffer(packed["landscape"], "<f4").reshape(shape)
    expected = np.median(results["alike"]["with"].own_loss[:, :, 0], axis=0)
    np.testing.assert_allclose(losses[WAYS.index("alike"), 1, :, 0, 1], expected, rtol=1e-6)
    assert packed["multiples"] == [0, *MULTIPLES]


def test_a_run_that_diverged_counts_as_the_largest():
    values = np.array([[1.0, 2.0, np.nan, 3.0, 4.0]]).T
    np.testing.assert_allclose(quantiles(values, 0)[1], [3.0])
    assert np.isnan(quantiles(values, 0)[2]).all()


def test_readers_without_javascript_get_a_row_for_each_variant(results):
    fallback = ShiftOrSmoothness(recorded=results).fallback
    assert fallback.count("<tr>") == 1 + len(VARIANTS)
    assert "nan" not in fallback
