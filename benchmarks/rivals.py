"""The same work by bnlib, PyTorch eager and textbook NumPy: functions of a number of calls."""

from itertools import pairwise

import numpy as np
import torch
from textbook import Textbook, batch_norm, batch_norm_backward

import bnlib

RATE, MOMENTUM = 0.05, 0.9
DATA = bnlib.load_digits().split(0, dtype=np.float32)[0]


def training_steps(width, batch_size, depth=5):
    """One training step: `depth` hidden layers with batch norm and ReLU, SGD with momentum."""
    sizes = [DATA.x.shape[1], *[width] * depth, 10]
    return {
        "bnlib": _bnlib_steps(sizes, batch_size),
        "PyTorch": _pytorch_steps(sizes, batch_size),
        "textbook": _textbook_steps(sizes, batch_size),
    }


def _bnlib_steps(sizes, batch_size):
    rng = np.random.default_rng(0)
    network = bnlib.mlp(sizes, batch_norm=True, rng=rng, dtype=np.float32)
    optimizer = bnlib.SGD(RATE, MOMENTUM)

    def run(calls):
        bnlib.train(
            network,
            DATA.x,
            DATA.labels,
            steps=calls,
            batch_size=batch_size,
            optimizer=optimizer,
            rng=rng,
        )

    return run


def _pytorch_steps(sizes, batch_size):
    layers = []
    for before, after in pairwise(sizes[:-1]):
        linear = torch.nn.Linear(before, after, bias=False)
        layers += [linear, torch.nn.BatchNorm1d(after), torch.nn.ReLU()]
    network = torch.nn.Sequential(*layers, torch.nn.Linear(sizes[-2], sizes[-1]))
    optimizer = torch.optim.SGD(network.parameters(), RATE, MOMENTUM)
    x, labels = torch.from_numpy(DATA.x), torch.from_numpy(DATA.labels)
    loss_of = torch.nn.CrossEntropyLoss()

    def run(calls):
        for step in range(calls):
            if step % (len(x) // batch_size) == 0:
                order = torch.randperm(len(x))
            start = step % (len(x) // batch_size) * batch_size
            batch = order[start : start + batch_size]
            optimizer.zero_grad()
            loss_of(network(x[batch]), labels[batch]).backward()
            optimizer.step()

    return run


def _textbook_steps(sizes, batch_size):
    rng = np.random.default_rng(0)
    network = Textbook(sizes, rng)

    def run(calls):
        batches = bnlib.minibatches(len(DATA.x), batch_size, rng)
        for _, batch in zip(range(calls), batches, strict=False):
            network.step(DATA.x[batch], DATA.labels[batch], RATE, MOMENTUM)

    return run


def batch_norm_layers(n, d):
    """Forward and backward of one batch norm layer in training, (n, d) float32.

    Of an x with the variance 1, the gradient is dy without its parts along 1 and x: a layer that
    writes it over dy, call after call, finds a dy of the same size there.
    """
    x, dy = np.random.default_rng(0).normal(size=(2, n, d))
    x, dy = (x / x.std(axis=0)).astype(np.float32), dy.astype(np.float32)
    layer = bnlib.BatchNorm(d, dtype=np.float32)
    module = torch.nn.BatchNorm1d(d)
    x_torch, dy_torch = torch.from_numpy(x).requires_grad_(), torch.from_numpy(dy)
    gamma, beta = np.ones(d, np.float32), np.zeros(d, np.float32)

    from_above = dy.copy()

    def engine():
        layer._forward(x, True)  # as a network calls them: unchecked,
        layer._backward(from_above)  # and free to write into what the layer above computed

    def pytorch():
        module(x_torch).backward(dy_torch)
        x_torch.grad = module.weight.grad = module.bias.grad = None

    def plain():
        batch_norm_backward(dy, batch_norm(x, gamma, beta)[1])

    return {
        name: _repeated(function)
        for name, function in (("bnlib", engine), ("PyTorch", pytorch), ("textbook", plain))
    }


def _repeated(function):
    def run(calls):
        for _ in range(calls):
            function()

    return run
