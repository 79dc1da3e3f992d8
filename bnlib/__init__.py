"""Batch normalization and the small networks around it, in NumPy alone.

    y, cache = bnlib.batch_norm(x, gamma, beta)
    network = bnlib.mlp([64, 50, 50, 10], batch_norm=True, rng=np.random.default_rng(0))

Read in this order: functional (the mathematics), layers, norms, losses, optim, network, train.
"""

from bnlib.average import ExponentialMovingAverage
from bnlib.batches import minibatches
from bnlib.data import load_digits
from bnlib.functional import batch_norm, batch_norm_backward, batch_norm_inference
from bnlib.gradcheck import check_gradients, numerical_gradient, relative_error
from bnlib.layers import Linear, ReLU, Sigmoid, Tanh
from bnlib.losses import softmax_cross_entropy
from bnlib.network import Network, mlp
from bnlib.norms import BatchNorm
from bnlib.optim import SGD
from bnlib.record import Recorder
from bnlib.train import History, accuracy, train

__all__ = [
    "SGD",
    "BatchNorm",
    "ExponentialMovingAverage",
    "History",
    "Linear",
    "Network",
    "ReLU",
    "Recorder",
    "Sigmoid",
    "Tanh",
    "accuracy",
    "batch_norm",
    "batch_norm_backward",
    "batch_norm_inference",
    "check_gradients",
    "load_digits",
    "minibatches",
    "mlp",
    "numerical_gradient",
    "relative_error",
    "softmax_cross_entropy",
    "train",
]
