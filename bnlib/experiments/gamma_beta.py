"""How far do gamma and beta travel while a network learns?"""

from dataclasses import dataclass

import numpy as np

from bnlib.checks import check_sequence
from bnlib.data import load_digits
from bnlib.models import mlp
from bnlib.norms import BatchNorm
from bnlib.optim import SGD
from bnlib.replicas import train_replicas

SIZES = [64, 50, 50, 10]
STEPS, EVERY, BATCH_SIZE, RATE = 300, 10, 32, 0.1


@dataclass(frozen=True)
class Trajectories:
    """gamma and beta of S networks, at F steps, in L layers of D units.

    Attributes
    ----------
    steps : (F,) array
    gamma, beta : (S, F, L, D) array
    """

    steps: np.ndarray
    gamma: np.ndarray
    beta: np.ndarray

    @property
    def gamma_moved(self):
        """Mean distance of gamma from its start at 1, after the last step: (S, L)."""
        return np.abs(self.gamma[:, -1] - 1).mean(axis=-1)

    @property
    def beta_moved(self):
        """Mean distance of beta from its start at 0, after the last step: (S, L)."""
        return np.abs(self.beta[:, -1]).mean(axis=-1)

    def summary(self):
        """One line a layer: how far gamma and beta have moved, mean over seeds and units."""
        layers = zip(self.gamma_moved.mean(axis=0), self.beta_moved.mean(axis=0), strict=True)
        return "\n".join(
            f"layer {number}: gamma moved by {gamma:.3f}, beta by {beta:.3f}"
            for number, (gamma, beta) in enumerate(layers, start=1)
        )


class ParameterRecorder:
    """An observer that copies gamma and beta of every batch norm.

    Parameters
    ----------
    every : int
        Record at the steps 0, every, 2 * every, ...

    Attributes
    ----------
    steps : list of int
    gamma, beta : list of (L, D) array
    """

    def __init__(self, every):
        self.every = every
        self.steps, self.gamma, self.beta = [], [], []

    def __call__(self, step, network):
        """Record, if it is the time: `train` calls this after each step with the network."""
        if step % self.every == 0:
            norms = [layer for layer in network.layers if isinstance(layer, BatchNorm)]
            self.steps.append(step)
            self.gamma.append(np.array([norm.params["gamma"] for norm in norms]))
            self.beta.append(np.array([norm.params["beta"] for norm in norms]))


def follow(seeds=range(20), activation="relu"):
    """Train a network for each seed, with batch norm before each hidden activation.

    Parameters
    ----------
    seeds : sequence of int
        Of the split, the initial weights and the batches.
    activation : "relu", "sigmoid" or "tanh"

    Returns
    -------
    Trajectories

    Raises
    ------
    ValueError, TypeError
        As `mlp` and `train_replicas`.
    """
    seeds = check_sequence("seeds", seeds, "integers")
    data = [load_digits().split(seed, dtype=np.float32)[0] for seed in seeds]
    recorders = [ParameterRecorder(EVERY) for _ in seeds]
    start = {"batch_norm": True, "dtype": np.float32}
    train_replicas(
        [mlp(SIZES, activation, rng=np.random.default_rng(seed), **start) for seed in seeds],
        [part.x for part in data],
        [part.labels for part in data],
        steps=STEPS,
        batch_size=BATCH_SIZE,
        optimizers=[SGD(RATE) for _ in seeds],
        rngs=[np.random.default_rng([seed, 1]) for seed in seeds],
        observers=[[recorder] for recorder in recorders],
    )
    return Trajectories(
        np.array(recorders[0].steps),
        np.array([recorder.gamma for recorder in recorders]),
        np.array([recorder.beta for recorder in recorders]),
    )
