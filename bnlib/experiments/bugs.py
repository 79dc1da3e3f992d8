"""What a mistake costs: trained networks, for the wrong code of the chapter to work on.

The wrong code itself stands in the chapter, in cells that the reader sees and the tests execute.
"""

from copy import deepcopy
from typing import NamedTuple

import numpy as np

from bnlib.checks import check_sequence
from bnlib.data import load_digits
from bnlib.experiments.interval import interval
from bnlib.models import mlp
from bnlib.network import Network
from bnlib.optim import SGD
from bnlib.train import train

SIZES, STEPS, BATCH_SIZE, RATE = [64, 50, 50, 10], 200, 32, 0.1


class Reader(NamedTuple):
    """A trained network, and digits that it has not seen.

    Attributes
    ----------
    network : Network
    x : (400, 64) array
    labels : (400,) array
    """

    network: Network
    x: np.ndarray
    labels: np.ndarray


def trained_readers(seeds=range(20)):
    """Networks with batch norm that have learned to read digits.

    Parameters
    ----------
    seeds : sequence of int
        A seed draws the split of the digits, the initial weights and the batches.

    Returns
    -------
    tuple of Reader
    """
    readers = []
    for seed in check_sequence("seeds", seeds, "int"):
        training, _, test = load_digits().split(seed)
        network = mlp(SIZES, batch_norm=True, rng=np.random.default_rng(seed))
        train(
            network,
            training.x,
            training.labels,
            steps=STEPS,
            batch_size=BATCH_SIZE,
            optimizer=SGD(RATE),
            rng=np.random.default_rng([seed, 1]),
        )
        readers.append(Reader(network, test.x, test.labels))
    return tuple(readers)


def sorted_by_label(readers):
    """The same readers, whose images come as all zeros, then all ones, and so on.

    Parameters
    ----------
    readers : sequence of Reader

    Returns
    -------
    tuple of Reader
    """
    orders = (reader.labels.argsort(kind="stable") for reader in readers)
    return tuple(
        Reader(network, x[order], labels[order])
        for (network, x, labels), order in zip(readers, orders, strict=True)
    )


def percent(share, readers, **settings):
    """What a function gives for each reader: the mean, with its 95 % interval.

    Parameters
    ----------
    share : callable
        Takes a copy of the network, which it may spoil, x, labels and the settings to a number of
        0 to 1.
    readers : sequence of Reader, 5 or more
    settings
        Further arguments of `share`.

    Returns
    -------
    Interval
        In percent.

    Raises
    ------
    ValueError, TypeError
        As `interval`.
    """
    shares = [share(deepcopy(network), *data, **settings) for network, *data in readers]
    return interval(100 * np.array(shares))
