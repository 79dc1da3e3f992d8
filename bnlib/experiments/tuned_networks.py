"""All seeds of one of the drift experiment's settings, trained at once."""

import numpy as np

from bnlib.data import load_digits
from bnlib.experiments.at_least_one import at_least_one
from bnlib.experiments.drift import BATCH_SIZE, LAYERS, STEPS, WIDTH, Setting, load_stored
from bnlib.models import mlp
from bnlib.optim import SGD
from bnlib.replicas import train_replicas


def build(setting, seed):
    """The untrained network that the drift experiment makes of a setting and a seed.

    Parameters
    ----------
    setting : bnlib.experiments.drift.Setting
    seed : int

    Returns
    -------
    Network
        Five hidden layers of 50 units, float32.

    Raises
    ------
    ValueError, TypeError
        For no Setting, or as `mlp`.
    """
    if not isinstance(setting, Setting):
        raise TypeError(f"setting must be a Setting, got {setting!r}")
    return mlp(
        [64, *[WIDTH] * LAYERS, 10],
        setting.activation,
        setting.batch_norm,
        rng=np.random.default_rng(seed),
        initializer="lecun",
        gain=setting.gain,
        dtype=np.float32,
    )


def splits_of(seeds):
    """Training, validation and test images of each seed, in float32.

    Parameters
    ----------
    seeds : sequence of int

    Returns
    -------
    list
        One entry a seed, as `Digits.split` returns it.

    Raises
    ------
    ValueError, TypeError
        For no seeds.
    """
    seeds = at_least_one("seeds", seeds)
    return [load_digits().split(seed, dtype=np.float32) for seed in seeds]


def train_together(networks, splits, optimizers, batch_seeds, observers=(), steps=STEPS):
    """Train K networks, each on the training images of its own split.

    Parameters
    ----------
    networks : list of K Network
        Changed in place.
    splits : list of K splits
    optimizers : list of K optimizers
    batch_seeds : list of K seeds
        Of the mini-batches; the drift experiment takes `[seed, 1]`.
    observers : list of K iterables of callables, optional
    steps : int

    Returns
    -------
    list of K History
    """
    return train_replicas(
        networks,
        [split[0].x for split in splits],
        [split[0].labels for split in splits],
        steps=steps,
        batch_size=BATCH_SIZE,
        optimizers=optimizers,
        rngs=[np.random.default_rng(seed) for seed in batch_seeds],
        observers=observers,
    )


def train_setting(setting, seeds, splits, observers=()):
    """One setting from several seeds: the runs of the drift experiment, but for rounding.

    Parameters
    ----------
    setting : bnlib.experiments.drift.Setting
    seeds : sequence of S int
    splits : list of S splits
        Of these seeds.
    observers : list of S iterables of callables, optional
        Made for the networks of `build`.

    Returns
    -------
    list of S Network
        Trained.
    list of S History
    """
    networks = [build(setting, seed) for seed in seeds]
    optimizers = [SGD(setting.learning_rate, setting.momentum) for _ in seeds]
    histories = train_together(
        networks, splits, optimizers, [[seed, 1] for seed in seeds], observers
    )
    return networks, histories


def tuned_settings():
    """The setting that suits each network, as the drift experiment found it.

    Returns
    -------
    dict of str to Setting
        "relu without", "relu with", "sigmoid without", "sigmoid with".
    """
    return {name: drift.setting for name, drift in load_stored().items()}
