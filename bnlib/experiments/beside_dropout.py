"""Is the noise of small groups worth more, or less, than dropout and weight decay?

All combinations of batch norm (without, groups of 4, the whole batch), dropout and weight decay,
where a fifth of the labels is wrong. `python -m bnlib.experiments beside_dropout` runs all of it
again, in about a minute and a half.

Decided before the first run: every cell tries all rates, and all strengths of what it has, on
validation images. It is measured at its best rate, and at COMMON's rate with the best strengths.
"""

from dataclasses import asdict, dataclass, replace
from itertools import product

import numpy as np

from bnlib.checks import check_choice
from bnlib.experiments import stored
from bnlib.experiments.ghost_batches import COMMON, plain
from bnlib.experiments.interval import interval
from bnlib.experiments.judged_networks import (
    FIELDS,
    SEEDS,
    TUNING_SEEDS,
    Outcome,
    best,
    outcomes,
)
from bnlib.experiments.regularized_networks import Setting

DATA_NAME = "noisy"
GROUPS = (None, 256, 4)
RATES = (0.003, 0.01, 0.03, 0.1)
DROPOUTS = (0.2, 0.5)
DECAYS = (0.001, 0.01)
FACTORS = ("noise", "dropout", "decay")
CELLS = tuple(product(GROUPS, (False, True), (False, True)))  # group, dropout?, weight decay?


@dataclass(frozen=True)
class Cell:
    """One combination, at its best rate ("tuned") and at COMMON's ("common").

    Attributes
    ----------
    settings : dict of str to Setting
    outcomes : dict of str to Outcome
    """

    settings: dict
    outcomes: dict


@dataclass(frozen=True)
class Factorial:
    """All combinations.

    Attributes
    ----------
    cells : dict of (group, bool, bool) to Cell
        As CELLS: with dropout? with weight decay?
    """

    cells: dict

    def errors(self, which, group, dropout=False, decay=False):
        """Test errors in percent, (S,).

        Parameters
        ----------
        which : "tuned" or "common"
        group : int or None
        dropout, decay : bool

        Returns
        -------
        (S,) array
        """
        return 100 * self.cells[group, dropout, decay].outcomes[which].error

    def effect(self, which, factor):
        """What switching one factor on changes, mean over the four combinations of the others.

        Parameters
        ----------
        which : "tuned" or "common"
        factor : "noise" (the whole batch -> groups of 4), "dropout" or "decay"
            The latter two with batch norm.

        Returns
        -------
        Interval
            Percentage points of test error, paired by seed.
        """
        place = FACTORS.index(check_choice("factor", factor, FACTORS))
        with_norm = [cell for cell in CELLS if cell[0] is not None]
        off = (256, False, False)[place]
        signs = [-1 if cell[place] == off else 1 for cell in with_norm]
        errors = np.array([self.errors(which, *cell) for cell in with_norm])
        return interval(np.array(signs) @ errors / (len(signs) / 2))

    def summary(self):
        """A line a cell and a line a factor: test error in percent, at COMMON and tuned."""
        lines = []
        for (group, dropout, decay), cell in self.cells.items():
            has = " + ".join(["dropout"] * dropout + ["decay"] * decay) or "nothing"
            name = f"{'without' if group is None else group!s:>8}  {has:16}"
            shown = []
            for which, setting in cell.settings.items():
                fits = 100 * cell.outcomes[which].wrong_fitted.mean()
                error = interval(self.errors(which, group, dropout, decay))
                how = f"{setting.learning_rate:g}/{setting.dropout:g}/{setting.weight_decay:g}"
                shown.append(f"{which} {error:.1f} % fits {fits:.0f} % ({how})")
            lines.append("  ".join([name, *shown]))
        for factor in FACTORS:
            effects = (f"{w} {self.effect(w, factor):.2f}" for w in ("common", "tuned"))
            lines.append("  ".join([factor, *effects]))
        return "\n".join(lines)


def grid(group, dropout, decay):
    """Every setting that a cell tries.

    Parameters
    ----------
    group : int or None
    dropout, decay : bool

    Returns
    -------
    list of Setting
    """
    dropouts, decays = DROPOUTS if dropout else (0.0,), DECAYS if decay else (0.0,)
    return [
        replace(COMMON, group=group, learning_rate=rate, dropout=p, weight_decay=strength)
        for rate, p, strength in product(RATES, dropouts, decays)
    ]


def choose(cell, seeds=TUNING_SEEDS, folder=None):
    """Tune one cell on validation images.

    Parameters
    ----------
    cell : tuple
        Of CELLS.
    seeds : sequence of int
    folder : str or path, optional
        Where `sweep` keeps the finished runs.

    Returns
    -------
    dict of str to Setting
        "common": the best strengths at COMMON's rate; "tuned": the best of all.
    """
    tried = outcomes(DATA_NAME, grid(*cell), seeds, "validation", folder)
    at_common = {s: o for s, o in tried.items() if s.learning_rate == COMMON.learning_rate}
    return {"common": best(at_common), "tuned": best(tried)}


def measure(settings, seeds=SEEDS, folder=None):
    """Measure one cell's settings on test images.

    Parameters
    ----------
    settings : dict of str to Setting
    seeds : sequence of int
    folder : str or path, optional
        Where `sweep` keeps the finished runs.

    Returns
    -------
    Cell
    """
    found = outcomes(DATA_NAME, list(settings.values()), seeds, folder=folder)
    return Cell(settings, {which: found[setting] for which, setting in settings.items()})


def load_stored():
    """All of it as measured when the result was stored.

    Returns
    -------
    Factorial
    """
    cells = {}
    for key, kept in zip(CELLS, stored.load("beside_dropout")["cells"], strict=True):
        settings = {which: Setting(**setting) for which, setting in kept["settings"].items()}
        found = {
            which: Outcome(*(np.array(arrays[field]) for field in FIELDS))
            for which, arrays in kept["outcomes"].items()
        }
        cells[key] = Cell(settings, found)
    return Factorial(cells)


def run(folder=None):
    """Tune and measure everything again, store the result and print a summary.

    Parameters
    ----------
    folder : str or path, optional
        Where `sweep` keeps the finished runs.
    """
    kept = []
    for key in CELLS:
        cell = measure(choose(key, folder=folder), folder=folder)
        kept.append(
            {
                "settings": {which: asdict(setting) for which, setting in cell.settings.items()},
                "outcomes": {which: plain(outcome) for which, outcome in cell.outcomes.items()},
            }
        )
    seeds = {"measured": list(SEEDS), "tuned": list(TUNING_SEEDS)}
    stored.save("beside_dropout", {"seeds": seeds, "cells": kept})
    print(load_stored().summary())
