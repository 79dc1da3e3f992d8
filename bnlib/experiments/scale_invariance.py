"""Batch norm behind a weight matrix: the loss does not see how long the matrix is. Its speed does.

BN((aW)u) = BN(Wu) for a > 0, so the gradient by W is orthogonal to W, and 1/a as long for aW
(van Laarhoven, 2017; Arora et al., 2018). Exact for eps = 0; here eps is 0.
"""

from dataclasses import dataclass

import numpy as np

from bnlib.checks import check_number
from bnlib.data import load_digits
from bnlib.experiments.at_least_one import at_least_one
from bnlib.experiments.descents import BATCH_SIZE, SEEDS
from bnlib.experiments.shaken_norm import build, hidden_linears
from bnlib.losses import softmax_cross_entropy
from bnlib.norms import BatchNorm
from bnlib.optim import SGD
from bnlib.train import train

PROBE = 200  # training images
GAIN = 2**0.5
RATE, STEPS = 0.1, 200


@dataclass(frozen=True)
class Rescaled:
    """What S untrained networks do when every hidden W is multiplied by a factor.

    Attributes
    ----------
    factor : float
    loss : (S,) array
        Relative change of the loss, absolute value.
    cosine : (S,) array
        Of the angle between the gradient by a hidden W and W; the largest absolute one.
    gradient : (S,) array
        Length of the gradient by all hidden W after, over that before.
    smoothness : (S,) array
        Change of that gradient over the distance, for a step of 1 % of the length of all hidden
        W along it: after, over before. gamma, beta and the last layer stay where they are.
    """

    factor: float
    loss: np.ndarray
    cosine: np.ndarray
    gradient: np.ndarray
    smoothness: np.ndarray


def network_without_eps(seed, batch_norm=True):
    """The untrained five ReLU layers in float64, with eps = 0 in every BatchNorm."""
    network = build(seed, batch_norm, 0.0, GAIN, dtype=np.float64)
    for layer in network.layers:
        if isinstance(layer, BatchNorm):
            layer.eps = 0.0
    return network


def rescaled(factor=10.0, seeds=SEEDS):
    """Multiply every hidden W by `factor` and compare.

    Parameters
    ----------
    factor : float
        Above 0.
    seeds : sequence of int

    Returns
    -------
    Rescaled

    Raises
    ------
    ValueError, TypeError
        For a factor that is not above 0, or no seeds.
    """
    factor = check_number("factor", factor, above=0)
    seeds = at_least_one("seeds", seeds)
    found = [_one(factor, seed) for seed in seeds]
    return Rescaled(factor, *np.array(found).T)


def _one(factor, seed):
    images = load_digits().split(seed)[0]
    x, labels = images.x[:PROBE], images.labels[:PROBE]
    network = network_without_eps(seed)
    before, cosine = _gradient(network, x, labels)
    smooth = _hidden_smoothness(network, x, labels)
    for layer in hidden_linears(network):
        layer.params["W"] *= factor
    after, _ = _gradient(network, x, labels)
    again = _hidden_smoothness(network, x, labels)
    loss = abs(after[0] / before[0] - 1)
    return loss, cosine, after[1] / before[1], again / smooth


def _gradient(network, x, labels):
    """(loss, length of the gradient by all hidden W), and the largest |cosine| with its W."""
    loss, doutputs = softmax_cross_entropy(network.forward(x, training=True), labels)
    network.backward(doutputs)
    pairs = [(layer.params["W"], layer.grads["W"]) for layer in hidden_linears(network)]
    cosines = [abs((w * g).sum()) / np.linalg.norm(w) / np.linalg.norm(g) for w, g in pairs]
    return (loss, np.sqrt(sum((g**2).sum() for _, g in pairs))), max(cosines)


def _hidden_smoothness(network, x, labels, share=0.01):
    """Change of the hidden W's gradient for a step of `share` of their length, over the step."""
    hidden = hidden_linears(network)
    kept = network.theta.copy()
    first = [layer.grads["W"].copy() for layer in hidden]
    length = np.sqrt(sum((g**2).sum() for g in first))
    size = np.sqrt(sum((layer.params["W"] ** 2).sum() for layer in hidden))
    for layer, g in zip(hidden, first, strict=True):
        layer.params["W"] -= share * size / length * g
    _gradient(network, x, labels)
    pairs = zip(hidden, first, strict=True)
    change = np.sqrt(sum(((layer.grads["W"] - g) ** 2).sum() for layer, g in pairs))
    network.theta = kept
    return change / (share * size)


def lengths(seed=0, factor=1.0, rate=RATE, steps=STEPS):
    """Length of each hidden W over the training of one network with batch norm.

    Parameters
    ----------
    seed : int
    factor : float
        Multiplies every hidden W before the first step.
    rate : float
    steps : int

    Returns
    -------
    (steps + 1, L) array
    float
        Training loss, mean over the last 20 steps.
    """
    images = load_digits().split(seed)[0]
    network = network_without_eps(seed)
    hidden = hidden_linears(network)
    for layer in hidden:
        layer.params["W"] *= factor
    seen = []
    history = train(
        network,
        images.x,
        images.labels,
        steps=steps,
        batch_size=BATCH_SIZE,
        optimizer=SGD(rate),
        rng=np.random.default_rng([seed, 1]),
        observers=[lambda *_: seen.append([np.linalg.norm(each.params["W"]) for each in hidden])],
    )
    return np.array(seen), float(history.losses[-20:].mean())
