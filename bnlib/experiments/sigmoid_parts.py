"""On which part of the sigmoid does z lie, and what do gamma and beta change about it?

Two networks learn the digits from the same weights and batches: one learns gamma and beta, in the
other they are held at 1 and 0. `python -m bnlib.experiments sigmoid_parts` runs all of it again, in
some ten seconds.
"""

from dataclasses import dataclass

import numpy as np

from bnlib.checks import check_array, check_finite
from bnlib.data import load_digits
from bnlib.experiments import stored
from bnlib.experiments.interval import interval
from bnlib.models import mlp
from bnlib.norms import BatchNorm
from bnlib.optim import SGD
from bnlib.record import Recorder
from bnlib.train import accuracy, train

SIZES = [64, 50, 50, 10]
STEPS, BATCH_SIZE, MOMENTUM = 400, 32, 0.9
RATES = (0.01, 0.03, 0.1, 0.3, 1.0)
RATE = 0.03  # for both the best of RATES by mean validation accuracy over the seeds 0 to 19: `tune`
NETWORKS = ("held", "learned")
SEEDS = range(20)

PARTS = ("linear", "curved", "flat")
# The sigmoid's slope at z is 1 - tanh(z / 2)**2 of its largest, which is 1/4 at z = 0.
LINEAR_BELOW = float(2 * np.arctanh(np.sqrt(0.10)))  # 0.65: the slope is at least 90 %
FLAT_ABOVE = float(2 * np.arctanh(np.sqrt(0.95)))  # 4.36: the slope is below 5 %


@dataclass(frozen=True)
class SigmoidParts:
    """Measured on all training images, S seeds, the two hidden layers, after training.

    Attributes
    ----------
    seeds : tuple of int
    shares : dict of str to (S, 2, 3) array
        For "start" (before training), "held" and "learned": shares of z in PARTS; they sum to 1.
    straight : dict of str to (S, 2) array
        How much of the variance of a unit's output a straight line in z explains, mean over units.
    gamma : (S, 2) array
        Mean of abs(gamma) in each layer after "learned".
    accuracy : dict of str to (S,) array
        Of "held" and "learned", on the test images.
    """

    seeds: tuple
    shares: dict
    straight: dict
    gamma: np.ndarray
    accuracy: dict

    def summary(self):
        """One line a network: where the second layer's z lies, and how straight the sigmoid is."""
        return "\n".join(
            f"{name:8} linear {interval(100 * shares[:, 1, 0]):.1f} %, "
            f"a line explains {interval(100 * self.straight[name][:, 1]):.1f} %"
            for name, shares in self.shares.items()
        )


def parts(z):
    """Shares of the values `z` on the linear, curved and flat part of the sigmoid.

    Linear: its slope is at least 90 % of the largest, abs(z) < 0.65. Flat: below 5 %,
    abs(z) > 4.36. Curved: between them.

    Parameters
    ----------
    z : array
        Pre-activations, of any shape.

    Returns
    -------
    (3,) array

    Raises
    ------
    ValueError, TypeError
        For an empty z, or a NaN or infinity in it.
    """
    size = np.abs(check_finite("z", check_array("z", z)))
    linear, flat = (size < LINEAR_BELOW).mean(), (size > FLAT_ABOVE).mean()
    return np.array([linear, 1 - linear - flat, flat])


def straightness(z):
    """Share of the sigmoid output's variance that a straight line in z explains.

    Parameters
    ----------
    z : (N, D) array
        Each column, one unit, must vary.

    Returns
    -------
    float
        The squared correlation of z and sigmoid(z), mean over the D units; 1 for a straight line.

    Raises
    ------
    ValueError, TypeError
        For a z that is not a finite matrix, or a unit that does not vary.
    """
    z = check_finite("z", check_array("z", z, ndims=(2,)))
    a = (1 + np.tanh(z / 2)) / 2
    z, a = z - z.mean(axis=0), a - a.mean(axis=0)
    variances = (z * z).mean(axis=0) * (a * a).mean(axis=0)
    if (variances == 0).any():
        unit = int(np.argmin(variances))
        raise ValueError(f"unit {unit} of z {z.shape} does not vary; drop it")
    return float(((z * a).mean(axis=0) ** 2 / variances).mean())


def measure(seeds=SEEDS):
    """Train both networks for each seed and look at their z.

    Parameters
    ----------
    seeds : iterable of int
        Of the split, the initial weights and the batches.

    Returns
    -------
    SigmoidParts
    """
    seeds = tuple(seeds)
    runs = {name: [_run(seed, name, RATE) for seed in seeds] for name in NETWORKS}
    z = {"start": [run["z"][0] for run in runs["held"]]}
    z |= {name: [run["z"][-1] for run in runs[name]] for name in NETWORKS}
    return SigmoidParts(
        seeds=seeds,
        shares={name: np.array([[parts(layer) for layer in one] for one in z[name]]) for name in z},
        straight={
            name: np.array([[straightness(layer) for layer in one] for one in z[name]])
            for name in z
        },
        gamma=np.array([run["gamma"] for run in runs["learned"]]),
        accuracy={name: np.array([run["test"] for run in runs[name]]) for name in runs},
    )


def tune(seeds=SEEDS):
    """Mean validation accuracy at every one of RATES: what RATE was chosen by.

    Returns
    -------
    dict of str to dict of float to float
        {"held": {rate: accuracy, ...}, "learned": ...}
    """
    return {
        name: {
            rate: float(np.mean([_run(s, name, rate)["validation"] for s in seeds]))
            for rate in RATES
        }
        for name in NETWORKS
    }


def load_stored():
    """Both networks over SEEDS, as measured when the result was stored.

    Returns
    -------
    SigmoidParts
    """
    result = stored.load("sigmoid_parts")
    by_name = ("shares", "straight", "accuracy")
    arrays = {kind: {k: np.array(v) for k, v in result[kind].items()} for kind in by_name}
    return SigmoidParts(tuple(result["seeds"]), gamma=np.array(result["gamma"]), **arrays)


def run(folder=None):
    """Measure everything again, store the result and print a summary.

    Parameters
    ----------
    folder : str or path, optional
        Not used: it takes seconds.
    """
    result = vars(measure())
    by_name = ("shares", "straight", "accuracy")
    plain = {kind: {k: v.round(5).tolist() for k, v in result[kind].items()} for kind in by_name}
    gamma = result["gamma"].round(5).tolist()
    stored.save("sigmoid_parts", {"seeds": list(result["seeds"]), "gamma": gamma, **plain})
    print(load_stored().summary())


def _run(seed, name, rate):
    training, validation, test = load_digits().split(seed)
    network = mlp(SIZES, "sigmoid", batch_norm=True, rng=np.random.default_rng(seed))
    recorder = Recorder(training.x, every=STEPS)
    train(
        network,
        training.x,
        training.labels,
        steps=STEPS,
        batch_size=BATCH_SIZE,
        optimizer=SGD(rate, momentum=MOMENTUM),
        rng=np.random.default_rng([seed, 1]),
        observers=[_hold, recorder] if name == "held" else [recorder],
    )
    return {
        "z": list(zip(*recorder.received, strict=True)),  # [start or end][layer]
        "gamma": [np.abs(layer.params["gamma"]).mean() for layer in _batch_norms(network)],
        "validation": accuracy(network, validation.x, validation.labels),
        "test": accuracy(network, test.x, test.labels),
    }


def _hold(_step, network):
    """An observer that takes back what the step did to gamma and beta."""
    for layer in _batch_norms(network):
        layer.params["gamma"][:] = 1
        layer.params["beta"][:] = 0


def _batch_norms(network):
    return [layer for layer in network.layers if isinstance(layer, BatchNorm)]
