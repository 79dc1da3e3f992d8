"""What is said of batch norm's noise, and what chapter 8 measured."""

from bnlib.claims.claim import NOTES, Claim, Finding
from bnlib.experiments import batch_noise, beside_dropout, ghost_batches
from bnlib.experiments.batch_noise import SIZES
from bnlib.experiments.interval import interval

_CHAPTER = "chapters/08_noise_that_regularizes.ipynb"
_SMALL, _USUAL, _LARGE = 4, 32, 256  # images in a group
_SLIGHT = 3.0  # points of test error


def judge_law(law):
    """Confirmed if in each layer the noise's slope, on logarithmic axes, is -1/2 to within 0.03."""
    slopes = [interval(law.slopes(layer=layer)) for layer in range(law.drawn.shape[2])]
    verdict = "confirmed" if all(abs(each.mean + 0.5) <= 0.03 for each in slopes) else "corrected"
    first = interval(law.drawn[:, SIZES.index(_SMALL), 0])
    powers = ", ".join(f"{slope:.3f} in layer {n}" for n, slope in enumerate(slopes, start=1))
    effect = (
        f"When batches are drawn with replacement, the noise of x_hat goes as m to the power "
        f"{powers}; in groups of {_SMALL} it is {first:.2f} in layer 1."
    )
    return Finding(verdict, effect, len(law.drawn))


def judge_dropout(law):
    """By the dropout rate whose noise is as large: depends if only small groups reach 0.1."""
    small, usual = (interval(law.dropout_like()[:, SIZES.index(size)]) for size in (_SMALL, _USUAL))
    reached = [rate.mean - rate.half_width >= 0.1 for rate in (small, usual)]
    verdict = {2: "confirmed", 1: "depends", 0: "corrected"}[sum(reached)]
    effect = (
        f"Groups of {_SMALL} make as much noise in the next layer as dropout at the rate "
        f"{small:.2f}, groups of {_USUAL} as dropout at {usual:.3f}."
    )
    return Finding(verdict, effect, len(law.drawn))


def judge_fall(law):
    """Confirmed if every seed's noise falls from each size to the next."""
    falls = (law.dealt[:, 1:, 0] < law.dealt[:, :-1, 0]).all()
    ratio = law.dealt[:, SIZES.index(_LARGE), 0] / law.dealt[:, SIZES.index(_SMALL), 0]
    effect = (
        f"The noise in groups of {_LARGE} is {interval(ratio):.3f} of that in groups of {_SMALL}, "
        f"dealt from {SIZES[-1]} images; with all of them it is {law.dealt[:, -1, 0].max():.3f}."
    )
    return Finding("confirmed" if falls else "corrected", effect, len(law.drawn))


def judge_error(changes, seeds):
    """By where the test error is lower in groups of 4 than of 256, beyond its interval.

    Parameters
    ----------
    changes : dict of str to Interval
        "clean" and "noisy" at one setting for all, "tuned" with wrong labels: points.
    seeds : int
    """
    lower = [change.mean + change.half_width < 0 for change in changes.values()]
    verdict = "confirmed" if all(lower) else "depends" if any(lower) else "corrected"
    effect = (
        f"From groups of {_LARGE} to groups of {_SMALL}, with the gradient's batch fixed, the test "
        f"error changes by {changes['noisy']:.1f} points where a fifth of the labels is wrong, by "
        f"{changes['tuned']:.1f} once each is tuned, by {changes['clean']:.1f} with clean labels."
    )
    return Finding(verdict, effect, seeds)


def judge_size(common, tuned, seeds):
    """Confirmed if the noise is worth less than 3 points tuned or not; depends if only in one.

    Parameters
    ----------
    common, tuned : dict of str to Interval
        The effects of the factors "noise" and "dropout", in points.
    seeds : int
    """
    slight = [abs(effects["noise"].mean) < _SLIGHT for effects in (common, tuned)]
    verdict = {2: "confirmed", 1: "depends", 0: "corrected"}[sum(slight)]
    effect = (
        f"With a fifth of the labels wrong, the noise of groups of {_SMALL} is worth "
        f"{common['noise']:.1f} points at one rate for all (dropout {common['dropout']:.1f}) and "
        f"{tuned['noise']:.1f} when each network is tuned (dropout {tuned['dropout']:.1f})."
    )
    return Finding(verdict, effect, seeds)


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
