"""How small may a batch be, with batch norm and with group norm, which needs no batch?

Three hidden layers, 400 steps. For each batch size both networks try every rate and momentum of
the same grid on the validation images of two seeds, the best four on those of five; the best of
these is measured on 20 other seeds.
`python -m bnlib.experiments small_batches` runs all of it again, in about a minute.

Decided before the first run: the best setting is the one with the highest mean accuracy on the
validation images after the last step, in inference; batch norm's averages keep 0.99 a step.
"""

from dataclasses import dataclass
from itertools import pairwise, product

import numpy as np

from bnlib.checks import check_choice, check_count
from bnlib.data import load_digits
from bnlib.experiments import stored
from bnlib.experiments.at_least_one import at_least_one
from bnlib.experiments.interval import interval
from bnlib.experiments.rounds import in_rounds
from bnlib.experiments.sweep import sweep
from bnlib.group_norms import GroupNorm
from bnlib.layers import Linear, ReLU
from bnlib.network import Network
from bnlib.norms import BatchNorm
from bnlib.optim import SGD
from bnlib.replicas import train_replicas
from bnlib.train import accuracy

SIZES = (64, 50, 50, 50, 10)
GROUPS = 5  # of 10 units
STEPS = 400
BATCH_SIZES = (2, 4, 8, 32, 128)
SEEDS, TUNING_SEEDS, CHECK_SEEDS = range(20), range(100, 105), range(200, 205)
FIRST, FINALISTS = 2, 4  # tuning seeds for every setting; settings that all of them see
RATES = (0.01, 0.03, 0.1, 0.3, 1.0)
MOMENTA = (0.0, 0.9)
NORMS = ("batch", "group")
TUNED_DECAY = 0.99


@dataclass(frozen=True)
class Setting:
    """One network and how it is trained."""

    norm: str
    batch_size: int
    learning_rate: float
    momentum: float


@dataclass(frozen=True)
class SmallBatches:
    """Both networks, tuned for every batch size.

    Attributes
    ----------
    settings : dict of (norm, batch size) to Setting
    group_error : dict of batch size to (S,) array
        Of the network with group norm on the test images, 0 to 1. What batch norm's is depends on
        the statistics it uses: see `bnlib.experiments.inference_statistics`.
    """

    settings: dict
    group_error: dict

    def summary(self):
        """One line a batch size: both settings, and group norm's test error."""
        lines = []
        for m in BATCH_SIZES:
            tuned = [self.settings[norm, m] for norm in NORMS]
            how = [f"{s.norm}: rate {s.learning_rate:g}, momentum {s.momentum:g}" for s in tuned]
            error = interval(100 * self.group_error[m])
            lines.append(f"m = {m:3}  {'; '.join(how)}; group norm's error {error:.1f} %")
        return "\n".join(lines)


def build(norm, seed, ema_decay=TUNED_DECAY, ghost_batch_size=None):
    """An untrained network; with either norm, a seed has the same W.

    Parameters
    ----------
    norm : "batch" or "group"
    seed : int
    ema_decay, ghost_batch_size
        Of the batch norms.

    Returns
    -------
    Network
        In float32.

    Raises
    ------
    ValueError, TypeError
        For another norm, or as `BatchNorm`.
    """
    check_choice("norm", norm, NORMS)
    rng = np.random.default_rng(check_count("seed", seed, least=0))
    layers = []
    for before, after in pairwise(SIZES[:-1]):
        start = {"initializer": "he", "rng": rng, "dtype": np.float32}
        layers.append(Linear(before, after, bias=norm != "batch", **start))
        if norm == "batch":
            kind = {"ema_decay": ema_decay, "ghost_batch_size": ghost_batch_size}
            layers.append(BatchNorm(after, dtype=np.float32, **kind))
        else:
            layers.append(GroupNorm(GROUPS, after, dtype=np.float32))
        layers.append(ReLU())
    return Network([*layers, Linear(*SIZES[-2:], rng=rng, dtype=np.float32)])


def tune(norm, batch_size, seeds=TUNING_SEEDS, folder=None):
    """Try every rate and momentum on validation images, in two rounds.

    Parameters
    ----------
    norm : "batch" or "group"
    batch_size : int
    seeds : sequence of int
    folder : str or path, optional
        Where `sweep` keeps the finished runs.

    Returns
    -------
    Setting
        The one with the best mean accuracy over the seeds.

    Raises
    ------
    ValueError, TypeError
        For another norm, no seeds, or as `train_replicas`.
    """
    settings = [Setting(norm, batch_size, *each) for each in product(RATES, MOMENTA)]

    def score(settings, seeds):
        [run] = sweep(trained_errors, [(settings, seeds, "validation")], folder=folder)
        return -run["error"]

    return in_rounds(score, settings, seeds, {FIRST: FINALISTS}).settings[0]


def measure(setting, seeds=SEEDS, folder=None):
    """The error on the test images, in inference, once for each seed: (S,), 0 to 1.

    Raises
    ------
    ValueError, TypeError
        For no Setting or no seeds.
    """
    if not isinstance(setting, Setting):
        raise TypeError(f"setting must be a Setting, got {setting!r}")
    task = ((setting,), at_least_one("seeds", seeds), "test")
    return sweep(trained_errors, [task], folder=folder)[0]["error"][0]


def trained_errors(task):
    """Train all settings of a task with all its seeds at once, for `sweep`.

    Parameters
    ----------
    task : tuple
        T Settings that differ in rate and momentum alone, S seeds, and "validation" or "test":
        the images to be judged by.

    Returns
    -------
    dict
        "error", (T, S), 0 to 1; a run that diverges guesses, 0.9.
    """
    settings, seeds, part = task
    number = ("train", "validation", "test").index(check_choice("part", part, _PARTS))
    splits = {seed: load_digits().split(seed, dtype=np.float32) for seed in seeds}
    runs = list(product(settings, seeds))
    networks = [build(setting.norm, seed) for setting, seed in runs]
    histories = train_replicas(
        networks,
        [splits[seed][0].x for _, seed in runs],
        [splits[seed][0].labels for _, seed in runs],
        steps=STEPS,
        batch_size=settings[0].batch_size,
        optimizers=[SGD(setting.learning_rate, setting.momentum) for setting, _ in runs],
        rngs=[np.random.default_rng([seed, 1]) for _, seed in runs],
    )
    judged = zip(networks, histories, [splits[seed][number] for _, seed in runs], strict=True)
    return {"error": np.reshape([_error(*each) for each in judged], (len(settings), -1))}


_PARTS = ("validation", "test")
_GUESSING = 0.9


def _error(network, history, images):
    if history.diverged_at is not None:
        return _GUESSING
    return 1 - accuracy(network, images.x, images.labels)


def load_stored():
    """All of it as measured when the result was stored.

    Returns
    -------
    SmallBatches
    """
    result = stored.load("small_batches")
    settings = [Setting(**each) for each in result["settings"]]
    return SmallBatches(
        {(setting.norm, setting.batch_size): setting for setting in settings},
        {int(m): np.array(errors) for m, errors in result["group_error"].items()},
    )


def run(folder=None):
    """Tune and measure everything again, store the result and print a summary.

    Parameters
    ----------
    folder : str or path, optional
        Where `sweep` keeps the finished runs.
    """
    tuned = {each: tune(*each, folder=folder) for each in product(NORMS, BATCH_SIZES)}
    errors = {m: measure(tuned["group", m], folder=folder) for m in BATCH_SIZES}
    stored.save(
        "small_batches",
        {
            "seeds": {"measured": list(SEEDS), "tuned": list(TUNING_SEEDS)},
            "settings": [vars(setting) for setting in tuned.values()],
            "group_error": {m: np.round(error, 4).tolist() for m, error in errors.items()},
        },
    )
    print(load_stored().summary())
