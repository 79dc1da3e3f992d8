"""How many steps does logistic regression take when its inputs differ in scale?

Gradient descent on all training images at once, from w = 0. Two questions: threes against eights
by two features, one of them in ever larger units; and digits below 5 against the others by all
pixels. `python -m bnlib.experiments scale_the_inputs` runs all of it again, in a few minutes.
"""

from dataclasses import dataclass

import numpy as np

from bnlib.experiments import stored
from bnlib.experiments.digit_features import inked_pixels, threes_and_eights
from bnlib.experiments.interval import interval
from bnlib.experiments.logistic import (
    condition_number,
    hessian,
    minimum,
    probabilities,
    steps_to_gap,
    whitened,
)
from bnlib.experiments.rounds import in_rounds
from bnlib.experiments.sweep import sweep

RATIOS = (1, 2, 3, 5, 10, 20, 30, 50, 100, 200)
SHARES = (0.3, 0.5, 0.7, 0.8, 0.9, 0.95, 0.99)  # learning rates, as shares of the limit
GAP = 1e-3  # "arrived": what is left of the way from the first loss to the smallest
MOST_STEPS = 200_000  # at a tuned rate
PATIENCE = 10_000  # at a rate tuned for another scale
SEEDS, TUNING_SEEDS, CHECK_SEEDS = range(20), range(100, 105), range(200, 205)
FORMS = ("mixed", "raw", "standardized", "whitened")
TUNED_FORMS = FORMS[1:]  # "mixed" would take too long


@dataclass(frozen=True)
class ScaleRatios:
    """Threes against eights at R scale ratios, S seeds.

    Attributes
    ----------
    ratios : (R,) array
        Standard deviation of feature 2 over that of feature 1.
    shares : (R,) array
        The tuned learning rate, as a share of the limit 2 / (largest curvature at the minimum).
    condition : (R, S) array
        Of the Hessian at the minimum.
    steps : (R, S) array
        Until what is left of the loss is GAP, at the tuned rate.
    fixed : (R, S) array
        The same at the rate tuned for the ratio 1; NaN where PATIENCE ran out.
    """

    ratios: np.ndarray
    shares: np.ndarray
    condition: np.ndarray
    steps: np.ndarray
    fixed: np.ndarray

    def summary(self):
        """One line a ratio."""
        return "\n".join(
            f"1 : {ratio:<5} condition {interval(kappa):.0f}, {interval(steps):.0f} steps at "
            f"{share:.2f} of the limit; at the rate for 1 : 1, {np.isfinite(fixed).sum()} arrive"
            for ratio, share, kappa, steps, fixed in zip(*vars(self).values(), strict=True)
        )


@dataclass(frozen=True)
class Pixels:
    """Digits below 5 against the others by all pixels, in the four FORMS; S seeds.

    Attributes
    ----------
    condition : dict of str to (S,) array
        Of the Hessian at the minimum.
    shares : dict of str to float
        The tuned learning rate, as a share of the limit; of TUNED_FORMS.
    steps : dict of str to (S,) array
        Until what is left of the loss is GAP, at the tuned rate; of TUNED_FORMS.
    """

    condition: dict
    shares: dict
    steps: dict

    def summary(self):
        """One line a form."""
        return "\n".join(
            f"{name:13} condition {np.median(kappa):.3g}"
            + (f", {interval(self.steps[name]):.0f} steps" if name in self.steps else "")
            for name, kappa in self.condition.items()
        )


def measure_ratios(ratios=RATIOS, shares=None, seeds=SEEDS, folder=None):
    """Steps at each scale ratio, at the tuned learning rate.

    Parameters
    ----------
    ratios : sequence of float
        The first is the one whose rate is tried at the others.
    shares : sequence of float, optional
        The learning rate of each, as a share of its limit. By default tuned on TUNING_SEEDS.
    seeds : sequence of int
        At least 5, for an interval.
    folder : str or path, optional
        Where `sweep` keeps the finished runs.

    Returns
    -------
    ScaleRatios
    """
    if shares is None:
        how = {"fixed": False, "seeds": list(TUNING_SEEDS)}
        tuned = sweep(_tune_ratio, [{"ratio": r} | how for r in ratios], folder=folder)
        shares = [run["share"] for run in tuned]
    seeds = list(seeds)
    tasks = [
        {"ratio": ratio, "fixed": fixed, "share": shares[0] if fixed else share, "seeds": seeds}
        for fixed in (False, True)
        for ratio, share in zip(ratios, shares, strict=True)
    ]
    runs = sweep(_by_ratio, tasks, folder=folder)
    tuned, fixed = runs[: len(ratios)], runs[len(ratios) :]
    return ScaleRatios(
        np.array(ratios),
        np.array(shares),
        np.array([run["condition"] for run in tuned]),
        np.array([run["steps"] for run in tuned]),
        np.array([run["steps"] for run in fixed]),
    )


def measure_pixels(shares=None, seeds=SEEDS, folder=None):
    """Condition of each form of the pixels, and steps at its tuned learning rate.

    Parameters
    ----------
    shares : dict of str to float, optional
        Learning rates, as shares of the limit, of the forms whose steps are wanted. By default
        those of TUNED_FORMS, tuned on TUNING_SEEDS.
    seeds : sequence of int
        At least 5, for an interval.
    folder : str or path, optional
        Where `sweep` keeps the finished runs.

    Returns
    -------
    Pixels
    """
    if shares is None:
        shares = {form: _tune_pixels(form, folder) for form in TUNED_FORMS}
    condition, steps = _pixels([(f, shares.get(f, 0.0)) for f in FORMS], seeds, folder)
    by_form = dict(zip(FORMS, steps, strict=True))
    return Pixels(
        dict(zip(FORMS, condition, strict=True)), shares, {form: by_form[form] for form in shares}
    )


def _tune_ratio(task):
    """Try the large shares first; leave one that took more steps than the best, end after two."""
    best, fewest, worse = None, np.inf, 0
    for share in reversed(SHARES):
        steps = _by_ratio(task | {"share": share}, budget=fewest)["steps"].sum()
        if steps <= fewest:  # NaN, where one did not arrive, is not
            best, fewest, worse = share, steps, 0
        else:
            worse += 1
        if worse == 2:
            break
    return {"share": best}


def _tune_pixels(form, folder):
    def score(shares, seeds):
        _, steps = _pixels([(form, share) for share in shares], seeds, folder)
        return np.nan_to_num(-steps, nan=-np.inf)

    kept = {1: 2} if form == "raw" else {}  # raw pixels take up to 40,000 steps
    return in_rounds(score, SHARES, TUNING_SEEDS, kept).settings[0]


def _pixels(pairs, seeds, folder):
    """Condition and steps of each pair of form and share, for each seed: two arrays (F, S)."""
    tasks = [{"form": form, "share": share, "seed": s} for form, share in pairs for s in seeds]
    runs = sweep(_by_pixels, tasks, folder=folder)
    return (np.reshape([run[name] for run in runs], (len(pairs), -1)) for name in _OF_PIXELS)


_OF_PIXELS = ("condition", "steps")


def _by_ratio(task, budget=np.inf):
    """Condition and steps at one scale ratio and learning rate, for each seed."""
    problems = []
    for seed in task["seeds"]:
        x, _, labels, _ = threes_and_eights(seed)
        x = _standardized(x)
        theta, smallest = minimum(x, labels)
        p = probabilities(x, theta)  # at the minimum, the same in all units
        scaled = x * [1.0, task["ratio"]]
        here = hessian(scaled, p)
        rate = task["share"] * _limit(hessian(x, p) if task["fixed"] else here)
        problems.append((scaled, labels, rate, smallest, condition_number(here)))
    *problems, kappa = map(np.array, zip(*problems, strict=True))
    most = PATIENCE if task["fixed"] else MOST_STEPS
    return {"condition": kappa, "steps": steps_to_gap(*problems, GAP, most, budget)}


def _by_pixels(task):
    """Condition and steps of one form of the pixels; steps of NaN for the learning rate 0."""
    x, labels = inked_pixels(task["seed"])
    form, standard = _in_form(task["form"], x), _standardized(x)
    theta, smallest = minimum(standard, labels)
    here = hessian(form, probabilities(standard, theta))  # the same answers in every form
    steps = np.nan
    if task["share"]:
        rates = [task["share"] * _limit(here)]
        steps = steps_to_gap(form[None], labels[None], rates, smallest, GAP, MOST_STEPS)[0]
    return {"condition": condition_number(here), "steps": steps}


def _in_form(form, x):
    if form == "mixed":  # every second pixel reaches not to 1 but to 1,000
        return x * np.where(np.arange(x.shape[1]) % 2, 1000, 1)
    return {"raw": np.copy, "standardized": _standardized, "whitened": whitened}[form](x)


def _standardized(x):
    return (x - x.mean(axis=0)) / x.std(axis=0)


def _limit(matrix):
    return 2 / np.linalg.eigvalsh(matrix)[-1]


def load_stored():
    """The results as measured when they were stored.

    Returns
    -------
    ScaleRatios
    Pixels
    """
    result = stored.load("scale_the_inputs")
    ratios = {name: np.array(values, dtype=float) for name, values in result["ratios"].items()}
    arrays = {
        name: {form: np.array(values) for form, values in result["pixels"][name].items()}
        for name in ("condition", "steps")
    }
    shares = result["pixels"]["shares"]
    return ScaleRatios(**ratios), Pixels(arrays["condition"], shares, arrays["steps"])


def run(folder=None):
    """Tune and measure everything again, store the result and print a summary.

    Parameters
    ----------
    folder : str or path, optional
        Where `sweep` keeps the finished runs.
    """
    ratios, by_pixels = measure_ratios(folder=folder), measure_pixels(folder=folder)
    condition = {form: np.round(k, 2).tolist() for form, k in by_pixels.condition.items()}
    steps = {form: s.tolist() for form, s in by_pixels.steps.items()}
    result = {
        "seeds": {"measured": list(SEEDS), "tuned": list(TUNING_SEEDS)},
        "ratios": {
            "ratios": list(RATIOS),
            "shares": ratios.shares.tolist(),
            "condition": np.round(ratios.condition, 2).tolist(),
            "steps": ratios.steps.tolist(),
            # JSON knows no NaN: None comes back as one.
            "fixed": [[None if np.isnan(s) else s for s in row] for row in ratios.fixed],
        },
        "pixels": {"condition": condition, "shares": by_pixels.shares, "steps": steps},
    }
    stored.save("scale_the_inputs", result)
    for part in load_stored():
        print(part.summary())
