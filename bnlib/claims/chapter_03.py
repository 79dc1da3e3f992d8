"""Claims of chapter 3: what gamma and beta are, batch norm of the input, and z or a."""

from itertools import product

import numpy as np

from bnlib.claims.chapter_02 import EXACT, pre_activations, to_decimals
from bnlib.claims.claim import Claim, Finding
from bnlib.claims.words import signed
from bnlib.experiments import input_norm, placement
from bnlib.experiments.gamma_beta import SIZES, follow
from bnlib.experiments.interval import Interval, interval
from bnlib.experiments.placed_networks import Training, measure, run_together
from bnlib.experiments.rounds import in_rounds
from bnlib.experiments.scaled_digits import DATA
from bnlib.experiments.sweep import sweep
from bnlib.experiments.tuned_places import COMPARED, FIRST, GAINS, MOMENTA, PER_RATE, RATES
from bnlib.functional import batch_norm
from bnlib.gradcheck import check_gradients
from bnlib.norms import BatchNorm

SEEDS = range(20)
CHECKED = 1e-7  # what a gradient check may leave
WIDER = 1.25  # each of three intervals, so that all three hold together with 95 %
TOLERATES = 0.1  # accuracy that makes a difference at the largest rate


def judge_parameters(error, pairs, moved):
    """Corrected if gamma and beta are pairs that follow a gradient, so parameters.

    Parameters
    ----------
    error : float
        Largest relative error of their gradients, against numerical ones.
    pairs : int
        Of gamma and beta in a layer of 50 units.
    moved : (S, 2) array
        Share of the gamma, and of the beta, that training moved, over all hidden units.

    Returns
    -------
    Finding
    """
    gamma, beta = interval(100 * moved[:, 0]), interval(100 * moved[:, 1])
    learned = error < CHECKED and min(gamma.low, beta.low) > 50
    still = max(gamma.high, beta.high) < 1
    verdict = "corrected" if learned else "confirmed" if still and pairs == 1 else "contested"
    effect = (
        f"They are parameters: they have a gradient, and training moved {gamma:.0f} % of all γ and "
        f"{beta:.0f} % of all β. A layer of 50 units has {pairs} pairs of them, not one."
    )
    return Finding(verdict, effect, len(moved))


def _parameters(seeds=SEEDS, _folder=None):
    errors = [_gradient_error(seed) for seed in seeds]
    learned = follow(seeds)
    gamma = (learned.gamma[:, -1] != learned.gamma[:, 0]).mean(axis=(1, 2))
    beta = (learned.beta[:, -1] != learned.beta[:, 0]).mean(axis=(1, 2))
    pairs = BatchNorm(SIZES[1]).params["gamma"].size
    return judge_parameters(max(errors), pairs, np.stack([gamma, beta], axis=1))


def _gradient_error(seed):
    rng = np.random.default_rng(seed)
    layer = BatchNorm(5)
    layer.params["gamma"] = rng.normal(1, 0.5, size=5)
    layer.params["beta"] = rng.normal(0, 0.5, size=5)
    errors = check_gradients(layer, rng.normal(3, 2, size=(8, 5)), training=True, rng=rng)
    return max(errors["gamma"], errors["beta"])


def judge_kept(mean, std, moved):
    """Corrected if beta and abs(gamma) set mean and std exactly, but move as they learn.

    Depends if one of them moves and the other stays, confirmed if both stay.

    Parameters
    ----------
    mean, std : float
        Largest deviation of y's mean from beta, and of its std from abs(gamma) sqrt(v / (v + eps)).
    moved : (S, 2) array
        Mean distance of the second hidden layer's gamma and beta from where they started.

    Returns
    -------
    Finding
    """
    gamma, beta = interval(moved[:, 0]), interval(moved[:, 1])
    verdict = "contested"
    if max(mean, std) < EXACT:
        moves = [each.low > 0 for each in (gamma, beta)]
        verdict = "corrected" if all(moves) else "depends" if any(moves) else "confirmed"
    effect = (
        f"β sets the mean and |γ| the standard deviation, {to_decimals(max(mean, std))}. Training "
        f"moves γ by {gamma:.2f} and β by {beta:.2f}, in the second of two hidden layers."
    )
    return Finding(verdict, effect, len(moved))


def _kept(seeds=SEEDS, _folder=None):
    means, stds, eps = [], [], 1e-5
    for seed in seeds:
        gamma, beta = np.random.default_rng([seed, 2]).normal(size=(2, 50))
        y, cache = batch_norm(pre_activations(seed), gamma, beta, eps)
        spread = np.abs(gamma) * np.sqrt(cache.var / (cache.var + eps))
        means.append(np.abs(y.mean(axis=0) - beta))
        stds.append(np.abs(y.std(axis=0) - spread))
    learned = follow(seeds)
    moved = np.stack([learned.gamma_moved[:, 1], learned.beta_moved[:, 1]], axis=1)
    return judge_kept(np.max(means), np.max(stds), moved)


def judge_input(accuracy):
    """Corrected if batch norm of X never does better than standardizing X once.

    Parameters
    ----------
    accuracy : dict of (data, x, position) to (S,) array
        Test accuracy as in `input_norm.load_stored`; x "standardized" and "batch norm".

    Returns
    -------
    Finding
    """
    percent = {key: 100 * values for key, values in accuracy.items()}
    points = {
        (data, hidden): interval(
            percent[data, "batch norm", hidden] - percent[data, "standardized", hidden]
        )
        for data, hidden in product(DATA, ("before", "none"))
    }
    better = [each.low > 0 for each in points.values()]
    verdict = "confirmed" if all(better) else "depends" if any(better) else "corrected"
    gains = {key: signed(each, ".2f") for key, each in points.items()}
    effect = (
        "Against X standardized once, batch norm of X gains, with batch norm in the hidden layers, "
        f"{gains['plain', 'before']} points on plain digits and {gains['awkward', 'before']} on "
        f"awkwardly scaled ones; without it {gains['plain', 'none']} and "
        f"{gains['awkward', 'none']}."
    )
    return Finding(verdict, effect, len(accuracy["plain", "batch norm", "none"]))


def _stored_input():
    return judge_input({key: outcome.accuracy for key, outcome in input_norm.load_stored().items()})


def _fresh_input(seeds, folder):
    stored = input_norm.load_stored()
    places = {key: outcome for key, outcome in stored.items() if key[1] != "as it is"}
    return judge_input({key: _again(each, seeds, folder) for key, each in places.items()})


def _again(outcome, seeds, folder):
    """Test accuracy of an Outcome's place and training on other seeds: (S,)."""
    return measure(outcome.place, [outcome.training], seeds, folder)[0][0]


def judge_place(accuracy, at_largest):
    """Confirmed if z is ahead with every activation once both are tuned, corrected if a is.

    Depends if one of them is ahead with some activations alone. If neither is: depends if z reads
    far more at the largest rate with every activation, else contested.

    Parameters
    ----------
    accuracy : dict of (activation, position) to (S,) array
        Test accuracy, each tuned; position "before" or "after" the activation.
    at_largest : dict of (activation, position) to float
        Validation accuracy at the rate 3.

    Returns
    -------
    Finding
    """
    points = {}
    for activation in placement.ACTIVATIONS:
        z, a = (accuracy[activation, position] for position in ("before", "after"))
        found = interval(100 * (a - z))
        points[activation] = Interval(found.mean, WIDER * found.half_width)
    lead = [at_largest[a, "before"] - at_largest[a, "after"] for a in placement.ACTIVATIONS]
    verdict = _place_verdict(list(points.values()), min(lead) > TOLERATES)
    differences = ", ".join(f"{name} {signed(each, '.2f')}" for name, each in points.items())
    z_least = min(at_largest[a, "before"] for a in placement.ACTIVATIONS)
    a_most = max(at_largest[a, "after"] for a in placement.ACTIVATIONS)
    effect = (
        f"Each tuned, a is ahead of z by these points: {differences} (intervals made wider for "
        f"three comparisons). At the learning rate {RATES[-1]:g}, z still reads "
        f"{100 * z_least:.0f} % or more of the validation images, a {100 * a_most:.0f} % or less."
    )
    return Finding(verdict, effect, len(z))


def _place_verdict(points, tolerates):
    if all(each.high < 0 for each in points):
        return "confirmed"
    if all(each.low > 0 for each in points):
        return "corrected"
    apart = any(each.high < 0 or each.low > 0 for each in points)
    return "depends" if apart or tolerates else "contested"


def _stored_place():
    placed = placement.load_stored()
    return judge_place(
        {key: outcome.accuracy for key, outcome in placed.items()},
        {key: outcome.by_rate[-1] for key, outcome in placed.items()},
    )


def _fresh_place(seeds, folder):
    placed = {k: each for k, each in placement.load_stored().items() if k[1] != "none"}
    return judge_place(
        {k: _again(each, seeds, folder) for k, each in placed.items()},
        {k: _at_largest_rate(each.place, seeds, folder) for k, each in placed.items()},
    )


def _at_largest_rate(place, seeds, folder):
    """The last entry of an Outcome's `by_rate`, chosen in the same two rounds on other seeds."""
    others = product(MOMENTA, GAINS[place.activation])
    trainings = [Training(RATES[-1], *other) for other in others]

    def score(trainings, seeds):
        task = place, tuple(trainings), tuple(seeds), "validation"
        (run,) = sweep(run_together, [task], folder=folder)
        return run["accuracy"]

    return in_rounds(score, trainings, seeds[:COMPARED], {FIRST: PER_RATE}).scores[0]


CLAIMS = (
    Claim(
        number=4,
        said="γ and β are two hyperparameters, which the network can learn.",
        source="lecture notes",
        section="chapters/03_where_it_goes.ipynb#tell-parameters-from-hyperparameters",
        stored=_parameters,
        fresh=_parameters,
    ),
    Claim(
        number=5,
        said="γ and β keep the mean and the variance at 0 and 1, or at any other fixed values.",
        source="lecture notes",
        section="chapters/03_where_it_goes.ipynb#tell-parameters-from-hyperparameters",
        stored=_kept,
        fresh=_kept,
    ),
    Claim(
        number=2,
        said="Batch norm is used for the input X as well as in the hidden layers.",
        source="lecture notes",
        section="chapters/03_where_it_goes.ipynb#normalize-x-too",
        stored=_stored_input,
        fresh=_fresh_input,
    ),
    Claim(
        number=7,
        said="Normalize z, before the activation function, rather than a, after it.",
        source="ioffe2015batch, ng2017improving",
        section="chapters/03_where_it_goes.ipynb#normalize-z-or-a",
        stored=_stored_place,
        fresh=_fresh_place,
    ),
)
