"""Claims of chapter 9: the formulas of the forward pass, and the variance that is stored."""

import numpy as np

from bnlib.claims.claim import Claim, Finding
from bnlib.data import load_digits
from bnlib.experiments import float32_error
from bnlib.experiments.interval import interval
from bnlib.functional import batch_norm
from bnlib.layers import Linear

EXACT = 5e-11  # what rounding may leave
SEEDS = range(20)
M, BATCHES = 8, 400  # examples in a batch, and batches a seed, for the stored variance
NEAR = 0.01  # how near (m - 1)/m the measured share must lie, written down before the first run
DIGIT = 1e-3  # an error relative to the largest value that a reader of four digits notices


def judge_formulas(deviation, share):
    """Confirmed if the formulas are the engine's and the batch's variance is small by (m - 1)/m.

    Parameters
    ----------
    deviation : float
        Largest difference of batch_norm's y from the four formulas.
    share : (S,) array
        The batch's variance over that of all images, mean over batches and neurons.

    Returns
    -------
    Finding
    """
    formula = (M - 1) / M
    verdict = "corrected"
    if deviation < EXACT:
        verdict = "confirmed" if abs(share.mean() - formula) < NEAR else "contested"
    exactly = "to 10 decimals" if deviation < EXACT else f"up to {deviation:.1g}"
    effect = (
        f"The formulas are what batch norm computes, {exactly}. As an estimate for the test the "
        f"batch's variance is too small: {interval(share):.3f} of that of all images with batches "
        f"of {M}, where (m - 1)/m is {formula:.3f}; so the paper stores it times m/(m - 1)."
    )
    return Finding(verdict, effect, len(share))


def _formulas(seeds=SEEDS, _folder=None):
    found = [_formulas_of(seed) for seed in seeds]
    deviations, shares = zip(*found, strict=True)
    return judge_formulas(max(deviations), np.array(shares))


def _formulas_of(seed):
    """What `judge_formulas` asks for, of one random layer."""
    rng = np.random.default_rng(seed)
    z_all = Linear(64, 50, rng=rng).forward(load_digits().split(seed)[0].x, training=True)
    z, (gamma, beta) = z_all[:32], rng.normal(size=(2, 50))
    mu = z.sum(axis=0) / 32
    sigma_squared = ((z - mu) ** 2).sum(axis=0) / 32
    z_norm = (z - mu) / np.sqrt(sigma_squared + 1e-5)
    deviation = np.abs(batch_norm(z, gamma, beta)[0] - (gamma * z_norm + beta)).max()
    batches = z_all[rng.integers(len(z_all), size=(BATCHES, M))]  # with replacement
    return deviation, float((batches.var(axis=1).mean(axis=0) / z_all.var(axis=0)).mean())


def judge_one_pass(one_pass, engine, offsets):
    """Corrected if the mean of squares loses what two passes and the remainder keep.

    Parameters
    ----------
    one_pass, engine : (S, O) array
        Largest relative error of x_hat in float32, inf for a NaN.
    offsets : (O,) array
        The mean of the numbers, whose std is 1.

    Returns
    -------
    Finding
    """
    lost = np.median(one_pass, axis=0) > DIGIT
    kept = engine.max() < DIGIT
    verdict = "confirmed" if not lost.any() else "corrected" if kept else "contested"
    effect = "The variance as mean of squares minus squared mean keeps three digits everywhere."
    if lost.any():
        effect = (
            "On paper yes. In float32 the mean of squares minus the squared mean has lost the "
            f"third digit of x̂ at a mean of {offsets[lost].min():,.0f} stds, in the median over "
            f"seeds; bnlib's largest error up to {offsets.max():,.0f} stds is {engine.max():.0e}."
        )
    return Finding(verdict, effect, len(one_pass))


def _one_pass(result):
    ways = result.by_offset
    return judge_one_pass(ways["mean of squares"], ways["bnlib"], result.offsets)


CLAIMS = (
    Claim(
        number=22,
        said="μ, σ², z_norm and z̃ are computed by the four formulas of the notes.",
        source="lecture notes, ioffe2015batch",
        section="chapters/09_forward_in_code.ipynb#remember-for-later",
        stored=_formulas,
        fresh=_formulas,
    ),
    Claim(
        number="22b",
        said="The variance is the mean of the squares minus the square of the mean.",
        source="chan1983algorithms",
        section="chapters/09_forward_in_code.ipynb#break-it-with-five-numbers",
        stored=lambda: _one_pass(float32_error.load_stored()),
        fresh=lambda seeds, folder: _one_pass(float32_error.measure(seeds)),
    ),
)
