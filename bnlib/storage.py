"""Networks in files: one .npz, without pickle, checked byte by byte when it is read.

`header.json` says what the layers are. `1.gamma.npy` is gamma of layer 1, `1.raw_mean.npy` an array
of its state, so that `numpy.load(path)["1.gamma"]` works, too. Nothing is compressed: so a file
can't unpack to more than its own size.
"""

import io
import json
import os
import zipfile
from inspect import signature
from itertools import zip_longest
from math import prod
from pathlib import Path

import numpy as np
from numpy.lib import format as npy

from bnlib.checks import check_choice, check_count, check_finite
from bnlib.conv import AveragePool2d, Conv2d, MaxPool2d
from bnlib.dropout import Dropout
from bnlib.group_norms import GroupNorm, InstanceNorm, LayerNorm, RMSNorm
from bnlib.layers import Flatten, Identity, Linear, ReLU, Sigmoid, Tanh
from bnlib.network import Network
from bnlib.norms import BatchNorm

_HEADER = "header.json"
_FORMAT = {"format": "bnlib network", "version": 1}
_LAYERS = {layer.__name__: layer for layer in (
    AveragePool2d, BatchNorm, Conv2d, Dropout, Flatten, GroupNorm, Identity, InstanceNorm,
    LayerNorm, Linear, MaxPool2d, RMSNorm, ReLU, Sigmoid, Tanh,
)}  # fmt: skip


def save(network, path):
    """Write a network to a file: its parameters, running statistics, and what its layers are.

    Parameters
    ----------
    network : Network
        Of bnlib's own layers. The gradient and the last forward pass are not kept.
    path : str or os.PathLike
        Usually ends in .npz. An older file there is replaced in one go once the new one is
        complete.

    Raises
    ------
    ValueError, TypeError
        For a layer that is not bnlib's, or a network that has diverged. No file is touched then.
    OSError
        When the file can't be written. An older one is still there.

    Examples
    --------
    >>> import tempfile
    >>> network = bnlib.mlp([4, 3, 2], batch_norm=True, rng=np.random.default_rng(0))
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     bnlib.save(network, folder + "/network.npz")
    ...     again = bnlib.load(folder + "/network.npz")
    >>> np.array_equal(again.theta, network.theta)
    True
    """
    path = Path(os.path.realpath(path))  # a link stays a link
    if path.exists() and not path.is_file():
        raise ValueError(f"{path} is a folder or a device, which a file can't replace; rename it")
    header, members = _describe(network), _members(network.layers)
    for name, array in members.items():
        check_finite(name, array, "the network has diverged; train it anew before saving")
    temporary = path.with_name(f"{path.name}.{os.getpid()}.tmp")
    try:
        with zipfile.ZipFile(temporary, "w") as archive:
            archive.writestr(zipfile.ZipInfo(_HEADER), header)
            for name, array in members.items():
                with archive.open(name, "w", force_zip64=True) as member:
                    npy.write_array(member, array, allow_pickle=False)
        os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)


def load(path, into=None):
    """Read a network from a file that `save` wrote.

    Parameters
    ----------
    path : str or os.PathLike
    into : Network, optional
        One with the same layers, to be filled. Default: a new network.

    Returns
    -------
    Network
        With every number as it was saved; `into` itself, if that was given.

    Raises
    ------
    ValueError, TypeError
        For a file that is damaged, of another kind or version, or of other layers than `into`,
        which is then as it was. Nothing in a file is ever executed.
    OSError
        When there is no file, or it can't be read.

    Examples
    --------
    >>> import tempfile
    >>> network = bnlib.Network([bnlib.BatchNorm(2), bnlib.ReLU()])
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     bnlib.save(network, folder + "/network.npz")
    ...     bnlib.load(folder + "/network.npz", into=network) is network
    True
    """
    if into is not None and not isinstance(into, Network):
        raise TypeError(f"into must be a bnlib.Network, got {type(into).__name__}")
    with open(Path(path), "rb") as file:
        try:
            network = _read(file)
        except Exception as error:  # what a damaged file makes its readers raise is anybody's guess
            raise ValueError(f"{path} can't be loaded: {str(error) or repr(error)}; save the "
                             "network again, or take another copy of it") from error  # fmt: skip
    if into is None:
        return network
    _check_same_layers(path, network, into)
    into.theta = network.theta
    for layer, twin in zip(into.layers, network.layers, strict=True):
        layer.load_state(twin.state)
    into._forget()
    return into


def _describe(network):
    """The header of its file: each layer's class, and what of it is not an array."""
    if not isinstance(network, Network):
        raise TypeError(f"network must be a bnlib.Network, got {type(network).__name__}")
    layers = []
    for number, layer in enumerate(network.layers):
        name = type(layer).__name__
        if _LAYERS.get(name) is not type(layer):
            raise TypeError(f"layer {number} is a {name} from outside bnlib, which load could not "
                            "build again; save its params with numpy.savez")  # fmt: skip
        state = {key: v for key, v in layer.state.items() if not isinstance(v, np.ndarray)}
        layers.append({"class": name, "configuration": layer.configuration, "state": state})
    # `item` turns a NumPy number into a plain one.
    return json.dumps(_FORMAT | {"layers": layers}, default=lambda number: number.item())


def _arrays(layer):
    """All that belongs to a layer in arrays: its parameters, and those of its state."""
    everything = {**layer.params, **layer.state}
    return {key: v for key, v in everything.items() if isinstance(v, np.ndarray)}


def _members(layers):
    """All arrays, by their names in the file."""
    return {
        f"{number}.{key}.npy": array
        for number, layer in enumerate(layers)
        for key, array in _arrays(layer).items()
    }


def _read(file):
    size = file.seek(0, os.SEEK_END)
    with zipfile.ZipFile(file) as archive:
        infos = archive.infolist()
        if any(info.compress_type for info in infos) or sum(i.file_size for i in infos) > size:
            raise ValueError("it is compressed or overlaps itself, as no file of bnlib.save does")
        entries = _read_header(archive)
        if sum(map(_least_size, entries)) > size:  # before so much memory is asked for
            raise ValueError("its layers are larger than the file")
        layers = [_build(entry) for entry in entries]
        names = sorted([_HEADER, *_members(layers)])
        if sorted(archive.namelist()) != names:
            raise ValueError(f"it holds {sorted(archive.namelist())} instead of {names}")
        for number, (layer, entry) in enumerate(zip(layers, entries, strict=True)):
            _fill(layer, entry["state"], archive, number)
    return Network(layers)


def _read_header(archive):
    header = json.loads(archive.read(_HEADER)) if _HEADER in archive.namelist() else None
    if not isinstance(header, dict) or header.get("format") != _FORMAT["format"]:
        raise ValueError("it was not written by bnlib.save")
    if header["version"] != _FORMAT["version"]:
        raise ValueError(f"it has version {header['version']!r}, and this bnlib reads only version "
                         f"{_FORMAT['version']}")  # fmt: skip
    return header["layers"]


def _least_size(entry):
    """How many numbers a layer described like this has at least."""
    return prod(
        check_count(name, value) ** (2 if name == "kernel_size" else 1)
        for name, value in entry["configuration"].items()
        if name.endswith(("_features", "_channels", "kernel_size"))
    )


def _build(entry):
    make = _LAYERS[check_choice("class", entry["class"], _LAYERS)]
    given = entry["configuration"]
    drawn = {"rng": np.random.default_rng(0)} if "rng" in signature(make).parameters else {}
    layer = make(**given, **drawn)
    if layer.configuration != given:
        raise ValueError(f"its {make.__name__} has {given} instead of {layer.configuration}")
    return layer


def _fill(layer, state, archive, number):
    arrays = {}
    for key, like in _arrays(layer).items():
        content = archive.read(f"{number}.{key}.npy")  # all of it, so that its checksum counts
        start = max(0, len(content) - like.nbytes)
        if content[10:start].split() != _npy_header(like)[10:].split():  # paddings may differ
            raise ValueError(f"{number}.{key} is no array {like.shape} of {like.dtype}")
        array = np.frombuffer(content, like.dtype, offset=start).reshape(like.shape)
        arrays[key] = check_finite(f"{number}.{key}", array)
    for key in layer.params:
        layer.params[key] = arrays.pop(key)
    layer.load_state(state | arrays)


def _npy_header(like):
    file = io.BytesIO()
    npy.write_array_header_1_0(file, npy.header_data_from_array_1_0(like))
    return file.getvalue()


def _check_same_layers(path, network, into):
    for number, (saved, here) in enumerate(zip_longest(_kinds(network), _kinds(into))):
        if saved != here:
            raise ValueError(f"layer {number} is {saved} in {path}, but {here} in the network "
                             "given as into; load without it")  # fmt: skip


def _kinds(network):
    return [(type(layer), layer.configuration) for layer in network.layers]
