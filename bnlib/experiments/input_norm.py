"""Batch norm of the input X, a standardization once and for all, or neither?

With and without batch norm in the two hidden layers, on plain digits and on digits whose pixels
have awkward scales. `python -m bnlib.experiments input_norm` runs all of it again, in a minute.
"""

from itertools import product

import numpy as np

from bnlib.batches import minibatches
from bnlib.checks import check_array, check_count
from bnlib.experiments import stored
from bnlib.experiments.placed_networks import BATCH_SIZE, INPUTS, SEEDS, STEPS, Place
from bnlib.experiments.scaled_digits import DATA
from bnlib.experiments.tuned_places import TUNING_SEEDS, from_stored, tuned_and_measured
from bnlib.functional import batch_norm
from bnlib.norms import BatchNorm

PLACES = {
    (data, x, position): Place("relu", position, x, data)
    for data, x, position in product(DATA, INPUTS, ("none", "before"))
}


def load_stored():
    """The tuned networks, as measured when the result was stored.

    Returns
    -------
    dict of (data, x, position) to Outcome
        data "plain" or "awkward"; x "as it is", "standardized" or "batch norm"; position "before"
        the hidden activations or "none".
    """
    return from_stored(PLACES, stored.load("input_norm")["outcomes"])


def batch_norm_of_x(x, seed, steps=STEPS):
    """A batch norm of the inputs after `steps` mini-batches of 32, its gamma and beta unlearned.

    Parameters
    ----------
    x : (N, D) array
        The training images.
    seed : int
        Of the batches.
    steps : int

    Returns
    -------
    BatchNorm

    Raises
    ------
    ValueError, TypeError
        For an x that is no matrix, fewer than 32 rows, or steps below 1.
    """
    x = check_array("x", x, ndims=(2,))
    norm = BatchNorm(x.shape[1])
    batches = minibatches(len(x), BATCH_SIZE, np.random.default_rng([seed, 1]))
    for _, batch in zip(range(check_count("steps", steps)), batches, strict=False):
        norm.forward(x[batch], training=True)
    return norm


def wobble(x, seed, batches=200):
    """How much the first image's x_hat depends on its batch mates.

    Parameters
    ----------
    x : (N, D) array
        The training images.
    seed : int
        Of the mates: 31 others, drawn anew for each batch.
    batches : int

    Returns
    -------
    (D,) array
        The standard deviation of each feature's x_hat over the batches.

    Raises
    ------
    ValueError, TypeError
        For an x that is no matrix, fewer than 32 rows, or batches below 1.
    """
    x = check_array("x", x, ndims=(2,))
    ones, zeros = np.ones(x.shape[1]), np.zeros(x.shape[1])
    rng = np.random.default_rng(seed)
    x_hats = []
    for _ in range(check_count("batches", batches)):
        mates = 1 + rng.choice(len(x) - 1, BATCH_SIZE - 1, replace=False)
        x_hats.append(batch_norm(x[[0, *mates]], ones, zeros)[0][0])
    return np.std(x_hats, axis=0)


def run(folder=None):
    """Tune and measure everything again, store the result and print a summary.

    Parameters
    ----------
    folder : str or path, optional
        Where `sweep` keeps the finished runs.
    """
    outcomes = [tuned_and_measured(place, folder) for place in PLACES.values()]
    seeds = {"measured": list(SEEDS), "tuned": list(TUNING_SEEDS)}
    stored.save("input_norm", {"seeds": seeds, "outcomes": outcomes})
    for outcome in load_stored().values():
        print(outcome.summary())
