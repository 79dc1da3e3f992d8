"""Normalize z, before the activation, or a, after it?

Three activations, five hidden layers; each network is tuned for itself, then 20 other seeds are
measured. `python -m bnlib.experiments placement` runs all of it again, in a minute or two.
"""

from itertools import product

from bnlib.experiments import stored
from bnlib.experiments.perceptron import POSITIONS
from bnlib.experiments.placed_networks import SEEDS, Place
from bnlib.experiments.tuned_places import TUNING_SEEDS, from_stored, tuned_and_measured

ACTIVATIONS = ("sigmoid", "tanh", "relu")
HIDDEN = 5
PLACES = {
    (activation, position): Place(activation, position, hidden=HIDDEN)
    for activation, position in product(ACTIVATIONS, POSITIONS)
}


def load_stored():
    """The tuned networks, as measured when the result was stored.

    Returns
    -------
    dict of (activation, position) to Outcome
    """
    return from_stored(PLACES, stored.load("placement")["outcomes"])


def run(folder=None):
    """Tune and measure everything again, store the result and print a summary.

    Parameters
    ----------
    folder : str or path, optional
        Where `sweep` keeps the finished runs.
    """
    outcomes = [tuned_and_measured(place, folder) for place in PLACES.values()]
    seeds = {"measured": list(SEEDS), "tuned": list(TUNING_SEEDS)}
    stored.save("placement", {"seeds": seeds, "outcomes": outcomes})
    for outcome in load_stored().values():
        print(outcome.summary())
