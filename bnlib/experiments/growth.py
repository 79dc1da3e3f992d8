"""How do z and the gradient grow from layer to layer, at the start and in the first steps?

Nothing here is tuned and nothing stored: a deep network is looked at before it learns, and during
a few steps that are too large.
"""

from dataclasses import dataclass

import numpy as np

from bnlib.checks import check_count
from bnlib.data import load_digits
from bnlib.experiments.at_least_one import at_least_one
from bnlib.experiments.descents import BATCH_SIZE, SEEDS, USUAL_GAINS, WIDTH
from bnlib.experiments.interval import interval
from bnlib.layers import Linear
from bnlib.losses import softmax_cross_entropy
from bnlib.models import mlp
from bnlib.optim import SGD
from bnlib.record import Recorder
from bnlib.train import train

PROBE = 200  # training images whose values are followed


@dataclass(frozen=True)
class Start:
    """S untrained networks of L hidden layers.

    Attributes
    ----------
    spread : (S, L) array
        Standard deviation of each layer's z, before batch norm, over all units and images.
    between_images : (S, L) array
        Standard deviation of a unit's z over the images, mean over the units.
    gradient : (S, L) array
        Norm of the loss's gradient by the layer's W.
    """

    spread: np.ndarray
    between_images: np.ndarray
    gradient: np.ndarray

    def summary(self):
        """One line: by what factor each of the three changes from a layer to the next."""
        factors = (f"{each} x {interval(factor_a_layer(getattr(self, each))):.2f}"
                   for each in ("spread", "between_images", "gradient"))  # fmt: skip
        return "a layer: " + ", ".join(factors)


def factor_a_layer(values):
    """The factor by which (S, L) positive values grow from a layer to the next, of each seed: (S,).

    The geometric mean from layer 2 on, since the first layer sees the images themselves.
    """
    return (values[:, -1] / values[:, 1]) ** (1 / (values.shape[1] - 2))


def at_start(activation, batch_norm, gain=None, layers=20, seeds=SEEDS):
    """Look at networks before their first step.

    Parameters
    ----------
    activation : "relu" or "sigmoid"
    batch_norm : bool
    gain : float, optional
        Of the hidden W, in units of 1 / sqrt(inputs); by default the usual start of the activation.
    layers : int
        Hidden ones, of 50 units each; 3 or more.
    seeds : sequence of int

    Returns
    -------
    Start

    Raises
    ------
    ValueError, TypeError
        For fewer than 3 layers, or as `mlp`.
    """
    check_count("layers", layers, least=3)
    seeds = at_least_one("seeds", seeds)
    looked = [_look(seed, activation, batch_norm, gain, layers) for seed in seeds]
    return Start(*(np.array(values) for values in zip(*looked, strict=True)))


def _look(seed, activation, batch_norm, gain, layers):
    training = load_digits().split(seed)[0]
    network = _network(seed, activation, batch_norm, gain, layers)
    recorder = Recorder(training.x[:PROBE], every=1)
    recorder(0, network)
    spread = [z.std() for z in recorder.before_norm]
    between_images = [z[0].std(axis=0).mean() for z in recorder.before_norm]
    logits = network.forward(training.x[:PROBE], training=True)
    network.backward(softmax_cross_entropy(logits, training.labels[:PROBE])[1])
    hidden = [layer for layer in network.layers if isinstance(layer, Linear)][:-1]
    return spread, between_images, [np.linalg.norm(layer.grads["W"]) for layer in hidden]


def first_steps(batch_norm, learning_rate, steps=4, layers=10, seeds=SEEDS):
    """Follow the spread of z through the first steps of ReLU networks from the usual start.

    Parameters
    ----------
    batch_norm : bool
    learning_rate : float
        Of plain SGD.
    steps, layers : int
    seeds : sequence of int

    Returns
    -------
    (steps + 1, L) array
        Standard deviation of each layer's z, before batch norm, over all units and images: the
        median over the seeds. It may be infinite.

    Raises
    ------
    ValueError, TypeError
        As `mlp` and `SGD`.
    """
    seeds = at_least_one("seeds", seeds)
    followed = [_follow(seed, batch_norm, learning_rate, steps, layers) for seed in seeds]
    return np.median(followed, axis=0)


def _follow(seed, batch_norm, learning_rate, steps, layers):
    training = load_digits().split(seed)[0]
    recorder = Recorder(training.x[:PROBE], every=1)
    train(
        _network(seed, "relu", batch_norm, None, layers),
        training.x,
        training.labels,
        steps=steps,
        batch_size=BATCH_SIZE,
        optimizer=SGD(learning_rate),
        rng=np.random.default_rng([seed, 1]),
        observers=[recorder],
    )
    spread = np.full((steps + 1, layers), np.inf)  # where a run diverged
    with np.errstate(all="ignore"):
        for layer, z in enumerate(recorder.before_norm):
            spread[: len(z), layer] = np.nan_to_num(z.std(axis=(1, 2)), nan=np.inf)
    return spread


def _network(seed, activation, batch_norm, gain, layers):
    return mlp(
        [64, *[WIDTH] * layers, 10],
        activation,
        batch_norm,
        rng=np.random.default_rng(seed),
        initializer="lecun",
        gain=USUAL_GAINS.get(activation, 1.0) if gain is None else gain,
    )
