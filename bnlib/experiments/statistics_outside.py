"""What happens if the gradient does not know that the statistics move with the batch?

Three networks that differ in their norm alone: batch norm; batch norm whose backward pass takes
mean and variance for constants; and one that already trains with the moving averages. Each Linear
below a norm keeps its bias b, which batch norm makes useless. Each network is tuned on the
validation images of five seeds; then 20 others are measured.
`python -m bnlib.experiments statistics_outside` runs all of it again, in half a minute.

Decided before the first run: b grows if the 95 % interval of its mean size lies above 0.01; a
network is worse if the paired interval of its test accuracy lies below that of batch norm's.
"""

from dataclasses import dataclass
from itertools import pairwise, product

import numpy as np

from bnlib.checks import check_choice, check_number
from bnlib.data import load_digits
from bnlib.experiments import stored
from bnlib.experiments.at_least_one import at_least_one
from bnlib.experiments.interval import interval
from bnlib.experiments.sweep import sweep
from bnlib.layers import Linear, ReLU
from bnlib.network import Network
from bnlib.norms import BatchNorm
from bnlib.optim import SGD
from bnlib.train import accuracy, train

SIZES, BATCH_SIZE = (64, 50, 50), 32
STEPS, EVERY = 250, 25
RATES, MOMENTA = (0.03, 0.1, 0.3, 1.0, 3.0), (0.0, 0.9)
SEEDS, TUNING_SEEDS, CHECK_SEEDS = range(20), range(100, 105), range(200, 205)


class AverageNorm(BatchNorm):
    """Batch norm that trains, too, with the moving averages, and takes them for constants.

    Parameters
    ----------
    num_features : int
        And the other arguments of `BatchNorm`.
    """

    def _forward(self, x, training):
        if training:
            super()._forward(x, True)  # the averages take in this batch
        return super()._forward(x, False)


NORMS = {
    "inside": BatchNorm,
    "outside": lambda features: BatchNorm(features, statistics_in_gradient=False),
    "averages": AverageNorm,
}


@dataclass(frozen=True)
class StatisticsOutside:
    """What S runs of one network did, with looks at F steps.

    Attributes
    ----------
    norm : str
        One of NORMS.
    learning_rate, momentum : float
    steps : (F,) array
    bias : (S, F) array
        Mean of abs(b), over the units of both hidden layers; infinite from a divergence on.
    loss : (S,) array
        Mean mini-batch loss of the last EVERY steps, in nats; infinite after a divergence.
    accuracy : (S,) array
        On the test images, 0 to 1; 0 after a divergence.
    """

    norm: str
    learning_rate: float
    momentum: float
    steps: np.ndarray
    bias: np.ndarray
    loss: np.ndarray
    accuracy: np.ndarray

    def summary(self):
        """One line: the setting, how large b has become, and the test accuracy."""
        how = f"rate {self.learning_rate:g}, momentum {self.momentum:g}"
        end = f"abs(b) {interval(self.bias[:, -1]):.3f}, {interval(100 * self.accuracy):.1f} %"
        return f"{self.norm:10}{how:24}{end}"


def tune(norm, seeds=TUNING_SEEDS, folder=None):
    """Try every rate and momentum on the validation images.

    Parameters
    ----------
    norm : str
        One of NORMS.
    seeds : sequence of int
    folder : str or path, optional
        Where `sweep` keeps the finished runs.

    Returns
    -------
    (float, float)
        The learning rate and momentum with the best mean accuracy.
    (R, M) array
        That accuracy for each of RATES and MOMENTA, 0 to 1; a run that diverged counts 0.

    Raises
    ------
    ValueError, TypeError
        For another name, or no seeds.
    """
    settings, seeds = list(product(RATES, MOMENTA)), at_least_one("seeds", seeds)
    check_choice("norm", norm, NORMS)
    tasks = [(norm, *setting, seed, "validation") for setting in settings for seed in seeds]
    scores = [run["accuracy"] for run in sweep(one_run, tasks, folder=folder)]
    scores = np.reshape(scores, (-1, len(seeds))).mean(axis=1)
    return settings[int(np.argmax(scores))], scores.reshape(len(RATES), len(MOMENTA))


def measure(norm, learning_rate, momentum, seeds=SEEDS, folder=None):
    """Train one network from every seed.

    Parameters
    ----------
    norm : str
        One of NORMS.
    learning_rate, momentum : float
    seeds : sequence of int
    folder : str or path, optional
        Where `sweep` keeps the finished runs.

    Returns
    -------
    StatisticsOutside

    Raises
    ------
    ValueError, TypeError
        For another name, a number out of range, or no seeds.
    """
    check_choice("norm", norm, NORMS)
    check_number("learning_rate", learning_rate, above=0)
    check_number("momentum", momentum, least=0, below=1)
    tasks = [(norm, learning_rate, momentum, seed, "test") for seed in at_least_one("seeds", seeds)]
    runs = sweep(one_run, tasks, folder=folder)
    arrays = (np.array([run[name] for run in runs]) for name in ("bias", "loss", "accuracy"))
    return StatisticsOutside(norm, learning_rate, momentum, _LOOKS, *arrays)


def one_run(task):
    """Train one network, for `sweep`.

    Parameters
    ----------
    task : (norm, learning rate, momentum, seed, part)
        The seed chooses the split, the initial W and the batches; `part` is "validation" or
        "test", the images to classify at the end.

    Returns
    -------
    dict
        "bias" (F,), "loss" and "accuracy", as in StatisticsOutside.
    """
    norm, learning_rate, momentum, seed, part = task
    training, *others = load_digits().split(seed)
    images = others[("validation", "test").index(part)]
    network = _build(norm, np.random.default_rng(seed))
    followed = []
    history = train(
        network,
        training.x,
        training.labels,
        steps=STEPS,
        batch_size=BATCH_SIZE,
        optimizer=SGD(learning_rate, momentum),
        rng=np.random.default_rng([seed, 1]),
        observers=[lambda step, net: followed.append(_bias(net)) if step % EVERY == 0 else None],
    )
    bias = np.full(len(_LOOKS), np.inf)
    bias[: len(followed)] = followed
    if history.diverged_at is not None or not _can_infer(network):
        return {"bias": bias, "loss": np.inf, "accuracy": 0.0}
    right = accuracy(network, images.x, images.labels)
    return {"bias": bias, "loss": history.losses[-EVERY:].mean(), "accuracy": right}


_LOOKS = np.arange(0, STEPS + 1, EVERY)


def _build(norm, rng):
    layers = []
    for before, after in pairwise(SIZES):
        layers += [Linear(before, after, rng=rng, initializer="he"), NORMS[norm](after), ReLU()]
    return Network([*layers, Linear(SIZES[-1], 10, rng=rng)])


def _bias(network):
    below = [layer for layer in network.layers if isinstance(layer, Linear)][:-1]
    return np.mean([np.abs(layer.params["b"]).mean() for layer in below])


def _can_infer(network):
    """Averages may overflow although the loss, which is bounded by the norm, does not."""
    norms = [layer for layer in network.layers if isinstance(layer, BatchNorm)]
    return all(np.isfinite([norm.running_mean, norm.running_var]).all() for norm in norms)


def load_stored():
    """The three tuned networks, as measured when the result was stored.

    Returns
    -------
    dict of str to StatisticsOutside
        For each of NORMS.
    """
    result = stored.load("statistics_outside")
    return {
        norm: StatisticsOutside(
            norm,
            *result["networks"][norm]["setting"],
            np.array(result["steps"]),
            *(stored.array(result["networks"][norm][name], np.inf) for name in _ARRAYS),
        )
        for norm in NORMS
    }


_ARRAYS = ("bias", "loss", "accuracy")


def load_tried():
    """What the validation images said of every setting.

    Returns
    -------
    dict of str to (R, M) array
        For each of NORMS the mean accuracy for each of RATES and MOMENTA, 0 to 1.
    """
    networks = stored.load("statistics_outside")["networks"]
    return {norm: np.array(networks[norm]["tried"]) for norm in NORMS}


def run(folder=None):
    """Tune and measure everything again, store the result and print it.

    Parameters
    ----------
    folder : str or path, optional
        Where `sweep` keeps the finished runs.
    """
    networks = {}
    for norm in NORMS:
        setting, tried = tune(norm, folder=folder)
        result = measure(norm, *setting, folder=folder)
        arrays = {name: stored.rounded(getattr(result, name), 5) for name in _ARRAYS}
        networks[norm] = {"setting": setting, "tried": stored.rounded(tried, 5), **arrays}
    seeds = {"measured": list(SEEDS), "tuned": list(TUNING_SEEDS)}
    stored.save("statistics_outside",
                {"seeds": seeds, "steps": _LOOKS.tolist(), "networks": networks})  # fmt: skip
    for norm, result in load_stored().items():
        good = np.count_nonzero(load_tried()[norm] >= 0.9)
        print(f"{result.summary()}; {good} of {load_tried()[norm].size} settings reach 90 %")
