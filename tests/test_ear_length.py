"""Covariate shift in one dimension: what the sums over the grid must give."""

import numpy as np
import pytest

from bnlib.experiments.ear_length import LENGTHS, accuracy, fit, rule, zoo


def test_a_zoo_is_a_normal_distribution():
    for middle in (2, 4, 9):
        shares = zoo(middle)
        assert shares.sum() == pytest.approx(1)
        mean = (shares * LENGTHS).sum()
        assert mean == pytest.approx(middle, abs=2e-3)
        assert (shares * (LENGTHS - mean) ** 2).sum() == pytest.approx(1, abs=1e-2)


def test_mirrored_zoos_have_as_many_cats_and_a_third_one_has_not():
    cats = [(zoo(middle) * rule(LENGTHS)).sum() for middle in (4, 6, 7)]
    assert cats[0] == pytest.approx(cats[1], abs=1e-6)
    assert cats[2] < 0.5 * cats[1]


@pytest.mark.parametrize("middle", [4, 6, 7])
@pytest.mark.parametrize("degree", [1, 2, 3])
def test_a_fit_has_no_better_neighbour(middle, degree):
    shares, truth = zoo(middle), rule(LENGTHS)

    def loss(p):
        return -(shares * (truth * np.log(p) + (1 - truth) * np.log(1 - p))).sum()

    fitted = np.clip(fit(shares, degree), 1e-12, 1 - 1e-12)
    logits = np.log(fitted / (1 - fitted))
    rng = np.random.default_rng(degree)
    powers = np.vander((LENGTHS - 5) / 2, degree + 1)
    for _ in range(10):
        nudged = logits + powers @ rng.normal(0, 1e-2, degree + 1)
        assert loss(1 / (1 + np.exp(-nudged))) > loss(fitted)


def test_whoever_holds_the_rule_finds_it_in_any_zoo_and_a_straight_line_does_not():
    for middle in (4, 6, 7):
        np.testing.assert_allclose(fit(zoo(middle), 2), rule(LENGTHS), atol=1e-6)
    line = fit(zoo(4), 1)
    assert accuracy(zoo(4), line) > accuracy(zoo(4), rule(LENGTHS)) - 0.02
    assert accuracy(zoo(6), line) < accuracy(zoo(6), rule(LENGTHS)) - 0.2


def test_nobody_beats_the_rule():
    rng = np.random.default_rng(0)
    best = accuracy(zoo(5), rule(LENGTHS))
    for _ in range(20):
        assert accuracy(zoo(5), rng.random(len(LENGTHS))) < best


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: zoo(1), "middle"),
        (lambda: zoo(9.5), "middle"),
        (lambda: fit(zoo(4), 0), "degree"),
        (lambda: fit(zoo(4), 5), "degree"),
        (lambda: fit(zoo(4)[:10], 1), "LENGTHS"),
        (lambda: accuracy(zoo(4), [0.5]), "LENGTHS"),
        (lambda: rule([np.inf]), "inf"),
    ],
)
def test_nonsense_is_refused(call, message):
    with pytest.raises(ValueError, match=message):
        call()
