"""The widget TestTime: its start, what it refuses, and the bytes it sends."""

import numpy as np
import pytest

from bnlib.experiments.batch_statistics import STARTS
from bnlib.experiments.inference_statistics import DECAYS, LOOKS, load_stored
from bnlib.experiments.small_batches import BATCH_SIZES, STEPS
from bnlib.widgets import TestTime
from bnlib.widgets.test_time import pack


@pytest.fixture(scope="module")
def found():
    return load_stored()


def test_it_starts_on_what_was_recorded_and_refuses_to_leave_it(found):
    widget = TestTime(recorded=found)
    assert widget.start == {"batch_size": 32, "decay": 0.99, "variant": "zero", "step": 50}
    assert repr(widget) == "TestTime(batch_size=32, decay=0.99)"
    bad = {"batch_size": 16, "decay": 0.5, "variant": "one", "step": 401}
    for name, value in bad.items():
        before = getattr(widget, name)
        with pytest.raises(ValueError, match=name):
            setattr(widget, name, value)
        with pytest.raises(ValueError, match=name):
            TestTime(recorded=found, **{name: value})
        assert getattr(widget, name) == before
    with pytest.raises(TypeError, match="Statistics"):
        TestTime(recorded={})
    with pytest.raises(TypeError, match="step"):
        widget.step = 2.5


def test_the_packed_numbers_are_the_experiment_s(found):
    packed = pack(found)
    shape = (len(BATCH_SIZES), len(DECAYS), len(STARTS), len(LOOKS))
    errors = np.frombuffer(packed["error"], "<u2").reshape(shape)
    np.testing.assert_allclose(errors / 1e4, found.error.mean(axis=1), atol=6e-5)
    for name in ("batch_var", "true_var"):
        values = np.frombuffer(packed[name], "<f4").reshape(len(BATCH_SIZES), STEPS)
        np.testing.assert_allclose(values, getattr(found, name), rtol=1e-6)
    assert list(packed["variants"]) == list(STARTS)
    assert packed["seeds"] == 20


def test_the_fallback_has_a_row_for_every_batch_size(found):
    table = TestTime(recorded=found).fallback
    assert table.count("<tr>") == 1 + len(BATCH_SIZES)
    last = 100 * found.population_error[-1, :, -1].mean()
    assert f"<td>{last:.1f} %</td>" in table
