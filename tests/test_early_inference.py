"""Inference soon after the start: the averages of the frameworks, on seeds of their own.

The margins were written down before these seeds were run.
"""

import numpy as np
import pytest

from bnlib.experiments.early_inference import AVERAGES, measure, norm_of

CHECK_SEEDS = range(400, 405)


@pytest.fixture(scope="module")
def result():
    return measure(CHECK_SEEDS, looks=(50, 100))


def test_keras_default_average_predicts_late(result):
    right = {name: each.mean(axis=0) for name, each in result.accuracy.items()}
    assert right["PyTorch"][0] > right["Keras"][0] + 0.2
    assert right["PyTorch"][1] > right["Keras"][1] + 0.08


def test_bias_correction_heals_it(result):
    right = {name: each.mean(axis=0) for name, each in result.accuracy.items()}
    assert (np.abs(right["Keras, corrected"] - right["PyTorch"]) < 0.05).all()


def test_the_summary_names_every_average(result):
    assert [line[:17].strip() for line in result.summary().splitlines()] == list(AVERAGES)


def test_the_layers_are_what_they_are_called():
    decays = {name: norm_of(name, 3).ema_decay for name in AVERAGES}
    assert decays == {"PyTorch": 0.9, "Keras": 0.99, "Keras, corrected": 0.99}
    assert [norm_of(name, 3).bias_correction for name in AVERAGES] == [False, False, True]
    with pytest.raises(ValueError, match="Torch"):
        norm_of("Torch", 3)
    with pytest.raises(ValueError, match="looks"):
        measure([0], looks=())
