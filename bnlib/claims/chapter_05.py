"""Claims of chapter 5: what covariate shift is, and what batch norm does about it."""

import numpy as np

from bnlib.claims.claim import Claim, Finding
from bnlib.claims.words import signed
from bnlib.experiments.coloured_cats import CATS, EARS_UP, load_stored, measure
from bnlib.experiments.ear_length import LENGTHS, rule, zoo
from bnlib.experiments.interval import interval

BLACK, HALF, ORANGE, WHITE, MIXED = 0, 4, 8, 9, 10  # places in bnlib.data.coats.COLOURS
FAILS = 20  # points lost, which we call doing badly
REPAIRS = 2  # points left of what was lost, which we call repaired
ZOOS = (4, 6, 7)  # mean length of the ears, cm


def judge_output(shares):
    """Corrected if P(y) moves although only P(x) has changed.

    Parameters
    ----------
    shares : dict of float to float
        P(cat) in zoos whose animals differ in their mean length of ears alone.

    Returns
    -------
    Finding
    """
    moves = np.ptp(list(shares.values())) > 0.01
    listed = ", ".join(f"{100 * share:.1f} %" for share in shares.values())
    verb = "can move" if moves else "stays"
    effect = (
        f"What stays is P(y | x). P(y) {verb}: with one rule for every zoo, and ears of "
        f"{', '.join(str(middle) for middle in shares)} cm on average, the shares of cats are "
        f"{listed}."
    )
    return Finding("corrected" if moves else "confirmed", effect, 0)


def _output(*_):
    return judge_output({middle: (zoo(middle) * rule(LENGTHS)).sum() for middle in ZOOS})


def judge_failure(result):
    """Confirmed if a network trained on black fails on orange, though it could fit all colours.

    Parameters
    ----------
    result : ColourShift

    Returns
    -------
    Finding
    """
    points = 100 * result.accuracy("without")
    lost = interval(points[:, BLACK] - points[:, ORANGE])
    able = interval(100 * result.accuracy("without, all colours")[:, ORANGE])
    verdict = "contested"
    if lost.high < FAILS:
        verdict = "corrected"
    elif lost.low > FAILS and able.low - interval(points[:, ORANGE]).high > FAILS:
        verdict = "confirmed"
    effect = (
        f"Trained on black animals, a network is right on {interval(points[:, BLACK]):.1f} % of "
        f"black ones and {interval(points[:, ORANGE]):.1f} % of orange ones; trained on all "
        f"colours, on {able:.1f} % of orange ones."
    )
    return Finding(verdict, effect, len(points))


def judge_robustness(result):
    """Confirmed if batch norm as trained is ahead in every colour and loses little on orange.

    Depends if it is ahead in every colour, but may lose much. Corrected if it is not ahead in
    every colour, however little it loses. White is not counted: there both are worse than a coin.

    Parameters
    ----------
    result : ColourShift

    Returns
    -------
    Finding
    """
    without, frozen = (100 * result.accuracy(name) for name in ("without", "frozen"))
    gains = [interval(frozen[:, c] - without[:, c]) for c in (HALF, MIXED, ORANGE)]
    lost = interval(frozen[:, BLACK] - frozen[:, ORANGE])
    verdict = "corrected"
    if all(each.low > 0 for each in gains):
        verdict = "confirmed" if lost.high < FAILS else "depends"
    half, mixed, orange = (signed(each, ".1f") for each in gains)
    effect = (
        f"Trained on black, the network with batch norm loses {lost:.1f} points on orange. Against "
        f"the one without it, it gains {half} points on half orange, {mixed} on mixed fur and "
        f"{orange} on orange."
    )
    return Finding(verdict, effect, len(without))


def judge_recalibration(result):
    """Depends if fresh statistics repair one change and not another.

    Parameters
    ----------
    result : ColourShift

    Returns
    -------
    Finding
    """
    frozen, fresh = (100 * result.accuracy(name) for name in ("frozen", "recalibrated"))
    gain = {c: interval(fresh[:, c] - frozen[:, c]) for c in (HALF, ORANGE, WHITE)}
    left = interval(fresh[:, BLACK] - fresh[:, WHITE])
    shares = [100 * result.accuracy(name, 0.9)[:, BLACK] for name in ("frozen", "recalibrated")]
    hurt = interval(shares[1] - shares[0])
    helps, harms = gain[HALF].low > 0, hurt.high < 0
    verdict = "corrected"
    if helps:
        verdict = "depends" if harms or left.low > REPAIRS else "confirmed"
    effect = (
        f"It gains {signed(gain[HALF], '.1f')} points on half orange fur and "
        f"{signed(gain[ORANGE], '.1f')} on orange; on white it ends at "
        f"{interval(fresh[:, WHITE]):.1f} %, where a coin gets 50. With the old fur but "
        f"90 % cats it changes the accuracy by {signed(hurt, '.1f')} points."
    )
    return Finding(verdict, effect, len(frozen))


def judge_drift(result):
    """Confirmed if a new rule defeats every network, and fresh statistics do not repair that.

    They must gain little there, and less than on orange fur, seed by seed. Depends if some network
    is defeated, but not all of this holds; corrected if none is.

    Parameters
    ----------
    result : ColourShift

    Returns
    -------
    Finding
    """
    variants = ("without", "frozen", "recalibrated")
    points = {
        cats: [100 * result.accuracy(name, cats=cats)[:, BLACK] for name in variants]
        for cats in (CATS, EARS_UP)
    }
    lost = [interval(o - n) for o, n in zip(points[CATS], points[EARS_UP], strict=True)]
    fails = [each.low > FAILS / 2 for each in lost]
    _, frozen, fresh = points[EARS_UP]
    rule = fresh - frozen
    colour = 100 * (result.accuracy("recalibrated") - result.accuracy("frozen"))[:, ORANGE]
    no_use = interval(rule).high < REPAIRS and interval(colour - rule).low > 0
    holds = all(fails) and no_use
    verdict = "confirmed" if holds else "depends" if any(fails) else "corrected"
    effect = (
        "When every animal with upright ears counts as a cat, the networks lose "
        f"{lost[0]:.1f} points without batch norm and {lost[1]:.1f} with it. To recalibrate gains "
        f"{signed(interval(rule), '.1f')} points there, and {signed(interval(colour), '.1f')} "
        f"where the fur turned orange{': after a new rule only new labels help' if holds else ''}."
    )
    return Finding(verdict, effect, len(points[CATS][0]))


def _claim(number, said, source, section, judge):
    """A claim about the coloured cats; all of these share their runs."""
    return Claim(
        number=number,
        said=said,
        source=source,
        section=f"chapters/05_covariate_shift.ipynb#{section}",
        stored=lambda: judge(load_stored()),
        fresh=lambda seeds, folder: judge(measure(load_stored().settings, seeds, folder)),
    )


CLAIMS = (
    Claim(
        number=12,
        said="In a covariate shift the input distribution changes, while the output distribution "
        "stays the same.",
        source="lecture notes",
        section="chapters/05_covariate_shift.ipynb#say-exactly-what-shifts",
        stored=_output,
        fresh=_output,
    ),
    _claim(
        13,
        "A network trained on black cats fails on coloured cats, though one function fits both.",
        "ng2017improving",
        "train-on-black-cats",
        judge_failure,
    ),
    _claim(
        "13b",
        "Batch norm makes a network more robust to covariate shift.",
        "lecture notes",
        "train-on-black-cats",
        judge_robustness,
    ),
    _claim(
        "13c",
        "Batch norm's statistics, computed again on unlabelled new data, adapt a network to it.",
        "li2016revisiting",
        "give-it-fresh-statistics",
        judge_recalibration,
    ),
    _claim(
        14,
        "If the function to be learned shifts as well, the need to train again is even greater.",
        "ng2017improving",
        "change-the-rule",
        judge_drift,
    ),
)
