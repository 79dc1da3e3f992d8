"""Networks ready-made: a multilayer perceptron, and a convolutional network for the digits."""

from itertools import pairwise

import numpy as np

from bnlib.checks import check_choice, check_count, check_flag, check_sequence
from bnlib.conv import Conv2d, MaxPool2d
from bnlib.initializers import initial_std
from bnlib.layers import ACTIVATIONS, Flatten, Linear, ReLU
from bnlib.network import Network
from bnlib.norms import BatchNorm

_SIDE, _CLASSES = 8, 10  # of the digits


def mlp(sizes, activation="relu", batch_norm=False, *, rng, initializer=None, gain=1.0,
        dtype=np.float64):  # fmt: skip
    """A multilayer perceptron: Linear, (BatchNorm,) activation, ..., Linear.

    With and without batch norm, the same `rng` seed gives the same W. Without a hidden layer,
    [D, 1] is logistic regression, once it is trained with `loss="binary_cross_entropy"`.

    Parameters
    ----------
    sizes : sequence of int
        Inputs, hidden widths, outputs: [64, 50, 50, 10] has two hidden layers.
    activation : "relu", "sigmoid" or "tanh"
    batch_norm : bool
        Normalize each hidden layer's z; its Linear then has no bias, since beta takes its place.
    rng : numpy.random.Generator
    initializer : "he", "lecun", "glorot" or "plain", optional
        The scale of the hidden W: see `initial_std`. Default: "he" for ReLU, else "lecun".
    gain : float
        Multiplies that scale. The last W has "lecun" and gain 1 whatever these are.
    dtype : numpy.float64 or numpy.float32

    Returns
    -------
    Network

    Raises
    ------
    ValueError, TypeError
        For fewer than two sizes, or an argument out of its range.

    Examples
    --------
    >>> network = bnlib.mlp([4, 3, 2], batch_norm=True, rng=np.random.default_rng(0))
    >>> [type(layer).__name__ for layer in network.layers]
    ['Linear', 'BatchNorm', 'ReLU', 'Linear']
    """
    is_list = isinstance(sizes, list | tuple | np.ndarray) and getattr(sizes, "ndim", 1) == 1
    if not is_list or len(sizes) < 2:
        raise ValueError(f"sizes must list inputs, hidden widths and outputs, got {sizes!r}")
    sizes = [check_count("sizes", size) for size in sizes]
    make_activation = ACTIVATIONS[check_choice("activation", activation, ACTIVATIONS)]
    check_flag("batch_norm", batch_norm)
    if initializer is None:
        initializer = "he" if activation == "relu" else "lecun"
    initial_std(initializer, 1, 1, gain)  # refuses bad ones even where nothing is hidden
    start = {"initializer": initializer, "gain": gain, "rng": rng, "dtype": dtype}
    layers = []
    for before, after in pairwise(sizes[:-1]):
        layers.append(Linear(before, after, bias=not batch_norm, **start))
        if batch_norm:
            layers.append(BatchNorm(after, dtype=dtype))
        layers.append(make_activation())
    return Network([*layers, Linear(sizes[-2], sizes[-1], rng=rng, dtype=dtype)])


def convnet(*, batch_norm=True, rng, channels=(16, 32), dtype=np.float64):
    """A small convolutional network for the digits as images, (N, 1, 8, 8).

    For each entry of `channels`: Conv2d 3 x 3, (BatchNorm,) ReLU, MaxPool2d 2 x 2. Then Flatten
    and a Linear to the 10 classes. With and without batch norm, the same `rng` seed gives the
    same W.

    Parameters
    ----------
    batch_norm : bool
        Normalize each convolution's z; it then has no bias.
    rng : numpy.random.Generator
    channels : sequence of int
        Outputs of each convolution, 1 to 3 of them.
    dtype : numpy.float64 or numpy.float32

    Returns
    -------
    Network

    Raises
    ------
    ValueError, TypeError
        For an argument out of its range.

    Notes
    -----
    600 steps of SGD(0.02, momentum=0.9) on batches of 32 make it right on about 98 % of the test
    images, with batch norm and without.

    Examples
    --------
    >>> x = bnlib.load_digits().split(0)[0].x.reshape(-1, 1, 8, 8)
    >>> bnlib.convnet(rng=np.random.default_rng(0)).forward(x[:5], training=True).shape
    (5, 10)
    """
    channels = check_sequence("channels", channels, "integers")
    channels = [check_count("channels", size) for size in channels]
    if not 1 <= len(channels) <= 3:
        raise ValueError(f"channels must have 1 to 3 entries, since each halves the 8 x 8 pixels, "
                         f"got {channels!r}")  # fmt: skip
    check_flag("batch_norm", batch_norm)
    start = {"bias": not batch_norm, "initializer": "he", "rng": rng, "dtype": dtype}
    layers = []
    for before, after in pairwise([1, *channels]):
        layers.append(Conv2d(before, after, 3, padding=1, **start))
        if batch_norm:
            layers.append(BatchNorm(after, dtype=dtype))
        layers += [ReLU(), MaxPool2d(2)]
    features = channels[-1] * (_SIDE // 2 ** len(channels)) ** 2
    return Network([*layers, Flatten(), Linear(features, _CLASSES, rng=rng, dtype=dtype)])
