"""What flows through a small network: every value of one mini-batch, at a few steps of training.

A configuration goes in, a recording comes out: nothing else is kept or changed.
"""

from dataclasses import asdict, dataclass
from itertools import product

import numpy as np

from bnlib.checks import check_choice, check_count, check_number, check_sequence
from bnlib.data import load_digits
from bnlib.experiments.perceptron import POSITIONS, perceptron
from bnlib.functional import batch_norm_rows
from bnlib.layers import ACTIVATIONS
from bnlib.losses import softmax_cross_entropy_rows
from bnlib.norms import BatchNorm
from bnlib.optim import SGD
from bnlib.train import train

SIZES = (64, 30, 20, 10)
BATCH_SIZE = 16  # of the training, and of the mini-batch that is shown
STEPS = (0, 20, 200)
AXIS, LOGITS_AXIS = 4.0, 12.0  # abs(x_hat) is at most sqrt(15) = 3.9


@dataclass(frozen=True)
class Configuration:
    """What the reader can choose.

    Parameters
    ----------
    activation : "relu", "sigmoid" or "tanh"
    position : "before", "after" or "none"
        Where batch norm stands in both hidden layers, seen from the activation.
    learning_rate : float
        Of plain SGD, > 0.

    Raises
    ------
    ValueError, TypeError
        For a value out of its range.
    """

    activation: str = "relu"
    position: str = "before"
    learning_rate: float = 0.1

    def __post_init__(self):
        check_choice("activation", self.activation, ACTIVATIONS)
        check_choice("position", self.position, POSITIONS)
        rate = check_number("learning_rate", self.learning_rate, above=0)
        object.__setattr__(self, "learning_rate", rate)  # a plain number, for JSON


def grid(learning_rate=0.1):
    """Every activation and position.

    Parameters
    ----------
    learning_rate : float

    Returns
    -------
    list of Configuration

    Raises
    ------
    ValueError, TypeError
        For a rate that is not a positive number.
    """
    return [Configuration(*each, learning_rate) for each in product(ACTIVATIONS, POSITIONS)]


def build(configuration, seed):
    """The untrained network of a configuration, in float32.

    Parameters
    ----------
    configuration : Configuration
    seed : int
        Of the initial weights: the same W wherever batch norm stands.

    Returns
    -------
    Network

    Raises
    ------
    ValueError, TypeError
        As `perceptron`.
    """
    rng = np.random.default_rng(seed)
    gain = 2**0.5 if configuration.activation == "relu" else 1.0
    where = configuration.activation, configuration.position
    return perceptron(SIZES, *where, rng=rng, gain=gain, dtype=np.float32)


def record(configurations=None, steps=STEPS, seed=0):
    """Train each configuration and keep what flows between its layers.

    Parameters
    ----------
    configurations : sequence of Configuration, optional
        Default: `grid()`.
    steps : sequence of int
        Ascending; training ends at the last one.
    seed : int
        Of the split, the initial weights and the batches.

    Returns
    -------
    dict
        The mini-batch that is shown, the first 16 training images: `labels`, and as the boxes
        below `x` int8 (16, 64) and `x_moments` int16 (2, 64). `seed`. And `runs`, for each
        configuration a dict of its fields, `steps` (F of them: those before it diverged),
        `diverged` (a step or None), `units` (of what each of the B layers puts out), and at each
        step, in training: `loss`, `right` (of the 16), and raw little-endian arrays, layer after
        layer: `values` int8 (F, sum of 16 * units), where 127 is 4, or 12 for the logits;
        `moments` int16 (F, sum of 2 * units), mean and standard deviation over the images, in
        hundredths; `learned` int16 (F, sum of 2 * units of the batch norms), their gamma and
        beta, in hundredths.

    Raises
    ------
    ValueError, TypeError
        For no configurations, steps that don't ascend, or a negative seed.
    """
    configurations = grid() if configurations is None else configurations
    configurations = check_sequence("configurations", configurations, "Configuration")
    if not configurations or not all(isinstance(each, Configuration) for each in configurations):
        raise TypeError(f"configurations must hold one Configuration or more: {configurations!r}")
    steps = [check_count("steps", step, least=0) for step in check_sequence("steps", steps, "int")]
    if not steps or steps[-1] < 1 or steps != sorted(set(steps)):
        raise ValueError(f"steps must ascend and end at 1 or later, got {steps}")
    training = load_digits().split(seed, dtype=np.float32)[0]
    shown = training.x[:BATCH_SIZE], training.labels[:BATCH_SIZE]
    return {
        "seed": seed,
        "labels": shown[1].tolist(),
        "x": _tones(shown[0], AXIS),
        "x_moments": _moments(shown[0]),
        "runs": [_run(each, training, shown, steps, seed) for each in configurations],
    }


def _run(configuration, training, shown, steps, seed):
    frames = []

    def look(step, network):
        if step in steps:
            frames.append(_look(network, *shown))

    history = train(
        build(configuration, seed),
        training.x,
        training.labels,
        steps=steps[-1],
        batch_size=BATCH_SIZE,
        optimizer=SGD(configuration.learning_rate),
        rng=np.random.default_rng([seed, 1]),
        observers=[look],
    )
    packed = {name: b"".join(frame[name] for frame in frames) for name in _ARRAYS}
    return (
        asdict(configuration)
        | packed
        | {
            "steps": steps[: len(frames)],
            "diverged": history.diverged_at,
            "units": frames[0]["units"],
            "loss": [frame["loss"] for frame in frames],
            "right": [frame["right"] for frame in frames],
        }
    )


_ARRAYS = ("values", "moments", "learned")


def flow(network, x):
    """x, and what each layer makes of it, with the statistics of this batch.

    Parameters
    ----------
    network : Network
        Its running averages are left alone.
    x : (N, D) array

    Returns
    -------
    list of (N, units) arrays
    """
    values = [x]
    for layer in network.layers:
        if isinstance(layer, BatchNorm):
            values.append(batch_norm_rows(values[-1], *layer.params.values(), layer.eps)[0])
        else:
            values.append(layer._forward(values[-1], False))
    network._forget()
    return values


def _look(network, x, labels):
    with np.errstate(all="ignore"):  # a network that diverges is recorded as it is
        values = flow(network, x)[1:]
        logits = values[-1]
        loss = float(softmax_cross_entropy_rows(logits, labels)[0])
    axes = [AXIS] * (len(values) - 1) + [LOGITS_AXIS]
    norms = [layer for layer in network.layers if isinstance(layer, BatchNorm)]
    return {
        "values": b"".join(map(_tones, values, axes)),
        "moments": b"".join(map(_moments, values)),
        "learned": b"".join(_hundredths([*layer.params.values()]) for layer in norms),
        "units": [v.shape[1] for v in values],
        "loss": round(loss, 3) if np.isfinite(loss) else None,
        "right": int(np.count_nonzero(logits.argmax(axis=1) == labels)),
    }


def _tones(values, axis):
    shares = np.nan_to_num(values / axis, posinf=1, neginf=-1)
    return np.rint(127 * np.clip(shares, -1, 1)).astype("i1").tobytes()


def _moments(values):
    return _hundredths([values.mean(axis=0), values.std(axis=0)])


def _hundredths(arrays):
    limits = np.iinfo(np.int16)
    rounded = np.rint(100 * np.nan_to_num(arrays))
    return np.clip(rounded, limits.min, limits.max).astype("<i2").tobytes()
