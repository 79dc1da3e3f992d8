"""Small networks that can overfit, and what holds them back: what the chapter on noise trains.

Few images, some of them with a wrong label if so wished; batch norm whose statistics come from
groups of m images, however many the gradient sees; dropout; weight decay.
"""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from bnlib.checks import check_choice
from bnlib.data import load_digits
from bnlib.dropout import Dropout
from bnlib.layers import Linear, ReLU
from bnlib.network import Network
from bnlib.norms import BatchNorm
from bnlib.optim import SGD
from bnlib.replicas import train_replicas
from bnlib.train import train

WIDTHS = (64, 50, 50)  # inputs, two hidden layers
CLASSES, STEPS = 10, 200


@dataclass(frozen=True)
class Data:
    """What a network learns from.

    Attributes
    ----------
    images : int
        The first of the seed's 1,000 training images.
    wrong : float
        Share of them with a wrong label, drawn evenly from the nine other digits.
    batch : int
        Images of a gradient step.
    """

    images: int
    wrong: float
    batch: int


DATA = {"clean": Data(512, 0.0, 256), "noisy": Data(512, 0.2, 256), "few": Data(128, 0.0, 128)}


@dataclass(frozen=True)
class Setting:
    """One network and how it is trained.

    Attributes
    ----------
    group : int or None
        How many images each of batch norm's statistics come from; None: no batch norm.
    learning_rate, momentum : float
    gain : float
        Of the hidden W at the start, in units of LeCun's scale.
    dropout : float
        Rate of the dropout after the last hidden activation.
    dropout_before_norm : bool
        Put it after the first hidden activation instead, so that a batch norm comes after it.
    weight_decay : float
    """

    group: int | None
    learning_rate: float = 0.1
    momentum: float = 0.9
    gain: float = 2**0.5
    dropout: float = 0.0
    dropout_before_norm: bool = False
    weight_decay: float = 0.0

    def __str__(self):
        return f"rate {self.learning_rate:g}, momentum {self.momentum:g}, gain {self.gain:.2g}"


def training_set(data, seed):
    """The images and labels to learn from.

    Parameters
    ----------
    data : str
        A name of DATA.
    seed : int
        Of the split, and of which labels are wrong.

    Returns
    -------
    x : (N, 64) float32 array
    labels : (N,) int64 array
        As the network is told them.
    wrong : (N,) bool array

    Raises
    ------
    ValueError, TypeError
        For another name, or a negative seed.
    """
    kind = DATA[check_choice("data", data, DATA)]
    training = load_digits().split(seed, dtype=np.float32)[0]
    x, labels = training.x[: kind.images], training.labels[: kind.images].copy()
    rng = np.random.default_rng([seed, 3])
    wrong = np.zeros(len(x), dtype=bool)
    wrong[rng.permutation(len(x))[: round(kind.wrong * len(x))]] = True
    labels[wrong] = (labels[wrong] + rng.integers(1, CLASSES, wrong.sum())) % CLASSES
    return x, labels, wrong


def build(setting, seed, batch):
    """The untrained network of a setting.

    Parameters
    ----------
    setting : Setting
    seed : int
    batch : int
        Images of a gradient step, of which `group` must be a divisor.

    Returns
    -------
    Network
    """
    rng, dtype = np.random.default_rng(seed), np.float32
    layers, last = [], len(WIDTHS) - 1
    for number, (before, after) in enumerate(pairwise(WIDTHS), start=1):
        start = {"initializer": "lecun", "gain": setting.gain, "rng": rng, "dtype": dtype}
        layers.append(Linear(before, after, bias=setting.group is None, **start))
        if setting.group is not None:
            ghost = None if setting.group == batch else setting.group
            layers.append(BatchNorm(after, dtype=dtype, ghost_batch_size=ghost))
        layers.append(ReLU())
        if setting.dropout and number == (1 if setting.dropout_before_norm else last):
            layers.append(Dropout(setting.dropout, rng=np.random.default_rng([seed, 2])))
    return Network([*layers, Linear(WIDTHS[-1], CLASSES, rng=rng, dtype=dtype)])


def trained(data, setting, seeds):
    """Train a network for each seed.

    Parameters
    ----------
    data : str
        A name of DATA.
    setting : Setting
    seeds : sequence of int
        Of the split, the wrong labels, the initial W, the batches and the dropout. The first four
        are the same whatever the setting is.

    Returns
    -------
    list of Network or None
        None for one that diverged.

    Raises
    ------
    ValueError, TypeError
        As the layers, `SGD` and `train`.
    """
    sets = [training_set(data, seed) for seed in seeds]
    batch = DATA[data].batch
    networks = [build(setting, seed, batch) for seed in seeds]
    rate, momentum, decay = setting.learning_rate, setting.momentum, setting.weight_decay
    optimizers = [SGD(rate, momentum, weight_decay=decay) for _ in seeds]
    rngs = [np.random.default_rng([seed, 1]) for seed in seeds]
    how = {"steps": STEPS, "batch_size": batch}
    if setting.group in (None, batch):  # ghost batches are faster one network at a time
        x, labels = ([each[i] for each in sets] for i in (0, 1))
        histories = train_replicas(networks, x, labels, optimizers=optimizers, rngs=rngs, **how)
    else:
        runs = zip(networks, sets, optimizers, rngs, strict=True)
        histories = [
            train(network, x, labels, optimizer=optimizer, rng=rng, **how)
            for network, (x, labels, _), optimizer, rng in runs
        ]
    ends = zip(networks, histories, strict=True)
    return [network if history.diverged_at is None else None for network, history in ends]
