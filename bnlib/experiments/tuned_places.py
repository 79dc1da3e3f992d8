"""What training suits a network best, with batch norm here or there, and how well it then does.

Each network is tuned on validation images of seeds of its own; then other seeds are measured.
"""

from dataclasses import dataclass
from itertools import product
from operator import attrgetter

import numpy as np

from bnlib.checks import check_choice
from bnlib.experiments.interval import interval
from bnlib.experiments.placed_networks import Place, Training, measure, run_together
from bnlib.experiments.rounds import OfEach, in_rounds
from bnlib.experiments.sweep import sweep

TUNING_SEEDS = range(100, 120)
# All trainings see 2 of them, the PER_RATE best of each rate see COMPARED, the FINALISTS see all.
FIRST, COMPARED, PER_RATE, FINALISTS = 2, 5, 4, 4
RATES = (0.003, 0.01, 0.03, 0.1, 0.3, 1.0, 3.0)
MOMENTA = (0.0, 0.9)
GAINS = {
    "relu": (0.5, 1.0, 2**0.5, 2.0),
    "tanh": (0.5, 1.0, 2**0.5, 2.0),
    "sigmoid": (0.5, 1.0, 2.0, 4.0, 8.0),
}


@dataclass(frozen=True)
class Outcome:
    """How well the networks of one place read digits, over S seeds.

    Attributes
    ----------
    place : Place
    training : Training
        The best one on the validation images.
    by_rate : (7,) array
        Validation accuracy at each of RATES with the momentum and the gain that suit it best, of
        the 4 that led there after 2 tuning seeds; mean over 5.
    accuracy : (S,) array
        On the test images, 0 to 1; 0 for a run that diverged.
    recalibrated : (S,) array
        The same when batch norm uses the statistics of all training images in place of its
        running averages; `accuracy` again without batch norm.
    runners_up : (3, S) array
        `accuracy` with the trainings that were next best.
    """

    place: Place
    training: Training
    by_rate: np.ndarray
    accuracy: np.ndarray
    recalibrated: np.ndarray
    runners_up: np.ndarray

    def summary(self):
        """One line: the place, the training that suits it, and the test accuracy."""
        place = self.place
        where = f"{place.activation} {place.position}, x {place.x}, {place.data}"
        return f"{where:42}{self.training!s:36}{interval(100 * self.accuracy):.1f} %"


def tune(place, seeds=TUNING_SEEDS, folder=None):
    """Try every rate, momentum and initial gain on the validation images.

    All of them with the first 2 seeds; the 4 best of each rate with 5; the 4 best with all.

    Parameters
    ----------
    place : Place
    seeds : sequence of int
        More than 5.
    folder : str or path, optional
        Where `sweep` keeps the finished runs.

    Returns
    -------
    tuple of 4 Training
        The finalists, best mean accuracy over all seeds first.
    (7,) array
        The best mean accuracy at each of RATES over the first 5 seeds, of the 4 trainings that led
        there after 2.

    Raises
    ------
    ValueError, TypeError
        For a place that names something unknown, or too few seeds.
    """
    if len(seeds) <= COMPARED:
        raise ValueError(f"{len(seeds)} seeds; pass more than the {COMPARED} that compare rates")
    others = list(product(MOMENTA, GAINS[check_choice("activation", place.activation, GAINS)]))
    trainings = [Training(rate, *other) for rate in RATES for other in others]

    def score(trainings, seeds):
        groups = [trainings[i : i + len(others)] for i in range(0, len(trainings), len(others))]
        tasks = [(place, group, seeds, "validation") for group in groups]
        return np.concatenate(
            [run["accuracy"] for run in sweep(run_together, tasks, folder=folder)]
        )

    kept = {FIRST: OfEach(PER_RATE, attrgetter("learning_rate")), COMPARED: FINALISTS}
    ranking = in_rounds(score, trainings, seeds, kept)
    compared = {
        training: seen[:COMPARED].mean()
        for training, seen in zip(trainings, ranking.seen, strict=True)
        if len(seen) >= COMPARED
    }
    by_rate = [max(mean for t, mean in compared.items() if t.learning_rate == r) for r in RATES]
    return ranking.settings, np.array(by_rate)


def tuned_and_measured(place, folder=None):
    """Tune a place, then measure it: everything of an `Outcome`, in a form that can be stored.

    Parameters
    ----------
    place : Place
    folder : str or path, optional
        Where `sweep` keeps the finished runs.

    Returns
    -------
    dict

    Raises
    ------
    ValueError, TypeError
        For a place that names something unknown.
    """
    finalists, by_rate = tune(place, folder=folder)
    accuracy, recalibrated = measure(place, finalists, folder=folder)
    numbers = {"by_rate": by_rate, "accuracy": accuracy[0], "recalibrated": recalibrated[0]}
    numbers["runners_up"] = accuracy[1:]
    lists = {name: np.round(values, 4).tolist() for name, values in numbers.items()}
    return {"place": vars(place), "training": vars(finalists[0]), **lists}


_ARRAYS = ("by_rate", "accuracy", "recalibrated", "runners_up")


def from_stored(places, outcomes):
    """What `tuned_and_measured` gave for each of the places.

    Parameters
    ----------
    places : dict of key to Place
    outcomes : list of dict
        In the order of the places.

    Returns
    -------
    dict of key to Outcome

    Raises
    ------
    ValueError
        For outcomes of other places.
    """
    found = {}
    for (key, place), outcome in zip(places.items(), outcomes, strict=True):
        if outcome["place"] != vars(place):
            raise ValueError(f"stored is {outcome['place']}, expected {place}; run it again")
        arrays = (np.array(outcome[name]) for name in _ARRAYS)
        found[key] = Outcome(place, Training(**outcome["training"]), *arrays)
    return found
