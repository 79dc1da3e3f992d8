"""Networks in files: every number comes back, and no broken file gets through."""

import os

import numpy as np
import pytest

import bnlib
from bnlib import storage
from bnlib.layer import Layer
from bnlib.layers import Activation


def rng(seed=0):
    return np.random.default_rng(seed)


# A layer with settings other than the usual ones, and the shape of an example for it.
LAYERS = {
    "AveragePool2d": (lambda dtype: bnlib.AveragePool2d(3), (2, 6, 6)),
    "BatchNorm": (
        lambda dtype: bnlib.BatchNorm(
            3, 0.1, 0.8, True, 0, dtype, ghost_batch_size=np.int64(4), statistics_in_gradient=False
        ),
        (3, 5),
    ),
    "Conv2d": (
        lambda dtype: bnlib.Conv2d(2, 3, 3, padding=1, stride=2, rng=rng(), dtype=dtype),
        (2, 5, 6),
    ),
    "Dropout": (lambda dtype: bnlib.Dropout(0.3, rng=rng(7)), (4,)),
    "Flatten": (lambda dtype: bnlib.Flatten(), (2, 3)),
    "GroupNorm": (lambda dtype: bnlib.GroupNorm(2, 6, eps=0.2, dtype=dtype), (6, 3)),
    "Identity": (lambda dtype: bnlib.Identity(), (3,)),
    "InstanceNorm": (lambda dtype: bnlib.InstanceNorm(4, eps=0.2, dtype=dtype), (4, 5)),
    "LayerNorm": (lambda dtype: bnlib.LayerNorm(4, eps=0.2, dtype=dtype), (4, 5)),
    "Linear": (lambda dtype: bnlib.Linear(3, 4, bias=False, rng=rng(), dtype=dtype), (3,)),
    "MaxPool2d": (lambda dtype: bnlib.MaxPool2d(2), (3, 4, 4)),
    "RMSNorm": (lambda dtype: bnlib.RMSNorm(4, eps=0.2, dtype=dtype), (4, 5)),
    "ReLU": (lambda dtype: bnlib.ReLU(), (3,)),
    "Sigmoid": (lambda dtype: bnlib.Sigmoid(), (3,)),
    "Tanh": (lambda dtype: bnlib.Tanh(), (3,)),
}


def one_layer(name, dtype=np.float64):
    """A network of it, and a batch for it, after two steps from an awkward start."""
    make, shape = LAYERS[name]
    network, x = bnlib.Network([make(dtype)]), rng(3).normal(1, 2, (8, *shape)).astype(dtype)
    network.theta += rng(1).normal(size=network.theta.shape).astype(network.theta.dtype)
    for _ in range(2):
        network.forward(x, training=True)
    return network, x


def small(seed=0):
    """A trained network with BatchNorm and Dropout."""
    layers = [bnlib.Linear(3, 2, bias=False, rng=rng(seed)), bnlib.BatchNorm(2), bnlib.Tanh()]
    layers += [bnlib.Dropout(0.5, rng=rng(seed)), bnlib.Linear(2, 2, rng=rng(seed))]
    network = bnlib.Network(layers)
    for step in range(3):
        network.forward(rng(seed + step).normal(2, 3, (5, 3)), training=True)
    return network


def content(network):
    """All that a file must bring back, exactly."""
    return (
        network.theta.dtype,
        network.theta.tobytes(),
        [(type(layer), layer.configuration) for layer in network.layers],
        [
            {k: v.tobytes() if isinstance(v, np.ndarray) else v for k, v in layer.state.items()}
            for layer in network.layers
        ],
    )


@pytest.fixture
def path(tmp_path):
    return tmp_path / "network.npz"


@pytest.fixture
def saved(path):
    """The file of a small network."""
    bnlib.save(small(), path)
    return path


def test_every_public_layer_can_be_saved():
    public = [getattr(bnlib, name) for name in bnlib.__all__]
    layers = {each for each in public if isinstance(each, type) and issubclass(each, Layer)}
    layers -= {Layer, Activation}
    assert set(storage._LAYERS.values()) == layers
    assert {layer.__name__ for layer in layers} == set(LAYERS) == set(storage._LAYERS)


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("name", LAYERS)
def test_a_layer_comes_back_exactly(name, dtype, path):
    network, x = one_layer(name, dtype)
    bnlib.save(network, path)
    again = bnlib.load(path)
    assert content(again) == content(network)
    for training in (False, True):  # and it goes on as the first one does
        y, y_again = (each.forward(x, training=training) for each in (network, again))
        assert y_again.tobytes() == y.tobytes()
    assert content(again) == content(network)


def test_training_goes_on_from_a_file_as_without_it(path):
    network = small()
    bnlib.save(network, path)
    again = bnlib.load(path)
    x, labels = rng(5).normal(2, 3, (20, 3)), rng(5).integers(0, 2, 20)
    for each in (network, again):
        optimizer = bnlib.SGD(0.1)
        bnlib.train(each, x, labels, steps=9, batch_size=4, optimizer=optimizer, rng=rng(6))
    assert content(again) == content(network)


def test_frozen_and_recalibrated_batch_norms_come_back(path):
    network = small()
    bnlib.recalibrate(network, rng().normal(size=(9, 3)))
    network.layers[1].frozen = True
    bnlib.save(network, path)
    assert content(bnlib.load(path)) == content(network)


def test_loading_into_a_network_fills_it_and_keeps_its_views(saved):
    network = small(seed=4)
    theta = network.theta
    network.forward(np.ones((2, 3)), training=False)
    assert bnlib.load(saved, into=network) is network
    assert content(network) == content(small())
    assert network.theta is theta
    assert network.layers[0].params["W"].base is theta
    with pytest.raises(ValueError, match="forward"):
        network.backward(np.ones((2, 2)))  # it would mix old activations with new parameters


@pytest.mark.parametrize(
    "other",
    [
        lambda: bnlib.mlp([3, 2, 2], "tanh", True, rng=rng()),
        lambda: bnlib.Network([bnlib.Linear(3, 2, bias=False, rng=rng())]),
        lambda: bnlib.mlp([3, 2, 2], "tanh", True, rng=rng(), dtype=np.float32),
    ],
)
def test_a_network_of_other_layers_is_not_filled(other, saved):
    network = other()
    before = content(network)
    with pytest.raises(ValueError, match=r"layer \d is .* in .*network.npz, but .* load without"):
        bnlib.load(saved, into=network)
    assert content(network) == before


def test_the_same_network_gives_the_same_file(saved, tmp_path):
    bnlib.save(small(), tmp_path / "again")
    assert (tmp_path / "again").read_bytes() == saved.read_bytes()


def test_numpy_alone_can_read_the_arrays(saved):
    with np.load(saved, allow_pickle=False) as arrays:
        np.testing.assert_array_equal(arrays["0.W"], small().layers[0].params["W"])


class Foreign(bnlib.ReLU):
    """Not bnlib's own."""


def diverged():
    network = small()
    network.theta[0] = np.nan
    return network


def diverged_statistics():
    network = small()
    network.layers[1]._average.raw[1] = np.inf
    return network


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: bnlib.Network([Foreign()]), "layer 0 is a Foreign"),
        (lambda: bnlib.Network([type("Linear", (bnlib.ReLU,), {})()]), "layer 0 is a Linear"),
        (diverged, "diverged"),
        (diverged_statistics, "1.raw_var.*diverged"),
        (lambda: bnlib.ReLU(), "Network"),
    ],
)
def test_what_cannot_be_saved_leaves_the_old_file(make, message, saved):
    before = saved.read_bytes()
    with pytest.raises((ValueError, TypeError), match=message):
        bnlib.save(make(), saved)
    assert saved.read_bytes() == before
    assert os.listdir(saved.parent) == [saved.name]


def test_a_save_that_fails_half_way_leaves_the_old_file_alone(saved, monkeypatch):
    before = saved.read_bytes()

    def no_space(*args, **more):
        raise OSError("no space left on device")

    monkeypatch.setattr(storage.npy, "write_array", no_space)
    with pytest.raises(OSError, match="no space"):
        bnlib.save(small(), saved)
    assert saved.read_bytes() == before
    assert os.listdir(saved.parent) == [saved.name]


def test_a_path_that_is_no_file_is_not_replaced(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    for name in ("pipe", "."):
        with pytest.raises(ValueError, match="can't replace"):
            bnlib.save(small(), tmp_path / name)
    assert (tmp_path / "pipe").is_fifo()
    assert os.listdir(tmp_path) == ["pipe"]


def test_saving_through_a_link_keeps_the_link(saved, tmp_path):
    link = tmp_path / "link"
    link.symlink_to(saved)
    bnlib.save(small(seed=4), link)
    assert link.is_symlink()
    assert content(bnlib.load(saved)) == content(small(seed=4))
