"""What is said about batch norm at test time, and the rules by which the numbers judge it."""

import numpy as np

from bnlib.claims.claim import Claim, Finding
from bnlib.experiments.batch_statistics import moving_average
from bnlib.experiments.inference_statistics import BATCH_SIZES, LOOKS, load_stored, measure
from bnlib.experiments.interval import interval
from bnlib.functional import batch_norm

_CHAPTER = "chapters/11_test_time.ipynb"
_DECAY = 0.99
_EARLY, _USUAL = 50, 128  # a step, and a batch size that most would call usual
_VISIBLE = 0.5  # points of test error
_SPREAD = 0.9  # of a channel that was normalized; but for eps it is 1


def _judge_correction(statistics):
    """Corrected where the correction matters early and no longer at the end.

    Confirmed where it saves more than half a point at the end, contested where it saves nothing
    that can be seen at either step.
    """
    gaps = []
    for step in (_EARLY, LOOKS[-1]):
        f = LOOKS.index(step)
        errors = [
            statistics.averaged(_USUAL, _DECAY, start)[:, f]
            for start in ("frameworks", "corrected")
        ]
        gaps.append(interval(100 * (errors[0] - errors[1])))
    early, late = gaps
    helps_early = early.mean > early.half_width
    helps_late = late.mean > max(late.half_width, _VISIBLE)
    verdict = "confirmed" if helps_late else "corrected" if helps_early else "contested"
    average = moving_average(_DECAY, "zero", 1)
    for _ in range(_EARLY):
        average.update([[1.0], [1.0]])
    effect = (
        f"The averages serve test time alone; started at 0 with decay {_DECAY} they have "
        f"{average.value[1, 0]:.1%} of a constant truth after {_EARLY} steps, and with batches of "
        f"{_USUAL} the correction saves {early:z.1f} points of test error there against the "
        f"frameworks' start, and {late:z.1f} after {LOOKS[-1]} steps."
    )
    return Finding(verdict, effect, len(statistics.error[0]))


def _judge_alone(y, beta, image):
    """Corrected if one example has statistics, and they are of use in a convolution alone.

    Confirmed if neither layer makes numbers of one example, depends if one of them, else contested.

    Parameters
    ----------
    y : (N, D) array
        What a fully connected layer makes of different examples, each alone.
    beta : (D,) array
        Of that layer.
    image : (1, C, H, W) array
        What a convolution's batch norm makes of one image, before gamma and beta.

    Returns
    -------
    Finding
    """
    is_beta, spread = bool((y == beta).all()), image.std(axis=(2, 3)).min()
    numbers = [bool(np.isfinite(each).all()) for each in (y, image)]
    useful = "corrected" if is_beta and spread > _SPREAD else "contested"
    verdict = {2: useful, 1: "depends", 0: "confirmed"}[sum(numbers)]
    alone = "has the variance 0, so x_hat is 0 and the output is beta whatever x is"
    effect = (
        f"In a fully connected layer one example {alone if is_beta else 'does not give beta'}; the "
        f"positions of one image give a convolution's channel a spread of {spread:.1f} after "
        "normalizing."
    )
    return Finding(verdict, effect, 0)


def _alone():
    """Exact, so without seeds."""
    x, beta = np.array([[2.0, -7.0, 1e6], [-3.0, 0.0, 40.0]]), np.array([0.5, -1.0, 3.0])
    y = [batch_norm(row[None], np.full(3, 3.0), beta)[0][0] for row in x]
    image, _ = batch_norm(np.arange(18.0).reshape(1, 2, 3, 3), np.ones(2), np.zeros(2))
    return _judge_alone(np.array(y), beta, image)


def _judge_average(statistics):
    """By the batch sizes at which the moving average costs half a point of error at most.

    Confirmed if the intervals of all sizes say so as a whole, corrected if all say as a whole
    that it costs more, else depends.
    """
    gaps = {}
    for i, m in enumerate(BATCH_SIZES):
        error = statistics.averaged(m, _DECAY)[:, -1] - statistics.population_error[i, :, -1]
        gaps[m] = interval(100 * error)
    serves = all(gap.high <= _VISIBLE for gap in gaps.values())
    costs = all(gap.low > _VISIBLE for gap in gaps.values())
    verdict = "confirmed" if serves else "corrected" if costs else "depends"
    texts = ", ".join(f"{gap:z.1f} at m = {m}" for m, gap in gaps.items())
    effect = (
        "Points of test error that the moving average costs against the statistics of all "
        f"training images, after training: {texts}."
    )
    return Finding(verdict, effect, len(statistics.error[0]))


def _stored(rule):
    return lambda: rule(load_stored())


def _fresh(rule):
    return lambda seeds, folder: rule(measure(seeds=seeds, folder=folder))


CLAIMS = (
    Claim(
        3,
        "Batch norm uses exponentially weighted averages and bias correction.",
        "lecture notes",
        f"{_CHAPTER}#average-while-you-train",
        _stored(_judge_correction),
        _fresh(_judge_correction),
    ),
    Claim(
        23,
        "For one example it is impossible to get the mean and the variance.",
        "lecture notes",
        f"{_CHAPTER}#ask-about-one-image",
        _alone,
        lambda seeds, folder: _alone(),
    ),
    Claim(
        24,
        "The moving average of the statistics serves the validation and the test set.",
        "lecture notes, wu2021rethinking",
        f"{_CHAPTER}#use-all-the-training-images",
        _stored(_judge_average),
        _fresh(_judge_average),
    ),
)
