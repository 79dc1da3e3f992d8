"""Interactive figures: each is one Python class beside its JavaScript and its style sheet."""

from bnlib.widgets.batch_norm_machine import BatchNormMachine
from bnlib.widgets.layer_shift import LayerShift

__all__ = ["BatchNormMachine", "LayerShift"]
