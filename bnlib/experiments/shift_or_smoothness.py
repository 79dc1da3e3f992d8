"""Shift made worse on purpose: does training suffer? And how smooth is the loss meanwhile?

The same runs answer both: ReLU networks without batch norm, with it, and with it but shaken.
`python -m bnlib.experiments shift_or_smoothness` runs all of it again, in about three minutes.

Decided before the first run: the accuracy is judged without the noise, with population statistics
measured without it, for all networks with batch norm alike.
"""

from dataclasses import asdict, dataclass
from itertools import product

import numpy as np

from bnlib.checks import check_choice, check_sequence
from bnlib.data import load_digits
from bnlib.experiments import stored
from bnlib.experiments.along_the_step import follow
from bnlib.experiments.drift import BATCH_SIZE, EVERY, PROBE, STEPS, TUNING_SEEDS, distance
from bnlib.experiments.drift import load_stored as load_drift
from bnlib.experiments.interval import interval
from bnlib.experiments.shaken_networks import Variant, build, received
from bnlib.experiments.sweep import sweep
from bnlib.optim import SGD
from bnlib.population import recalibrate
from bnlib.train import accuracy, train

SEEDS, CHECK_SEEDS = range(20), range(200, 205)
NOISES = (0.25, 0.5, 1.0)
NAMES = ("without", "with", "alike", "noise 0.25", "noise 0.5", "noise 1")
LOOK_EVERY = 10  # steps between two looks at the test images
LOOKS = tuple(range(LOOK_EVERY, STEPS + 1, LOOK_EVERY))
LINES = tuple(range(0, STEPS, EVERY))  # steps at which the gradient is followed
RATES = tuple(0.05 * n for n in range(1, 9))  # of the line: half to four times the tuned 0.1
SHARES = tuple(0.005 * n for n in range(1, 9))  # of the length of theta: 0.5 to 4 %
YARDSTICKS = ("rate", "share")
MEASURES = ("loss_range", "predictiveness", "smoothness")
_TUNED_RATES, _TUNED_MOMENTA = (0.01, 0.03, 0.1, 0.3, 1.0), (0.0, 0.9)


@dataclass(frozen=True)
class Outcome:
    """What S runs of one variant did.

    Attributes
    ----------
    variant : Variant
    moved : (S, F) array
        How far what layer 5 receives moved in each stretch of `EVERY` steps: `drift.distance`,
        in standard deviations, mean over units.
    accuracy : (S, A) array
        On the test images at LOOKS, 0 to 1.
    rise : (S, F, E) array
        Loss at each of RATES along the gradient, minus the loss where the line starts, in nats.
    lines : dict of (str, str) to (S, F) array
        For each of YARDSTICKS and MEASURES. On the yardstick "rate" the line goes to the same
        rates for all networks; on "share", to the same shares of the length of theta.
    """

    variant: Variant
    moved: np.ndarray
    accuracy: np.ndarray
    rise: np.ndarray
    lines: dict

    def steps_to(self, level):
        """(S,) first look at which the accuracy is at least `level`, infinite if none is."""
        reached = self.accuracy >= level
        first = np.array(LOOKS, dtype=np.float64)[reached.argmax(axis=1)]
        return np.where(reached.any(axis=1), first, np.inf)

    def of_run(self, yardstick, measure):
        """(S,) means over the run of one of MEASURES on one of YARDSTICKS."""
        check_choice("yardstick", yardstick, YARDSTICKS)
        return self.lines[yardstick, check_choice("measure", measure, MEASURES)].mean(axis=1)

    def summary(self):
        """One line: how it is trained, how far layer 5 moves, the accuracy at the end."""
        moved, right = interval(self.moved.mean(axis=1)), interval(100 * self.accuracy[:, -1])
        return f"{self.variant!s:34}moves {moved:.2f}, {right:.1f} %"


def shake(task):
    """Train one variant from one seed, with all the looks; for `sweep`.

    Parameters
    ----------
    task : tuple
        A Variant and a seed.

    Returns
    -------
    dict
        The fields of `Outcome`, of one run.
    """
    variant, seed = task
    training, _, test = load_digits().split(seed, dtype=np.float32)
    watch = _Watch(training, test)
    history = _train(variant, seed, training, [watch])[1]
    if history.diverged_at is not None:
        raise ValueError(f"{variant} diverged at step {history.diverged_at}; tune it again")
    return watch.result()


def validate(task):
    """Validation accuracy of one variant and seed after training, 0 if it diverged; for `sweep`."""
    variant, seed = task
    training, validation, _ = load_digits().split(seed, dtype=np.float32)
    network, history = _train(variant, seed, training)
    if history.diverged_at is not None:
        return {"validation": 0.0}
    return {"validation": _judge(network, training, validation)}


def _train(variant, seed, training, observers=()):
    network = build(variant, seed)
    history = train(
        network,
        training.x,
        training.labels,
        steps=STEPS,
        batch_size=BATCH_SIZE,
        optimizer=SGD(variant.learning_rate, variant.momentum),
        rng=np.random.default_rng([seed, 1]),
        observers=observers,
    )
    return network, history


def _judge(network, training, images):
    if any(hasattr(layer, "running_mean") for layer in network.layers):
        recalibrate(network, training.x)  # training does not use what this replaces
    return accuracy(network, images.x, images.labels)


class _Watch:
    """Everything that is looked at while one network learns."""

    def __init__(self, training, test):
        self.training, self.test = training, test
        self.x, self.labels = training.x[:PROBE], training.labels[:PROBE]
        self.values, self.accuracy, self.rise = [], [], []
        self.lines = {f"{y} {m}": [] for y, m in product(YARDSTICKS, MEASURES)}

    def __call__(self, step, network):
        if step % EVERY == 0:
            self.values.append(received(network, self.x)[-1])
        if step in LINES:
            self._follow(network)
        if step in LOOKS:
            self.accuracy.append(_judge(network, self.training, self.test))

    def _follow(self, network):
        line = follow(network, self.x, self.labels, RATES)
        size = float(np.linalg.norm(network.theta)) / line.length
        shares = follow(network, self.x, self.labels, [size * share for share in SHARES])
        self.rise.append(line.losses - line.start)
        for yardstick, each in zip(YARDSTICKS, (line, shares), strict=True):
            for measure in MEASURES:
                self.lines[f"{yardstick} {measure}"].append(getattr(each, measure))

    def result(self):
        pairs = zip(self.values, self.values[1:], strict=False)
        return {
            "moved": np.array([distance(*pair).mean() for pair in pairs]),
            "accuracy": np.array(self.accuracy),
            "rise": np.array(self.rise),
            **{name: np.array(values) for name, values in self.lines.items()},
        }


def tune(noise, seeds=TUNING_SEEDS, folder=None):
    """The rate and momentum that suit a shaken network, on validation images.

    Parameters
    ----------
    noise : float
    seeds : sequence of int
    folder : str or path, optional
        Where `sweep` keeps the finished runs.

    Returns
    -------
    Variant
        With the gain of the tuned network with batch norm.
    """
    gain = load_drift()["relu with"].setting.gain
    tried = [
        Variant(True, noise, rate, momentum, gain)
        for rate, momentum in product(_TUNED_RATES, _TUNED_MOMENTA)
    ]
    runs = sweep(validate, list(product(tried, seeds)), folder=folder)
    scores = np.reshape([run["validation"] for run in runs], (len(tried), -1)).mean(axis=1)
    return tried[int(np.argmax(scores))]


def variants(folder=None):
    """The networks that are compared, each with the training that suits it.

    "without" and "with" are those of the drift experiment; "alike" has batch norm and is trained
    just as "without" is.

    Returns
    -------
    dict of str to Variant
        For each of NAMES.
    """
    drift = load_drift()
    settings = [drift[f"relu {side}"].setting for side in ("without", "with")]
    without, with_norm = (
        Variant(s.batch_norm, 0.0, s.learning_rate, s.momentum, s.gain) for s in settings
    )
    alike = Variant(True, 0.0, without.learning_rate, without.momentum, without.gain)
    shaken = [tune(noise, folder=folder) for noise in NOISES]
    return dict(zip(NAMES, (without, with_norm, alike, *shaken), strict=True))


def measure(compared, seeds=SEEDS, folder=None):
    """Train and watch some variants.

    Parameters
    ----------
    compared : dict of str to Variant
    seeds : sequence of int
    folder : str or path, optional
        Where `sweep` keeps the finished runs.

    Returns
    -------
    dict of str to Outcome

    Raises
    ------
    ValueError, TypeError
        For no seeds, or as `build`.
    """
    seeds = check_sequence("seeds", seeds, "integers")
    if not seeds:
        raise ValueError("seeds is empty; pass at least one")
    runs = sweep(shake, list(product(compared.values(), seeds)), folder=folder)
    parts = [runs[start : start + len(seeds)] for start in range(0, len(runs), len(seeds))]
    return {
        name: _outcome(variant, {key: np.array([run[key] for run in part]) for key in part[0]})
        for (name, variant), part in zip(compared.items(), parts, strict=True)
    }


def _outcome(variant, arrays):
    lines = {(y, m): np.array(arrays[f"{y} {m}"]) for y, m in product(YARDSTICKS, MEASURES)}
    return Outcome(variant, *(np.array(arrays[n]) for n in ("moved", "accuracy", "rise")), lines)


def load_stored():
    """All variants, as measured when the result was stored.

    Returns
    -------
    dict of str to Outcome
        For each of NAMES.
    """
    networks = stored.load("shift_or_smoothness")["networks"]
    return {name: _outcome(Variant(**each["variant"]), each) for name, each in networks.items()}


def run(folder=None):
    """Tune and measure everything again, store the result and print a summary.

    Parameters
    ----------
    folder : str or path, optional
        Where `sweep` keeps the finished runs.
    """
    networks = {}
    for name, outcome in measure(variants(folder), folder=folder).items():
        arrays = {n: _rounded(getattr(outcome, n), 4) for n in ("moved", "accuracy")}
        lines = {" ".join(key): _rounded(values, 4) for key, values in outcome.lines.items()}
        arrays |= lines | {"rise": _rounded(outcome.rise, 3)}
        networks[name] = {"variant": asdict(outcome.variant), **arrays}
    seeds = {"measured": list(SEEDS), "tuned": list(TUNING_SEEDS)}
    stored.save("shift_or_smoothness", {"seeds": seeds, "networks": networks})
    for name, outcome in load_stored().items():
        print(f"{name:12}{outcome.summary()}")


def _rounded(values, digits):
    """Nested lists with so many significant digits."""
    return np.vectorize(lambda value: float(f"{value:.{digits}g}"))(values).tolist()
