"""The stored map of learning rates: is it what the code gives, and is it no lucky draw?

The margins were written down before the fresh seeds were run.
"""

from dataclasses import replace

import numpy as np
import pytest

from bnlib.experiments.descents import CHECK_SEEDS, LEVELS, LOOKS, SEEDS, TUNING_SEEDS
from bnlib.experiments.learning_rate_range import DEPTHS, RATES, load_stored, measure
from bnlib.widgets import LearningRateRange
from bnlib.widgets.learning_rate_range import NEVER, pack


@pytest.fixture(scope="module")
def stored_map():
    return load_stored()


@pytest.fixture(scope="module")
def fresh():
    """Five layers, three rates, five seeds that nothing else has used."""
    return measure(depths=(5,), rates=(0.03, 0.3, 1.0), seeds=CHECK_SEEDS)


def test_the_stored_map_covers_every_cell_with_20_seeds(stored_map):
    shape = (2, 2, len(DEPTHS), len(RATES))
    assert (stored_map.depths, stored_map.rates) == (DEPTHS, RATES)
    assert stored_map.steps.shape == (*shape, len(LEVELS), len(SEEDS))
    assert stored_map.loss.shape == (*shape, len(LOOKS), 3)
    assert stored_map.seeds == len(SEEDS) == 20
    assert not {*SEEDS} & {*TUNING_SEEDS, *CHECK_SEEDS}


def test_two_of_the_stored_seeds_come_out_again(stored_map):
    again = measure(("relu",), (2,), (0.1, 0.3), seeds=SEEDS[:2])
    for rate in (0.1, 0.3):
        for batch_norm in (False, True):
            cell = stored_map.place("relu", batch_norm, 2, rate)
            same = again.place("relu", batch_norm, 2, rate)
            # Another processor rounds otherwise: hence the margins.
            np.testing.assert_allclose(again.final[same], stored_map.final[cell][:2], atol=0.02)
            steps = stored_map.steps[cell][0, :2]
            np.testing.assert_allclose(again.steps[same][0], steps, atol=20)


def test_on_fresh_seeds_five_layers_train_at_rate_1_with_batch_norm_alone(fresh):
    share = fresh.share_that_trains()
    for activation in (0, 1):
        assert share[activation, 0, 0, 2] == 0
        assert share[activation, 1, 0, 2] == 1


def test_on_fresh_seeds_no_rate_teaches_five_sigmoid_layers_anything_without_batch_norm(fresh):
    assert (fresh.final[1, 0] < 0.2).all()
    assert (fresh.final[1, 1, 0, 1:] > 0.9).all()


def test_on_fresh_seeds_batch_norm_is_not_ahead_at_a_small_rate(fresh):
    without, with_norm = fresh.median_steps()[0, :, 0, 0]
    assert 100 < without <= with_norm < 350


def test_on_fresh_seeds_the_fastest_rate_is_faster_with_batch_norm(fresh, stored_map):
    row = stored_map.median_steps()[0, :, DEPTHS.index(5)]
    assert row[1].min() < 0.6 * row[0].min()
    assert fresh.median_steps()[0, 1, 0].min() < 0.7 * row[0].min()


def test_a_run_that_diverges_counts_as_one_that_does_not_train(stored_map):
    assert stored_map.diverged.max() > 0
    lost = len(SEEDS) * (1 - stored_map.share_that_trains())
    assert (stored_map.diverged <= lost + 1e-9).all()
    assert not np.isnan(stored_map.loss).any()


def test_steps_to_a_level_are_a_look_or_infinite(stored_map):
    steps = stored_map.steps
    assert set(np.unique(steps[np.isfinite(steps)])) <= set(LOOKS[1:])
    ninety, more = steps[..., 0, :], steps[..., 1, :]
    assert (ninety <= more).all()
    assert stored_map.median_steps(0.97).max() == np.inf


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda m: m.place("relu", False, 3, 0.1), r"depth must be one of \(1, 2, 5, 10, 20\)"),
        (lambda m: m.place("relu", False, 5, 0.2), "rate must be one of"),
        (lambda m: m.place("tanh", False, 5, 0.1), "activation must be one of"),
        (lambda m: m.median_steps(0.5), "level must be one of"),
        (lambda m: measure(depths=()), "depths is empty"),
        (lambda m: measure(activations=("tanh",)), "activation must be one of"),
    ],
)
def test_what_was_not_measured_is_refused(stored_map, call, message):
    with pytest.raises(ValueError, match=message):
        call(stored_map)


def test_the_widget_starts_on_the_map_and_refuses_to_leave_it(stored_map):
    widget = LearningRateRange(recorded=stored_map)
    first = {"activation": "relu", "depth": 5, "learning_rate": 1.0, "measure": "share"}
    assert widget.start == first
    assert repr(widget) == "LearningRateRange(activation='relu', depth=5)"
    for name, value in {"depth": 3, "learning_rate": 0.2, "measure": "98"}.items():
        with pytest.raises(ValueError, match=f"{name} must be one of"):
            setattr(widget, name, value)
        with pytest.raises(ValueError, match=f"{name.split('_')[-1]} must be one of"):
            LearningRateRange(recorded=stored_map, **{name: value})
    widget.learning_rate = 3
    assert widget.learning_rate == 3.0
    with pytest.raises(TypeError, match="RateMap"):
        LearningRateRange(recorded={})


def test_a_widget_shows_a_map_of_one_s_own(fresh):
    widget = LearningRateRange("sigmoid", learning_rate=0.3, recorded=fresh)
    assert widget.recorded["rates"] == [0.03, 0.3, 1.0]
    assert widget.recorded["seeds"] == len(CHECK_SEEDS)
    assert widget.fallback.count("<tr>") == 3  # a head, and one depth without and with


def test_packed_numbers_are_the_map_s_and_infinities_have_a_code(stored_map):
    packed = pack(stored_map)
    shape = (2, 2, len(DEPTHS), len(RATES))
    steps = np.frombuffer(packed["steps"], "<u2").reshape(*shape, 2).astype(float)
    steps[steps == NEVER] = np.inf
    np.testing.assert_array_equal(steps[..., 0], stored_map.median_steps(0.90))
    np.testing.assert_array_equal(steps[..., 1], stored_map.median_steps(0.97))
    codes = np.frombuffer(packed["loss"], "<u2").reshape(*shape, len(LOOKS), 3)
    finite = np.isfinite(stored_map.loss) & (stored_map.loss < 3000)
    decoded = 10 ** (codes[finite] / 1e4 - 3)
    np.testing.assert_allclose(decoded, stored_map.loss[finite], rtol=2e-4)
    np.testing.assert_array_equal(codes == NEVER, ~np.isfinite(stored_map.loss))


def test_a_loss_of_nothing_is_packed_as_the_smallest(stored_map):
    packed = pack(replace(stored_map, loss=np.zeros_like(stored_map.loss)))
    assert set(np.frombuffer(packed["loss"], "<u2")) == {0}
