"""Dropout before batch norm: do the running variances still fit when dropout is switched off?

`python -m bnlib.experiments variance_shift` measures all of it again, in about half a minute.
"""

from dataclasses import dataclass, replace

import numpy as np

from bnlib.checks import check_array, check_finite, check_number, check_sequence
from bnlib.data import load_digits
from bnlib.dropout import Dropout
from bnlib.experiments import stored
from bnlib.experiments.ghost_batches import COMMON
from bnlib.experiments.interval import interval
from bnlib.experiments.judged_networks import SEEDS
from bnlib.experiments.regularized_networks import trained, training_set
from bnlib.experiments.sweep import sweep
from bnlib.population import recalibrate
from bnlib.train import accuracy

RATES = (0.1, 0.3, 0.5, 0.8)
PASSES = 20  # with new masks, over the training images
NORMED = replace(COMMON, group=256)


@dataclass(frozen=True)
class VarianceShift:
    """S networks at each of P dropout rates, 512 images with clean labels.

    Attributes
    ----------
    rates : (P,) array
    measured : (S, P) array
        Variance of the second layer's z with dropout on the first layer / without, after
        training; mean over units.
    expected : (S, P) array
        The same by `expected_ratio`.
    before : (S, P) array
        Test error, 0 to 1, where that dropout comes before the second layer's batch norm.
    recalibrated : (S, P) array
        Of the same networks, when batch norm has the statistics of inference instead.
    after : (S, P) array
        Test error of networks whose dropout comes after the last batch norm.
    without : (S,) array
        Test error without dropout.
    """

    rates: np.ndarray
    measured: np.ndarray
    expected: np.ndarray
    before: np.ndarray
    recalibrated: np.ndarray
    after: np.ndarray
    without: np.ndarray

    def summary(self):
        """A line a rate: the ratio, measured and expected, and three test errors in percent."""
        lines = [f"without dropout: {interval(100 * self.without):.1f} %"]
        for p, rate in enumerate(self.rates):
            ratio = f"ratio {interval(self.measured[:, p]):.2f}, {self.expected[:, p].mean():.2f}"
            names = ("before", "recalibrated", "after")
            errors = (f"{n} {interval(100 * getattr(self, n)[:, p]):.1f} %" for n in names)
            lines.append(f"{rate:4}  {ratio}, {', '.join(errors)}")
            gain = interval(100 * (self.before - self.recalibrated)[:, p])
            lines[-1] += f", recalibrating gains {gain:.2f}"
        return "\n".join(lines)


def expected_ratio(a, W, rate):
    """Variance of z = a W with dropout on a / variance without.

    1 + rate / (1 - rate) * sum_i(W_i**2 * mean(a_i**2)) / var(a W): a mask adds to the variance
    of each product W_i a_i what its mean square is worth, and masks are independent.

    Parameters
    ----------
    a : (n, D) array
        What the linear layer receives.
    W : (D, units) array
    rate : float
        Of the dropout, in [0, 1).

    Returns
    -------
    (units,) array

    Raises
    ------
    ValueError, TypeError
        For arrays that don't fit, a rate out of its range, or a unit without spread.
    """
    a = check_finite("a", check_array("a", a, ndims=(2,), dtype=np.float64))
    W = check_finite("W", check_array("W", W, ndims=(2,), dtype=np.float64))
    rate = check_number("rate", rate, least=0, below=1)
    if a.shape[1] != len(W):
        raise ValueError(f"a has shape {a.shape}, W {W.shape}; a's columns are W's rows")
    var = (a @ W).var(axis=0)
    if (var == 0).any():
        raise ValueError("a unit of a W has no spread; leave it out")
    return 1 + rate / (1 - rate) * (a**2).mean(axis=0) @ W**2 / var


def measure(rates=RATES, seeds=SEEDS, folder=None):
    """Train and measure networks with dropout before batch norm and after it.

    Parameters
    ----------
    rates : sequence of float
    seeds : sequence of int
    folder : str or path, optional
        Where `sweep` keeps the finished runs.

    Returns
    -------
    VarianceShift

    Raises
    ------
    ValueError, TypeError
        For no rates or seeds, or a rate out of (0, 1).
    """
    rates = check_sequence("rates", rates, "numbers")
    seeds = check_sequence("seeds", seeds, "integers")
    if not rates or not seeds:
        raise ValueError(f"{len(rates)} rates and {len(seeds)} seeds were given; pass some")
    for rate in rates:
        check_number("rates", rate, above=0, below=1)
    alone, *runs = sweep(shift_of, [(rate, seeds) for rate in (0, *rates)], folder=folder)
    arrays = [np.transpose([run[name] for run in runs]) for name in _BY_RATE]
    return VarianceShift(np.array(rates), *arrays, alone["after"])


_BY_RATE = ("measured", "expected", "before", "recalibrated", "after")


def shift_of(task):
    """All seeds at one rate, for `sweep`; at rate 0, "after" are the networks without dropout.

    Parameters
    ----------
    task : tuple
        The rate and the seeds.

    Returns
    -------
    dict
        An array (S,) for each of the arrays of VarianceShift.
    """
    rate, seeds = task
    after = trained("clean", replace(NORMED, dropout=rate), seeds)
    found = {"after": _errors(after, seeds)}
    if not rate:
        return found
    before = trained("clean", replace(NORMED, dropout=rate, dropout_before_norm=True), seeds)
    sets = [training_set("clean", seed)[0] for seed in seeds]
    pairs = list(zip(before, sets, seeds, strict=True))
    measured, expected = np.transpose(
        [_ratios(network, x, rate, seed) for network, x, seed in pairs]
    )
    found |= {"measured": measured, "expected": expected, "before": _errors(before, seeds)}
    for network, x, _ in pairs:
        recalibrate(network, x)
    return found | {"recalibrated": _errors(before, seeds)}


def _errors(networks, seeds):
    tests = [load_digits().split(seed, dtype=np.float32)[2] for seed in seeds]
    pairs = zip(networks, tests, strict=True)
    return np.array([1 - accuracy(network, test.x, test.labels) for network, test in pairs])


def _ratios(network, x, rate, seed):
    """Of the variances with dropout and without, of one network whose W stays as it is."""
    a = x
    for layer in network.layers[:3]:
        a = layer.forward(a, training=False)
    W = network.layers[4].params["W"]
    dropout = Dropout(rate, rng=np.random.default_rng([seed, 5]))
    dropped = np.vstack([dropout.forward(a, training=True) for _ in range(PASSES)])
    ratio = (dropped @ W).var(axis=0) / (a @ W).var(axis=0)
    return ratio.mean(), expected_ratio(a, W, rate).mean()


def load_stored():
    """As measured when the result was stored.

    Returns
    -------
    VarianceShift
    """
    kept = stored.load("variance_shift")["shift"]
    return VarianceShift(
        np.array(RATES), *(np.array(kept[name]) for name in (*_BY_RATE, "without"))
    )


def run(folder=None):
    """Measure everything again, store the result and print a summary.

    Parameters
    ----------
    folder : str or path, optional
        Where `sweep` keeps the finished runs.
    """
    found = measure(folder=folder)
    kept = {name: getattr(found, name).round(5).tolist() for name in (*_BY_RATE, "without")}
    stored.save("variance_shift", {"seeds": {"measured": list(SEEDS)}, "shift": kept})
    print(load_stored().summary())
