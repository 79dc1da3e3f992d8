"""What is said of batch norm's noise, and what chapter 8 measured."""

from bnlib.claims.claim import NOTES, Claim, Finding
from bnlib.claims.words import signed
from bnlib.experiments import batch_noise, beside_dropout, ghost_batches
from bnlib.experiments.batch_noise import SIZES
from bnlib.experiments.interval import interval

_CHAPTER = "chapters/08_noise_that_regularizes.ipynb"
_SMALL, _USUAL, _LARGE = 4, 32, 256  # images in a group
_CLEAR = 0.1  # noise that is clearly there; the spread of x_hat is 1
_POWER, _NEAR = -0.5, 0.03  # by the law, noise goes as m to this power
_SIMILAR = 0.1  # a dropout rate that people use
_SLIGHT = 3.0  # points of test error


def judge_law(law):
    """Confirmed if every layer has noise, and a slope (on logarithmic axes) that fits -1/2.

    There is noise if the interval of that in groups of 4 lies above 0.1. A slope fits if its
    interval overlaps -0.5 ± 0.03. Corrected if a layer has no such noise, contested if all have
    it and a slope does not fit.
    """
    layers = range(law.drawn.shape[2])
    noises = [interval(law.drawn[:, SIZES.index(_SMALL), layer]) for layer in layers]
    slopes = [interval(law.slopes(layer=layer)) for layer in layers]
    fits = all(each.low <= _POWER + _NEAR and each.high >= _POWER - _NEAR for each in slopes)
    noisy = all(each.low > _CLEAR for each in noises)
    verdict = "corrected" if not noisy else "confirmed" if fits else "contested"
    parts = [
        f"{noise:.2f} and {slope:.3f} in layer {n}"
        for n, (noise, slope) in enumerate(zip(noises, slopes, strict=True), start=1)
    ]
    effect = (
        f"When batches are drawn with replacement, the noise of x_hat in groups of {_SMALL}, and "
        f"its slope against m on logarithmic axes: {'; '.join(parts)}."
    )
    return Finding(verdict, effect, len(law.drawn))


def judge_dropout(law):
    """By the dropout rate whose noise is as large as that of groups of 4, and of 32.

    Confirmed if the intervals of both rates reach 0.1 as a whole, corrected if both stay below it
    as a whole, else depends.
    """
    rates = [interval(law.dropout_like()[:, SIZES.index(size)]) for size in (_SMALL, _USUAL)]
    similar = [rate.low >= _SIMILAR for rate in rates]
    weaker = [rate.high < _SIMILAR for rate in rates]
    effect = (
        f"Groups of {_SMALL} make as much noise in the next layer as dropout at the rate "
        f"{rates[0]:.2f}, groups of {_USUAL} as dropout at {rates[1]:.3f}."
    )
    return Finding(_clearly(similar, weaker), effect, len(law.drawn))


def judge_fall(law):
    """Confirmed if every seed's noise falls from each size to the next, in every layer."""
    falls = (law.dealt[:, 1:] < law.dealt[:, :-1]).all()
    ratios = law.dealt[:, SIZES.index(_LARGE)] / law.dealt[:, SIZES.index(_SMALL)]
    parts = [f"{interval(ratio):.3f} in layer {n}" for n, ratio in enumerate(ratios.T, start=1)]
    effect = (
        f"The noise in groups of {_LARGE} as a multiple of that in groups of {_SMALL}, dealt from "
        f"{SIZES[-1]} images: {', '.join(parts)}; with all of them it is "
        f"{law.dealt[:, -1].max():.3f} at most."
    )
    return Finding("confirmed" if falls else "corrected", effect, len(law.drawn))


def judge_error(changes, seeds):
    """By where the test error is lower in groups of 4 than of 256, beyond its interval.

    Confirmed if it is everywhere, depends if somewhere, corrected if nowhere.

    Parameters
    ----------
    changes : dict of str to Interval
        "clean" and "noisy" at one setting for all, "tuned" with wrong labels: points.
    seeds : int
    """
    lower = [change.high < 0 for change in changes.values()]
    verdict = "confirmed" if all(lower) else "depends" if any(lower) else "corrected"
    points = {name: signed(change, ".1f") for name, change in changes.items()}
    effect = (
        f"From groups of {_LARGE} to groups of {_SMALL}, with the gradient's batch fixed, the test "
        f"error changes by {points['noisy']} points where a fifth of the labels is wrong, by "
        f"{points['tuned']} once each is tuned, by {points['clean']} with clean labels."
    )
    return Finding(verdict, effect, seeds)


def judge_size(common, tuned, seeds):
    """By whether the noise changes the test error by less than 3 points, up or down.

    Confirmed if both intervals say so as a whole, tuned or not; corrected if both say as a whole
    that it is more, else depends.

    Parameters
    ----------
    common, tuned : dict of str to Interval
        The effects of the factors "noise" and "dropout", in points.
    seeds : int
    """
    noises = [effects["noise"] for effects in (common, tuned)]
    slight = [abs(each.mean) + each.half_width < _SLIGHT for each in noises]
    large = [abs(each.mean) - each.half_width >= _SLIGHT for each in noises]
    points = [
        f"{signed(effects['noise'], '.1f')} points (dropout {signed(effects['dropout'], '.1f')})"
        for effects in (common, tuned)
    ]
    effect = (
        f"With a fifth of the labels wrong, the noise of groups of {_SMALL} changes the test error "
        f"by {points[0]} at one rate for all, and by {points[1]} when each network is tuned."
    )
    return Finding(_clearly(slight, large), effect, seeds)


def _clearly(yes, no):
    """Confirmed if all say yes, corrected if all say no; what is not clear is neither."""
    return "confirmed" if all(yes) else "corrected" if all(no) else "depends"


def _stored_error():
    results = ghost_batches.load_stored()
    changes = {
        "clean": results["clean"].difference(_SMALL, _LARGE),
        "noisy": results["noisy"].difference(_SMALL, _LARGE),
        "tuned": results["noisy"].difference(_SMALL, _LARGE, "tuned"),
    }
    return judge_error(changes, len(results["noisy"].networks[_LARGE].common.error))


def _fresh_error(seeds, folder):
    known = ghost_batches.load_stored()["noisy"].networks
    changes = {}
    for data in ("clean", "noisy"):
        found = ghost_batches.measure(data, (_SMALL, _LARGE), seeds, folder)
        changes[data] = _change(found[_SMALL], found[_LARGE])
    settings = [known[group].setting for group in (_SMALL, _LARGE)]
    tuned = ghost_batches.outcomes("noisy", settings, seeds, folder=folder)
    changes["tuned"] = _change(*(tuned[setting] for setting in settings))
    return judge_error(changes, len(seeds))


def _change(outcome, other):
    return interval(100 * (outcome.error - other.error))


def _effects(factorial):
    return [
        {factor: factorial.effect(which, factor) for factor in ("noise", "dropout")}
        for which in ("common", "tuned")
    ]


def _stored_size():
    factorial = beside_dropout.load_stored()
    return judge_size(*_effects(factorial), len(factorial.errors("tuned", _LARGE)))


def _fresh_size(seeds, folder):
    known = beside_dropout.load_stored().cells
    cells = {
        key: beside_dropout.measure(cell.settings, seeds, folder)
        for key, cell in known.items()
        if key[0] is not None
    }
    return judge_size(*_effects(beside_dropout.Factorial(cells)), len(seeds))


def _of_law(judge):
    """The functions `stored` and `fresh` of a claim that the law decides."""
    return {
        "stored": lambda: judge(batch_noise.load_stored()),
        "fresh": lambda seeds, folder: judge(batch_noise.measure(seeds, folder)),
    }


CLAIMS = (
    Claim(
        15,
        "Statistics of a mini-batch add noise to every hidden layer.",
        NOTES,
        f"{_CHAPTER}#measure-the-law",
        **_of_law(judge_law),
    ),
    Claim(
        16,
        "The noise of batch norm is similar to dropout's.",
        NOTES,
        f"{_CHAPTER}#hold-it-against-dropout",
        **_of_law(judge_dropout),
    ),
    Claim(
        17,
        "The noise gets smaller as the mini-batch gets larger.",
        NOTES,
        f"{_CHAPTER}#measure-the-law",
        **_of_law(judge_fall),
    ),
    Claim(
        "17b",
        "Larger mini-batches regularize less, so the error on new data rises with the batch size.",
        NOTES,
        f"{_CHAPTER}#fix-the-gradient-vary-the-group",
        _stored_error,
        _fresh_error,
    ),
    Claim(
        18,
        "Batch norm regularizes only very slightly.",
        NOTES,
        f"{_CHAPTER}#put-it-beside-dropout-and-weight-decay",
        _stored_size,
        _fresh_size,
    ),
)
