"""What batch mates do to one image: its x_hat in many random batches that all hold it."""

from dataclasses import dataclass

import numpy as np

from bnlib.checks import (
    check_array,
    check_count,
    check_finite,
    check_flag,
    check_rng,
)
from bnlib.experiments.regularized_networks import Setting, trained, training_set
from bnlib.norms import BatchNorm

BATCHES = 200
EXAMPLE = 0  # the training image that is watched
NETWORK = Setting(256)  # on the clean labels
WATCHED_SIZES = (2, 4, 8, 16, 32, 64, 128, 256)


@dataclass(frozen=True)
class Clouds:
    """One image in BATCHES batches of each size, in three units of a trained network.

    Attributes
    ----------
    seed : int
    sizes : (M,) array
    population : (3,) array
        x_hat with the statistics of all 512 images: the unit where it is nearest to 0, the one
        where it is nearest to 1, the one where it is farthest from 0.
    x_hat : (3, M, BATCHES) array
        With the batch's own, the batches drawn with replacement.
    expected : (3, M) array
        Its standard deviation by `expected_noise`.
    """

    seed: int
    sizes: np.ndarray
    population: np.ndarray
    x_hat: np.ndarray
    expected: np.ndarray


def batches_with(example, n, size, batches, replacement, rng):
    """Indices of random batches that all hold one example, which comes first.

    Parameters
    ----------
    example : int
    n : int
        Examples to draw from.
    size : int
        Of a batch, 2 to n.
    batches : int
    replacement : bool
        True: the others are any of the n, the example too, each draw on its own. False: the
        others are distinct, as in an epoch that deals out a shuffle.
    rng : numpy.random.Generator

    Returns
    -------
    (batches, size) int array

    Raises
    ------
    ValueError, TypeError
        For sizes or an example out of range.
    """
    n, size = check_count("n", n), check_count("size", size, least=2)
    batches = check_count("batches", batches)
    check_flag("replacement", replacement)
    check_rng(rng)
    if check_count("example", example, least=0) >= n or size > n:
        raise ValueError(f"example {example} and size {size} must fit into n = {n}")
    if replacement:
        others = rng.integers(n, size=(batches, size - 1))
    else:
        rest = np.delete(np.arange(n), example)
        others = np.array([rng.permutation(rest)[: size - 1] for _ in range(batches)])
    return np.hstack([np.full((batches, 1), example), others])


def clouds(network, x, batches):
    """The first example's x_hat in every batch, as each normalized layer sees it in training.

    Parameters
    ----------
    network : Network
        Layers other than batch norm are those of training=False.
    x : (n, D) array
    batches : (B, size) int array
        Rows of x.

    Returns
    -------
    list of dict of str to array
        For each batch norm: "x_hat" (B, units), and "mean", "std" (B, units) of the batch.

    Raises
    ------
    ValueError, TypeError
        For an x that the network can't take, or batches that are no matrix.
    """
    x = check_finite("x", check_array("x", x, ndims=(2,)))
    batches = np.asarray(batches)
    if batches.ndim != 2:
        raise ValueError(f"batches has shape {batches.shape}; pass a row of indices for each batch")
    a, seen = x[batches.ravel()], []
    for layer in network.layers:
        if isinstance(layer, BatchNorm):
            z = a.reshape(*batches.shape, -1)
            mean, std = z.mean(axis=1), np.sqrt(z.var(axis=1) + layer.eps)
            x_hat = (z - mean[:, None]) / std[:, None]
            seen.append({"x_hat": x_hat[:, 0], "mean": mean, "std": std})
            a = (layer.params["gamma"] * x_hat + layer.params["beta"]).reshape(len(a), -1)
        else:
            a = layer.forward(a, training=False)
    return seen


def expected_noise(z, example, size):
    """The standard deviation of x_hat over batches drawn with replacement, to first order.

    sqrt((1 + u * skewness + u**2 * (kurtosis - 1) / 4) / size), with u the example's x_hat under
    the population's statistics. For a normal z that is sqrt((1 + u**2 / 2) / size).

    Parameters
    ----------
    z : (n, D) array
        The population.
    example : int
        Row of z.
    size : int
        Of the batches.

    Returns
    -------
    (D,) array

    Raises
    ------
    ValueError, TypeError
        For a z that is no matrix, or has a unit without spread.
    """
    z = check_finite("z", check_array("z", z, ndims=(2,), dtype=np.float64))
    if (np.ptp(z, axis=0) == 0).any():
        raise ValueError(f"a unit of z {z.shape} has no spread; leave it out")
    standard = (z - z.mean(axis=0)) / z.std(axis=0)
    u = standard[example]
    skewness, kurtosis = (standard**3).mean(axis=0), (standard**4).mean(axis=0)
    return np.sqrt((1 + u * skewness + u**2 * (kurtosis - 1) / 4) / check_count("size", size))


def watch(seed=0):
    """Train a network and watch three units of its first layer.

    Parameters
    ----------
    seed : int

    Returns
    -------
    Clouds

    Raises
    ------
    ValueError, TypeError
        For a negative or non-integer seed.
    """
    network, x = trained("clean", NETWORK, [seed])[0], training_set("clean", seed)[0]
    rng = np.random.default_rng([seed, 5])
    z = network.layers[0].forward(x, training=False).astype(np.float64)
    population = (z[EXAMPLE] - z.mean(axis=0)) / z.std(axis=0)
    far = np.abs(population)
    units = [far.argmin(), np.abs(far - 1).argmin(), far.argmax()]
    x_hat, expected = [], []
    for size in WATCHED_SIZES:
        batches = batches_with(EXAMPLE, len(x), size, BATCHES, True, rng)
        x_hat.append(clouds(network, x, batches)[0]["x_hat"][:, units].T)
        expected.append(expected_noise(z, EXAMPLE, size)[units])
    sizes = np.array(WATCHED_SIZES)
    return Clouds(seed, sizes, population[units], np.stack(x_hat, axis=1), np.stack(expected, 1))
