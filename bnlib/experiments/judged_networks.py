"""How many new images do small networks get wrong? Many settings, each with all its seeds."""

from dataclasses import dataclass, replace

import numpy as np

from bnlib.checks import check_choice, check_sequence
from bnlib.data import load_digits
from bnlib.experiments.regularized_networks import DATA, trained, training_set
from bnlib.experiments.sweep import sweep

SEEDS, TUNING_SEEDS, CHECK_SEEDS = range(20), range(100, 103), range(200, 206)
PARTS = ("validation", "test")
FIELDS = ("error", "error_in_groups", "wrong_fitted")


@dataclass(frozen=True)
class Outcome:
    """What S runs of one setting came to. One that diverged has error 1 and fits nothing.

    Attributes
    ----------
    error : (S,) array
        On images not learned from, with the running statistics, 0 to 1.
    error_in_groups : (S,) array
        The same with statistics of groups of `group` such images, as in training; without batch
        norm, `error`.
    wrong_fitted : (S,) array
        Share of the wrong labels that the network gives in inference; 0 if none is wrong.
    """

    error: np.ndarray
    error_in_groups: np.ndarray
    wrong_fitted: np.ndarray


def judge(task):
    """Train and judge the networks of one setting, for `sweep`.

    Parameters
    ----------
    task : tuple
        A name of DATA, a Setting, the seeds, and "validation" or "test": which images judge.

    Returns
    -------
    dict
        The arrays of an Outcome.
    """
    data, setting, seeds, part = task
    number = ("train", "validation", "test").index(check_choice("part", part, PARTS))
    networks = trained(data, setting, seeds)
    rows = [
        _judged(network, data, setting, seed, number)
        for network, seed in zip(networks, seeds, strict=True)
    ]
    return dict(zip(FIELDS, np.array(rows).T, strict=True))


def _judged(network, data, setting, seed, number):
    if network is None:
        return 1.0, 1.0, 0.0
    images = load_digits().split(seed, dtype=np.float32)[number]
    x, labels, wrong = training_set(data, seed)
    fitted = network.predict(x)[wrong] == labels[wrong]
    error = np.mean(network.predict(images.x) != images.labels)
    in_groups = error
    if setting.group is not None and not setting.dropout:
        in_groups = _error_in_groups(network, images, setting.group)
    return error, in_groups, fitted.mean() if wrong.any() else 0.0


def _error_in_groups(network, images, group):
    """What is left over at the end, less than a group, is not looked at."""
    ghost = network.layers[1].ghost_batch_size
    together = group if ghost is None else len(images) // group * group  # of ghosts, all at once
    right, starts = 0, range(0, len(images) - together + 1, together)
    for start in starts:
        part = slice(start, start + together)
        outputs = network.forward(images.x[part], training=True)
        right += np.count_nonzero(outputs.argmax(axis=1) == images.labels[part])
    return 1 - right / (len(starts) * together)


def outcomes(data, settings, seeds=SEEDS, part="test", folder=None):
    """Train and judge many settings.

    Parameters
    ----------
    data : str
        A name of DATA.
    settings : sequence of Setting
    seeds : sequence of int
    part : "validation" or "test"
    folder : str or path, optional
        Where `sweep` keeps the finished runs.

    Returns
    -------
    dict of Setting to Outcome

    Raises
    ------
    ValueError, TypeError
        For no settings or seeds, or unknown names.
    """
    check_choice("data", data, DATA)
    settings = tuple(dict.fromkeys(check_sequence("settings", settings, "Settings")))
    seeds = check_sequence("seeds", seeds, "integers")
    if not settings or not seeds:
        raise ValueError(f"settings has {len(settings)} entries, seeds {len(seeds)}; pass some")
    tasks = [(data, setting, seeds, part) for setting in settings]
    runs = sweep(judge, tasks, folder=folder)
    return {
        setting: Outcome(*(np.array(run[field]) for field in FIELDS))
        for setting, run in zip(settings, runs, strict=True)
    }


def best(tried):
    """The setting with the lowest mean error; of equals, the first.

    Parameters
    ----------
    tried : dict of Setting to Outcome

    Returns
    -------
    Setting
    """
    return min(tried, key=lambda setting: tried[setting].error.mean())


def variants(setting, **values):
    """The setting with each of the values of one field: `variants(s, gain=(1, 2))`."""
    [(name, several)] = values.items()
    return [replace(setting, **{name: value}) for value in several]
