"""Trained on black animals, does a network still know a cat when the fur changes colour?

Each network is tuned on black validation pictures of seeds of its own; then 20 other seeds are
measured. `python -m bnlib.experiments coloured_cats` runs all of it again, in a few minutes.
"""

from dataclasses import dataclass
from itertools import product

import numpy as np

from bnlib.checks import check_choice
from bnlib.data.cat_sets import (
    TEST,
    Standardizer,
    animals,
    painted,
    shown,
    stream,
    training_set,
    validation_set,
)
from bnlib.data.cats import KINDS
from bnlib.data.coats import COLOURS
from bnlib.experiments import stored
from bnlib.experiments.interval import interval
from bnlib.experiments.rounds import in_rounds
from bnlib.experiments.sweep import sweep
from bnlib.models import mlp
from bnlib.optim import SGD
from bnlib.population import recalibrate
from bnlib.train import accuracy, train

HIDDEN, BATCH_SIZE = (48, 48, 48), 64
STEPS = ((800, 1.0), (200, 0.1))  # steps, and the share of the learning rate they are taken with
SEEDS, TUNING_SEEDS, CHECK_SEEDS = range(20), range(100, 110), range(300, 303)
RATES, LINEAR_RATES = (0.01, 0.03, 0.1, 0.3, 1.0), (0.001, 0.003, 0.01, 0.03, 0.1)
MOMENTA, GAINS = (0.0, 0.9), (0.25, 0.5, 1.0)
FIRST, FINALISTS = 2, 5  # tuning seeds for every setting; settings that all of them see

SHARES = (0.5, 0.6, 0.7, 0.8, 0.9, 1.0)  # of cats among the new pictures
CATS, EARS_UP = ("cat",), ("cat", "bear", "rabbit")  # what the old rule calls a cat, and the new
TRAINED_ON_ALL = ("without, all colours", "with, all colours")
FIXED = ("linear", "without", "restandardized", "frozen", *TRAINED_ON_ALL)
VARIANTS = (*FIXED, "recalibrated")


@dataclass(frozen=True)
class Setting:
    """One network and how it is trained; without hidden layers it is logistic regression."""

    batch_norm: bool
    learning_rate: float
    momentum: float
    gain: float = 1.0
    hidden: tuple = HIDDEN


@dataclass(frozen=True)
class ColourShift:
    """What S seeds' networks say of test pictures in C colours (COLOURS), by the K kinds (KINDS).

    Attributes
    ----------
    settings : dict of str to Setting
        "without", "with" and "linear".
    said : dict of str to (S, C, K) array
        Share of the pictures called a cat, for each of FIXED: "linear", logistic regression;
        "without" batch norm; "restandardized", the same with every input standardized on new
        pictures; "frozen", batch norm with the statistics of training; two trained on all colours.
    recalibrated : (S, R, C, K) array
        The same with batch norm, recalibrated on new pictures with R shares of cats (SHARES).
    answers : (2 + R, C, 8) array
        Probability of a cat that the first seed's networks give the eight `EXAMPLES`: "without",
        "frozen", and recalibrated at each of SHARES.
    """

    settings: dict
    said: dict
    recalibrated: np.ndarray
    answers: np.ndarray

    def accuracy(self, variant, share=0.5, cats=CATS):
        """Share of right answers where `share` of the pictures show the kind "cat": (S, C).

        Parameters
        ----------
        variant : str
            One of VARIANTS. "recalibrated" saw new pictures with that share, too.
        share : float
            One of SHARES; the other kinds divide the rest equally.
        cats : tuple of str
            The kinds that the rule calls a cat.

        Raises
        ------
        ValueError, TypeError
            For an unknown variant, or a share that was not measured.
        """
        if share not in SHARES:
            raise ValueError(f"share must be one of {SHARES}, got {share!r}")
        check_choice("variant", variant, VARIANTS)
        new = self.recalibrated[:, SHARES.index(share)]
        said = new if variant == "recalibrated" else self.said[variant]
        right = np.where([kind in cats for kind in KINDS], said, 1 - said)
        others = (1 - share) / (len(KINDS) - 1)
        return right @ [share if kind == "cat" else others for kind in KINDS]

    def summary(self):
        """One line a variant: accuracy in percent on black, half orange, orange, white, mixed."""
        lines = []
        for variant in VARIANTS:
            percent = 100 * self.accuracy(variant)[:, [0, 4, 8, 9, 10]]
            lines.append(f"{variant:22}" + "  ".join(f"{interval(c):.1f}" for c in percent.T))
        return "\n".join(lines)


def trained(setting, seed, colour=0.0):
    """Train a network on pictures of one colour.

    Parameters
    ----------
    setting : Setting
    seed : int
        Of the pictures, the initial weights and the batches.
    colour : float or str
        One of COLOURS.

    Returns
    -------
    Network or None
        None if it diverged.
    """
    x, labels, _ = training_set(seed, colour)
    network = mlp(
        [x.shape[1], *setting.hidden, 1],
        batch_norm=setting.batch_norm,
        rng=stream(seed, "weights"),
        gain=setting.gain,
        dtype=np.float32,
    )
    batches = stream(seed, "batches")
    for steps, part in STEPS:
        history = train(
            network,
            x,
            labels,
            steps=steps,
            batch_size=BATCH_SIZE,
            optimizer=SGD(part * setting.learning_rate, setting.momentum),
            rng=batches,
            loss="binary_cross_entropy",
        )
        if history.diverged_at is not None:
            return None
    return network


def tune(batch_norm, hidden=HIDDEN, seeds=TUNING_SEEDS, folder=None):
    """Try all rates, momenta and gains on black validation pictures, in two rounds.

    Returns
    -------
    Setting
        The one of them with the best mean accuracy over all seeds.
    """
    rates, gains = (RATES, GAINS) if hidden else (LINEAR_RATES, (1.0,))
    choices = product(rates, MOMENTA, gains)
    settings = [Setting(batch_norm, *choice, hidden) for choice in choices]

    def score(settings, seeds):
        tasks = [(setting, seed) for seed in seeds for setting in settings]  # a seed draws once
        runs = sweep(_validated, tasks, folder=folder)
        return np.reshape([run["validation"] for run in runs], (len(seeds), -1)).T

    return in_rounds(score, settings, seeds, {FIRST: FINALISTS}).settings[0]


def _validated(task):
    setting, seed = task
    network = trained(setting, seed)
    try:
        return {"validation": 0.0 if network is None else accuracy(network, *validation_set(seed))}
    except ValueError:  # its weights have grown so large that its answers overflow
        return {"validation": 0.0}


def measure(settings, seeds=SEEDS, folder=None):
    """Train the networks of `settings` once for each seed and show them every colour.

    Parameters
    ----------
    settings : dict of str to Setting
        "without", "with" and "linear".
    seeds : sequence of int
    folder : str or path, optional
        Where `sweep` keeps the finished runs.

    Returns
    -------
    ColourShift
    """
    runs = sweep(_measured, [(settings, seed) for seed in seeds], folder=folder)
    arrays = {name: np.array([run[name] for run in runs]) for name in runs[0]}
    said = {variant: arrays[variant] for variant in FIXED}
    return ColourShift(settings, said, arrays["recalibrated"], runs[0]["answers"])


def _measured(task):
    settings, seed = task
    drawn, standardize = shown(seed), training_set(seed)[2]
    pictures = [painted(drawn, colour, seed) for colour in COLOURS]
    x = [standardize(each) for each in pictures]
    new = animals(seed, "new")
    anew = [
        Standardizer(painted(new, colour, seed))(each)
        for colour, each in zip(COLOURS, pictures, strict=True)
    ]
    every = [training_set(seed, "mixed")[2](each) for each in pictures]
    plain, norm = trained(settings["without"], seed), trained(settings["with"], seed)
    logits = {
        "linear": _logits(trained(settings["linear"], seed), x),
        "without": _logits(plain, x),
        "restandardized": _logits(plain, anew),
        "frozen": _logits(norm, x),
        "without, all colours": _logits(trained(settings["without"], seed, "mixed"), every),
        "with, all colours": _logits(trained(settings["with"], seed, "mixed"), every),
        "recalibrated": _recalibrated(norm, x, standardize, seed),
    }
    said = {name: _by_kind(each, drawn.kinds[:TEST]) for name, each in logits.items()}
    own = [logits["without"], logits["frozen"], *logits["recalibrated"]]
    return said | {"answers": 1 / (1 + np.exp(-np.array(own)[..., TEST:]))}


def _logits(network, inputs):
    """What the network says of each of the inputs (n, 768): (C, n)."""
    return np.array([network.forward(x, training=False)[:, 0] for x in inputs])


def _recalibrated(network, inputs, standardize, seed):
    """`_logits` after recalibrating on new pictures of the inputs' colour: (R, C, n)."""
    logits = []
    for share in SHARES:
        new = animals(seed, "new", share)
        for colour, x in zip(COLOURS, inputs, strict=True):
            recalibrate(network, standardize(painted(new, colour, seed)))
            logits.append(_logits(network, [x])[0])
    return np.reshape(logits, (len(SHARES), len(COLOURS), -1))


def _by_kind(logits, kinds):
    """Share of the pictures of each kind that are called a cat: (..., K)."""
    cat = logits[..., : len(kinds)] > 0
    return np.stack([cat[..., kinds == k].mean(axis=-1) for k in range(len(KINDS))], axis=-1)


def load_stored():
    """The tuned networks, as measured when the result was stored.

    Returns
    -------
    ColourShift
    """
    result = stored.load("coloured_cats")
    settings = {
        name: Setting(**setting | {"hidden": tuple(setting["hidden"])})
        for name, setting in result["settings"].items()
    }
    said = {variant: np.array(result["said"][variant]) for variant in FIXED}
    arrays = (np.array(result[name]) for name in ("recalibrated", "answers"))
    return ColourShift(settings, said, *arrays)


def run(folder=None):
    """Tune and measure everything again, store the result and print a summary.

    Parameters
    ----------
    folder : str or path, optional
        Where `sweep` keeps the finished runs.
    """
    settings = {
        "without": tune(False, folder=folder),
        "with": tune(True, folder=folder),
        "linear": tune(False, hidden=(), folder=folder),
    }
    result = measure(settings, folder=folder)
    said = {variant: result.said[variant].round(4).tolist() for variant in FIXED}
    stored.save(
        "coloured_cats",
        {
            "seeds": {"measured": list(SEEDS), "tuned": list(TUNING_SEEDS)},
            "settings": {name: vars(setting) for name, setting in settings.items()},
            "said": said,
            "recalibrated": result.recalibrated.round(4).tolist(),
            "answers": result.answers.round(4).tolist(),
        },
    )
    print(load_stored().summary())
