"""The noise of batch statistics: is the law what the code gives, and is it no lucky draw?

The margins were written down before the fresh seeds were run.
"""

import numpy as np
import pytest

import bnlib
from bnlib.experiments.batch_noise import DROPOUTS, SIZES, load_stored, measure
from bnlib.experiments.judged_networks import CHECK_SEEDS, SEEDS
from bnlib.experiments.noise_clouds import BATCHES, batches_with, clouds, expected_noise, watch
from bnlib.widgets import BatchNoise


@pytest.fixture(scope="module")
def law():
    return load_stored()


@pytest.fixture(scope="module")
def fresh():
    return measure(CHECK_SEEDS[:3])


@pytest.fixture(scope="module")
def seen():
    return watch(1)


@pytest.fixture
def network():
    """Two hidden layers whose gamma and beta are not 1 and 0."""
    rng = np.random.default_rng(0)
    network = bnlib.mlp([6, 5, 4, 3], batch_norm=True, rng=rng)
    network.theta += 0.2 * rng.standard_normal(network.theta.shape)
    return network


def test_the_stored_law_covers_all_sizes_and_seeds(law):
    assert tuple(law.sizes) == SIZES
    assert law.drawn.shape == law.dealt.shape == (len(SEEDS), len(SIZES), 2)
    assert law.arriving_dropout.shape == (len(SEEDS), len(DROPOUTS))
    for name in ("drawn", "expected", "added", "multiplied", "arriving"):
        assert (getattr(law, name) > 0).all()
    np.testing.assert_allclose(law.dealt[:, -1], 0, atol=1e-4)  # all images: always the same batch


def test_a_stored_seed_comes_out_again(law):
    again = measure(SEEDS[:1])
    # Another processor rounds otherwise, and 200 steps make that visible.
    for name in ("drawn", "dealt", "added", "multiplied", "arriving"):
        known = getattr(law, name)[:1]
        np.testing.assert_allclose(getattr(again, name), known, rtol=0.15, atol=1e-4)


def test_on_fresh_seeds_the_noise_falls_with_the_root_of_the_size(fresh):
    assert abs(fresh.slopes().mean() + 0.5) < 0.04
    np.testing.assert_allclose(fresh.drawn[:, 2:, 0], fresh.expected[:, 2:], rtol=0.2)


def test_on_fresh_seeds_dealing_takes_away_the_factor_of_a_finite_population(fresh):
    factor = np.sqrt((SIZES[-1] - fresh.sizes) / (SIZES[-1] - 1))
    ratio = fresh.dealt[:, :-1, 0].mean(axis=0) / fresh.drawn[:, :-1, 0].mean(axis=0)
    np.testing.assert_allclose(ratio, factor[:-1], atol=0.06)
    assert fresh.slopes("dealt").mean() < fresh.slopes().mean() - 0.05


def test_on_fresh_seeds_small_groups_are_like_dropout_and_large_ones_are_not(fresh):
    like = fresh.dropout_like().mean(axis=0)
    assert 0.15 < like[SIZES.index(4)] < 0.35
    assert like[SIZES.index(256)] < 0.02
    assert (np.diff(like) < 0).all()


def test_dropout_like_is_the_rate_itself_for_what_dropout_does(law):
    from dataclasses import replace

    same = np.repeat(law.arriving_dropout[:, -1:], len(SIZES), axis=1)
    np.testing.assert_allclose(replace(law, arriving=same).dropout_like(), DROPOUTS[-1])


def test_a_cloud_is_what_batch_norm_gives_a_batch(network):
    x = np.random.default_rng(1).standard_normal((30, 6))
    batches = batches_with(3, 30, 5, 7, False, np.random.default_rng(2))
    seen = clouds(network, x, batches)
    assert [layer["x_hat"].shape for layer in seen] == [(7, 5), (7, 4)]
    for b, batch in enumerate(batches):
        a = x[batch]
        for layer in network.layers[:5]:
            a = layer.forward(a, training=True)
            if isinstance(layer, bnlib.BatchNorm):
                x_hat = seen[layer.num_features == 4]["x_hat"][b]
                y = layer.params["gamma"] * x_hat + layer.params["beta"]
                np.testing.assert_allclose(y, a[0], atol=1e-12)


@pytest.mark.parametrize("size", [2, 4, 16])
def test_nobody_is_farther_out_than_the_root_of_the_size_less_one(network, size):
    x = np.random.default_rng(1).standard_normal((50, 6)) ** 3  # with outliers
    batches = batches_with(0, 50, size, 300, True, np.random.default_rng(2))
    assert np.abs(clouds(network, x, batches)[0]["x_hat"]).max() <= np.sqrt(size - 1) + 1e-12


def test_batches_hold_the_example_and_dealt_ones_nothing_twice():
    dealt = batches_with(7, 20, 20, 5, False, np.random.default_rng(0))
    assert (np.sort(dealt, axis=1) == np.arange(20)).all()
    drawn = batches_with(7, 20, 20, 50, True, np.random.default_rng(0))
    assert (drawn[:, 0] == 7).all()
    assert max(len(set(batch)) for batch in drawn.tolist()) < 20
    assert {*drawn[:, 1:].ravel()} == set(range(20))


def test_the_expected_noise_of_a_normal_unit_by_hand():
    z = np.random.default_rng(0).standard_normal((200_000, 1))
    z[0] = 2.0
    np.testing.assert_allclose(expected_noise(z, 0, 12), np.sqrt((1 + 2**2 / 2) / 12), rtol=0.02)


def test_the_watched_units_are_near_0_near_1_and_far_out(seen):
    near_0, near_1, far = np.abs(seen.population)
    assert near_0 < 0.3
    assert 0.7 < near_1 < 1.3
    assert far > 1.5
    assert seen.x_hat.shape == (3, len(seen.sizes), BATCHES)
    noise = seen.x_hat.std(axis=2)
    np.testing.assert_allclose(noise[:, -3:], seen.expected[:, -3:], rtol=0.25)


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: measure(()), ValueError, "seeds is empty"),
        (lambda: load_stored().slopes("both"), ValueError, "kind must be one of"),
        (lambda: watch(-1), ValueError, "-1"),
        (lambda: expected_noise(np.ones((5, 2)), 0, 4), ValueError, "no spread"),
        (lambda: batches_with(5, 5, 2, 3, True, np.random.default_rng(0)), ValueError, "fit into"),
        (lambda: batches_with(0, 5, 1, 3, True, np.random.default_rng(0)), ValueError, "size"),
        (lambda: batches_with(0, 5, 2, 3, 1, np.random.default_rng(0)), TypeError, "replacement"),
        (lambda: batches_with(0, 5, 2, 3, True, 0), TypeError, "Generator"),
        (lambda: clouds(None, np.ones((5, 2)), [0, 1]), ValueError, "row of indices"),
    ],
)
def test_what_makes_no_sense_is_refused(call, error, message):
    with pytest.raises(error, match=message):
        call()


def test_the_widget_starts_on_a_recording_and_refuses_to_leave_it(seen):
    widget = BatchNoise(recorded=seen)
    first = {"group": 4, "unit": "near 1", "labels": "noisy", "settings": "common"}
    assert widget.start == first
    assert repr(widget) == "BatchNoise(group=4, labels='noisy')"
    for name, value in {"group": 3, "unit": "odd", "labels": "few", "settings": "best"}.items():
        with pytest.raises(ValueError, match=f"{name} must be one of"):
            setattr(widget, name, value)
        with pytest.raises(ValueError, match=f"{name} must be one of"):
            BatchNoise(recorded=seen, **{name: value})
    widget.group = 256
    assert widget.group == 256
    assert widget.fallback.count("<tr>") == 10  # a head, without batch norm, eight groups
    with pytest.raises(TypeError, match="Clouds"):
        BatchNoise(recorded={})
    x_hat = np.frombuffer(widget.recorded["x_hat"], "<i2").reshape(seen.x_hat.shape)
    np.testing.assert_allclose(x_hat / 1000, seen.x_hat, atol=5.1e-4)
