"""Damaged and foreign files: refused with the path and a reason, and nothing has changed."""

import io
import json
import pickle
import zipfile

import numpy as np
import pytest

import bnlib


def rng(seed=0):
    return np.random.default_rng(seed)


def small(seed=0):
    network = bnlib.mlp([2, 2, 1], batch_norm=True, rng=rng(seed))
    network.forward(rng(seed).normal(2, 3, (5, 2)), training=True)
    return network


def everything(network):
    states = [layer.state for layer in network.layers]
    return network.theta.tobytes(), network.gradient.tobytes(), repr(states)


@pytest.fixture
def saved(tmp_path):
    path = tmp_path / "network.npz"
    bnlib.save(small(), path)
    return path


@pytest.fixture(scope="module")
def target():
    """A network to load into, with a gradient."""
    network = small(seed=1)
    network.backward(network.forward(rng().normal(size=(4, 2)), training=True))
    return network


def assert_refused(path, target, message=""):
    before = everything(target)
    with pytest.raises(ValueError, match=rf"(?s)network\.npz can't be loaded: .*{message}.*again"):
        bnlib.load(path, into=target)
    assert everything(target) == before


def tiny(seed=0):
    network = bnlib.Network([bnlib.BatchNorm(1)])
    network.forward(rng(seed).normal(size=(3, 1)), training=True)
    return network


def test_a_file_cut_off_anywhere_is_refused(saved):
    bnlib.save(tiny(), saved)
    whole, target = saved.read_bytes(), tiny(seed=1)
    for length in range(len(whole)):
        saved.write_bytes(whole[:length])
        assert_refused(saved, target)


@pytest.mark.parametrize("flip", [0xFF, 0x08])  # 8 turns "stored" into "compressed"
def test_a_flipped_byte_is_refused_or_does_no_harm(saved, flip):
    bnlib.save(tiny(), saved)
    whole, original, harmless = saved.read_bytes(), everything(tiny()), 0
    for position in range(len(whole)):
        broken = bytearray(whole)
        broken[position] ^= flip
        saved.write_bytes(broken)
        try:
            again = bnlib.load(saved)
        except ValueError:
            continue
        assert everything(again) == original
        harmless += 1  # a date in the archive, say
    assert 0 < harmless < 0.25 * len(whole)


def rewrite(path, change):
    """Change the members {name: bytes} of an archive, which then has right checksums again."""
    with zipfile.ZipFile(path) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    change(members)
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)


def in_header(change):
    """A change of the header, as a change of the members."""

    def changed(members):
        header = json.loads(members["header.json"])
        change(header)
        members["header.json"] = json.dumps(header).encode()

    return changed


def array(name, value):
    """Replace an array."""
    content = io.BytesIO()
    np.save(content, value)
    return lambda members: members.update({name: content.getvalue()})


def layer(number, **more):
    return in_header(lambda header: header["layers"][number].update(more))


def configured(number, **more):
    return in_header(lambda header: header["layers"][number]["configuration"].update(more))


def longer_by_a_byte(members):
    members["0.W.npy"] += b"\0"


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda members: members.pop("header.json"), "not written by bnlib.save"),
        (lambda members: members.pop("1.gamma.npy"), "instead of"),
        (lambda members: members.update(more=b""), "instead of"),
        (lambda members: members.update({"header.json": b"[" * 10**5}), ""),
        (lambda members: members.update({"header.json": b"\xff"}), ""),
        (lambda members: members.update({"header.json": b"[1]"}), "not written by bnlib.save"),
        (in_header(lambda header: header.update(format="other")), "not written by bnlib.save"),
        (in_header(lambda header: header.update(version=2)), "version 2.*only version 1"),
        (in_header(lambda header: header.pop("layers")), "layers"),
        (in_header(lambda header: header.update(layers=[])), "instead of"),
        (in_header(lambda header: header.update(layers=[1])), ""),
        (in_header(lambda header: header["layers"].pop()), "instead of"),
        (layer(0, **{"class": "system"}), "class must be one of"),
        (layer(0, **{"class": ["Linear"]}), "class must be one of"),
        (layer(0, configuration=None), ""),
        (layer(1, state={"updates": 1}), "keys"),
        (layer(1, state={"updates": -1, "frozen": False}), "updates"),
        (layer(1, state={"updates": 1, "frozen": 0}), "frozen"),
        (layer(2, state={"more": 1}), "keeps no state"),
        (configured(1, eps=-1), "eps"),
        (configured(1, eps=float("nan")), "eps"),
        (configured(1, rng=None), "rng"),
        (configured(1, momentum=0.9), "momentum"),
        (configured(0, in_features=3), r"0\.W is no array \(3, 2\)"),
        (configured(1, dtype="float32"), "float32"),
        (configured(0, gain=3.0), "instead of"),
        (array("0.W.npy", np.ones((2, 3))), r"0\.W is no array \(2, 2\) of float64"),
        (array("0.W.npy", np.ones(4)), "no array"),
        (array("0.W.npy", np.ones((2, 2), np.float32)), "no array"),
        (array("0.W.npy", np.ones((2, 2), ">f8")), "no array"),
        (array("0.W.npy", np.full((2, 2), np.nan)), r"0\.W .*has nan at index \(0, 0\)"),
        (array("1.raw_var.npy", [1.0, np.inf]), r"1\.raw_var .*has inf"),
        (array("1.raw_var.npy", [1.0, -1.0]), "raw_var has -1.0"),
        (array("1.raw_mean.npy", np.ones(3)), "no array"),
        (longer_by_a_byte, "no array"),
        (lambda members: members.update({"0.W.npy": b""}), "no array"),
    ],
)
def test_an_archive_with_right_checksums_but_wrong_content_is_refused(
    change, message, saved, target
):
    rewrite(saved, change)
    assert_refused(saved, target, message)


def test_a_pickle_inside_is_not_run(saved, target):
    class Harm:
        def __reduce__(self):
            return (saved.with_name("harm").touch, ())

    rewrite(saved, array("1.beta.npy", np.array([Harm()], dtype=object)))
    assert_refused(saved, target, "no array")
    saved.write_bytes(pickle.dumps(Harm()))
    assert_refused(saved, target)
    assert not saved.with_name("harm").exists()


@pytest.mark.parametrize("more", [{"a": np.ones(3)}, {"theta": np.ones(9)}, {}])
def test_an_npz_of_somebody_else_is_refused(more, saved, target):
    np.savez(saved, **more)
    assert_refused(saved, target, "not written by bnlib.save")


@pytest.mark.parametrize("size", [1, 10**7])
def test_an_archive_with_anything_compressed_is_refused_before_it_is_unpacked(size, saved, target):
    with zipfile.ZipFile(saved, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("2.W.npy", bytes(size))
    assert saved.stat().st_size < 10**5
    assert_refused(saved, target, "compressed")


@pytest.mark.parametrize(
    "layers",
    [
        [("Linear", {"in_features": 10**6, "out_features": 10**6, "bias": True})],
        [("Linear", {"in_features": 10**9, "out_features": 1, "bias": True})],
        [("Linear", {"in_features": 100, "out_features": 100, "bias": True})] * 10,
        [("BatchNorm", {"num_features": 10**9})],
        [("Conv2d", {"in_channels": 1, "out_channels": 1, "kernel_size": 1000})],
    ],
)
def test_layers_larger_than_their_file_are_refused_before_they_are_built(layers, saved, target):
    entries = [{"class": name, "configuration": more, "state": {}} for name, more in layers]
    rewrite(saved, in_header(lambda header: header.update(layers=entries)))
    assert_refused(saved, target, "larger than the file")


@pytest.mark.parametrize("content", [b"", b"\0", b"PK\x05\x06" + bytes(18), b"theta = 1\n"])
def test_a_file_of_another_kind_is_refused(content, saved, target):
    saved.write_bytes(content)
    assert_refused(saved, target)


def test_a_missing_file_is_not_found(tmp_path, target):
    before = everything(target)
    with pytest.raises(FileNotFoundError, match="nothing"):
        bnlib.load(tmp_path / "nothing.npz", into=target)
    assert everything(target) == before


@pytest.mark.parametrize("path", [None, 3, b"network.npz"])
def test_a_path_that_is_no_path_is_refused(path):
    with pytest.raises(TypeError):
        bnlib.load(path)
    with pytest.raises(TypeError):
        bnlib.save(small(), path)


def test_only_a_network_can_be_loaded_into(saved):
    with pytest.raises(TypeError, match="Network"):
        bnlib.load(saved, into=bnlib.ReLU())
