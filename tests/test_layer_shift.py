"""LayerShift in Python: what it holds, what it refuses, and what it trains anew."""

import json

import numpy as np
import pytest

from bnlib.data import load_digits
from bnlib.distributions import Distributions
from bnlib.experiments.layer_shift import FIGURE_1, GRID, LEVELS, Configuration, record
from bnlib.models import mlp
from bnlib.record import Recorder
from bnlib.widgets import LayerShift
from bnlib.widgets.layer_shift import LIVE_CHOICES, LIVE_EVERY


@pytest.fixture(scope="module")
def recorded():
    return record(GRID[:2], every=20)


@pytest.fixture
def widget(recorded):
    return LayerShift(recorded=recorded)


def say(widget, **message):
    widget._handle_custom_msg(message, [])


def test_the_first_state_is_recorded_and_nothing_is_retrained(widget):
    assert widget.configuration == Configuration("relu", 0.1, 32)
    assert widget.retrained == {}
    recorded = {"activation": ["relu"], "learning_rate": [0.1], "batch_size": [8, 32]}
    assert widget.choices == {"5x50": recorded}


def test_live_choices_hold_the_recorded_ones_and_more(widget):
    for name, choices in LIVE_CHOICES.items():
        assert set(choices) <= set(widget.live_choices["5x50"][name])
        assert set(widget.choices["5x50"][name]) <= set(widget.live_choices["5x50"][name])


def test_hello_from_a_front_end_makes_it_live_and_nonsense_does_not(widget):
    for message in ({"type": "goodbye"}, {}, {"hello": 1}):
        say(widget, **message)
        assert widget.live is False
    say(widget, type="hello")
    assert widget.live is True


def test_a_recorded_choice_trains_nothing(widget):
    widget.batch_size = 8
    assert widget.retrained == {}


def test_another_choice_is_trained_at_once_and_looked_at_closer_when_the_controls_rest(widget):
    widget.learning_rate = 0.2
    coarse = widget.retrained
    asked = {"activation": "relu", "learning_rate": 0.2, "batch_size": 32}
    assert asked.items() <= coarse["configurations"][0].items()
    assert coarse == record([Configuration("relu", 0.2, 32)], every=LIVE_EVERY)
    say(widget, type="refine")
    assert widget.retrained["steps"] == widget.recorded["steps"]
    assert widget.retrained == record([Configuration("relu", 0.2, 32)], every=20)
    fine = widget.retrained
    say(widget, type="refine")
    assert widget.retrained is fine  # nothing finer to train


def test_refining_a_recorded_choice_trains_nothing(widget):
    say(widget, type="refine")
    assert widget.retrained == {}


def test_the_coarse_and_the_fine_recording_agree_where_both_looked():
    configuration = [Configuration("sigmoid", 0.2, 32)]
    coarse, fine = record(configuration, every=40), record(configuration, every=20)
    shape = (1, 3, 5, 5, -1)
    moments = [np.frombuffer(r["moments"], "<f2").reshape(shape) for r in (coarse, fine)]
    np.testing.assert_array_equal(moments[0], moments[1][..., ::2])


def test_figure_1_is_a_second_network_of_one_unit_a_layer(recorded):
    widget = LayerShift(recorded=recorded, figure_1=True)
    assert list(widget.choices) == list(widget.live_choices) == ["5x50", "3x100"]
    assert widget.choices["3x100"]["learning_rate"] == [0.1, 0.5]
    further = widget.further
    assert (further["layers"], further["units"], further["values"]) == (3, 1, 200)
    for name, value in vars(FIGURE_1[1]).items():
        setattr(widget, name, value)
    widget.step = further["steps"][-1]
    assert widget.configuration == FIGURE_1[1]
    assert LayerShift(recorded=recorded).further == {}


@pytest.mark.parametrize("network", ["7x70", None])
def test_an_unknown_network_is_refused(widget, network):
    with pytest.raises((ValueError, TypeError)):
        Configuration(network=network)
    with pytest.raises((ValueError, TypeError)):
        widget.network = network


def test_the_bins_codes_say_the_shares_to_a_part_of_the_largest():
    (configuration,) = GRID[:1]
    recording = record([configuration], every=100)
    data = load_digits().split(0, dtype=np.float32)[0]
    network = mlp([64, *[50] * 5, 10], rng=np.random.default_rng(0), dtype=np.float32)
    recorder = Recorder(data.x[:64], 100)
    recorder(0, network)
    low, high = np.frombuffer(recording["axes"], "<f4").astype(float)
    counts, _ = Distributions(recorder.received).histogram(low, high, 32)
    codes = np.frombuffer(recording["shares"], "u1").reshape(3, 5, 32, 3)[0, :, :, 0]
    largest = np.frombuffer(recording["largest"], "<f4")[0]
    shares = largest * (codes / LEVELS) ** 2
    assert np.abs(shares - counts[0] / 3200).max() < largest / LEVELS  # d(x²) < 2 x/2 LEVELS


def test_configurations_of_different_networks_are_refused():
    with pytest.raises(ValueError, match="different networks"):
        record([GRID[0], FIGURE_1[0]])


@pytest.mark.parametrize(
    ("name", "value"),
    [("activation", "gelu"), ("activation", None), ("learning_rate", 0), ("learning_rate", "fast"),
     ("learning_rate", float("nan")), ("batch_size", 1), ("batch_size", 1001), ("batch_size", 8.5),
     ("place", "beside"), ("step", 7), ("step", -1)],
)  # fmt: skip
def test_bad_values_are_refused_at_the_start_and_later(widget, recorded, name, value):
    with pytest.raises((ValueError, TypeError)):
        LayerShift(**{"recorded": recorded, name: value})
    before = getattr(widget, name)
    with pytest.raises((ValueError, TypeError)):
        setattr(widget, name, value)
    assert getattr(widget, name) == before


def test_the_fallback_is_a_table_of_what_was_recorded(widget, recorded):
    assert widget.fallback.count("<tr>") == 6
    moments = np.frombuffer(recorded["moments"], "<f2").reshape(2, 3, 5, 5, -1)
    low = f"{float(moments[1, 0, 4, 0, 0]):.2f}".replace("-", "−")  # layer 5, step 0, 15 %
    assert f'<th scope="row">layer 5</th><td>{low} /' in widget.fallback


def test_the_repr_is_short_and_the_state_is_json(widget):
    assert repr(widget) == "LayerShift(activation='relu', learning_rate=0.1, batch_size=32)"
    plain = {
        name: value
        for name, value in widget.get_state().items()
        if name in ("choices", "live_choices", "start", "step", "place", "seed", "fallback")
    }
    assert json.loads(json.dumps(plain)) == plain
