"""What layers that normalize share, and the batch norm layer: `functional`, with memory."""

from copy import deepcopy

import numpy as np

from bnlib.average import ExponentialMovingAverage
from bnlib.checks import check_count, check_flag, check_float_dtype, check_number, check_vector
from bnlib.functional import (
    BatchNormCache,
    batch_norm_backward_rows,
    batch_norm_inference_backward_rows,
    batch_norm_inference_rows,
    batch_norm_rows,
    check_statistics,
)
from bnlib.layer import Layer
from bnlib.rows import from_rows, to_rows

_MOST_RECENT = 64  # steps


class FeatureNorm(Layer):
    """A layer with a gamma, and most with a beta, for each of D features or C channels."""

    _settings = ("num_features", "eps")
    _names = ("gamma", "beta")

    def __init__(self, num_features, eps=1e-5, dtype=np.float64):
        super().__init__()
        self.num_features = check_count("num_features", num_features)
        self.eps = check_number("eps", eps, least=0)
        for name, start in zip(self._names, (1, 0), strict=False):
            self._add_parameter(name, np.full(num_features, start, check_float_dtype(dtype)))

    def _shape_after(self, shape):
        if shape is not None and shape[0] not in (None, self.num_features):
            self._refuse_shape(shape, f"{self.num_features}) or (N, {self.num_features}, ...")
        return shape


class BatchNorm(FeatureNorm):
    """Batch normalization with learned gamma and beta, and averages for test time.

    Parameters
    ----------
    num_features : int
        D of (N, D), or C of (N, C, S) and (N, C, H, W).
    eps : float
        Added to the variance, >= 0.
    ema_decay : float
        Fraction of the OLD running statistics kept at each training step, in [0, 1).
    bias_correction : bool
        True: the averages start at 0 and are divided by 1 - ema_decay**t. False: they start at
        mean 0 and variance 1, undivided, as in the frameworks.
    running_var_correction : int
        1: the stored variance has divisor m - 1, as in the paper and PyTorch. 0: divisor m.
    dtype : numpy.float64 or numpy.float32
        Of gamma and beta. The running statistics are float64 whatever it is.
    ghost_batch_size : int, optional
        m: in training, each m examples in turn have statistics of their own, and the running
        statistics take the mean over these groups. The batch size must be a multiple of m.
        Default: one group, the whole batch.
    statistics_in_gradient : bool
        False: the backward pass takes the batch's mean and variance for constants, which is
        wrong. For demonstrations of what then happens.

    Attributes
    ----------
    frozen : bool
        True: training, too, uses the running statistics, and leaves them as they are. gamma and
        beta still learn. False at first.

    Raises
    ------
    ValueError, TypeError
        For an argument out of its range.

    Notes
    -----
    params: gamma (D,) starting at 1, beta (D,) starting at 0. Sources: Ioffe and Szegedy (2015);
    ghost batches: Hoffer et al. (2017).

    Examples
    --------
    >>> layer = bnlib.BatchNorm(2)
    >>> layer.forward(np.array([[1.0, 5.0], [3.0, 9.0]]), training=True).round(3)
    array([[-1., -1.],
           [ 1.,  1.]])
    """

    _settings = ("num_features", "eps", "ema_decay", "bias_correction", "running_var_correction",
                 "ghost_batch_size", "statistics_in_gradient")  # fmt: skip

    def __init__(self, num_features, eps=1e-5, ema_decay=0.9, bias_correction=True,
                 running_var_correction=1, dtype=np.float64, *, ghost_batch_size=None,
                 statistics_in_gradient=True):  # fmt: skip
        super().__init__(num_features, eps, dtype)
        correction = check_count("running_var_correction", running_var_correction, least=0)
        self.running_var_correction = correction
        if correction > 1:
            raise ValueError(f"running_var_correction must be 0 or 1, got {correction}")
        if ghost_batch_size is not None:
            check_count("ghost_batch_size", ghost_batch_size)
        self.ghost_batch_size = ghost_batch_size
        self.statistics_in_gradient = check_flag("statistics_in_gradient", statistics_in_gradient)
        self._frozen = False
        start = np.zeros((2, self.num_features))  # row 0: mean, row 1: variance
        start[1] = not check_flag("bias_correction", bias_correction)
        check_number("ema_decay", ema_decay, least=0, below=1)
        self._ema = ExponentialMovingAverage(ema_decay, start, bias_correction)
        self._recent = []  # the statistics of the last steps, not yet in the average
        self._buffers = None  # y and x_centered of a network's own step: the next one's, too

    @property
    def _average(self):
        if self._recent:
            self._take_in()
        return self._ema

    @property
    def ema_decay(self):
        """Fraction of the old running statistics kept at each step."""
        return self._ema.decay

    @property
    def bias_correction(self):
        """Whether the averages start at 0 and are corrected for it."""
        return self._ema.bias_correction

    @property
    def frozen(self):
        """Whether training uses the running statistics, and leaves them as they are."""
        return self._frozen

    @frozen.setter
    def frozen(self, value):
        """ValueError or TypeError for anything but True and False."""
        self._frozen = check_flag("frozen", value)

    @property
    def running_mean(self):
        """What inference subtracts: (D,) float64. ValueError before the first training step."""
        return self._average.value[0]

    @property
    def running_var(self):
        """What inference divides by the root of: (D,) float64. ValueError as `running_mean`."""
        return self._average.value[1]

    @property
    def has_running_statistics(self):
        """Whether inference is possible: with bias correction, only after a training step."""
        return self._average.updates > 0 or not self._average.bias_correction

    @property
    def state(self):
        """The running averages before correction, how many steps they have seen, and `frozen`."""
        mean, var = self._average.raw.copy()
        updates = self._average.updates
        return {"raw_mean": mean, "raw_var": var, "updates": updates, "frozen": self._frozen}

    def load_state(self, state):
        """Take over what `state` returned; wrong keys, shapes or values change nothing.

        Raises
        ------
        ValueError, TypeError
            Naming the key.
        """
        keys = {"raw_mean", "raw_var", "updates", "frozen"}
        if not isinstance(state, dict) or set(state) != keys:
            raise ValueError(f"state must be a dict with the keys {sorted(keys)}, got {state!r}")
        mean = check_vector("raw_mean", state["raw_mean"], self.num_features, np.float64)
        var = check_vector("raw_var", state["raw_var"], self.num_features, np.float64)
        if var.min() < 0:
            raise ValueError(f"raw_var has {var.min()}; a variance is never negative")
        updates = check_count("updates", state["updates"], least=0)
        self.frozen = state["frozen"]
        self._average.raw, self._average.updates = np.stack([mean, var]), updates

    def _check_batch(self, n, positions=1):
        m = n if self.ghost_batch_size is None else self.ghost_batch_size
        if self._frozen:
            self._check_running_statistics()
            return
        if n % m:
            raise ValueError(f"a batch of {n} is no multiple of ghost_batch_size={m}; resize it")
        if m * positions == 1:
            raise ValueError(f"{m} of a batch of {n} are one value a feature, which has no spread; "
                             "use 2 examples or more, or pass training=False")  # fmt: skip

    def _check_input(self, x, training):
        super()._check_input(x, training)
        if not training:
            self._check_running_statistics()

    def _check_running_statistics(self):
        self._inference_inv_std()
        if not (np.isfinite(self.running_mean).all() and np.isfinite(self.running_var).all()):
            raise ValueError("the running statistics are not finite, because training diverged")

    def _check_output(self, x, y):
        if isinstance(self._cache, BatchNormCache):
            check_statistics(x, self._cache, self.eps)
        super()._check_output(x, y)
        self._buffers = None  # y is the caller's now, and the cache for the caller's `backward`

    def _keep(self):
        attributes, grads = super()._keep()
        return attributes | {"_ema": deepcopy(self._ema), "_recent": self._recent.copy()}, grads

    def _inference_inv_std(self):
        var = self.running_var + self.eps
        if (var <= 0).any():
            feature = int(np.argmin(var))
            raise ValueError(f"running_var + eps is 0 at feature {feature}; use eps > 0")
        return 1 / np.sqrt(var)

    def _forward(self, x, training):
        self._shape = x.shape
        rows = to_rows(x)
        gamma, beta = self.params["gamma"], self.params["beta"]
        if training and not self._frozen:
            if self.ghost_batch_size:  # a stack (groups, rows of m examples, D)
                rows = rows.reshape(len(x) // self.ghost_batch_size, -1, self.num_features)
            if self._buffers is None or self._buffers[0].shape != rows.shape:
                self._buffers = np.empty_like(rows), np.empty_like(rows)
            y, self._cache = batch_norm_rows(rows, gamma, beta, self.eps, out=self._buffers)
            statistics = self._cache.mean, self._cache.remainder, self._cache.var
            if self.ghost_batch_size:
                statistics = [each.mean(axis=(0, 1), dtype=np.float64) for each in statistics]
            self._remember(*statistics, rows.shape[-2])
        else:
            mean, inv_std = self.running_mean, self._inference_inv_std().astype(x.dtype)
            y, self._cache = batch_norm_inference_rows(rows, gamma, beta, mean, inv_std)
        return from_rows(y, x.shape)

    def _remember(self, mean, remainder, var, n):
        """Keep a step's statistics, over n values each, for the running ones."""
        self._recent.append((mean, remainder, var, n))
        if len(self._recent) == _MOST_RECENT:
            self._take_in()

    def _take_in(self):
        """Add the statistics of the last steps to the average: all at once costs the least."""
        mean, remainder, var, n = (np.array(each) for each in zip(*self._recent, strict=True))
        self._recent.clear()
        values = np.empty((len(n), 2, mean.shape[1]))
        with np.errstate(over="ignore", invalid="ignore"):  # training says when it diverges
            np.add(mean, remainder, out=values[:, 0], dtype=np.float64)
            np.multiply(var, (n / (n - self.running_var_correction))[:, None], out=values[:, 1])
            self._ema.add(values)

    def _backward(self, dy, input_gradient=True):
        rows, cache = to_rows(dy), self._cache
        if cache.x_centered.ndim > 2:  # ghost batches
            rows = rows.reshape(cache.x_centered.shape)
        if isinstance(cache, BatchNormCache) and self.statistics_in_gradient:
            # Of a network's own step, nobody needs y any longer.
            scratch = self._buffers and self._buffers[0]
            dx, dgamma, dbeta = batch_norm_backward_rows(rows, cache, rows, scratch)
        else:
            dx, dgamma, dbeta = batch_norm_inference_backward_rows(rows, cache, out=rows)
        if rows.ndim > 2:
            dgamma, dbeta = dgamma.sum(axis=(0, 1)), dbeta.sum(axis=(0, 1))
        self.grads["gamma"][:], self.grads["beta"][:] = dgamma, dbeta
        return from_rows(dx, self._shape)
