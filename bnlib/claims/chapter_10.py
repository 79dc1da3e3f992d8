"""Claims of chapter 10: the backward pass, and whose statistics training uses."""

import numpy as np

from bnlib.claims.claim import Claim, Finding
from bnlib.claims.words import signed
from bnlib.experiments.backprop_steps import steps
from bnlib.experiments.interval import interval
from bnlib.experiments.statistics_outside import NORMS, load_stored, measure
from bnlib.functional import batch_norm, batch_norm_backward
from bnlib.gradcheck import check_gradients
from bnlib.norms import BatchNorm

EXACT = 5e-11  # what rounding may leave
CHECKED = 1e-7  # relative error of a right gradient against central differences
GROWN = 0.01  # mean abs(b) above which b has grown, written down before the first run
SEEDS = range(20)


def judge_backward(nodes, numerical):
    """Confirmed if the graph, node by node, the compact form and nudging all agree.

    Parameters
    ----------
    nodes : float
        Largest difference between the node-by-node gradients and the engine's.
    numerical : float
        Largest relative error of the engine's gradients against central differences.

    Returns
    -------
    Finding
    """
    verdict = "confirmed" if nodes < EXACT and numerical < CHECKED else "corrected"
    exactly = "to 10 decimals" if nodes < EXACT else f"but for {nodes:.1g}"
    effect = (
        "The gradient taken back through nine operations and the compact formula agree, "
        f"{exactly}; nudging every input confirms them to a relative error below "
        f"{CHECKED if numerical < CHECKED else numerical:.0e}."
    )
    return Finding(verdict, effect, 0)


def _backward(seeds=SEEDS, _folder=None):
    return judge_backward(*np.max([_backward_of(seed) for seed in seeds], axis=0))


def _backward_of(seed):
    """What `judge_backward` asks for, of one random feature and one random layer."""
    rng = np.random.default_rng(seed)
    x, dy = rng.normal(3, 2, 8), rng.normal(size=8)
    gamma, beta = rng.normal(size=2)
    found = steps(x, gamma, beta, dy).gradients
    _, cache = batch_norm(x[:, None], np.array([gamma]), np.array([beta]))
    expected = batch_norm_backward(dy[:, None], cache)
    pairs = zip((found["x"], found["gamma"], found["beta"]), expected, strict=True)
    nodes = max(np.abs(ours - theirs.squeeze()).max() for ours, theirs in pairs)
    layer = BatchNorm(2)
    layer.params.update(gamma=rng.normal(size=2), beta=rng.normal(size=2))
    errors = check_gradients(layer, rng.normal(size=(6, 2)), training=True, rng=rng)
    return nodes, max(errors.values())


def judge_averages(own, inside, averages):
    """Corrected if training normalizes by the batch's own statistics, not by averages.

    Parameters
    ----------
    own : float
        Largest difference of a training step's y from one made with the batch's own statistics.
    inside, averages : StatisticsOutside
        The tuned networks of these names.

    Returns
    -------
    Finding
    """
    gain = interval(100 * (averages.accuracy - inside.accuracy))
    verdict = "corrected" if own < EXACT else "confirmed"
    effect = (
        "Training uses the mini-batch's own mean and variance; the averages are for the test. "
        "A network that trains with the averages, taken for constants, and is tuned as hard, "
        f"differs by {signed(gain, '.2f')} points on the test images."
    )
    return Finding(verdict, effect, len(inside.accuracy))


def _own():
    rng = np.random.default_rng(0)
    layer = BatchNorm(5)
    deviations = []
    for _ in range(3):
        x = rng.normal(2, 3, (16, 5))
        y = (x - x.mean(axis=0)) / np.sqrt(x.var(axis=0) + layer.eps)
        deviations.append(np.abs(layer.forward(x, training=True) - y).max())
    return max(deviations)


def judge_growth(inside, outside):
    """Confirmed if without the gradient of the statistics b grows and the network learns nothing.

    Parameters
    ----------
    inside, outside : StatisticsOutside
        The tuned networks with and without it.

    Returns
    -------
    Finding
    """
    grown = interval(outside.bias[:, -1])
    lost = interval(100 * (outside.accuracy - inside.accuracy))
    grows = grown.low > GROWN and inside.bias[:, -1].max() < GROWN
    learns = outside.accuracy.mean() > 0.5
    verdict = "contested" if not grows else "depends" if learns else "confirmed"
    effect = (
        f"b grows to {grown:.3f} on average in {int(outside.steps[-1])} steps, and to "
        f"{inside.bias[:, -1].max():.3f} with the whole gradient. The network still reads "
        f"{100 * outside.accuracy.mean():.1f} %, {signed(lost, '.2f')} points against the one with "
        "the whole gradient, since β can do what b tries in vain."
    )
    return Finding(verdict, effect, len(outside.accuracy))


def _fresh(seeds, folder):
    """The three networks at their stored settings, on other seeds."""
    settings = {n: (each.learning_rate, each.momentum) for n, each in load_stored().items()}
    return {norm: measure(norm, *settings[norm], seeds, folder) for norm in NORMS}


def _averages(results):
    return judge_averages(_own(), results["inside"], results["averages"])


def _growth(results):
    return judge_growth(results["inside"], results["outside"])


CLAIMS = (
    Claim(
        number=25,
        said="Batch norm is put in front of the activation, and its backward pass can be derived.",
        source="lecture notes, ioffe2015batch",
        section="chapters/10_backprop.ipynb#collect-it-in-one-line",
        stored=_backward,
        fresh=_backward,
    ),
    Claim(
        number=21,
        said="With mini-batches, training uses moving averages of their μ and σ².",
        source="lecture notes",
        section="chapters/10_backprop.ipynb#leave-the-statistics-out-of-the-gradient",
        stored=lambda: _averages(load_stored()),
        fresh=lambda seeds, folder: _averages(_fresh(seeds, folder)),
    ),
    Claim(
        number="21b",
        said="If the gradient takes the statistics for constants, b grows and nothing is gained.",
        source="ioffe2015batch",
        section="chapters/10_backprop.ipynb#leave-the-statistics-out-of-the-gradient",
        stored=lambda: _growth(load_stored()),
        fresh=lambda seeds, folder: _growth(_fresh(seeds, folder)),
    ),
)
