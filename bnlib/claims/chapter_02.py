"""Claims of chapter 2: what batch norm computes, and what gamma, beta and the bias are for."""

import numpy as np

from bnlib.claims.claim import Claim, Finding
from bnlib.claims.words import signed
from bnlib.data import load_digits
from bnlib.experiments import sigmoid_parts
from bnlib.experiments.interval import interval
from bnlib.functional import batch_norm
from bnlib.layers import Linear, Sigmoid
from bnlib.losses import softmax_cross_entropy
from bnlib.network import Network
from bnlib.norms import BatchNorm

EXACT = 5e-11  # what rounding may leave
SEEDS = range(20)
STRAIGHT = 95  # percent of a sigmoid's variance that a straight line must explain to be "linear"


def judge_axis(columns, rows):
    """Corrected if features are normalized over the batch, and the layer's output otherwise not.

    Parameters
    ----------
    columns : float
        Largest deviation of a feature's mean from 0, or of its variance from v / (v + eps).
    rows : float
        Largest mean of one image's numbers.

    Returns
    -------
    Finding
    """
    verdict = "contested"
    if columns < EXACT:
        verdict = "confirmed" if rows < EXACT else "corrected"
    effect = (
        "What has mean 0 and variance v / (v + ε) is each feature over the images of the "
        f"mini-batch, {to_decimals(columns)}. The numbers of one image are not normalized: their "
        f"mean reaches {rows:.1f}."
    )
    return Finding(verdict, effect, 0)


def _axis(seeds=SEEDS, _folder=None):
    columns, rows = [], []
    for seed in seeds:
        z, eps = pre_activations(seed), 1e-5
        x_hat, cache = batch_norm(z, np.ones(50), np.zeros(50), eps)
        expected = cache.var / (cache.var + eps)
        columns += [np.abs(x_hat.mean(axis=0)), np.abs(x_hat.var(axis=0) - expected)]
        rows.append(np.abs(x_hat.mean(axis=1)))
    return judge_axis(np.max(columns), np.max(rows))


def judge_linear(result):
    """Confirmed if the sigmoid is nearly straight without gamma and beta, and bent with them.

    Depends if it is nearly straight without them, and not clearly bent with them. Corrected if it
    is bent without them, contested if that is too close to call.

    Parameters
    ----------
    result : SigmoidParts

    Returns
    -------
    Finding
    """
    names = ("held", "learned")
    line = [interval(100 * result.straight[name][:, 1]) for name in names]
    part = [interval(100 * result.shares[name][:, 1, 0]) for name in names]
    verdict = "corrected" if line[0].high < STRAIGHT else "contested"
    if line[0].low > STRAIGHT:
        verdict = "confirmed" if line[1].high < STRAIGHT else "depends"
    held, learned = (_linearity(explained) for explained in line)
    both = f"{held}, both" if held == learned else f"{held} if held, {learned} if learned"
    gain = interval(100 * (result.accuracy["learned"] - result.accuracy["held"]))
    effect = (
        f"With γ and β held at 1 and 0, a straight line explains {line[0]:.1f} % of what the "
        f"sigmoids put out, and {line[1]:.1f} % with them learned: {both}. On the part with 90 % "
        f"of the steepest slope lie {part[0]:.1f} % of z and {part[1]:.1f} %. "
        f"Learning them changes the test accuracy by {signed(gain, '.2f')} points."
    )
    return Finding(verdict, effect, len(result.seeds))


def _linearity(explained):
    if explained.low > STRAIGHT:
        return "nearly linear"
    return "bent" if explained.high < STRAIGHT else f"too close to {STRAIGHT} % to call"


def judge_bias(output, b, beta):
    """Corrected if it is b that has no effect and no gradient, while beta has one.

    Parameters
    ----------
    output : float
        Largest change of y when b changes.
    b, beta : float
        Largest entry of b's gradient and of beta's.

    Returns
    -------
    Finding
    """
    b_useless, beta_useless = max(output, b) < EXACT, beta < EXACT
    verdict = "contested"
    if b_useless != beta_useless:
        verdict = "corrected" if b_useless else "confirmed"
    effect = (
        "It is the bias b of the layer below: whatever it is, y stays as it was, and its gradient "
        f"is 0, {to_decimals(max(output, b))}. The gradient of β reaches {beta:.3f}."
    )
    return Finding(verdict, effect, 0)


def _bias(seeds=SEEDS, _folder=None):
    return judge_bias(*np.max([_bias_of(seed) for seed in seeds], axis=0))


def _bias_of(seed):
    """What `judge_bias` asks for, of one untrained network and one batch of digits."""
    train, rng = load_digits().split(seed)[0], np.random.default_rng(seed)
    hidden, norm = Linear(64, 50, bias=True, rng=rng), BatchNorm(50)
    network = Network([hidden, norm, Sigmoid(), Linear(50, 10, rng=rng)])
    logits = network.forward(train.x[:32], training=True)
    network.backward(softmax_cross_entropy(logits, train.labels[:32])[1])
    b, beta = np.abs(hidden.grads["b"]).max(), np.abs(norm.grads["beta"]).max()
    hidden.params["b"][:] = rng.normal(scale=100, size=50)
    changed = np.abs(network.forward(train.x[:32], training=True) - logits).max()
    return changed, b, beta


def pre_activations(seed):
    """z of 50 neurons with random weights, for 32 digits: (32, 50)."""
    layer = Linear(64, 50, rng=np.random.default_rng(seed))
    return layer.forward(load_digits().split(seed)[0].x[:32], training=True)


def to_decimals(deviation):
    """ "to 10 decimals", or how large a deviation is."""
    return "to 10 decimals" if deviation < EXACT else f"up to {deviation:.1g}"


CLAIMS = (
    Claim(
        number=1,
        said="Batch norm is the normalization of the output in each hidden layer.",
        source="lecture notes",
        section="chapters/02_the_transform.ipynb#say-which-numbers-are-averaged",
        stored=_axis,
        fresh=_axis,
    ),
    Claim(
        number=19,
        said="Without γ and β, batch norm would keep z on the linear part of the sigmoid.",
        source="ioffe2015batch, ng2017improving",
        section="chapters/02_the_transform.ipynb#ask-what-and-are-good-for",
        stored=lambda: judge_linear(sigmoid_parts.load_stored()),
        fresh=lambda seeds, folder: judge_linear(sigmoid_parts.measure(seeds)),
    ),
    Claim(
        number=20,
        said="γ and β make the parameter β useless.",
        source="lecture notes",
        section="chapters/02_the_transform.ipynb#drop-the-bias",
        stored=_bias,
        fresh=_bias,
    ),
)
