"""PyTorch's normalizations, forward and backward.

A case's settings: the `layer` of bnlib with its constructor's `settings`, the modes it is tried in
(`training`), and the `function` with the `arguments` after x, where a string names an array.
"""

from functools import partial

import torch
from torch.nn import functional as F

from tests.reference.autograd import awkward, differentiated, rng_for

SHAPES = [(7, 5), (4, 3, 5), (3, 4, 2, 3)]
MOMENTA = [(1e-5, 0.1), (1e-3, 0.5)]  # eps, and PyTorch's momentum: the share of the NEW statistics
FAR = 1e6  # where float32 numbers are 1/16 apart


def cases(seed):
    """All cases, as (name, settings, arrays)."""
    yield from batch_norms(seed)
    yield from other_batch_norms(seed)
    yield from far_batch_norms(seed)
    yield from group_norms(seed)


def affine(rng, channels):
    """gamma and beta away from 1 and 0."""
    gamma, beta = rng.normal(1, 0.8, channels), rng.normal(-0.5, 1, channels)
    return {"gamma": gamma.astype("f4"), "beta": beta.astype("f4")}


def batch_norm(x, gamma, beta, warmup, *, eps, momentum, training):
    """PyTorch's batch norm after the training steps `warmup`, with its running statistics."""
    mean, var = torch.zeros_like(gamma.detach()), torch.ones_like(gamma.detach())
    for batch in warmup:
        F.batch_norm(batch, mean, var, training=True, momentum=momentum)
    y = F.batch_norm(x, mean, var, gamma, beta, training, momentum, eps)
    return y, {"running_mean": mean.clone(), "running_var": var.clone()}


def batch_norm_settings(features, eps, momentum, training):
    function = "batch_norm" if training else "batch_norm_inference"
    statistics = [] if training else ["running_mean", "running_var"]
    return {
        "layer": "BatchNorm",
        "settings": {
            "num_features": features,
            "eps": eps,
            "ema_decay": 1 - momentum,
            "bias_correction": False,
            "running_var_correction": 1,
        },
        "training": [training],
        "function": function,
        "arguments": ["gamma", "beta", *statistics, eps],
    }


def batch_norms(seed):
    for shape in SHAPES:
        for eps, momentum in MOMENTA:
            for training in (True, False):
                mode = "training" if training else "inference"
                name = f"batch norm {shape} eps {eps} momentum {momentum} {mode}"
                rng = rng_for(seed, name)
                warmup = awkward(rng, (3 * shape[0], *shape[1:])).reshape(3, *shape)
                inputs = {"x": awkward(rng, shape), **affine(rng, shape[1])}
                reference = partial(batch_norm, eps=eps, momentum=momentum, training=training)
                arrays = differentiated(reference, inputs, rng, {"warmup": warmup})
                yield name, batch_norm_settings(shape[1], eps, momentum, training), arrays


# What PyTorch has no layer for, put together from its functions.


def ghost_batch_norm(x, gamma, beta):
    """Statistics of their own for each five examples; the average takes their mean."""
    parts = x.split(5)
    axes = [0, *range(2, x.ndim)]
    means = torch.stack([part.detach().mean(axes) for part in parts])
    variances = torch.stack([part.detach().var(axes, correction=1) for part in parts])
    running = {"running_mean": 0.1 * means.mean(0), "running_var": 0.9 + 0.1 * variances.mean(0)}
    y = torch.cat([F.batch_norm(part, None, None, gamma, beta, True) for part in parts])
    return y, running


def constant_batch_norm(x, gamma, beta):
    """The batch's statistics, but taken for constants in the gradient."""
    axes = [0, *range(2, x.ndim)]
    mean, var = x.detach().mean(axes), x.detach().var(axes, correction=0)
    return F.batch_norm(x, mean, var, gamma, beta, training=False)


def frozen_batch_norm(x, gamma, beta, warmup):
    """A training step with the running statistics of the steps before."""
    return batch_norm(x, gamma, beta, warmup, eps=1e-5, momentum=0.1, training=False)


def other_batch_norms(seed):
    variants = [
        ("ghost batches", ghost_batch_norm, {"ghost_batch_size": 5}),
        ("statistics not in the gradient", constant_batch_norm, {"statistics_in_gradient": False}),
        ("frozen", frozen_batch_norm, {}),
    ]
    for words, reference, further in variants:
        for shape in [(10, 3), (10, 2, 2)]:
            name = f"batch norm {shape} {words}"
            rng = rng_for(seed, name)
            about = batch_norm_settings(shape[1], 1e-5, 0.1, training=True)
            del about["function"], about["arguments"]
            about["settings"] |= further
            constants = {}
            if words == "frozen":
                about["attributes"] = {"frozen": True}
                constants["warmup"] = awkward(rng, (2 * shape[0], *shape[1:])).reshape(2, *shape)
            inputs = {"x": awkward(rng, shape), **affine(rng, shape[1])}
            yield name, about, differentiated(reference, inputs, rng, constants)


def near(x):
    """float64 x without the offset, which changes no norm that subtracts a mean.

    PyTorch is off by 1e-11 at 1e6 even in float64; the subtraction is exact.
    """
    return x - FAR if x.dtype == torch.float64 else x


def far_batch_norm(x, gamma, beta, warmup, training):
    """With the last batch as the running statistics."""
    settings = {"eps": 1e-5, "momentum": 1.0, "training": training}
    y, running = batch_norm(near(x), gamma, beta, near(warmup), **settings)
    if x.dtype == torch.float64:
        running["running_mean"] += FAR
    return y, running


def far_batch_norms(seed):
    """x = 1e6 + N(0, 1), in more rows than a block of bnlib's float32 means has, and in fewer."""
    for shape in [(40, 3), (520, 1), (5, 2, 20)]:
        for training in (True, False) if shape[0] < 500 else (True,):
            name = f"batch norm {shape} offset 1e6 {'training' if training else 'inference'}"
            rng = rng_for(seed, name)
            inputs = {"x": awkward(rng, shape, FAR), **affine(rng, shape[1])}
            constants = {"warmup": awkward(rng, shape, FAR)[None]}
            reference = partial(far_batch_norm, training=training)
            about = batch_norm_settings(shape[1], 1e-5, 1.0, training) | {"far": True}
            if not training:  # the running mean is a float64 near 1e6, and these are 1e-10 apart
                about["tolerance"] = 1e-10
            yield name, about, differentiated(reference, inputs, rng, constants)


def layer_norm(x, gamma, beta, eps):
    """Over all values of an example, gamma and beta by channel."""
    if x.ndim == 2:
        return F.layer_norm(x, x.shape[1:], gamma, beta, eps)
    return F.group_norm(x, 1, gamma, beta, eps)


def instance_norm(x, gamma, beta, eps):
    """Over the positions of each channel of each example."""
    return F.instance_norm(x, weight=gamma, bias=beta, eps=eps)


def rms_norm(x, gamma, eps):
    """Over all values of an example, gamma by channel, which PyTorch has for (N, D) alone."""
    if x.ndim == 2:
        return F.rms_norm(x, x.shape[1:], gamma, eps)
    return F.rms_norm(x, x.shape[1:], None, eps) * gamma.reshape(-1, *(1,) * (x.ndim - 2))


# (bnlib's layer and function, PyTorch's function, shapes and numbers of groups); the last shape of
# each is taken far from 0.
EXAMPLES = [((7, 5), None), ((4, 3, 5), None), ((3, 4, 2, 3), None), ((4, 48), None)]
GROUP_NORMS = [
    ("LayerNorm", "layer_norm", layer_norm, EXAMPLES),
    ("InstanceNorm", "instance_norm", instance_norm, [*EXAMPLES[1:3], ((3, 2, 40), None)]),
    ("RMSNorm", "rms_norm", rms_norm, EXAMPLES),
    (
        "GroupNorm",
        "group_norm",
        F.group_norm,
        [((5, 6), 2), ((4, 6, 3), 3), ((3, 6, 2, 3), 2), ((3, 6, 2, 3), 6), ((2, 4, 24), 2)],
    ),
]


def group_norms(seed):
    for layer, name, function, shapes in GROUP_NORMS:
        for shape, num_groups in shapes:
            offset = FAR if shape == shapes[-1][0] else None
            for eps in (1e-5, 1e-3) if offset is None else (1e-5,):
                groups = {} if num_groups is None else {"num_groups": num_groups}
                about = {
                    "layer": layer,
                    "settings": groups | {"num_features": shape[1], "eps": eps},
                }
                yield group_norm_case(seed, about, name, function, shape, offset)


def group_norm_case(seed, about, name, function, shape, offset):
    *groups, _, eps = about["settings"].values()
    case = " ".join([name, str(shape), *(f"groups {n}" for n in groups), f"eps {eps}"])
    case += "" if offset is None else " offset 1e6"
    rng = rng_for(seed, case)
    inputs = {"x": awkward(rng, shape, offset), **affine(rng, shape[1])}
    if name == "rms_norm":
        del inputs["beta"]
    far = offset is not None and name != "rms_norm"  # without a mean, nothing cancels

    def reference(x, **named):
        return function(near(x) if far else x, *groups, *named.values(), eps=eps)

    _, *parameters = inputs
    about |= {"function": name, "arguments": [*groups, *parameters, eps]}
    about |= {"training": [True, False], "far": far}
    return case, about, differentiated(reference, inputs, rng)
