"""The claims of chapter 3: their rules can say otherwise, fresh places are tuned as the stored."""

import numpy as np
import pytest

from bnlib.claims import chapter_03
from bnlib.experiments.gamma_beta import follow
from bnlib.experiments.interval import interval
from bnlib.experiments.placed_networks import Place, Training, run_together
from bnlib.experiments.placement import ACTIVATIONS

SEEDS = range(1000, 1005)
CLAIMS = {str(claim.number): claim for claim in chapter_03.CLAIMS}


@pytest.mark.parametrize(
    ("error", "pairs", "moved", "verdict"),
    [(1e-9, 50, 1.0, "corrected"), (1e-9, 1, 0.0, "confirmed"), (0.1, 50, 1.0, "contested")],
)
def test_parameter_or_hyperparameter(error, pairs, moved, verdict):
    moved = np.full((20, 2), moved)
    assert chapter_03.judge_parameters(error, pairs, moved).verdict == verdict


EXACT = 1e-15


@pytest.mark.parametrize(
    ("mean", "std", "gamma", "beta", "verdict"),
    [
        (EXACT, EXACT, 0.2, 0.3, "corrected"),
        (EXACT, EXACT, 0.2, 0.0, "depends"),
        (EXACT, EXACT, 0.0, 0.3, "depends"),
        (EXACT, EXACT, 0.0, 0.0, "confirmed"),
        (0.01, EXACT, 0.2, 0.3, "contested"),
        (EXACT, 0.01, 0.2, 0.3, "contested"),
    ],
)
def test_gamma_and_beta_set_but_do_not_keep(mean, std, gamma, beta, verdict):
    finding = chapter_03.judge_kept(mean, std, np.tile([gamma, beta], (20, 1)))
    assert finding.verdict == verdict
    assert f"moves γ by {gamma:.2f} ± 0.00 and β by {beta:.2f} ± 0.00" in finding.effect
    found = "to 10 decimals" if verdict != "contested" else "up to 0.01"
    assert f"the standard deviation, {found}. " in finding.effect


@pytest.mark.parametrize(("wider", "further"), [(1.01, 0), (1, 0.01)])
def test_both_the_std_and_the_mean_are_measured(monkeypatch, wider, further):
    batch_norm = chapter_03.batch_norm

    def slightly_wrong(z, gamma, beta, eps):
        y, cache = batch_norm(z, gamma, beta, eps)
        return beta + wider * (y - beta) + further, cache

    monkeypatch.setattr(chapter_03, "batch_norm", slightly_wrong)
    assert CLAIMS["5"].fresh(SEEDS, None).verdict == "contested"


def test_what_moves_is_measured_in_the_second_hidden_layer():
    learned = follow(range(20))
    gamma, beta = (interval(each[:, 1]) for each in (learned.gamma_moved, learned.beta_moved))
    assert (f"{gamma:.2f}", f"{beta:.2f}") == ("0.17 ± 0.00", "0.11 ± 0.00")
    assert (
        f"moves γ by {gamma:.2f} and β by {beta:.2f}, in the second" in CLAIMS["5"].stored().effect
    )


@pytest.mark.parametrize(
    ("gains", "verdict"),
    [((0, 0, 0, 0), "corrected"), ((2, 0, 0, 0), "depends"), ((2, 2, 2, 2), "confirmed")],
)
def test_batch_norm_of_the_input(gains, verdict):
    keys = [(data, hidden) for data in ("plain", "awkward") for hidden in ("before", "none")]
    accuracy, spread = {}, np.linspace(-0.01, 0.01, 20)
    for (data, hidden), gain in zip(keys, gains, strict=True):
        accuracy[data, "standardized", hidden] = 0.96 + spread
        accuracy[data, "batch norm", hidden] = 0.96 + gain / 100 - spread
    assert chapter_03.judge_input(accuracy).verdict == verdict


def judged_place(points, lead):
    """The finding if a is ahead by so many points, and z by `lead` at the largest rate."""
    accuracy, at_largest = {}, {}
    z, noise = 0.95 + np.linspace(-0.02, 0.02, 20), np.tile([-0.01, 0.01], 10)
    for activation, ahead, larger in zip(ACTIVATIONS, points, lead, strict=True):
        accuracy[activation, "before"] = z
        accuracy[activation, "after"] = z + ahead / 100 + noise  # an interval of ± 0.48 points
        at_largest[activation, "before"] = 0.4 + larger
        at_largest[activation, "after"] = 0.4
    return chapter_03.judge_place(accuracy, at_largest)


FAR, ALIKE = (0.5, 0.2, 0.11), (0.0, 0.0, 0.0)


@pytest.mark.parametrize(
    ("points", "lead", "verdict"),
    [
        ((0, 0, 0), FAR, "depends"),
        ((0, 0, 0), ALIKE, "contested"),
        ((0, 0, 0), (0.5, 0.2, 0.09), "contested"),
        ((-2, -2, -2), FAR, "confirmed"),
        ((-2, -2, -2), ALIKE, "confirmed"),
        ((2, 2, 2), FAR, "corrected"),
        ((2, 2, 2), ALIKE, "corrected"),
        ((2, 2, 0), ALIKE, "depends"),
        ((-2, -2, 0), ALIKE, "depends"),
        ((0, 0, 2), ALIKE, "depends"),
        ((0, 0, -2), ALIKE, "depends"),
        ((2, 0, -2), ALIKE, "depends"),
        ((0.55, 0.55, 0.55), ALIKE, "contested"),  # ahead by one interval, not by all three
        ((-0.55, -0.55, -0.55), ALIKE, "contested"),
    ],
)
def test_z_or_a(points, lead, verdict):
    assert judged_place(points, lead).verdict == verdict


def test_z_or_a_says_which_is_ahead_and_by_how_much():
    effect = judged_place((2, -2, 0.5), FAR).effect
    assert ": sigmoid +2.00 ± 0.60, tanh −2.00 ± 0.60, relu +0.50 ± 0.60 (" in effect
    assert "z still reads 51 % or more of the validation images, a 40 % or less." in effect
    stored = CLAIMS["7"].stored().effect
    assert "z still reads 94 % or more of the validation images, a 38 % or less." in stored


def test_fresh_places_are_trained_as_the_stored_ones(monkeypatch):
    asked = []

    def measured(place, trainings, seeds, folder):
        asked.append((place, trainings))
        return np.full((1, len(seeds)), 0.96), None

    def at_largest(place, seeds, folder):
        return 0.9 if place.position == "before" else 0.1

    monkeypatch.setattr(chapter_03, "measure", measured)
    monkeypatch.setattr(chapter_03, "_at_largest_rate", at_largest)
    assert CLAIMS["7"].fresh(SEEDS, None).verdict == "depends"
    assert CLAIMS["2"].fresh(SEEDS, None).verdict == "corrected"
    assert len(asked) == 6 + 8


PLACE = Place("tanh", "after", hidden=5)
# Made-up accuracies: on the first two seeds, on the three after them, and on all later ones.
LUCKY, STEADY, LATE = (Training(3.0, 0.0, gain) for gain in (0.5, 1.0, 2.0))
SCORES = {
    LUCKY: (0.9, 0.1, 0.9),
    STEADY: (0.6, 0.5, 0.0),
    LATE: (0.1, 1.0, 1.0),  # never among the four that lead after two seeds
}


def score(training, seed):
    first, then, later = SCORES.get(training, (0.2, 0.2, 0.2))
    return first if seed < 1002 else then if seed < 1005 else later


def test_the_largest_rate_is_judged_in_the_two_rounds_of_the_tuning(monkeypatch):
    asked = []

    def made_up(function, tasks, folder):
        assert (function, folder) == (run_together, "runs")
        ((place, trainings, seeds, part),) = tasks
        asked.append((place, len(trainings), seeds, part))
        return [{"accuracy": np.array([[score(t, seed) for seed in seeds] for t in trainings])}]

    monkeypatch.setattr(chapter_03, "sweep", made_up)
    found = chapter_03._at_largest_rate(PLACE, range(1000, 1020), "runs")
    assert found == pytest.approx((2 * 0.6 + 3 * 0.5) / 5)
    assert asked == [
        (PLACE, 8, (1000, 1001), "validation"),
        (PLACE, 4, (1002, 1003, 1004), "validation"),
    ]
