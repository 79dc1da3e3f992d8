"""TestTime's JavaScript averages as the engine does, to 1e-10, and reads what was recorded."""

import numpy as np
import pytest

from bnlib.experiments.batch_statistics import STARTS
from bnlib.experiments.inference_statistics import DECAYS, LOOKS, load_stored
from bnlib.experiments.small_batches import BATCH_SIZES
from bnlib.plots.inference_statistics import averages
from bnlib.widgets.test_time import TestTime, pack
from tests.browser.module_text import Module

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def found():
    return load_stored()


@pytest.fixture
def module(blank, found):
    """The module, with the stored recording in the page as `record`."""
    module = Module(blank, TestTime._esm)
    module.receive(pack(found))
    module.run("window.record = module.readRecording(recording), null")
    return module


@pytest.mark.parametrize("decay", [0.0, 0.3, 0.9, 0.99, 0.999])
def test_it_averages_as_the_engine_does(module, decay):
    values = np.random.default_rng(0).gamma(2, size=400)
    expected = averages(values, decay)
    for start in STARTS:
        drawn = module.call("movingAverage", values.tolist(), decay, start)
        np.testing.assert_allclose(np.array(drawn, dtype=float), expected[start], rtol=1e-10)


def test_an_average_from_zero_has_reached_39_5_percent_after_50_steps(module):
    assert module.call("shareReached", 0.99, 50) == pytest.approx(1 - 0.99**50, rel=1e-12)
    ones = module.call("movingAverage", [1.0] * 50, 0.99, "zero")
    assert ones[-1] == pytest.approx(0.395, abs=5e-4)


def test_every_number_is_read_from_its_own_place(module, found):
    for m, d, v in ((0, 1, 2), (3, 2, 0), (4, 3, 1)):
        read = module.run("record.error(...argument)", [m, d, v])
        np.testing.assert_allclose(read, found.error[m, :, d, v].mean(axis=0), atol=6e-5)
    for m in range(len(BATCH_SIZES)):
        for name, wanted in {
            "measured": found.batch_var[m],
            "truth": found.true_var[m],
            "population": found.population_error[m].mean(axis=0),
            "batch": found.batch_error[m].mean(axis=0),
        }.items():
            read = module.run(f"record.{name}(argument)", m)
            np.testing.assert_allclose(read, wanted, rtol=1e-6, atol=6e-5)


def test_the_readout_says_what_the_picture_shows(module, found):
    now = {"m": 3, "d": 2, "v": 0, "step": 60}
    script = """module.sentences(record,
        module.series(record, argument.m, argument.d, argument.v), argument).join(" ")"""
    said = module.run(script, now)
    estimate = averages(found.batch_var[3], 0.99)["zero"][59]
    error = 100 * found.error[3, :, 2, 0, LOOKS.index(50)].mean()
    assert f"the average says {estimate:.2f}, the truth is {found.true_var[3, 59]:.2f}" in said
    assert "45.3\u00a0% is all that it can have reached" in said
    assert f"Test error at step 50: {error:.1f}\u00a0% with this average" in said
    assert "can have reached" not in module.run(script, now | {"v": 1})


def test_dragging_finds_the_step_under_the_pointer(module):
    for step in (1, 7, 50, 400):
        share = module.call("across", step, 400)
        assert module.call("stepAt", share, 400) == step
    assert [module.call("stepAt", share, 400) for share in (-1, 2)] == [1, 400]


def test_errors_stand_on_a_logarithmic_axis_and_stop_at_its_edges(module):
    heights = [module.call("errorHeight", error) for error in (0.001, 0.018, 0.1, 1)]
    assert heights[0] == heights[1] == 0
    assert heights[3] == 1
    assert heights[2] == pytest.approx(np.log(0.1 / 0.018) / np.log(1 / 0.018))


def test_the_axis_of_variances_holds_the_truth_and_most_batches(module, found):
    for m in range(len(BATCH_SIZES)):
        top = module.run("module.topOf(module.series(record, argument, 1, 1))", m)
        assert top >= found.true_var[m].max()
        assert (found.batch_var[m] <= top).mean() >= 0.96
    assert len(DECAYS) == module.run("record.decays.length")
