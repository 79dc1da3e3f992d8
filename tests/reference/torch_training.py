"""Two networks that PyTorch trained for 20 steps, from given parameters on given mini-batches."""

from pathlib import Path

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

from tests.reference.autograd import DTYPES, rng_for

DIGITS = Path(__file__).parents[2] / "bnlib" / "data" / "digits.npz"
EXAMPLES, STEPS, BATCH_SIZE = 120, 20, 24
SGD = {"learning_rate": 0.05, "momentum": 0.9}
AVERAGES = {"ema_decay": 0.9, "bias_correction": False, "running_var_correction": 1}  # PyTorch's


def normalized(features):
    return "BatchNorm", {"num_features": features, **AVERAGES}


def dense(inside, out, bias=True):
    return "Linear", {"in_features": inside, "out_features": out, "bias": bias}


def convolution(inside, out, **settings):
    sizes = {"in_channels": inside, "out_channels": out, "kernel_size": 3, "padding": 1}
    return "Conv2d", sizes | settings


FLATTEN, RELU, TANH = ("Flatten", {}), ("ReLU", {}), ("Tanh", {})
MAXIMUM, AVERAGE = ("MaxPool2d", {"size": 2}), ("AveragePool2d", {"size": 2})
NETWORKS = {
    "mlp": [
        *(FLATTEN, dense(64, 20, bias=False), normalized(20), RELU),
        *(dense(20, 20, bias=False), normalized(20), RELU),
        dense(20, 10),
    ],
    "convnet": [
        *(convolution(1, 4, bias=False), normalized(4), RELU, MAXIMUM),
        *(convolution(4, 8, stride=2), TANH, normalized(8), AVERAGE),
        *(FLATTEN, dense(8, 10)),
    ],
}


def cases(seed):
    """Settings: the `layers` of bnlib, and the arguments of `sgd`.

    Arrays: the digits, the batches' indices, the parameters at the start ("0.W" is the first
    layer's W); then the losses, parameters and running statistics at the end, and `y`, the logits
    of all digits in inference.
    """
    with np.load(DIGITS) as file:
        images, labels = file["images"][:EXAMPLES], file["labels"][:EXAMPLES]
    for case, layers in NETWORKS.items():
        rng = rng_for(seed, case)
        batches = [rng.permutation(EXAMPLES)[:BATCH_SIZE] for _ in range(STEPS)]
        arrays = {"images": images[:, None], "labels": labels, "batches": np.array(batches, "u1")}
        starts = {
            f"{number}.{name}": values.astype("f4")
            for number, (kind, settings) in enumerate(layers)
            for name, values in start(kind, settings, rng).items()
        }
        for key, dtype in DTYPES.items():
            network = torch_network(layers, starts, dtype)
            results = train(network, arrays, dtype)
            arrays |= {f"{key}/{name}": values.numpy() for name, values in results.items()}
        yield case, {"layers": layers, "sgd": SGD}, arrays | starts


def start(kind, settings, rng):
    """A layer's parameters at the start, by bnlib's names."""
    if kind == "BatchNorm":
        size = settings["num_features"]
        return {"gamma": rng.uniform(0.5, 1.5, size), "beta": rng.normal(0, 0.3, size)}
    if kind == "Linear":
        size, shape = settings["out_features"], (settings["in_features"], settings["out_features"])
        fan_in = shape[0]
    elif kind == "Conv2d":
        size, fan_in = settings["out_channels"], settings["in_channels"] * 9
        shape = (size, settings["in_channels"], 3, 3)
    else:
        return {}
    named = {"W": rng.normal(0, np.sqrt(2 / fan_in), shape)}
    return named | ({"b": rng.normal(0, 0.3, size)} if settings.get("bias", True) else {})


def torch_layer(kind, settings):
    """PyTorch's layer for one of bnlib's."""
    if kind == "BatchNorm":
        return AnyBatchNorm(settings["num_features"], momentum=1 - settings["ema_decay"])
    if kind.endswith("Pool2d"):
        return {"A": nn.AvgPool2d, "M": nn.MaxPool2d}[kind[0]](settings["size"])
    return getattr(nn, kind)(**settings)


class AnyBatchNorm(nn.modules.batchnorm._BatchNorm):
    """PyTorch's batch norm for any number of dimensions."""

    def _check_input_dim(self, input):
        pass


def named_parameters(network):
    """PyTorch's parameters by bnlib's names, as views in bnlib's layout."""
    named = {}
    for number, layer in enumerate(network):
        names = ("gamma", "beta") if isinstance(layer, AnyBatchNorm) else ("W", "b")
        for name, parameter in zip(names, layer.parameters(), strict=False):
            values = parameter.detach()
            named[f"{number}.{name}"] = values.T if name == "W" and values.ndim == 2 else values
    return named


def torch_network(layers, starts, dtype):
    """The network with its parameters at the start."""
    network = nn.Sequential(*(torch_layer(*layer) for layer in layers)).to(dtype)
    for name, values in named_parameters(network).items():
        values.copy_(torch.tensor(starts[name], dtype=dtype))
    return network


def train(network, arrays, dtype):
    """Losses of the steps, and the network after them."""
    x = torch.tensor(arrays["images"], dtype=dtype) / 16
    labels = torch.tensor(arrays["labels"], dtype=torch.int64)
    optimizer = torch.optim.SGD(
        network.parameters(), lr=SGD["learning_rate"], momentum=SGD["momentum"]
    )
    losses = []
    for batch in torch.tensor(arrays["batches"], dtype=torch.int64):
        loss = F.cross_entropy(network(x[batch]), labels[batch])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    y = network.eval()(x).detach()
    results = {"losses": torch.tensor(losses, dtype=dtype), "y": y, **named_parameters(network)}
    for number, layer in enumerate(network):
        if isinstance(layer, AnyBatchNorm):
            results[f"{number}.running_mean"] = layer.running_mean
            results[f"{number}.running_var"] = layer.running_var
    return results
