"""Noise beside dropout and weight decay: are the stored results what the code gives?

The margins were written down before the fresh seeds were run.
"""

import numpy as np
import pytest

from bnlib.experiments.beside_dropout import CELLS, Cell, Factorial, grid, load_stored, measure
from bnlib.experiments.ghost_batches import COMMON
from bnlib.experiments.judged_networks import CHECK_SEEDS, SEEDS, Outcome


@pytest.fixture(scope="module")
def factorial():
    return load_stored()


def test_the_stored_result_holds_every_cell_at_a_setting_of_its_grid(factorial):
    assert tuple(factorial.cells) == CELLS
    for cell, found in factorial.cells.items():
        assert found.settings["common"].learning_rate == COMMON.learning_rate
        for which, setting in found.settings.items():
            assert setting in grid(*cell)
            assert found.outcomes[which].error.shape == (len(SEEDS),)


def test_every_cell_tries_all_rates_and_all_strengths_of_what_it_has():
    for cell in CELLS:
        assert len(grid(*cell)) == 4 * 2 ** (cell[1] + cell[2])
        for setting in grid(*cell):
            has = (setting.group, setting.dropout > 0, setting.weight_decay > 0)
            assert has == cell


def test_a_stored_cell_comes_out_again(factorial):
    known = factorial.cells[4, True, False]
    again = measure({"common": known.settings["common"]}, SEEDS[:3]).outcomes["common"]
    # Another processor rounds otherwise: hence the margins.
    np.testing.assert_allclose(again.error, known.outcomes["common"].error[:3], atol=0.04)


def test_on_fresh_seeds_noise_and_dropout_both_help_at_the_common_rate(factorial):
    cells = [(256, False, False), (4, False, False), (256, True, False)]
    plain, noise, dropout = (
        measure({"common": factorial.cells[cell].settings["common"]}, CHECK_SEEDS)
        .outcomes["common"]
        .error.mean()
        for cell in cells
    )
    assert noise < plain - 0.05
    assert dropout < plain - 0.02
    assert noise < dropout


def test_on_fresh_seeds_tuning_leaves_little_of_the_effect(factorial):
    cells = [(256, False, False), (4, False, False)]
    whole, noise = (
        measure({"tuned": factorial.cells[cell].settings["tuned"]}, CHECK_SEEDS)
        .outcomes["tuned"]
        .error.mean()
        for cell in cells
    )
    assert abs(whole - noise) < 0.06


def test_an_effect_by_hand():
    def error(group, dropout, decay):
        return 0.2 - 0.1 * (group == 4) - 0.03 * dropout - 0.01 * decay * (group == 4)

    seeds = np.linspace(-0.01, 0.01, 5)  # shifts all cells alike, so that it cancels
    cells = {
        cell: Cell({}, {"tuned": Outcome(error(*cell) + seeds, seeds, seeds)}) for cell in CELLS
    }
    made = Factorial(cells)
    expected = {"noise": -10.5, "dropout": -3.0, "decay": -0.5}
    for factor, points in expected.items():
        effect = made.effect("tuned", factor)
        np.testing.assert_allclose([effect.mean, effect.half_width], [points, 0], atol=1e-9)


def test_an_unknown_factor_is_refused(factorial):
    with pytest.raises(ValueError, match="luck"):
        factorial.effect("tuned", "luck")
