"""Does layer 3 learn more slowly because what it receives moves? Hold layers 1 and 2 still.

Decided before the first run. Layers 3 to 5 and the output start anew in four surroundings: layers
1 and 2 learn with them; are frozen at their start; are frozen where the training of a twin, whose
upper layers are others, took them; or replay the twin's training step by step. The replay moves,
and does not answer to what layer 3 learns. Each surrounding has its own learning rate and momentum,
chosen on validation images. The score is the test accuracy averaged over the looks. Movement by
itself costs something if the replay's score lies below that of *both* frozen ones, and helps if it
lies above both (95 % intervals, paired by seed). In between, what the layers become explains it.
`python -m bnlib.experiments frozen_layers` runs all of it again, in about a minute.
"""

from dataclasses import dataclass, replace
from itertools import product

import numpy as np

from bnlib.checks import check_choice
from bnlib.experiments import stored
from bnlib.experiments.drift import MOMENTA, RATES, STEPS, Setting, distance
from bnlib.experiments.held_layers import Held, size_of_box
from bnlib.experiments.interval import interval
from bnlib.experiments.rounds import in_rounds
from bnlib.experiments.sweep import sweep
from bnlib.experiments.tuned_networks import build, splits_of, train_together, tuned_settings
from bnlib.optim import SGD
from bnlib.record import AccuracyRecorder, Recorder

ARMS = ("learning", "frozen at the start", "frozen at the end", "replayed")
SIDES = ("without", "with")
LOOK_EVERY = 10
EARLY = 30  # steps over which the movement at the beginning is measured
PROBE = 200
SEEDS, TUNING_SEEDS, CHECK_SEEDS = range(20), range(100, 105), range(200, 205)
FIRST, FINALISTS = 2, 4  # tuning seeds for every setting; settings that all of them see
TWIN = 1000  # added to a seed: of the twin's upper layers and batches


@dataclass(frozen=True)
class Box:
    """What S runs in one surrounding did.

    Attributes
    ----------
    setting : Setting
        Tuned for this surrounding.
    accuracy : (S, F) array
        On the test images after 10, 20, ... steps, 0 to 1; 0 from a divergence on.
    moved : (S,) array
        How far the values that layer 2 computes moved in the first 30 steps, in standard
        deviations, mean over its units.
    """

    setting: Setting
    accuracy: np.ndarray
    moved: np.ndarray

    @property
    def score(self):
        """(S,) accuracy averaged over the looks."""
        return self.accuracy.mean(axis=1)

    def steps_to(self, level=0.9):
        """(S,) first look at which the accuracy is at least `level`; infinite if none is."""
        reached = self.accuracy >= level
        first = LOOK_EVERY * (1.0 + reached.argmax(axis=1))
        return np.where(reached.any(axis=1), first, np.inf)

    def summary(self):
        """One line: rate, momentum, movement, score, final accuracy."""
        how = f"rate {self.setting.learning_rate:g}, momentum {self.setting.momentum:g}"
        right, score = 100 * self.accuracy[:, -1], 100 * self.score
        shown = f"moved {interval(self.moved):.2f}, score {interval(score):.1f}"
        return f"{how:26}{shown}, at the end {interval(right):.1f} %"


def twins(setting, seeds, splits):
    """How the first two layers move in the ordinary training of a network with other upper layers.

    Returns
    -------
    list of (STEPS + 1, P) arrays
        One a seed.
    """
    networks = [build(setting, seed) for seed in seeds]
    for network, seed in zip(networks, seeds, strict=True):
        size = size_of_box(network)
        network.theta[size:] = build(setting, TWIN + seed).theta[size:]
    paths = [_Path(size_of_box(network)) for network in networks]
    train_together(
        networks,
        splits,
        [SGD(setting.learning_rate, setting.momentum) for _ in seeds],
        [[TWIN + seed, 1] for seed in seeds],
        [[path] for path in paths],
    )
    return [np.array(path.rows) for path in paths]


class _Path:
    """Remembers the first parameters after every step."""

    def __init__(self, size):
        self.size, self.rows = size, []

    def __call__(self, _step, network):
        self.rows.append(network.theta[: self.size].copy())


def live_in(task):
    """Train settings in one surrounding: `(arm, twin, settings, seeds, part)`, for `sweep`.

    `twin` is the Setting of the twin's training, `part` "validation" or "test".

    Returns
    -------
    dict
        "accuracy" (T, S, F) and "moved" (T, S), of T settings and S seeds.
    """
    arm, twin, tried, seeds, part = task
    splits = splits_of(seeds)
    paths = None if arm == ARMS[0] else twins(twin, seeds, splits)
    runs = list(product(tried, range(len(seeds))))
    networks = [build(setting, seeds[s]) for setting, s in runs]
    optimizers = [SGD(setting.learning_rate, setting.momentum) for setting, _ in runs]
    if paths:
        held = {"frozen at the start": slice(1), "frozen at the end": slice(-1, None)}
        paths = [path[held.get(arm, slice(None))] for path in paths]
        optimizers = [
            Held(optimizer, paths[s]) for optimizer, (_, s) in zip(optimizers, runs, strict=True)
        ]
        for network, (_, s) in zip(networks, runs, strict=True):
            network.theta[: paths[s].shape[1]] = paths[s][0]
    images = [splits[s][("train", "validation", "test").index(part)] for _, s in runs]
    looks = [AccuracyRecorder(each.x, each.labels, LOOK_EVERY) for each in images]
    recorders = [_AtTheStart(splits[s][0].x[:PROBE], EARLY) for _, s in runs]
    train_together(
        networks,
        [splits[s] for _, s in runs],
        optimizers,
        [[seeds[s], 1] for _, s in runs],
        list(zip(looks, recorders, strict=True)),
    )
    shape = (len(tried), len(seeds))
    return {
        "accuracy": np.reshape([_filled(look.accuracies) for look in looks], (*shape, -1)),
        "moved": np.reshape([_moved(recorder) for recorder in recorders], shape),
    }


class _AtTheStart(Recorder):
    """Looks at the first two of its steps only."""

    def __call__(self, step, network):
        if step <= self.every:
            super().__call__(step, network)


def _filled(accuracies):
    """(F,) from the first look after the start on; 0 for what is missing or not finite."""
    known = np.zeros(STEPS // LOOK_EVERY)
    known[: len(accuracies) - 1] = accuracies[1:]
    return np.nan_to_num(known, nan=0.0)


def _moved(recorder):
    values = recorder.received[1]
    finite = len(values) == 2 and np.isfinite(values).all()
    return float(distance(values[0], values[1]).mean()) if finite else 0.0


def tune(arm, side, seeds=TUNING_SEEDS, folder=None):
    """Try every rate and momentum in a surrounding, on validation images, in two rounds.

    Parameters
    ----------
    arm : str
        One of ARMS.
    side : "without" or "with"
        Batch norm. The gain is the one that suits the network whose layers all learn.
    seeds : sequence of int
    folder : str or path, optional
        Where `sweep` keeps the finished runs.

    Returns
    -------
    Setting
        The one with the highest score, mean over the seeds.

    Raises
    ------
    ValueError, TypeError
        For an unknown arm or side, or no seeds.
    """
    twin = tuned_settings()[f"relu {check_choice('side', side, SIDES)}"]
    check_choice("arm", arm, ARMS)
    settings = [
        replace(twin, learning_rate=rate, momentum=momentum)
        for rate, momentum in product(RATES, MOMENTA)
    ]

    def score(settings, seeds):
        [run] = sweep(live_in, [(arm, twin, settings, seeds, "validation")], folder=folder)
        return run["accuracy"].mean(axis=2)

    return in_rounds(score, settings, seeds, {FIRST: FINALISTS}).settings[0]


def measure(settings, seeds=SEEDS, folder=None):
    """Train in every surrounding, with test images to look at.

    Parameters
    ----------
    settings : dict of str to dict of str to Setting
        "without" and "with"; in each, the tuned setting of each of ARMS.
    seeds : sequence of int
    folder : str or path, optional
        Where `sweep` keeps the finished runs.

    Returns
    -------
    dict of str to dict of str to Box

    Raises
    ------
    ValueError, TypeError
        For no seeds.
    """
    twin = tuned_settings()
    places = [(side, arm) for side, arms in settings.items() for arm in arms]
    tasks = [
        (arm, twin[f"relu {side}"], (settings[side][arm],), tuple(seeds), "test")
        for side, arm in places
    ]
    boxes = {side: {} for side in settings}
    for (side, arm), run in zip(places, sweep(live_in, tasks, folder=folder), strict=True):
        accuracy, moved = np.array(run["accuracy"])[0], np.array(run["moved"])[0]
        boxes[side][arm] = Box(settings[side][arm], accuracy, moved)
    return boxes


def verdict(boxes):
    """What movement by itself does to the score, by the rule above.

    Parameters
    ----------
    boxes : dict of str to Box
        For each of ARMS.

    Returns
    -------
    str
        "costs", "helps" or "between".
    """
    still = sorted((boxes[arm].score for arm in ARMS[1:3]), key=np.mean)
    replayed = boxes["replayed"].score
    below, above = interval(replayed - still[0]), interval(replayed - still[1])
    if below.mean + below.half_width < 0:
        return "costs"
    return "helps" if above.mean - above.half_width > 0 else "between"


def load_stored():
    """As `measure` returned it when the result was stored."""
    return {
        side: {
            arm: Box(Setting(**box["setting"]), np.array(box["accuracy"]), np.array(box["moved"]))
            for arm, box in arms.items()
        }
        for side, arms in stored.load("frozen_layers")["boxes"].items()
    }


def run(folder=None):
    """Tune and measure everything again, store the result and print a summary.

    Parameters
    ----------
    folder : str or path, optional
        Where `sweep` keeps the finished runs.
    """
    settings = {side: {arm: tune(arm, side, folder=folder) for arm in ARMS} for side in SIDES}
    boxes = {
        side: {
            arm: {
                "setting": vars(box.setting),
                "accuracy": np.round(box.accuracy, 4).tolist(),
                "moved": np.round(box.moved, 4).tolist(),
            }
            for arm, box in arms.items()
        }
        for side, arms in measure(settings, folder=folder).items()
    }
    seeds = {"measured": list(SEEDS), "tuned": list(TUNING_SEEDS)}
    stored.save("frozen_layers", {"seeds": seeds, "boxes": boxes})
    for side, arms in load_stored().items():
        for arm, box in arms.items():
            print(f"{side:8}{arm:20}{box.summary()}")
        print(f"{side:8}movement by itself: {verdict(arms)}")
