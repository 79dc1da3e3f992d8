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

STEPS, EVERY = 200, 5
PROBE = 64  # training images whose values are shown
BINS = 32
LEVELS = 63  # of a bin's code: six bits draw what eight do, and are sent in half the bytes
PERCENT_OFF_AXIS = 1  # of all values, at each end


@dataclass(frozen=True)
class Architecture:
    """A network that can be watched, and how: `units` of each layer are pooled, the first ones."""

    layers: int
    width: int
    steps: int
    every: int
    probe: int
    units: int


# The second is that of Figure 1 of Ioffe and Szegedy (2015), where one unit is followed.
NETWORKS = {
    "5x50": Architecture(5, 50, STEPS, EVERY, PROBE, units=50),
    "3x100": Architecture(3, 100, 1000, 20, 200, units=1),
}


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
    network : str
        One of NETWORKS: hidden layers x units.

    Raises
    ------
    ValueError, TypeError
        For a value out of its range.
    """

    activation: str = "relu"
    learning_rate: float = 0.1
    batch_size: int = 32
    network: str = "5x50"

    def __post_init__(self):
        check_choice("network", self.network, NETWORKS)
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
FIGURE_1 = tuple(Configuration("sigmoid", rate, 60, "3x100") for rate in (0.1, 0.5))


def record(configurations=GRID, seed=0, every=None):
    """Train both networks for each configuration, and pack what every layer did.

    Parameters
    ----------
    configurations : sequence of Configuration
        All of one network.
    seed : int
        Of the split, the initial weights and the batches, the same on both sides.
    every : int, optional
        Record at the steps 0, every, ...; by default as often as the network's architecture says.

    Returns
    -------
    dict
        Raw little-endian arrays over C configurations, L layers, B bins and F steps, which come
        last: neighbours in time are alike, so the page's compression finds more. Series 0 is z
        without batch norm, 1 is z with it, 2 is what the activation receives with it.
        `shares` uint8 (C, 3, L, B, F) is LEVELS * sqrt(share / largest); `largest` float32 (C,);
        `outside` uint16 (C, 3, L, 2, F) counts values below and above the axis; `moments` float16
        (C, 3, L, 5, F) are the 15th, 50th and 85th percentile, mean and standard deviation; `flat`
        float16 (C, 2, L, F) is the share of dead or saturated units; `gradients` float32
        (C, 2, L, F), to 11 bits; `accuracy` float32 (C, 2, F) on the test images; `axes` float32
        (C, 2). Also `configurations`, `steps`, `layers`, `bins`, `levels`, `units` (of a layer in
        one histogram) and `values` (in one histogram).

    Raises
    ------
    ValueError, TypeError
        For no configurations or something else, networks that differ, a negative seed, or an
        `every` below 1.
    """
    configurations = check_sequence("configurations", configurations, "Configuration")
    if not configurations or not all(isinstance(each, Configuration) for each in configurations):
        raise TypeError(f"configurations must hold one Configuration or more: {configurations!r}")
    if len({each.network for each in configurations}) > 1:
        raise ValueError("configurations hold different networks; record each on its own")
    watched = NETWORKS[configurations[0].network]
    every = watched.every if every is None else check_count("every", every)
    data = load_digits().split(seed, dtype=np.float32)
    packed = [
        _pack(watched, *(_run(configuration, side, data, seed, every) for side in (False, True)))
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
        "steps": list(range(0, watched.steps + 1, every)),
        "layers": watched.layers,
        "bins": BINS,
        "levels": LEVELS,
        "units": watched.units,
        "values": watched.probe * watched.units,
    }


def _run(configuration, batch_norm, data, seed, every):
    watched = NETWORKS[configuration.network]
    training, _, test = data
    network = mlp(
        [training.x.shape[1], *[watched.width] * watched.layers, 10],
        configuration.activation,
        batch_norm,
        rng=np.random.default_rng(seed),
        dtype=np.float32,
    )
    layers = Recorder(training.x[: watched.probe], every)
    accuracy = AccuracyRecorder(test.x, test.labels, every)
    history = train(
        network,
        training.x,
        training.labels,
        steps=watched.steps,
        batch_size=configuration.batch_size,
        optimizer=SGD(configuration.learning_rate),
        rng=np.random.default_rng([seed, 1]),
        observers=[layers, accuracy],
    )
    return layers, accuracy, history


def _pack(watched, without, with_norm):
    """One configuration's arrays as bytes, and the two steps of divergence (None if none)."""
    frames = watched.steps // without[0].every + 1
    seen = (without[0].received, with_norm[0].before_norm, with_norm[0].received)
    distributions = [
        Distributions([values[:, :, : watched.units] for values in layers]) for layers in seen
    ]
    axis = _shared_axis(distributions)
    histograms = [distribution.histogram(*axis, BINS) for distribution in distributions]
    shares = _stack([counts for counts, _ in histograms], frames, 0)
    shares /= watched.probe * watched.units
    largest = max(shares.max(), np.finfo(np.float32).tiny)
    moments = [
        np.concatenate([d.percentiles, d.mean[..., None], d.std[..., None]], axis=2)
        for d in distributions
    ]
    sides = (without, with_norm)
    gradients = [layers.gradient_norms for layers, _, _ in sides]
    accuracy = [np.array(a.accuracies) for _, a, _ in sides]
    arrays = {
        "shares": np.rint(LEVELS * np.sqrt(shares / largest)).astype("u1"),
        "outside": _stack([outside for _, outside in histograms], frames, 0).astype("<u2"),
        "moments": _float16(_stack(moments, frames, np.nan).round(2)),
        "flat": _float16(_stack([layers.flat_units for layers, _, _ in sides], frames, np.nan)),
        "gradients": _eleven_bits(_stack(gradients, frames, np.nan)).astype("<f4"),
        "accuracy": _stack(accuracy, frames, np.nan).astype("<f4"),
    }
    arrays = {name: np.moveaxis(array, 1, -1) for name, array in arrays.items()}
    arrays |= {"largest": np.array([largest], "<f4"), "axes": np.array(axis, "<f4")}
    diverged = [history.diverged_at for _, _, history in sides]
    return {name: array.tobytes() for name, array in arrays.items()}, diverged


def _eleven_bits(values):
    """Rounded to a relative 1/4096: no digit that is shown changes, and bytes become alike."""
    fraction, exponent = np.frexp(values)
    return np.ldexp(np.rint(fraction * 2**11) / 2**11, exponent)


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
