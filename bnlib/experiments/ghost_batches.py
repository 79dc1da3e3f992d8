"""Does the noise of batch statistics regularize? Groups of m images, the gradient's batch fixed.

Each network learns from clean labels, from labels of which a fifth is wrong, and from few images.
`python -m bnlib.experiments ghost_batches` runs all of it again, in about two minutes.

Decided before the first run: once all group sizes train at the same setting, COMMON, so that
nothing but the group differs; once each trains at the best of its grid on validation images.
COMMON is a round setting near the best of the largest group on clean labels.
"""

from dataclasses import asdict, dataclass

import numpy as np

from bnlib.checks import check_choice
from bnlib.experiments import stored
from bnlib.experiments.interval import interval
from bnlib.experiments.judged_networks import (
    FIELDS,
    SEEDS,
    TUNING_SEEDS,
    Outcome,
    best,
    outcomes,
    variants,
)
from bnlib.experiments.regularized_networks import DATA, Setting

GROUPS = (2, 4, 8, 16, 32, 64, 128, 256)
TUNED_GROUPS = (4, 16)  # and the largest
RATES = {0.0: (0.03, 0.1, 0.3, 1.0), 0.9: (0.01, 0.03, 0.1, 0.3)}  # by momentum
GAINS = (1.0, 2**0.5, 2.0)
COMMON = Setting(None)  # without batch norm; `Setting(group)` for the groups


@dataclass(frozen=True)
class Network:
    """One network on one data set: at COMMON, and where it was tuned, at its best setting.

    Attributes
    ----------
    common : Outcome
    setting : Setting or None
    tuned : Outcome or None
    validation : float or None
        Mean error of `setting` on the validation images of the tuning seeds.
    """

    common: Outcome
    setting: Setting | None
    tuned: Outcome | None
    validation: float | None


@dataclass(frozen=True)
class GhostBatches:
    """All networks on one data set, by group; None is the one without batch norm.

    Attributes
    ----------
    data : str
        A name of DATA.
    networks : dict of (int or None) to Network
    """

    data: str
    networks: dict

    @property
    def groups(self):
        """The group sizes, ascending."""
        return tuple(group for group in self.networks if group is not None)

    def difference(self, group, other, which="common", field="error"):
        """Interval of `group` minus `other` in percentage points, paired by seed.

        Parameters
        ----------
        group, other : int or None
        which : "common" or "tuned"
        field : str
            Of Outcome.

        Returns
        -------
        Interval
        """
        first, second = (getattr(self.networks[g], which) for g in (group, other))
        return interval(100 * (getattr(first, field) - getattr(second, field)))

    def summary(self):
        """A line a network: errors and wrong labels fitted at COMMON, then when tuned; percent."""
        lines = [f"{self.data}: {DATA[self.data]}"]
        for group, network in self.networks.items():
            shown = [f"{'without' if group is None else group!s:>8}", _text(network.common)]
            if network.tuned is not None:
                shown += [f"| {network.setting}:", _text(network.tuned)]
            lines.append("  ".join(shown))
        return "\n".join(lines)


def _text(outcome):
    error, in_groups = interval(100 * outcome.error), 100 * outcome.error_in_groups.mean()
    fitted = 100 * outcome.wrong_fitted.mean()
    return f"{error:.1f} % (in groups {in_groups:.1f} %), fits {fitted:.0f} % wrong"


def groups_of(data):
    """The group sizes that fit into the gradient's batch.

    Parameters
    ----------
    data : str
        A name of DATA.

    Returns
    -------
    tuple of int
    """
    kind = DATA[check_choice("data", data, DATA)]
    return tuple(group for group in GROUPS if group <= kind.batch)


def tune(data, group, seeds=TUNING_SEEDS, folder=None):
    """Try all rates and momenta on validation images, then the other gains at the best.

    Parameters
    ----------
    data : str
        A name of DATA.
    group : int or None
    seeds : sequence of int
    folder : str or path, optional
        Where `sweep` keeps the finished runs.

    Returns
    -------
    dict of Setting to Outcome
        All that was tried.
    """
    grid = [Setting(group, rate, momentum) for momentum, rates in RATES.items() for rate in rates]
    tried = outcomes(data, grid, seeds, "validation", folder)
    gains = variants(best(tried), gain=[gain for gain in GAINS if gain != grid[0].gain])
    return tried | outcomes(data, gains, seeds, "validation", folder)


def measure(data, groups, seeds=SEEDS, folder=None):
    """The networks of some groups at COMMON.

    Parameters
    ----------
    data : str
        A name of DATA.
    groups : sequence of int or None
    seeds : sequence of int
    folder : str or path, optional
        Where `sweep` keeps the finished runs.

    Returns
    -------
    dict of (int or None) to Outcome
    """
    found = outcomes(data, variants(COMMON, group=groups), seeds, folder=folder)
    return {setting.group: outcome for setting, outcome in found.items()}


def load_stored():
    """All of it as measured when the result was stored.

    Returns
    -------
    dict of str to GhostBatches
        By the names of DATA.
    """
    return {
        data: GhostBatches(data, dict(map(_network, networks)))
        for data, networks in stored.load("ghost_batches")["data"].items()
    }


def _network(kept):
    tuned = kept["tuned"] and _outcome(kept["tuned"])
    setting = kept["setting"] and Setting(**kept["setting"])
    return kept["group"], Network(_outcome(kept["common"]), setting, tuned, kept["validation"])


def _outcome(arrays):
    return Outcome(*(np.array(arrays[field]) for field in FIELDS))


def plain(outcome):
    """An Outcome as lists, for `stored.save`; None stays None."""
    if outcome is None:
        return None
    return {field: getattr(outcome, field).round(5).tolist() for field in FIELDS}


def run(folder=None):
    """Tune and measure everything again, store the result and print a summary.

    Parameters
    ----------
    folder : str or path, optional
        Where `sweep` keeps the finished runs.
    """
    kept = {data: [] for data in DATA}
    for data, networks in kept.items():
        groups = groups_of(data)
        common = measure(data, (None, *groups), folder=folder)
        for group, outcome in common.items():
            setting = tuned = validation = None
            if group in (None, *TUNED_GROUPS, groups[-1]):
                tried = tune(data, group, folder=folder)
                setting = best(tried)
                validation = round(float(tried[setting].error.mean()), 5)
                tuned = outcomes(data, [setting], folder=folder)[setting]
            networks.append(
                {
                    "group": group,
                    "common": plain(outcome),
                    "setting": setting and asdict(setting),
                    "tuned": plain(tuned),
                    "validation": validation,
                }
            )
    seeds = {"measured": list(SEEDS), "tuned": list(TUNING_SEEDS)}
    stored.save("ghost_batches", {"seeds": seeds, "data": kept})
    for result in load_stored().values():
        print(result.summary())
