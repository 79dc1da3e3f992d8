"""Batch normalization and the small networks around it, in NumPy alone.

    y, cache = bnlib.batch_norm(x, gamma, beta)
    network = bnlib.mlp([64, 50, 50, 10], batch_norm=True, rng=np.random.default_rng(0))

Read in this order: functional (the mathematics), layers, norms, losses, optim, network,
models, train.
"""

from bnlib.average import ExponentialMovingAverage
from bnlib.batches import minibatches
from bnlib.conv import AveragePool2d, Conv2d, MaxPool2d
from bnlib.data import load_digits
from bnlib.dropout import Dropout
from bnlib.fold import fold_batch_norm
from bnlib.functional import batch_norm, batch_norm_backward, batch_norm_inference
from bnlib.functional_groups import (
    group_norm,
    group_norm_backward,
    instance_norm,
    instance_norm_backward,
    layer_norm,
    layer_norm_backward,
)
from bnlib.functional_rms import rms_norm, rms_norm_backward
from bnlib.gradcheck import check_gradients, numerical_gradient, relative_error
from bnlib.group_norms import GroupNorm, InstanceNorm, LayerNorm, RMSNorm
from bnlib.initializers import initial_std
from bnlib.layers import Flatten, Identity, Linear, ReLU, Sigmoid, Tanh
from bnlib.losses import binary_cross_entropy, mean_squared_error, softmax_cross_entropy
from bnlib.models import convnet, mlp
from bnlib.network import Network
from bnlib.norms import BatchNorm
from bnlib.optim import SGD, Adam
from bnlib.population import Moments, recalibrate
from bnlib.record import Recorder
from bnlib.replicas import train_replicas
from bnlib.storage import load, save
from bnlib.train import History, accuracy, train

__all__ = [
    "SGD", "Adam", "AveragePool2d", "BatchNorm", "Conv2d", "Dropout", "ExponentialMovingAverage",
    "Flatten", "GroupNorm", "History", "Identity", "InstanceNorm", "LayerNorm", "Linear",
    "MaxPool2d", "Moments", "Network", "RMSNorm", "ReLU", "Recorder", "Sigmoid", "Tanh",
    "accuracy", "batch_norm", "batch_norm_backward", "batch_norm_inference",
    "binary_cross_entropy", "check_gradients", "convnet", "fold_batch_norm", "group_norm",
    "group_norm_backward", "initial_std", "instance_norm", "instance_norm_backward", "layer_norm",
    "layer_norm_backward", "load", "load_digits", "mean_squared_error", "minibatches", "mlp",
    "numerical_gradient", "recalibrate", "relative_error", "rms_norm", "rms_norm_backward", "save",
    "softmax_cross_entropy", "train", "train_replicas",
]  # fmt: skip
