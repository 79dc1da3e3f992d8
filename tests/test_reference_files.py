"""The reference vectors themselves: nothing of bnlib is left out, and the files are small."""

import inspect

import numpy as np
import pytest

import bnlib
from bnlib.layer import Layer
from bnlib.losses import LOSSES
from tests.reference.vectors import FOLDER, load

FILES = sorted(path.stem for path in FOLDER.glob("*.npz"))
CASES = [case for name in FILES for case in load(name)[1].values()]
LARGEST_TOTAL = 400_000  # bytes
ONLY_IN_INFERENCE = {"Dropout"}  # its random numbers in training are not PyTorch's


def public(kind):
    """(name, object) of what bnlib offers: classes, or functions."""
    for name in bnlib.__all__:
        if kind(getattr(bnlib, name)):
            yield name, getattr(bnlib, name)


def layers():
    """All layers that compute something; the classes they derive from do not."""
    for name, each in public(inspect.isclass):
        if issubclass(each, Layer) and each._forward is not Layer._forward:
            yield name


def norm_functions():
    """Functions of x with "norm" in their name; a case of one runs its `_backward`, too."""
    for name, each in public(inspect.isfunction):
        if "norm" in name and next(iter(inspect.signature(each).parameters)) == "x":
            yield name


def losses():
    """What `train` can be told to use, and whatever else stands in the module."""
    yield from LOSSES
    yield from (name for name, f in public(inspect.isfunction) if f.__module__ == "bnlib.losses")


def optimizers():
    """Whatever can step."""
    yield from (name for name, each in public(inspect.isclass) if hasattr(each, "step"))


def without_vectors():
    """Public names, and the mode of a layer, that no case compares with PyTorch."""
    needed = {("layer", name, mode) for name in layers() for mode in (True, False)}
    needed -= {("layer", name, True) for name in ONLY_IN_INFERENCE}
    needed |= {("function", name) for name in norm_functions()}
    needed |= {("loss", name) for name in losses()}
    needed |= {("optimizer", name) for name in optimizers()}
    for settings, _ in CASES:
        needed -= {(kind, settings.get(kind)) for kind in ("function", "loss", "optimizer")}
        for mode in settings.get("training", ()):
            needed.discard(("layer", settings["layer"], mode))
    return needed


def test_every_public_layer_norm_loss_and_optimizer_has_a_vector():
    assert without_vectors() == set(), "add a case to tests/reference/torch_*.py"


def test_what_has_no_vector_would_be_seen(monkeypatch):
    class Doubling(bnlib.ReLU):
        def _forward(self, x, training):
            return x + x

    def newest_norm(x, gamma):
        return x * gamma

    newcomers = {"Doubling": Doubling, "newest_norm": newest_norm}
    for name, each in newcomers.items():
        monkeypatch.setattr(bnlib, name, each, raising=False)
    monkeypatch.setattr(bnlib, "__all__", [*bnlib.__all__, *newcomers])
    missing = {
        ("layer", "Doubling", True),
        ("layer", "Doubling", False),
        ("function", "newest_norm"),
    }
    assert missing <= without_vectors()


def test_the_files_are_small():
    assert sum((FOLDER / f"{name}.npz").stat().st_size for name in FILES) < LARGEST_TOTAL


@pytest.mark.parametrize("name", FILES)
def test_a_file_says_what_made_it(name):
    made_by, cases = load(name)
    assert set(made_by) == {"torch", "numpy", "seed"}
    assert cases


def test_every_number_is_finite_and_every_input_a_float32():
    for settings, arrays in CASES:
        inputs = [name for name in arrays if "/" not in name]
        with_parameters = inputs != ["x", "dy"]
        for name, array in arrays.items():
            assert np.isfinite(array).all(), name
            dtype, _, is_result = name.partition("/")
            if is_result:
                assert array.dtype == dtype
            elif name != "x" or with_parameters:
                assert array.dtype in (np.float32, np.uint8), f"{name} of {settings}"
