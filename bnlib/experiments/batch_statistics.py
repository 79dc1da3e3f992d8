"""A network's statistics at each training step: what it measured, and what it should use later.

Training uses each batch's own mean and variance. So every moving average of them can be had from
one and the same run: `BatchStatistics` watches, `Averages` keeps them all, `use` puts one in.
"""

from itertools import product

import numpy as np

from bnlib.average import ExponentialMovingAverage
from bnlib.checks import check_choice
from bnlib.norms import BatchNorm
from bnlib.population import recalibrate

STARTS = ("zero", "corrected", "frameworks")  # 0; 0 and divided by 1 - decay**t; mean 0, variance 1


def moving_average(decay, start, features):
    """An empty average of the means and variances of so many features, (2, features).

    Parameters
    ----------
    decay : float
    start : "zero", "corrected" or "frameworks"
    features : int

    Returns
    -------
    ExponentialMovingAverage

    Raises
    ------
    ValueError, TypeError
        For another start, or as `ExponentialMovingAverage`.
    """
    first = np.zeros((2, features))
    first[1] = check_choice("start", start, STARTS) == "frameworks"
    return ExponentialMovingAverage(decay, first, bias_correction=start == "corrected")


def batch_norms(network):
    """The BatchNorm layers of a network, from the input on."""
    return [layer for layer in network.layers if isinstance(layer, BatchNorm)]


def last_batch(network):
    """What the last training step measured, (2, D of all BatchNorms): means, and variances.

    Parameters
    ----------
    network : Network
        Whose BatchNorms have ema_decay=0, so that their average is the last batch.
    """
    states = [layer.state for layer in batch_norms(network)]
    return np.hstack([[state["raw_mean"], state["raw_var"]] for state in states])


def population(network, x):
    """The statistics of all of x, (2, D of all BatchNorms); the network then uses them."""
    recalibrate(network, x)
    layers = batch_norms(network)
    return np.hstack([[layer.running_mean, layer.running_var] for layer in layers])


def use(network, statistics):
    """Make a network with ema_decay=0 use these statistics, (2, D of all BatchNorms)."""
    start = 0
    for layer in batch_norms(network):
        mean, var = statistics[:, start : start + layer.num_features]
        layer.load_state({"raw_mean": mean, "raw_var": var, "updates": 1, "frozen": layer.frozen})
        start += layer.num_features


class Averages:
    """Moving averages of one run's batch statistics, for every decay and every start.

    Parameters
    ----------
    decays : sequence of float
    features : int
        Of all BatchNorms together.

    Attributes
    ----------
    each : dict of (decay, start) to ExponentialMovingAverage
    """

    def __init__(self, decays, features):
        pairs = product(decays, STARTS)
        self.each = {(d, start): moving_average(d, start, features) for d, start in pairs}

    def add(self, statistics):
        """Take in n steps', (n, 2, features)."""
        for average in self.each.values():
            average.add(statistics)


def answers_in_batches(network, x, order):
    """What a network with ghost batches of m answers, each normalized by its own statistics.

    Parameters
    ----------
    network : Network
        Its BatchNorms have a `ghost_batch_size`, m. Their running statistics change.
    x : (N, D) array
    order : (N,) int array
        The batches are the first m of it, the next m, ...

    Returns
    -------
    (N - N % m,) int arrays
        The rows of x that are in full batches, and the answers for them.
    """
    m = batch_norms(network)[0].ghost_batch_size
    rows = order[: len(order) // m * m]
    return rows, network.forward(x[rows], training=True).argmax(axis=1)
