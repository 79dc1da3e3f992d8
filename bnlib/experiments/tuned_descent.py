"""How much of batch norm's lead is left when both networks are tuned, or both take tiny steps?

Five hidden layers. Every network tries all rates, momenta and initial scales of its grid on the
validation images of five seeds; the best then descends from 20 other seeds.
`python -m bnlib.experiments tuned_descent` runs all of it again, in about a minute.

Decided before the first run: the best setting is the one with the highest validation accuracy,
averaged over the looks and the seeds, so that both an early and a good result count.
"""

from dataclasses import dataclass
from itertools import product

import numpy as np

from bnlib.checks import check_choice
from bnlib.experiments import stored
from bnlib.experiments.at_least_one import at_least_one
from bnlib.experiments.descents import (
    LEVELS,
    LOOKS,
    SEEDS,
    TUNING_SEEDS,
    USUAL_GAINS,
    Descent,
    Setting,
    swept,
)
from bnlib.experiments.interval import interval

LAYERS = 5
RATES = (0.01, 0.03, 0.1, 0.3, 1.0, 3.0)
MOMENTA = (0.0, 0.9)
GAINS = {"relu": (1.0, 2**0.5, 2.0), "sigmoid": (1.0, 2.0, 4.0, 6.0, 8.0)}
TINY_RATE = 0.003
TINY_LOOKS = tuple(range(0, 4001, 200))
NAMES = ("relu without", "relu with", "sigmoid without", "sigmoid with")


@dataclass(frozen=True)
class Tuning:
    """What the validation images say of T settings, mean over the tuning seeds.

    Attributes
    ----------
    settings : tuple of Setting
    score : (T,) array
        Accuracy averaged over the looks: what the best setting is chosen by.
    final : (T,) array
        Accuracy after the last step.
    """

    settings: tuple
    score: np.ndarray
    final: np.ndarray

    @property
    def best(self):
        """The Setting with the highest score."""
        return self.settings[int(np.argmax(self.score))]

    def only(self, **fixed):
        """The settings with these values, as a Tuning: `only(gain=1.0, centred=False)`."""
        kept = [all(getattr(s, k) == v for k, v in fixed.items()) for s in self.settings]
        settings = tuple(np.array(self.settings, dtype=object)[kept])
        return Tuning(settings, self.score[kept], self.final[kept])


@dataclass(frozen=True)
class TunedDescent:
    """Four networks, each at its best, and two that take tiny steps.

    Attributes
    ----------
    tunings : dict of str to Tuning
        For each of NAMES.
    descents : dict of str to Descent
        The best setting of each, on the test images of SEEDS.
    tiny : dict of str to Descent
        "relu without" and "relu with" from the usual start at TINY_RATE, for 4,000 steps.
    """

    tunings: dict
    descents: dict
    tiny: dict

    def summary(self):
        """Two lines a network: its setting, its median steps to 90 and 97 %, its accuracy."""
        lines = []
        for name in NAMES:
            descent = self.descents[name]
            median = [np.median(descent.steps_to(level)) for level in LEVELS]
            right = interval(100 * descent.accuracy[:, -1])
            lines.append(f"{name:16} {self.tunings[name].best}")
            lines.append(f"{'':16} {median[0]:g} and {median[1]:g} steps, {right:.1f} %")
        for name, descent in self.tiny.items():
            lines.append(f"{name}, tiny steps: {interval(100 * descent.accuracy[:, -1]):.1f} %")
        return "\n".join(lines)


def grid(name):
    """Every setting that a network of NAMES tries.

    Parameters
    ----------
    name : str
        One of NAMES.

    Returns
    -------
    list of Setting
        Centred biases are tried by sigmoid networks without batch norm alone: ReLU starts centred,
        and batch norm leaves no bias.

    Raises
    ------
    ValueError
        For another name.
    """
    activation, _, side = check_choice("name", name, NAMES).partition(" ")
    centred = (False, True) if name == "sigmoid without" else (False,)
    values = product(centred, RATES, MOMENTA, GAINS[activation])
    return [
        Setting(activation, side == "with", LAYERS, rate, gain, momentum, start)
        for start, rate, momentum, gain in values
    ]


def tune(name, seeds=TUNING_SEEDS, folder=None):
    """Try the whole grid of one network on validation images.

    Parameters
    ----------
    name : str
        One of NAMES.
    seeds : sequence of int
    folder : str or path, optional
        Where `sweep` keeps the finished runs.

    Returns
    -------
    Tuning

    Raises
    ------
    ValueError, TypeError
        For another name, or no seeds.
    """
    settings = grid(name)
    tried = swept(settings, at_least_one("seeds", seeds), "validation", folder=folder)
    score = [each.accuracy[:, 1:].mean() for each in tried]  # at the start there is none with norm
    final = [each.accuracy[:, -1].mean() for each in tried]
    return Tuning(tuple(settings), np.array(score), np.array(final))


def measure(setting, seeds=SEEDS, looks=LOOKS, folder=None):
    """Let one setting descend from every seed, with the test images to look at.

    Parameters
    ----------
    setting : Setting
    seeds : sequence of int
    looks : sequence of int
    folder : str or path, optional
        Where `sweep` keeps the finished runs.

    Returns
    -------
    Descent

    Raises
    ------
    ValueError, TypeError
        For no Setting or no seeds.
    """
    if not isinstance(setting, Setting):
        raise TypeError(f"setting must be a Setting, got {setting!r}")
    return swept([setting], at_least_one("seeds", seeds), "test", looks, folder)[0]


def tiny_steps(seeds=SEEDS, looks=TINY_LOOKS, folder=None):
    """Descend from the usual start at TINY_RATE, without batch norm and with it.

    Parameters
    ----------
    seeds : sequence of int
    looks : sequence of int
    folder : str or path, optional
        Where `sweep` keeps the finished runs.

    Returns
    -------
    dict of str to Descent
        "relu without", "relu with".
    """
    settings = {
        name: Setting("relu", name == "relu with", LAYERS, TINY_RATE, USUAL_GAINS["relu"])
        for name in NAMES[:2]
    }
    return {name: measure(each, seeds, looks, folder) for name, each in settings.items()}


def load_stored():
    """All of it as measured when the result was stored.

    Returns
    -------
    TunedDescent
    """
    result = stored.load("tuned_descent")
    tunings = {name: _tuning(name, *tuning.values()) for name, tuning in result["tunings"].items()}
    found = {
        kind: {name: _descent(each) for name, each in result[kind].items()}
        for kind in ("descents", "tiny")
    }
    return TunedDescent(tunings, **found)


def _tuning(name, tried, score, final):
    activation, _, side = name.partition(" ")
    settings = (
        Setting(activation, side == "with", LAYERS, **dict(zip(_TRIED, values, strict=True)))
        for values in tried
    )
    return Tuning(tuple(settings), np.array(score), np.array(final))


_TRIED = ("learning_rate", "gain", "momentum", "centred")


def _descent(arrays):
    accuracy = stored.array(arrays["accuracy"])
    loss = stored.array(arrays["loss"], missing=np.inf)
    return Descent(np.array(arrays["looks"]), accuracy, loss, np.array(arrays["diverged"]))


def _plain(descent):
    return {
        "looks": descent.looks.tolist(),
        "accuracy": stored.rounded(descent.accuracy, 4),
        "loss": stored.rounded(descent.loss, 3),
        "diverged": descent.diverged.tolist(),
    }


def run(folder=None):
    """Tune and measure everything again, store the result and print a summary.

    Parameters
    ----------
    folder : str or path, optional
        Where `sweep` keeps the finished runs.
    """
    tunings = {name: tune(name, folder=folder) for name in NAMES}
    tuned = {name: measure(tuning.best, folder=folder) for name, tuning in tunings.items()}
    tried = {
        name: {
            "tried": [[getattr(s, field) for field in _TRIED] for s in tuning.settings],
            "score": stored.rounded(tuning.score, 4),
            "final": stored.rounded(tuning.final, 4),
        }
        for name, tuning in tunings.items()
    }
    stored.save(
        "tuned_descent",
        {
            "seeds": {"measured": list(SEEDS), "tuned": list(TUNING_SEEDS)},
            "tunings": tried,
            "descents": {name: _plain(descent) for name, descent in tuned.items()},
            "tiny": {name: _plain(each) for name, each in tiny_steps(folder=folder).items()},
        },
    )
    print(load_stored().summary())
