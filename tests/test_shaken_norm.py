"""The noise behind batch norm: what it does to values and gradients, and where it stands."""

import numpy as np
import pytest

import bnlib
from bnlib.experiments.shaken_norm import LAYERS, Shake, build, hidden_linears


def test_a_shake_stretches_and_moves_a_unit_alike_for_all_images():
    rng = np.random.default_rng(0)
    x = rng.standard_normal((400, 3))
    y = Shake(0.5, rng).forward(x, training=True)
    factor = y.std(axis=0) / x.std(axis=0)
    offset = y.mean(axis=0) - factor * x.mean(axis=0)
    np.testing.assert_allclose(y, factor * x + offset, atol=1e-12)
    assert (np.abs(factor - 1) > 0.01).all()
    assert (np.abs(offset) > 0.01).all()


def test_its_numbers_have_the_strength_that_it_says():
    shake = Shake(0.25, np.random.default_rng(1))
    zeros, ones = np.zeros((1, 20_000)), np.ones((1, 20_000))
    assert abs(shake.forward(zeros, training=True).std() - 0.25) < 0.01
    shake.held = True
    factor = shake.forward(ones, training=True) - shake.forward(zeros, training=True)
    assert abs(np.log(factor).std() - 0.25) < 0.01


def test_it_draws_anew_unless_held_and_rests_in_inference():
    x = np.ones((4, 2))
    shake = Shake(1.0, np.random.default_rng(2))
    first, second = (shake.forward(x, training=True) for _ in range(2))
    assert (first != second).all()
    shake.held = True
    np.testing.assert_array_equal(shake.forward(x, training=True), second)
    np.testing.assert_array_equal(shake.forward(x, training=False), x)
    np.testing.assert_array_equal(shake.backward(x), x)


def test_its_gradient_is_that_of_what_it_computes():
    rng = np.random.default_rng(3)
    shake = Shake(0.5, rng)
    shake.held = True
    x, dy = rng.standard_normal((2, 5, 3))
    shake.forward(x, training=True)
    dx = shake.backward(dy)
    ahead, back = (shake.forward(x + h, training=True) for h in (1e-5, -1e-5))
    np.testing.assert_allclose(dx, dy * (ahead - back) / 2e-5, atol=1e-9)


def test_without_noise_it_is_the_book_s_network_and_with_it_a_shake_follows_each_norm():
    kinds = [type(layer).__name__ for layer in build(0, True, 0.5, 1.0).layers]
    assert kinds[:4] == ["Linear", "BatchNorm", "Shake", "ReLU"]
    assert kinds.count("Shake") == LAYERS
    plain = build(0, False, 0.0, 1.0)
    sizes = [64, *[50] * LAYERS, 10]
    usual = bnlib.mlp(sizes, initializer="lecun", rng=np.random.default_rng(0), dtype=np.float32)
    np.testing.assert_array_equal(plain.theta, usual.theta)
    pairs = zip(hidden_linears(plain), hidden_linears(build(0, True, 0.5, 1.0)), strict=True)
    assert all(np.array_equal(a.params["W"], b.params["W"]) for a, b in pairs)


def test_each_seed_has_noise_of_its_own_and_the_same_again():
    x = np.random.default_rng(4).standard_normal((8, 64)).astype(np.float32)
    outputs = [build(seed, True, 0.5, 1.0).forward(x, training=True) for seed in (0, 0, 1)]
    np.testing.assert_array_equal(outputs[0], outputs[1])
    assert not np.array_equal(outputs[0], outputs[2])


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: Shake(-1, np.random.default_rng(0)), "strength"),
        (lambda: build(0, False, 0.5, 1.0), "without batch norm"),
        (lambda: build(0, True, -0.5, 1.0), "noise"),
    ],
)
def test_what_makes_no_sense_is_refused(call, message):
    with pytest.raises(ValueError, match=message):
        call()


def test_trained_together_shaken_networks_are_those_trained_alone():
    training = bnlib.load_digits().split(0)[0]
    how = {"steps": 12, "batch_size": 16}
    together, alone = (
        [build(seed, True, 0.5, 1.0, dtype=np.float64) for seed in range(3)] for _ in range(2)
    )
    data = training.x, training.labels
    sgd = [[bnlib.SGD(0.1) for _ in range(3)] for _ in range(2)]
    bnlib.train_replicas(
        together, *data, optimizers=sgd[0], rngs=list(map(np.random.default_rng, range(3))), **how
    )
    for seed, network in enumerate(alone):
        rng = np.random.default_rng(seed)
        bnlib.train(network, *data, optimizer=sgd[1][seed], rng=rng, **how)
    for one, other in zip(together, alone, strict=True):
        np.testing.assert_allclose(one.theta, other.theta, atol=1e-9)
        assert one.layers[2]._rng.random() == other.layers[2]._rng.random()  # as many draws
