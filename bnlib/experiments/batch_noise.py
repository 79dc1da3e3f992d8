"""How noisy are batch statistics? One image's x_hat in 200 batches, for each batch size.

`python -m bnlib.experiments batch_noise` measures all of it again, in about half a minute.
"""

from dataclasses import dataclass

import numpy as np

from bnlib.checks import check_choice
from bnlib.experiments import stored
from bnlib.experiments.at_least_one import at_least_one
from bnlib.experiments.interval import interval
from bnlib.experiments.judged_networks import SEEDS
from bnlib.experiments.noise_clouds import (
    BATCHES,
    EXAMPLE,
    NETWORK,
    batches_with,
    clouds,
    expected_noise,
)
from bnlib.experiments.regularized_networks import trained, training_set
from bnlib.experiments.sweep import sweep

SIZES = (2, 4, 8, 16, 32, 64, 128, 256, 512)
FITTED = slice(2, 8)  # the slope is that of the sizes 8 to 256; decided before the first run
DROPOUTS = (0.1, 0.2, 0.5)


@dataclass(frozen=True)
class NoiseLaw:
    """The noise in S trained networks, one image each; standard deviations over 200 batches.

    Where it says root mean square (rms), that is over a layer's units.

    Attributes
    ----------
    sizes : (M,) array
        Images of a batch, the watched one among them.
    drawn : (S, M, L) array
        Of x_hat, rms, in each normalized layer; the batches drawn with replacement.
    dealt : (S, M, L) array
        The same, drawn without replacement.
    expected : (S, M) array
        Of `drawn` in the first layer, as `expected_noise` has it.
    added, multiplied : (S, M) array
        Of the batch's mean and of its std, in population stds: in the first layer, rms. With
        replacement.
    arriving : (S, M) array
        Of the second layer's z, in units of its spread over the images, rms.
    arriving_dropout : (S, P) array
        The same where population statistics and dropout of DROPOUTS follow on the first layer.
    """

    sizes: np.ndarray
    drawn: np.ndarray
    dealt: np.ndarray
    expected: np.ndarray
    added: np.ndarray
    multiplied: np.ndarray
    arriving: np.ndarray
    arriving_dropout: np.ndarray

    def slopes(self, kind="drawn", layer=0):
        """Of log(noise) against log(size) from 8 to 256, by least squares: (S,).

        Parameters
        ----------
        kind : "drawn" or "dealt"
        layer : int
        """
        noise = getattr(self, check_choice("kind", kind, ("drawn", "dealt")))[:, FITTED, layer]
        x = np.log(self.sizes[FITTED])
        x = x - x.mean()
        return np.log(noise) @ x / (x @ x)

    def dropout_like(self):
        """The dropout rate whose noise in the second layer is that of each size: (S, M).

        From noise**2 = c * p / (1 - p) with the c of the largest rate measured.
        """
        odds = DROPOUTS[-1] / (1 - DROPOUTS[-1])
        ratio = odds * (self.arriving / self.arriving_dropout[:, -1:]) ** 2
        return ratio / (1 + ratio)

    def summary(self):
        """Two lines for the slopes, then one a size."""
        lines = [
            f"{kind}: slope {interval(self.slopes(kind)):.3f}, "
            f"layer 2 {interval(self.slopes(kind, 1)):.3f}"
            for kind in ("drawn", "dealt")
        ]
        for m, size in enumerate(self.sizes):
            noise = (self.drawn[:, m, 0], self.expected[:, m], self.dealt[:, m, 0])
            parts = (self.added[:, m], self.multiplied[:, m], self.dropout_like()[:, m])
            lines.append(f"{size:4}  " + "  ".join(f"{x.mean():.3f}" for x in (*noise, *parts)))
        return "\n".join(lines)


def measure(seeds=SEEDS, folder=None):
    """The noise in one trained network for each seed.

    Parameters
    ----------
    seeds : sequence of int
    folder : str or path, optional
        Where `sweep` keeps the finished runs.

    Returns
    -------
    NoiseLaw

    Raises
    ------
    ValueError, TypeError
        For no seeds.
    """
    seeds = at_least_one("seeds", seeds)
    runs = sweep(noise_of, [{"seed": seed} for seed in seeds], folder=folder)
    return NoiseLaw(np.array(SIZES), *(np.array([run[name] for run in runs]) for name in _ARRAYS))


_ARRAYS = (
    "drawn",
    "dealt",
    "expected",
    "added",
    "multiplied",
    "arriving",
    "arriving_dropout",
)


def noise_of(task):
    """All noises of one seed, for `sweep`.

    Parameters
    ----------
    task : dict
        "seed".

    Returns
    -------
    dict
        The arrays of NoiseLaw, without their first axis.
    """
    seed = task["seed"]
    network, x = trained("clean", NETWORK, [seed])[0], training_set("clean", seed)[0]
    rng = np.random.default_rng([seed, 4])
    z = network.layers[0].forward(x, training=False)
    a = _activations(network, (z - z.mean(axis=0)) / z.std(axis=0))
    spread = network.layers[3].forward(a, training=False).std(axis=0)

    def arriving(activations):
        return _noise(network.layers[3].forward(activations, training=False) / spread)

    runs = [_of_size(network, x, z, size, rng) for size in SIZES]
    noise = {name: np.array([run[name] for run in runs]) for name in _ARRAYS[:5]}
    noise["arriving"] = np.array([arriving(_activations(network, run["x_hat"])) for run in runs])
    kept = [rng.random((BATCHES, a.shape[1])) >= rate for rate in DROPOUTS]
    noise["arriving_dropout"] = np.array(
        [arriving(a[EXAMPLE] * k / (1 - p)) for k, p in zip(kept, DROPOUTS, strict=True)]
    )
    return noise


def _of_size(network, x, z, size, rng):
    drawn, dealt = (
        clouds(network, x, batches_with(EXAMPLE, len(x), size, BATCHES, replacement, rng))
        for replacement in (True, False)
    )
    first = drawn[0]
    return {
        "drawn": [_noise(layer["x_hat"]) for layer in drawn],
        "dealt": [_noise(layer["x_hat"]) for layer in dealt],
        "expected": _rms(expected_noise(z, EXAMPLE, size)),
        "added": _noise(first["mean"] / z.std(axis=0)),
        "multiplied": _noise(first["std"] / z.std(axis=0)),
        "x_hat": first["x_hat"],
    }


def _activations(network, x_hat):
    """What the first hidden layer passes on."""
    _, norm, relu = network.layers[:3]
    return relu.forward(norm.params["gamma"] * x_hat + norm.params["beta"], training=False)


def _noise(values):
    """The standard deviation over the batches, rms over the units."""
    return _rms(values.std(axis=0))


def _rms(values):
    return float(np.sqrt(np.mean(values**2)))


def load_stored():
    """As measured when the result was stored.

    Returns
    -------
    NoiseLaw
    """
    noise = stored.load("batch_noise")["noise"]
    return NoiseLaw(np.array(SIZES), *(np.array(noise[name]) for name in _ARRAYS))


def run(folder=None):
    """Measure everything again, store the result and print a summary.

    Parameters
    ----------
    folder : str or path, optional
        Where `sweep` keeps the finished runs.
    """
    found = measure(folder=folder)
    noise = {name: getattr(found, name).round(6).tolist() for name in _ARRAYS}
    stored.save("batch_noise", {"seeds": {"measured": list(SEEDS)}, "noise": noise})
    print(load_stored().summary())
