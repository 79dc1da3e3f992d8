"""PyTorch's layers without statistics, forward and backward; settings as in `torch_norms`.

W of a Linear is (in, out), the transpose of PyTorch's; that of a Conv2d is as PyTorch's.
"""

from functools import partial

import numpy as np
import torch
from torch.nn import functional as F

from tests.reference.autograd import awkward, differentiated, rng_for

BOTH = [True, False]
FAR_APART = [[0.0, -0.0, 1e-6, -1e-6], [20, -20, 40, -40], [100, -100, 1000, -1000]]


def cases(seed):
    """All cases, as (name, settings, arrays)."""
    yield from linears(seed)
    yield from convolutions(seed)
    yield from pools(seed)
    yield from elementwise(seed)


def weights(rng, bias, out, *shape):
    """W of a given shape, and b if there is a bias."""
    W = {"W": rng.normal(0.1, 0.5, shape).astype("f4")}
    return W | ({"b": rng.normal(-0.5, 1, out).astype("f4")} if bias else {})


def linear(x, W, b=None):
    return F.linear(x, W.T, b)


def linears(seed):
    for n, inside, out, bias in [(6, 5, 3, True), (7, 3, 4, False), (1, 2, 1, True)]:
        name = f"linear {(n, inside)} to {out} {'with' if bias else 'without'} bias"
        rng = rng_for(seed, name)
        inputs = {"x": awkward(rng, (n, inside)), **weights(rng, bias, out, inside, out)}
        settings = {"in_features": inside, "out_features": out, "bias": bias}
        about = {"layer": "Linear", "settings": settings, "training": BOTH}
        yield name, about, differentiated(linear, inputs, rng)


def convolution(x, W, b=None, **settings):
    return F.conv2d(x, W, b, **settings)


def convolutions(seed):
    for shape, out, kernel_size, padding, stride, bias in [
        ((2, 3, 5, 6), 4, 3, 0, 1, True),
        ((2, 3, 5, 6), 4, 3, 1, 1, False),
        ((3, 2, 7, 5), 3, 3, 1, 2, True),
        ((2, 1, 6, 6), 2, 2, 0, 2, True),
        ((2, 2, 4, 3), 3, 1, 0, 1, True),
        ((1, 2, 8, 7), 2, 4, 2, 3, False),
    ]:
        name = (
            f"convolution {shape} to {out} kernel {kernel_size} padding {padding} stride {stride}"
        )
        rng = rng_for(seed, name)
        W = weights(rng, bias, out, out, shape[1], kernel_size, kernel_size)
        about = {
            "layer": "Conv2d",
            "settings": {
                "in_channels": shape[1],
                "out_channels": out,
                "kernel_size": kernel_size,
                "padding": padding,
                "stride": stride,
                "bias": bias,
            },
            "training": BOTH,
        }
        reference = partial(convolution, padding=padding, stride=stride)
        yield name, about, differentiated(reference, {"x": awkward(rng, shape), **W}, rng)


def pools(seed):
    for layer, function in [("AveragePool2d", F.avg_pool2d), ("MaxPool2d", F.max_pool2d)]:
        for shape, size, ties in [
            ((2, 3, 4, 6), 2, False),
            ((2, 2, 6, 3), 3, False),
            ((2, 2, 4, 6), 2, True),
        ]:
            name = f"{layer} {shape} size {size}{' ties' if ties else ''}"
            rng = rng_for(seed, name)
            x = rng.integers(-1, 2, shape) / 3 if ties else awkward(rng, shape, dtype="f8")
            about = {"layer": layer, "settings": {"size": size}, "training": BOTH}
            reference = partial(lambda x, f, size: f(x, size), f=function, size=size)
            yield name, about, differentiated(reference, {"x": x}, rng)


def elementwise(seed):
    for layer, function, settings, modes in [
        ("ReLU", F.relu, {}, BOTH),
        ("Sigmoid", torch.sigmoid, {}, BOTH),
        ("Tanh", torch.tanh, {}, BOTH),
        ("Identity", torch.nn.Identity(), {}, BOTH),
        ("Flatten", torch.nn.Flatten(), {}, BOTH),
        ("Dropout", partial(F.dropout, training=False), {"rate": 0.4}, [False]),
    ]:
        for shape in [(4, 5), (3, 2, 4), (2, 3, 2, 3), "far"]:
            name = f"{layer} {shape}"
            rng = rng_for(seed, name)
            x = np.array(FAR_APART) if shape == "far" else awkward(rng, shape, dtype="f8")
            about = {"layer": layer, "settings": settings, "training": modes}
            yield name, about, differentiated(partial(lambda x, f: f(x), f=function), {"x": x}, rng)
