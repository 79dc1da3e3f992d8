"""How noisy are batch statistics? One image's x_hat in 200 batches, for each batch size.

`python -m bnlib.experiments batch_noise` measures all of it again, in about half a minute.
"""

from dataclasses import dataclass

import numpy as np

from bnlib.checks import (
    check_array,
    check_choice,
    check_count,
    check_finite,
    check_flag,
    check_rng,
    check_sequence,
)
from bnlib.experiments import stored
from bnlib.experiments.interval import interval
from bnlib.experiments.judged_networks import SEEDS
from bnlib.experiments.regularized_networks import Setting, trained, training_set
from bnlib.experiments.sweep import sweep
from bnlib.norms import BatchNorm

SIZES = (2, 4, 8, 16, 32, 64, 128, 256, 512)
FITTED = slice(2, 8)  # the slope is that of the sizes 8 to 256; decided before the first run
BATCHES = 200
DROPOUTS = (0.1, 0.2, 0.5)
EXAMPLE = 0  # the training image that is watched
NETWORK = Setting(256)  # on the clean labels


@dataclass(frozen=True)
class BatchNoise:
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


def batches_with(example, n, size, batches, replacement, rng):
    """Indices of random batches that all hold one example, which comes first.

    Parameters
    ----------
    example : int
    n : int
        Examples to draw from.
    size : int
        Of a batch, 2 to n.
    batches : int
    replacement : bool
        True: the others are any of the n, the example too, each draw on its own. False: the
        others are distinct, as in an epoch that deals out a shuffle.
    rng : numpy.random.Generator

    Returns
    -------
    (batches, size) int array

    Raises
    ------
    ValueError, TypeError
        For sizes or an example out of range.
    """
    n, size = check_count("n", n), check_count("size", size, least=2)
    batches = check_count("batches", batches)
    check_flag("replacement", replacement)
    check_rng(rng)
    if check_count("example", example, least=0) >= n or size > n:
        raise ValueError(f"example {example} and size {size} must fit into n = {n}")
    if replacement:
        others = rng.integers(n, size=(batches, size - 1))
    else:
        rest = np.delete(np.arange(n), example)
        others = np.array([rng.permutation(rest)[: size - 1] for _ in range(batches)])
    return np.hstack([np.full((batches, 1), example), others])


def clouds(network, x, batches):
    """The first example's x_hat in every batch, as each normalized layer sees it in training.

    Parameters
    ----------
    network : Network
        Layers other than batch norm are those of training=False.
    x : (n, D) array
    batches : (B, size) int array
        Rows of x.

    Returns
    -------
    list of dict of str to array
        For each batch norm: "x_hat" (B, units), and "mean", "std" (B, units) of the batch.

    Raises
    ------
    ValueError, TypeError
        For an x that the network can't take, or batches that are no matrix.
    """
    x = check_finite("x", check_array("x", x, ndims=(2,)))
    batches = np.asarray(batches)
    if batches.ndim != 2:
        raise ValueError(f"batches has shape {batches.shape}; pass a row of indices for each batch")
    a, seen = x[batches.ravel()], []
    for layer in network.layers:
        if isinstance(layer, BatchNorm):
            z = a.reshape(*batches.shape, -1)
            mean, std = z.mean(axis=1), np.sqrt(z.var(axis=1) + layer.eps)
            x_hat = (z - mean[:, None]) / std[:, None]
            seen.append({"x_hat": x_hat[:, 0], "mean": mean, "std": std})
            a = (layer.params["gamma"] * x_hat + layer.params["beta"]).reshape(len(a), -1)
        else:
            a = layer.forward(a, training=False)
    return seen


def expected_noise(z, example, size):
    """The standard deviation of x_hat over batches drawn with replacement, to first order.

    sqrt((1 + u * skewness + u**2 * (kurtosis - 1) / 4) / size), with u the example's x_hat under
    the population's statistics. For a normal z that is sqrt((1 + u**2 / 2) / size).

    Parameters
    ----------
    z : (n, D) array
        The population.
    example : int
        Row of z.
    size : int
        Of the batches.

    Returns
    -------
    (D,) array

    Raises
    ------
    ValueError, TypeError
        For a z that is no matrix, or has a unit without spread.
    """
    z = check_finite("z", check_array("z", z, ndims=(2,), dtype=np.float64))
    if (np.ptp(z, axis=0) == 0).any():
        raise ValueError(f"a unit of z {z.shape} has no spread; leave it out")
    standard = (z - z.mean(axis=0)) / z.std(axis=0)
    u = standard[example]
    skewness, kurtosis = (standard**3).mean(axis=0), (standard**4).mean(axis=0)
    return np.sqrt((1 + u * skewness + u**2 * (kurtosis - 1) / 4) / check_count("size", size))


def measure(seeds=SEEDS, folder=None):
    """The noise in one trained network for each seed.

    Parameters
    ----------
    seeds : sequence of int
    folder : str or path, optional
        Where `sweep` keeps the finished runs.

    Returns
    -------
    BatchNoise

    Raises
    ------
    ValueError, TypeError
        For no seeds.
    """
    seeds = check_sequence("seeds", seeds, "integers")
    if not seeds:
        raise ValueError("seeds is empty; pass at least one")
    runs = sweep(noise_of, [{"seed": seed} for seed in seeds], folder=folder)
    return BatchNoise(np.array(SIZES), *(np.array([run[name] for run in runs]) for name in _ARRAYS))


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
        The arrays of BatchNoise, without their first axis.
    """
    seed = task["seed"]
    network, x = trained("clean", NETWORK, seed), training_set("clean", seed)[0]
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
    BatchNoise
    """
    noise = stored.load("batch_noise")["noise"]
    return BatchNoise(np.array(SIZES), *(np.array(noise[name]) for name in _ARRAYS))


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
