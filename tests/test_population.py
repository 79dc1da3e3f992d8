"""Population statistics: pieces merged exactly, and a network that uses them."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import bnlib


def rng(seed=0):
    return np.random.default_rng(seed)


def trained(sizes=(6, 8, 7, 3), correction=1, steps=5, dtype=np.float64, **more):
    """A network with gamma and beta away from 1 and 0, and running averages of five batches."""
    norms = [bnlib.BatchNorm(n, running_var_correction=correction, dtype=dtype, **more)
             for n in sizes[1:-1]]  # fmt: skip
    layers = []
    for before, norm in zip(sizes, norms, strict=False):
        layers += [bnlib.Linear(before, norm.num_features, rng=rng(), dtype=dtype), norm]
        layers.append(bnlib.Tanh())
    network = bnlib.Network([*layers, bnlib.Linear(*sizes[-2:], rng=rng(), dtype=dtype)])
    network.theta += 0.3 * rng(1).normal(size=network.theta.shape)
    for seed in range(steps):
        network.forward(rng(seed).normal(2, 3, (12, sizes[0])), training=True)
    return network


def norms_of(network):
    return [layer for layer in network.layers if isinstance(layer, bnlib.BatchNorm)]


def snapshot(network):
    states = [layer.state for layer in network.layers]
    return network.theta.tobytes(), network.gradient.tobytes(), repr(states)


@given(
    cuts=st.lists(st.integers(1, 699), max_size=9, unique=True),
    offset=st.sampled_from([0.0, 1e6]),
    dtype=st.sampled_from([np.float32, np.float64]),
)
@settings(max_examples=60, deadline=None)
def test_however_the_rows_are_cut_the_moments_are_those_of_the_whole(cuts, offset, dtype):
    x = (offset + rng().normal(size=(700, 3)) * [1, 1, 0.1]).astype(dtype)
    moments = bnlib.Moments()
    for piece in np.split(x, sorted(cuts)):
        moments.add(piece)
    whole = x.astype(np.float64)
    exact = (whole - offset).var(0)  # the subtraction loses nothing
    assert moments.count == 700
    np.testing.assert_allclose(moments.mean, whole.mean(0), rtol=1e-14, atol=1e-15)
    np.testing.assert_allclose(moments.var, exact, rtol=1e-9 if offset else 1e-13)


def test_the_mean_of_one_piece_is_right_to_the_last_digit():
    for seed in range(30):
        x = rng(seed).normal(1e6, 1, (511, 1))
        moments = bnlib.Moments()
        moments.add(x)
        np.testing.assert_allclose(moments.mean, math.fsum(x[:, 0]) / 511, rtol=1.2e-16)


def test_rows_added_one_by_one_give_the_same_moments():
    x = rng().normal(1e6, 1, (500, 2)).astype(np.float32)
    moments = bnlib.Moments()
    for row in x:
        moments.add(row[None])
    np.testing.assert_allclose(moments.var, x.astype(float).var(0), rtol=1e-9)


@pytest.mark.parametrize("shape", [(4, 3, 5), (4, 3, 2, 6)])
def test_every_position_counts_as_a_row(shape):
    x = rng().normal(3, 2, shape)
    moments = bnlib.Moments()
    moments.add(x[:1])
    moments.add(x[1:])
    axes = (0, *range(2, x.ndim))
    assert moments.count == x[:, 0].size
    np.testing.assert_allclose(moments.mean, x.mean(axes), rtol=1e-13)
    np.testing.assert_allclose(moments.var, x.var(axes), rtol=1e-13)


def test_a_huge_first_piece_is_no_overflow():
    moments = bnlib.Moments()
    moments.add([[1e200], [1e200]])
    np.testing.assert_array_equal([moments.mean, moments.var], [[1e200], [0]])


@pytest.mark.parametrize(
    "bad", [np.ones((2, 3)), [[np.nan, 1]], [[1e200, 1]], np.ones(3), np.ones((0, 2)), None]
)
def test_a_refused_piece_leaves_the_moments_as_they_were(bad):
    moments = bnlib.Moments()
    moments.add([[1, 2], [3, 5]])
    before = moments.count, moments.mean.tolist(), moments.var.tolist()
    with pytest.raises((ValueError, TypeError)):
        moments.add(bad)
    assert (moments.count, moments.mean.tolist(), moments.var.tolist()) == before


def test_moments_of_nothing_are_refused():
    for name in ("mean", "var"):
        with pytest.raises(ValueError, match="no values"):
            getattr(bnlib.Moments(), name)


def test_what_moments_return_belongs_to_the_caller():
    moments = bnlib.Moments()
    moments.add([[1], [3]])
    moments.mean[:], moments.var[:] = 9, 9
    assert (moments.mean, moments.var) == (2, 1)


@pytest.mark.parametrize("bias_correction", [True, False])
@pytest.mark.parametrize("decay", [0, 1e-300, 0.5, 0.9, 0.999, 1 - 1e-9, 1 - 2.0**-53])
@pytest.mark.parametrize("updates_before", [0, 3])
def test_an_average_goes_on_from_the_value_it_was_reset_to(decay, bias_correction, updates_before):
    average = bnlib.ExponentialMovingAverage(decay, np.zeros(2), bias_correction)
    for _ in range(updates_before):
        average.update([7.0, 8.0])
    old, new = np.array([0.1, -3e5]), np.array([2.0, 4.0])
    average.reset_to(old)
    np.testing.assert_array_equal(average.value, old)
    average.update(new)
    np.testing.assert_allclose(average.value, decay * old + (1 - decay) * new, rtol=1e-14)


def test_a_refused_reset_changes_nothing():
    average = bnlib.ExponentialMovingAverage(0.9, np.zeros(2))
    average.update([1, 2])
    for bad in ([1, 2, 3], [np.nan, 1], "a", None):
        with pytest.raises((ValueError, TypeError)):
            average.reset_to(bad)
    np.testing.assert_allclose(average.value, [1, 2])
    assert average.updates == 1


@pytest.mark.parametrize("bias_correction", [True, False])
@pytest.mark.parametrize("batch_size", [1, 7, 1000])
def test_inference_on_all_of_x_is_then_what_training_on_all_of_x_computes(
    batch_size, bias_correction
):
    x = rng(9).normal(1, 2, (40, 6))
    network = trained(correction=0, bias_correction=bias_correction)
    expected = network.forward(x, training=True)
    inputs, a = [], x
    for layer in network.layers:
        inputs.append(a)
        a = layer.forward(a, training=True)
    bnlib.recalibrate(network, x, batch_size)
    np.testing.assert_allclose(network.forward(x, training=False), expected, rtol=1e-11)
    for layer, z in zip(network.layers, inputs, strict=True):
        if isinstance(layer, bnlib.BatchNorm):
            np.testing.assert_allclose(layer.running_mean, z.mean(0), rtol=1e-11, atol=1e-13)
            np.testing.assert_allclose(layer.running_var, z.var(0), rtol=1e-11)


def test_the_stored_variance_has_the_divisor_that_the_layer_asks_for():
    x = rng(9).normal(1, 2, (10, 6))
    with_0, with_1 = trained(correction=0), trained(correction=1)
    for network in (with_0, with_1):
        bnlib.recalibrate(network, x)
    first_0, first_1 = norms_of(with_0)[0], norms_of(with_1)[0]
    np.testing.assert_allclose(first_1.running_var, first_0.running_var * 10 / 9, rtol=1e-13)


def test_parameters_gradients_and_frozen_flags_stay():
    network = trained()
    network.forward(rng().normal(size=(5, 6)), training=True)
    network.backward(rng().normal(size=(5, 3)))
    norms_of(network)[0].frozen = True
    before = snapshot(network)
    bnlib.recalibrate(network, rng(9).normal(size=(30, 6)))
    after = snapshot(network)
    assert after[:2] == before[:2]
    assert after[2] != before[2]
    assert [norm.frozen for norm in norms_of(network)] == [True, False]


def test_the_next_training_step_keeps_ema_decay_of_the_population_statistics():
    network = trained(ema_decay=0.75)
    bnlib.recalibrate(network, rng(9).normal(1, 2, (40, 6)))
    norm = norms_of(network)[0]
    mean, x = norm.running_mean, rng(10).normal(size=(8, 6))
    network.forward(x, training=True)
    batch_mean = network.layers[0].forward(x, training=False).mean(0)
    np.testing.assert_allclose(norm.running_mean, 0.75 * mean + 0.25 * batch_mean, rtol=1e-12)


@pytest.mark.parametrize("more", [{}, {"ghost_batch_size": 4}])
def test_neither_training_before_nor_ghost_batches_matter(more):
    x = rng(9).normal(1, 2, (23, 6))
    one, other = trained(steps=0, **more), trained(steps=5)
    for network in (one, other):
        bnlib.recalibrate(network, x)
    for a, b in zip(norms_of(one), norms_of(other), strict=True):
        np.testing.assert_array_equal(a.running_mean, b.running_mean)
        np.testing.assert_array_equal(a.running_var, b.running_var)


def test_float32_with_an_offset_of_a_million_is_measured_exactly():
    network = bnlib.Network([bnlib.BatchNorm(3, running_var_correction=0, dtype=np.float32)])
    x = (1e6 + rng().normal(size=(5000, 3))).astype(np.float32)
    bnlib.recalibrate(network, x)
    whole = x.astype(np.float64)
    np.testing.assert_allclose(network.layers[0].running_mean, whole.mean(0), rtol=1e-14)
    np.testing.assert_allclose(network.layers[0].running_var, whole.var(0), rtol=1e-11)
    x_hat = (whole - whole.mean(0)) / np.sqrt(whole.var(0) + 1e-5)
    assert np.abs(network.forward(x, training=False) - x_hat).max() < 1e-6 * np.abs(x_hat).max()


def test_what_reaches_a_float32_network_is_measured_as_it_is_rounded_there():
    network = bnlib.Network([bnlib.BatchNorm(2, dtype=np.float32)])
    x = 1e6 + rng().normal(size=(9, 2))
    bnlib.recalibrate(network, x)
    rounded = x.astype(np.float32).astype(np.float64)
    np.testing.assert_allclose(network.layers[0].running_mean, rounded.mean(0), rtol=1e-15)


def test_images_are_measured_over_their_positions():
    network = bnlib.Network([bnlib.BatchNorm(3, running_var_correction=0), bnlib.ReLU()])
    x = rng().normal(2, 3, (7, 3, 4, 5))
    bnlib.recalibrate(network, x, batch_size=3)
    np.testing.assert_allclose(network.layers[0].running_var, x.var((0, 2, 3)), rtol=1e-13)
    bnlib.recalibrate(network, x[:1])  # one image is enough: it has 20 values a channel


@pytest.mark.parametrize("frozen", [False, True])
def test_a_network_for_images_with_dropout_is_measured_as_in_inference(frozen):
    layers = [
        bnlib.Conv2d(2, 4, 3, padding=1, rng=rng()),
        bnlib.BatchNorm(4, running_var_correction=0, ghost_batch_size=2),
        bnlib.ReLU(),
        bnlib.MaxPool2d(2),
        bnlib.Dropout(0.5, rng=rng()),
        bnlib.Flatten(),
        bnlib.Linear(16, 3, rng=rng()),
        bnlib.BatchNorm(3, running_var_correction=0),
    ]
    network, x = bnlib.Network(layers), rng(9).normal(size=(11, 2, 4, 4))
    layers[1].frozen = frozen
    dropout = repr(layers[4].state)
    bnlib.recalibrate(network, x, batch_size=4)
    a = x
    for layer in layers:
        if isinstance(layer, bnlib.BatchNorm):
            axes = (0, *range(2, a.ndim))
            np.testing.assert_allclose(layer.running_mean, a.mean(axes), rtol=1e-11, atol=1e-13)
            np.testing.assert_allclose(layer.running_var, a.var(axes), rtol=1e-11)
        a = layer.forward(a, training=False)
    assert repr(layers[4].state) == dropout


def broken_at_the_last_norm():
    network = trained(sizes=(6, 5, 5, 5, 2), dtype=np.float32)
    network.layers[4].params["beta"] += 10  # so that every tanh after it is 1
    network.layers[6].params["W"] += 2e38
    return network


@pytest.mark.parametrize(
    ("make", "x", "message"),
    [
        (broken_at_the_last_norm, np.ones((4, 6)) * np.arange(4)[:, None], "layer 7"),
        (lambda: trained(eps=0), np.ones((4, 6)), r"layer 1.*running_var \+ eps is 0"),
        (trained, np.ones((1, 6)), "one value a feature"),
        (trained, np.ones((4, 5)), "Linear takes"),
        (trained, np.full((4, 6), np.nan), "nan"),
        (trained, np.ones((0, 6)), "empty"),
        (trained, np.ones((4, 6), complex), "complex"),
        (lambda: bnlib.mlp([6, 3, 2], rng=rng()), np.ones((4, 6)), "no BatchNorm"),
    ],
)
def test_a_refusal_says_why_and_changes_nothing(make, x, message):
    network = make()
    before = snapshot(network)
    with pytest.raises((ValueError, TypeError), match=message):
        bnlib.recalibrate(network, x)
    assert snapshot(network) == before


def test_arguments_of_another_kind_are_refused():
    for batch_size in (0, -1, 1.5, True, None):
        with pytest.raises((ValueError, TypeError), match="batch_size"):
            bnlib.recalibrate(trained(), np.eye(6), batch_size)
    with pytest.raises(TypeError, match="Network"):
        bnlib.recalibrate(bnlib.BatchNorm(3), np.eye(3))


def test_backward_asks_for_a_new_forward():
    network, x = trained(), rng().normal(size=(8, 6))
    network.forward(x, training=True)
    bnlib.recalibrate(network, x)
    with pytest.raises(ValueError, match="forward"):
        network.backward(np.ones((8, 3)))
