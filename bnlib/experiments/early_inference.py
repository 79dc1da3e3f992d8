"""How well does a network predict soon after its first step, with each framework's averages?

The networks of a seed have the same weights at every step: the running averages take no part in
training. Only what inference makes of these weights differs.
"""

from dataclasses import dataclass

import numpy as np

from bnlib.checks import check_sequence
from bnlib.data import load_digits
from bnlib.experiments.conventions import convention
from bnlib.experiments.interval import interval
from bnlib.layers import Linear, Sigmoid
from bnlib.network import Network
from bnlib.norms import BatchNorm
from bnlib.optim import SGD
from bnlib.train import accuracy, train

WIDTH, BATCH_SIZE, RATE = 50, 32, 0.1
LOOKS = (10, 30, 50, 100, 200)  # steps
# Whose defaults; the last is Keras's decay with an average that starts at 0 and is corrected.
AVERAGES = ("PyTorch", "Keras", "Keras, corrected")


@dataclass(frozen=True)
class EarlyInference:
    """Test accuracy, 0 to 1, of S seeds at F looks.

    Attributes
    ----------
    seeds : tuple of int
    steps : (F,) int array
    accuracy : dict of str to (S, F) array
        By name of the average.
    """

    seeds: tuple
    steps: np.ndarray
    accuracy: dict

    def summary(self):
        """One line for each average: its accuracies, in percent."""
        lines = []
        for name, right in self.accuracy.items():
            looks = ", ".join(f"{interval(100 * right[:, f]):.0f}" for f in range(len(self.steps)))
            lines.append(f"{name:17}{looks}")
        return "\n".join(lines)


def norm_of(average, features):
    """A BatchNorm layer that averages in this way.

    Parameters
    ----------
    average : str
        One of AVERAGES.
    features : int

    Returns
    -------
    BatchNorm

    Raises
    ------
    ValueError, TypeError
        For another name, or as BatchNorm.
    """
    name, _, corrected = average.partition(", ")
    rule = convention(name)
    if not corrected:
        return rule.batch_norm(features)
    return BatchNorm(
        features,
        eps=rule.eps,
        ema_decay=rule.ema_decay,
        bias_correction=True,
        running_var_correction=rule.running_var_correction,
    )


def measure(seeds=range(20), averages=AVERAGES, looks=LOOKS):
    """Train a network with two hidden sigmoid layers for each seed and average.

    Parameters
    ----------
    seeds : sequence of int
    averages : sequence of str
        Of AVERAGES.
    looks : sequence of int
        After how many steps it reads the test images; the last ends the training.

    Returns
    -------
    EarlyInference

    Raises
    ------
    ValueError, TypeError
        As `norm_of`, or for no looks.
    """
    seeds, looks = check_sequence("seeds", seeds, "int"), check_sequence("looks", looks, "int")
    if not looks:
        raise ValueError("looks is empty; name at least one step")
    right = {name: np.array([_looked_at(name, s, looks) for s in seeds]) for name in averages}
    return EarlyInference(seeds, np.array(looks), right)


def _looked_at(average, seed, looks):
    training, _, test = load_digits().split(seed)
    rng, seen = np.random.default_rng(seed), {}
    hidden = [
        layer
        for inputs in (training.x.shape[1], WIDTH)
        for layer in (
            Linear(inputs, WIDTH, rng=rng, bias=False),
            norm_of(average, WIDTH),
            Sigmoid(),
        )
    ]
    network = Network([*hidden, Linear(WIDTH, 10, rng=rng)])

    def look(step, network):
        if step in looks:
            seen[step] = accuracy(network, test.x, test.labels)

    train(
        network,
        training.x,
        training.labels,
        steps=max(looks),
        batch_size=BATCH_SIZE,
        optimizer=SGD(RATE),
        rng=np.random.default_rng([seed, 1]),
        observers=[look],
    )
    return [seen[step] for step in looks]
