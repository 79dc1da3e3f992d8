"""Interactive figures: each is one Python class beside its JavaScript and its style sheet."""

from bnlib.widgets.backprop_stepper import BackpropStepper
from bnlib.widgets.batch_noise import BatchNoise
from bnlib.widgets.batch_norm_machine import BatchNormMachine
from bnlib.widgets.blue_box import BlueBox
from bnlib.widgets.coloured_cats import ColouredCats
from bnlib.widgets.layer_shift import LayerShift
from bnlib.widgets.learning_rate_range import LearningRateRange
from bnlib.widgets.network_diagram import NetworkDiagram
from bnlib.widgets.question import Question
from bnlib.widgets.ravine import Ravine
from bnlib.widgets.shift_or_smoothness import ShiftOrSmoothness
from bnlib.widgets.test_time import TestTime

__all__ = [
    "BackpropStepper",
    "BatchNoise",
    "BatchNormMachine",
    "BlueBox",
    "ColouredCats",
    "LayerShift",
    "LearningRateRange",
    "NetworkDiagram",
    "Question",
    "Ravine",
    "ShiftOrSmoothness",
    "TestTime",
]
