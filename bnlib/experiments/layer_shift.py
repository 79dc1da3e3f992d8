"""How does each layer's distribution move while the network learns, without and with batch norm?

A configuration goes in, a recording comes out: nothing else is kept or changed.
"""

from dataclasses import asdict, dataclass
from itertools import product

import numpy as np

from bnlib.checks import check_choice, check_count, check_number, check_sequence
from bnlib.data import load_digits
from bnlib.distributions import Distributions
from bnlib.layers import ACTIVATIONS
from bnlib.models import mlp
from bnlib.optim import SGD
from bnlib.record import AccuracyRecorder, Recorder
from bnlib.train import train

LAYERS, WIDTH = 5, 50
STEPS, EVERY = 200, 5
PROBE = 64  # training images whose values are shown
BINS = 32
PERCENT_OFF_AXIS = 1  # of all values, at each end


@dataclass(frozen=True)
class Configuration:
    """What the reader can choose.

    Parameters
    ----------
    activation : "relu", "sigmoid" or "tanh"
    learning_rate : float
        Of plain SGD, > 0; the same for both networks.
    batch_size : int
        2 to 1,000.

    Raises
    ------
    ValueError, TypeError
        For a value out of its range.
    """

    activation: str = "relu"
    learning_rate: float = 0.1
    batch_size: int = 32

    def __post_init__(self):
        check_choice("activation", self.activation, ACTIVATIONS)
        learning_rate = check_number("learning_rate", self.learning_rate, above=0)
        batch_size = check_count("batch_size", self.batch_size, least=2)
        if batch_size > 1000:
            raise ValueError(f"batch_size must be at most 1000 (images), got {batch_size}")
        # Plain numbers, because a recording is sent as JSON, which knows no NumPy scalars.
        object.__setattr__(self, "learning_rate", learning_rate)
        object.__setattr__(self, "batch_size", batch_size)


GRID = tuple(
    Configuration(*choice) for choice in product(("relu", "sigmoid"), (0.1, 0.3, 1.0), (8, 32))
)


def record(configurations=GRID, seed=0, every=EVERY):
    """Train both networks for each configuration, and pack what every layer did.

    Parameters
    ----------
    configurations : sequence of Configuration
    seed : int
        Of the split, the initial weights and the batches, the same on both sides.
    every : int
        Record at the steps 0, every, ..., 200.

    Returns
    -------
    dict
        Raw little-endian arrays over C configurations, F steps, L layers and B bins. Series 0 is z
        without batch norm, 1 is z with it, 2 is what the activation receives with it.
        `shares` uint8 (C, 3, F, L, B) is 255 * sqrt(share / largest); `largest` float32 (C,);
        `outside` uint16 (C, 3, F, L, 2) counts values below and above the axis; `moments` float16
        (C, 3, F, L, 5) are the 15th, 50th and 85th percentile, mean and standard deviation; `flat`
        float16 (C, 2, F, L) is the share of dead or saturated units; `gradients` float32
        (C, 2, F, L); `accuracy` float32 (C, 2, F) on the test images; `axes` float32 (C, 2).
        Also `configurations`, `steps`, `layers`, `bins` and `values` (pooled in one histogram).

    Raises
    ------
    ValueError, TypeError
        For no configurations or something else, a negative seed, or an `every` below 1.
    """
    configurations = check_sequence("configurations", configurations, "Configuration")
    if not configurations or not all(isinstance(each, Configuration) for each in configurations):
        raise TypeError(f"configurations must hold one Configuration or more: {configurations!r}")
    check_count("every", every)
    data = load_digits().split(seed, dtype=np.float32)
    packed = [
        _pack(*(_run(configuration, side, data, seed, every) for side in (False, True)), every)
        for configuration in configurations
    ]
    recording = {
        name: b"".join(arrays[name] for arrays, _ in packed)
        for name in (
            "shares",
            "largest",
            "outside",
            "moments",
            "flat",
            "gradients",
            "accuracy",
            "axes",
        )
    }
    recording["configurations"] = [
        asdict(configuration) | {"diverged": diverged}
        for configuration, (_, diverged) in zip(configurations, packed, strict=True)
    ]
    return recording | {
        "steps": list(range(0, STEPS + 1, every)),
        "layers": LAYERS,
        "bins": BINS,
        "values": PROBE * WIDTH,
    }


def _run(configuration, batch_norm, data, seed, every):
    training, _, test = data
    sizes = [training.x.shape[1], *[WIDTH] * LAYERS, 10]
    rng = np.random.default_rng(seed)
    network = mlp(sizes, configuration.activation, batch_norm, rng=rng, dtype=np.float32)
    layers = Recorder(training.x[:PROBE], every)
    accuracy = AccuracyRecorder(test.x, test.labels, every)
    history = train(
        network,
        training.x,
        training.labels,
        steps=STEPS,
        batch_size=configuration.batch_size,
        optimizer=SGD(configuration.learning_rate),
        rng=np.random.default_rng([seed, 1]),
        observers=[layers, accuracy],
    )
    return layers, accuracy, history


def _pack(without, with_norm, every):
    """One configuration's arrays as bytes, and the two steps of divergence (None if none)."""
    frames = STEPS // every + 1
    distributions = [
        Distributions(values)
        for values in (without[0].received, with_norm[0].before_norm, with_norm[0].received)
    ]
    axis = _shared_axis(distributions)
    histograms = [distribution.histogram(*axis, BINS) for distribution in distributions]
    shares = _stack([counts for counts, _ in histograms], frames, 0) / (PROBE * WIDTH)
    largest = max(shares.max(), np.finfo(np.float32).tiny)
    moments = [
        np.concatenate([d.percentiles, d.mean[..., None], d.std[..., None]], axis=2)
        for d in distributions
    ]
    sides = (without, with_norm)
    arrays = {
        "shares": np.rint(255 * np.sqrt(shares / largest)).astype("u1"),
        "largest": np.array([largest], "<f4"),
        "outside": _stack([outside for _, outside in histograms], frames, 0).astype("<u2"),
        "moments": _float16(_stack(moments, frames, np.nan).round(2)),
        "flat": _float16(_stack([layers.flat_units for layers, _, _ in sides], frames, np.nan)),
        "gradients": _stack(
            [layers.gradient_norms for layers, _, _ in sides], frames, np.nan
        ).astype("<f4"),
        "accuracy": _stack([np.array(a.accuracies) for _, a, _ in sides], frames, np.nan).astype(
            "<f4"
        ),
        "axes": np.array(axis, "<f4"),
    }
    diverged = [history.diverged_at for _, _, history in sides]
    return {name: array.tobytes() for name, array in arrays.items()}, diverged


def _stack(arrays, frames, missing):
    """Stack arrays whose first axis stops where a run diverged, filling up to `frames`."""
    stacked = np.full((len(arrays), frames, *arrays[0].shape[1:]), missing, dtype=np.float64)
    for target, array in zip(stacked, arrays, strict=True):
        target[: len(array)] = array
    return stacked


def _shared_axis(distributions):
    """From the 1st to the 99th percentile of everything shown, with 0 always on it."""
    grid = np.linspace(0, 1, 101)
    values = np.concatenate([d.quantiles(grid)[d.finite].ravel() for d in distributions])
    low, high = np.percentile(values, [PERCENT_OFF_AXIS, 100 - PERCENT_OFF_AXIS])
    return min(float(low), 0.0), max(float(high), 0.0)


def _float16(array):
    largest = np.finfo(np.float16).max
    return np.clip(array, -largest, largest).astype("<f2")
