"""PyTorch's losses with their gradients, and its optimizers on given gradients."""

from functools import partial

import numpy as np
import torch
from torch.nn import functional as F

from tests.reference.autograd import DTYPES, differentiated, rng_for


def binary_cross_entropy(x, targets):
    return F.binary_cross_entropy_with_logits(x[:, 0], targets.to(x.dtype))


def loss_cases(seed):
    """Mean over the batch, and its gradient by x; settings: the `loss` of bnlib."""
    for name, function, shape in [
        ("softmax_cross_entropy", F.cross_entropy, (6, 4)),
        ("binary_cross_entropy", binary_cross_entropy, (9, 1)),
        ("mean_squared_error", F.mse_loss, (5, 3)),
    ]:
        for words, spread in [("moderate", 2), ("extreme", 1000)]:
            case = f"{name} {words}"
            rng = rng_for(seed, case)
            x = rng.normal(0.5, spread, shape).astype("f4")
            if name == "mean_squared_error":
                targets = rng.normal(1, 3, shape).astype("f4")
            else:
                targets = rng.integers(0, max(2, shape[1]), shape[0], "u1")
            reference = partial(lambda x, targets, f: f(x, targets), f=function)
            arrays = differentiated(reference, {"x": x}, rng, {"targets": targets})
            yield case, {"loss": name}, arrays


SGDS = [
    {"learning_rate": 0.1},
    {"learning_rate": 0.1, "momentum": 0.9},
    {"learning_rate": 0.1, "momentum": 0.9, "nesterov": True},
    {"learning_rate": 0.1, "weight_decay": 0.03},
    {"learning_rate": 0.05, "momentum": 0.5, "weight_decay": 0.03},
    {"learning_rate": 0.05, "momentum": 0.8, "nesterov": True, "weight_decay": 0.03},
]
ADAMS = [
    {"learning_rate": 0.001},
    {"learning_rate": 0.1, "beta1": 0.7, "beta2": 0.95, "eps": 1e-3},
    {"learning_rate": 0.1, "weight_decay": 0.3},
]


def sgd(theta, learning_rate, **settings):
    return torch.optim.SGD([theta], lr=learning_rate, **settings)


def adam(theta, learning_rate, beta1=0.9, beta2=0.999, **settings):
    return torch.optim.Adam([theta], lr=learning_rate, betas=(beta1, beta2), **settings)


def optimizer_cases(seed):
    """Ten steps on given gradients; settings: the `optimizer` of bnlib and its arguments."""
    for name, make, choices in [("SGD", sgd, SGDS), ("Adam", adam, ADAMS)]:
        for settings in choices:
            case = " ".join([name, *(f"{key} {value}" for key, value in settings.items())])
            rng = rng_for(seed, case)
            sizes = 10.0 ** -np.arange(7)  # gradients that differ much between the parameters
            theta = rng.normal(1, 2, 7).astype("f4")
            gradients = (rng.normal(0.2, 1, (10, 7)) * sizes).astype("f4")
            gradients[:, 5] = 0
            arrays = {"theta": theta, "gradients": gradients}
            for key, dtype in DTYPES.items():
                start, steps = (torch.tensor(each, dtype=dtype) for each in (theta, gradients))
                arrays[f"{key}/thetas"] = thetas(start, steps, partial(make, **settings))
            yield case, {"optimizer": name, "settings": settings}, arrays


def thetas(theta, gradients, make):
    """The parameters after each step, (steps, P)."""
    optimizer = make(theta.requires_grad_())
    after = []
    for gradient in gradients:
        theta.grad = gradient
        optimizer.step()
        after.append(theta.detach().clone())
    return torch.stack(after).numpy()
