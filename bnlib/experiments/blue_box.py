"""What does layer 3 receive while layers 1 and 2 learn, and when they are frozen?

A configuration goes in, a recording of one run a case comes out. The question whether frozen
layers help is answered over many seeds by `frozen_layers`.
"""

from itertools import product

import numpy as np

from bnlib.checks import check_count, check_number
from bnlib.data import load_digits
from bnlib.experiments.held_layers import FreezeFrom, size_of_box
from bnlib.models import mlp
from bnlib.optim import SGD
from bnlib.record import AccuracyRecorder, Recorder
from bnlib.train import train

LAYERS, WIDTH = 5, 50
STEPS, EVERY, BATCH_SIZE = 300, 5, 32
BACK = 30  # steps over which movement is measured
PROBE = 200  # training images whose values are followed
UNITS = 25  # of layer 2 that are shown, the first ones
IMAGES = 4  # shown, the first training images of so many digits
MODES = (None, 0, 50)  # the step from which layers 1 and 2 are frozen; None: they learn


def record(learning_rate=0.1, seed=0):
    """Train without and with batch norm, with layers 1 and 2 learning or frozen.

    Parameters
    ----------
    learning_rate : float
        Of plain SGD, the same in all six runs.
    seed : int
        Of the split, the initial weights and the batches, the same in all six runs.

    Returns
    -------
    dict
        Raw little-endian arrays over 2 sides (without, with), M modes and F frames. `values` uint8
        (2, M, I, U, F): what U units of layer 2 hand to layer 3 for I images, 255 for `top` and
        more; `changed` float32 (2, M, F): root mean square change of all those numbers, for 200
        images, since 30 steps before (or step 0), in units of their standard deviation then;
        `accuracy` float32 (2, M, F) on the test images; `loss` float32 (2, M, F), mean of the
        mini-batch losses since the frame before; `pixels` uint8 (I, 64). Also `digits` (I),
        `frozen_from` (M; None for never), `steps`, `back`, `units`, `learning_rate` and `top`.

    Raises
    ------
    ValueError, TypeError
        For a learning rate that is not above 0, or one at which a run diverges, or a bad seed.
    """
    learning_rate = check_number("learning_rate", learning_rate, above=0)
    seed = check_count("seed", seed, least=0)
    data = load_digits().split(seed, dtype=np.float32)
    shown = _images(data[0].labels)
    cases = list(product((False, True), MODES))
    runs = [_run(data, learning_rate, seed, shown, *case) for case in cases]
    top = float(np.percentile([run["values"] for run in runs], 99.5))
    stacked = {name: np.stack([run[name] for run in runs]) for name in runs[0]}
    arrays = {
        "values": np.rint(255 * np.minimum(stacked["values"] / top, 1)).astype("u1"),
        "pixels": _pixels(data[0].x[shown]),
        **{name: stacked[name].astype("<f4") for name in ("changed", "accuracy", "loss")},
    }
    return {name: array.tobytes() for name, array in arrays.items()} | {
        "digits": data[0].labels[shown].tolist(),
        "frozen_from": list(MODES),
        "steps": list(range(0, STEPS + 1, EVERY)),
        "back": BACK,
        "units": UNITS,
        "learning_rate": learning_rate,
        "top": top,
    }


def _images(labels):
    """The first image of each of the first so many different digits."""
    _, first = np.unique(labels[:PROBE], return_index=True)
    return np.sort(first)[:IMAGES]


def _pixels(x):
    """Brightness, 0 to 255, of standardized images: enough to recognize them."""
    low, high = x.min(axis=1, keepdims=True), x.max(axis=1, keepdims=True)
    return np.rint(255 * (x - low) / (high - low)).astype("u1")


def _run(data, learning_rate, seed, shown, batch_norm, frozen_from):
    training, _, test = data
    network = mlp(
        [training.x.shape[1], *[WIDTH] * LAYERS, 10],
        batch_norm=batch_norm,
        rng=np.random.default_rng(seed),
        dtype=np.float32,
    )
    recorder = Recorder(training.x[:PROBE], EVERY)
    looks = AccuracyRecorder(test.x, test.labels, EVERY)
    history = train(
        network,
        training.x,
        training.labels,
        steps=STEPS,
        batch_size=BATCH_SIZE,
        optimizer=FreezeFrom(SGD(learning_rate), size_of_box(network), frozen_from),
        rng=np.random.default_rng([seed, 1]),
        observers=[recorder, looks],
    )
    if history.diverged_at is not None:
        raise ValueError(f"at learning_rate {learning_rate} a run diverges; use a smaller one")
    handed_on = np.maximum(recorder.received[1], 0)  # (F, n, 50): layer 2's ReLU
    return {
        "values": np.moveaxis(handed_on[:, shown, :UNITS], 0, -1),
        "changed": _changes(handed_on),
        "accuracy": np.array(looks.accuracies),
        "loss": np.array([history.losses[0], *history.losses.reshape(-1, EVERY).mean(axis=1)]),
    }


def _changes(values):
    """(F,) root mean square change since `BACK` steps before, over the standard deviation then."""
    frames = np.arange(len(values))
    before = values[np.maximum(frames - BACK // EVERY, 0)]
    change = np.sqrt(((values - before) ** 2).mean(axis=(1, 2)))
    return change / before.std(axis=(1, 2))
