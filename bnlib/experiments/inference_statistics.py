"""Which statistics should a trained network use, and how far can one trust a moving average?

The networks with batch norm of `small_batches`, tuned there, with every batch statistic recorded.
`python -m bnlib.experiments inference_statistics` runs all of it again, in about a minute.
"""

from dataclasses import dataclass
from itertools import product

import numpy as np

from bnlib.data import load_digits
from bnlib.experiments import small_batches, stored
from bnlib.experiments.batch_statistics import (
    STARTS,
    Averages,
    answers_in_batches,
    last_batch,
    population,
    use,
)
from bnlib.experiments.interval import interval
from bnlib.experiments.small_batches import BATCH_SIZES, SEEDS, SIZES, STEPS, build
from bnlib.experiments.sweep import sweep
from bnlib.optim import SGD
from bnlib.train import accuracy, train

DECAYS = (0.0, 0.9, 0.99, 0.999)
LOOKS = (1, 2, 5, 10, 20, 30, 50, 100, 200, 300, 400)
UNIT = 0  # of the first layer, whose variance the book follows
SHUFFLES = 5
EVALUATION_BATCH = 32  # of those who forget the switch


@dataclass(frozen=True)
class Statistics:
    """What S runs did for each of M batch sizes.

    Attributes
    ----------
    error : (M, S, D decays, 3 starts, F looks) array
        On the test images, 0 to 1, with that moving average.
    population_error, batch_error : (M, S, F) arrays
        With the statistics of all training images; with those of batches of m test images.
    off : (M, S, D, 3, F) array
        How far the average of a variance is from the truth, as a share of it: the mean over the
        first layer's units.
    sorted_error : (M, S) array
        At the end, with the statistics of batches of m test images sorted by digit.
    changed : (M, S) array
        Share of test images that get different answers in two shuffles, with batch statistics.
    spoilt : (M, S, D) array
        Error in inference (corrected averages) after one evaluation of the sorted test images in
        training mode, in batches of EVALUATION_BATCH.
    batch_var, true_var : (M, STEPS) arrays
        Of the first seed and UNIT: the variance that each step measured, and that of all training
        images after it.
    """

    error: np.ndarray
    population_error: np.ndarray
    batch_error: np.ndarray
    off: np.ndarray
    sorted_error: np.ndarray
    changed: np.ndarray
    spoilt: np.ndarray
    batch_var: np.ndarray
    true_var: np.ndarray

    def averaged(self, batch_size, decay, start="corrected"):
        """Test error with one moving average at every look: (S, F)."""
        return self.error[_place(batch_size, decay, start)]

    def estimate_off(self, batch_size, decay, start="corrected"):
        """As `averaged`: how far the average of a variance is off, as a share of the truth."""
        return self.off[_place(batch_size, decay, start)]

    def summary(self):
        """A line a batch size: final errors with two averages, the population's, the batch's."""
        lines = []
        for i, m in enumerate(BATCH_SIZES):
            errors = {
                "average .9": self.averaged(m, 0.9)[:, -1],
                "average .99": self.averaged(m, 0.99)[:, -1],
                "all images": self.population_error[i, :, -1],
                "batch": self.batch_error[i, :, -1],
                "sorted": self.sorted_error[i],
            }
            texts = (f"{name} {interval(100 * each):.1f}" for name, each in errors.items())
            lines.append(f"m = {m:3}  {', '.join(texts)} %")
        return "\n".join(lines)


def _place(batch_size, decay, start):
    """Where a combination stands in `error`; ValueError for one that was not measured."""
    axes = {"batch_size": BATCH_SIZES, "decay": DECAYS, "start": STARTS}
    for (name, axis), value in zip(axes.items(), (batch_size, decay, start), strict=True):
        if value not in axis:
            raise ValueError(f"{name} must be one of {axis}, got {value!r}")
    m, d, s = (
        list(a).index(v) for a, v in zip(axes.values(), (batch_size, decay, start), strict=True)
    )
    return m, slice(None), d, s


def measure(batch_sizes=BATCH_SIZES, seeds=SEEDS, folder=None):
    """Train, record and judge every batch size with every seed.

    Parameters
    ----------
    batch_sizes : sequence of int
        Of BATCH_SIZES.
    seeds : sequence of int
    folder : str or path, optional
        Where `sweep` keeps the finished runs.

    Returns
    -------
    Statistics
        M is the number of these batch sizes; `averaged` and `summary` need all of them.

    Raises
    ------
    ValueError, TypeError
        For another batch size, or no seeds.
    """
    tuned = small_batches.load_stored().settings
    for m in batch_sizes:
        _place(m, DECAYS[0], STARTS[0])
    if not batch_sizes or not seeds:
        raise ValueError("batch_sizes or seeds is empty; pass at least one of each")
    runs = sweep(
        followed, [(tuned["batch", m], seed) for m, seed in product(batch_sizes, seeds)],
        folder=folder,
    )  # fmt: skip
    rows = [runs[i : i + len(seeds)] for i in range(0, len(runs), len(seeds))]
    stacked = {name: np.array([[run[name] for run in row] for row in rows]) for name in _ARRAYS}
    return Statistics(**stacked | {name: stacked[name][:, 0] for name in _OF_ONE_RUN})


_OF_ONE_RUN = ("batch_var", "true_var")
_ARRAYS = tuple(Statistics.__dataclass_fields__)


def followed(task):
    """One run, for `sweep`: a Setting and a seed in, the arrays of Statistics for them out."""
    setting, seed = task
    training, _, test = load_digits().split(seed, dtype=np.float32)
    network = build("batch", seed, ema_decay=0)
    follower = _Follower(setting.batch_size, seed, training, test)
    history = train(
        network,
        training.x,
        training.labels,
        steps=STEPS,
        batch_size=setting.batch_size,
        optimizer=SGD(setting.learning_rate, setting.momentum),
        rng=np.random.default_rng([seed, 1]),
        observers=[follower],
    )
    if history.diverged_at is not None:
        raise RuntimeError(f"{setting} with seed {seed} diverged; tune it again")
    return follower.result(network)


class _Follower:
    """Watches a run and judges every kind of statistics at the looks."""

    def __init__(self, batch_size, seed, training, test):
        self.training, self.test = training, test
        self.in_batches = build("batch", seed, ghost_batch_size=batch_size)
        self.rng = np.random.default_rng([seed, 2])
        self.averages = Averages(DECAYS, sum(SIZES[1:-1]))
        self.recent = []  # statistics that the averages have not yet taken in
        self.covariance = np.cov(training.x.T.astype(np.float64))
        self.batch_var, self.true_var = [], []
        self.error, self.off, self.population_error, self.batch_error = [], [], [], []

    def __call__(self, step, network):
        if step == 0:
            return
        statistics = last_batch(network)
        self.recent.append(statistics)
        self.batch_var.append(statistics[1, UNIT])
        self.true_var.append(self._true_var(network, UNIT))
        if step in LOOKS:
            self._look(network)

    def _true_var(self, network, unit=slice(None)):
        """Of the first layer's z over all training images, with divisor n - 1."""
        W = network.layers[0].params["W"][:, unit].astype(np.float64)
        return np.einsum("i...,i...->...", W, self.covariance @ W)

    def _look(self, network):
        self.averages.add(np.array(self.recent))
        self.recent.clear()
        truth = self._true_var(network)
        off, errors = [], []
        for average in self.averages.each.values():
            value = average.value
            off.append(np.abs(value[1, : SIZES[1]] / truth - 1).mean())
            use(network, value)
            errors.append(self._error(network))
        shape = (len(DECAYS), len(STARTS))
        self.off.append(np.reshape(off, shape))
        self.error.append(np.reshape(errors, shape))
        population(network, self.training.x)
        self.population_error.append(self._error(network))
        orders = (self.rng.permutation(len(self.test)) for _ in range(SHUFFLES))
        self.batch_error.append(np.mean([self._batch_error(network, each) for each in orders]))

    def _error(self, network):
        return 1 - accuracy(network, self.test.x, self.test.labels)

    def _answers(self, network, order):
        self.in_batches.theta = network.theta
        return answers_in_batches(self.in_batches, self.test.x, order)

    def _batch_error(self, network, order):
        rows, answers = self._answers(network, order)
        return np.mean(answers != self.test.labels[rows])

    def result(self, network):
        """The arrays of Statistics for this run."""
        by_digit = np.argsort(self.test.labels, kind="stable")
        return {
            "error": np.moveaxis(self.error, 0, -1),
            "off": np.moveaxis(self.off, 0, -1),
            "population_error": np.array(self.population_error),
            "batch_error": np.array(self.batch_error),
            "sorted_error": self._batch_error(network, by_digit),
            "changed": self._changed(network),
            "spoilt": np.array([self._spoilt(network, decay, by_digit) for decay in DECAYS]),
            "batch_var": np.array(self.batch_var),
            "true_var": np.array(self.true_var),
        }

    def _changed(self, network):
        """Share of the images, of those in both shuffles, that get two answers."""
        twice = np.full((2, len(self.test)), -1)
        for answers in twice:
            rows, found = self._answers(network, self.rng.permutation(len(self.test)))
            answers[rows] = found
        known = twice[:, (twice >= 0).all(axis=0)]
        return np.mean(known[0] != known[1])

    def _spoilt(self, network, decay, order):
        average = self.averages.each[decay, "corrected"]
        raw, updates = average.raw.copy(), average.updates
        for start in range(0, len(order) - EVALUATION_BATCH + 1, EVALUATION_BATCH):
            rows = order[start : start + EVALUATION_BATCH]
            network.forward(self.test.x[rows], training=True)
            average.add(last_batch(network)[None])
        use(network, average.value)
        average.raw, average.updates = raw, updates
        return self._error(network)


def load_stored():
    """All of it as measured when the result was stored.

    Returns
    -------
    Statistics
    """
    result = stored.load("inference_statistics")
    return Statistics(**{name: np.array(result[name]) for name in _ARRAYS})


def run(folder=None):
    """Measure everything again, store the result and print a summary.

    Parameters
    ----------
    folder : str or path, optional
        Where `sweep` keeps the finished runs.
    """
    found = measure(folder=folder)
    numbers = {name: np.round(getattr(found, name), 4).tolist() for name in _ARRAYS}
    stored.save("inference_statistics", {"seeds": list(SEEDS), **numbers})
    print(load_stored().summary())
