"""Cats that change colour: what networks trained on black ones say of them."""

from itertools import product

import numpy as np
import traitlets

from bnlib.checks import check_choice
from bnlib.data.cat_sets import EXAMPLES, TEST, shown, stream
from bnlib.data.cats import KINDS, SIDE
from bnlib.data.coats import COLOURS, POSITIONS, coats
from bnlib.experiments.coloured_cats import CATS, EARS_UP, SEEDS, SHARES, load_stored
from bnlib.experiments.interval import interval
from bnlib.widgets.base import BookWidget, Checked

VARIANTS = ("without", "frozen", "recalibrated")
RULES = {"cats": CATS, "ears up": EARS_UP}
_NAMES = {0.0: "black", 0.5: "half orange", 1.0: "orange"}


class ColouredCats(BookWidget):
    """Eight animals in a colour of the reader's choice, three networks' answers, and accuracies.

    Parameters
    ----------
    colour : float or str
        Of the fur: 0 for black, 1/8, ..., 1 for orange; "white" or "mixed".
    share : float
        Of cats among the animals: 0.5, 0.6, ..., 1.
    rule : "cats" or "ears up"
        What counts as a cat: cats alone, as in training; or every animal whose ears stand up.
    result : bnlib.experiments.coloured_cats.ColourShift, optional
        By default the stored one.

    Raises
    ------
    ValueError, TypeError
        For a value that was not recorded; also when one is assigned later.

    Notes
    -----
    The traits follow the reader's hand where a kernel runs. Nothing is trained on the spot.
    """

    colour = Checked(0.5).tag(sync=True)
    share = Checked(0.5).tag(sync=True)
    rule = Checked("cats").tag(sync=True)
    recorded = traitlets.Dict().tag(sync=True)
    start = traitlets.Dict().tag(sync=True)  # what Reset returns to

    def __init__(self, colour=0.5, share=0.5, rule="cats", result=None):
        result = load_stored() if result is None else result
        start = {
            "colour": _one_of("colour", colour, COLOURS),
            "share": _one_of("share", share, SHARES),
            "rule": check_choice("rule", rule, RULES),
        }
        super().__init__(recorded=record(result), start=start, fallback=_table(result), **start)

    @traitlets.validate("colour", "share", "rule")
    def _check_choice(self, proposal):
        known = {"colour": COLOURS, "share": SHARES, "rule": tuple(RULES)}
        name = proposal["trait"].name
        return _one_of(name, proposal["value"], known[name])

    def __repr__(self):
        return f"ColouredCats(colour={self.colour!r}, share={self.share}, rule={self.rule!r})"


def _one_of(name, value, known):
    if isinstance(value, bool) or value not in known:
        raise ValueError(f"{name} must be one of {', '.join(map(repr, known))}, got {value!r}")
    return known[known.index(value)]  # 1 becomes 1.0


def record(result):
    """Pack the eight animals, the answers to them and the accuracies for the front end.

    Parameters
    ----------
    result : bnlib.experiments.coloured_cats.ColourShift

    Returns
    -------
    dict
        Raw little-endian arrays over C colours, R shares, 8 animals. `rest` uint8 (8, 16, 16, 3)
        and `fur` uint8 (8, 16, 16) are 255 times those of `Animals`, `coats` float32 (C, 8, 3);
        `answers` float32 (2 + R, C, 8), see `ColourShift`; `accuracy` float32 (2, 3, R, C, 2):
        for each of RULES and VARIANTS, mean and half-width of the 95 % interval in percent.
        Also `side`, `colours`, `shares`, `kinds`, `animals` (the kinds of the eight), `rules`
        (the kinds that each calls a cat), `seed`, `networks` and `pictures`.
    """
    seed = SEEDS[0]
    drawn = shown(seed)
    own = [coats(colour, len(drawn), stream(seed, "coats"))[TEST:] for colour in COLOURS]
    accuracy = [
        [_percent(values) for values in result.accuracy(variant, share, cats).T]
        for cats, variant, share in product(RULES.values(), VARIANTS, SHARES)
    ]
    return {
        "rest": np.rint(255 * drawn.rest[TEST:]).astype("u1").tobytes(),
        "fur": np.rint(255 * drawn.fur[TEST:]).astype("u1").tobytes(),
        "coats": np.array(own, "<f4").tobytes(),
        "answers": result.answers.astype("<f4").tobytes(),
        "accuracy": np.array(accuracy, "<f4").tobytes(),
        "side": SIDE,
        "colours": list(COLOURS),
        "shares": list(SHARES),
        "kinds": list(KINDS),
        "animals": list(EXAMPLES),
        "rules": {name: list(cats) for name, cats in RULES.items()},
        "seed": seed,
        "networks": len(SEEDS),
        "pictures": TEST,
    }


def _percent(values):
    found = interval(100 * values)
    return found.mean, found.half_width


def _table(result):
    """Accuracies by colour, for readers without JavaScript."""
    colours = [i for i, colour in enumerate(COLOURS) if colour in _NAMES or colour not in POSITIONS]
    head = "".join(f'<th scope="col">{_NAMES.get(COLOURS[i], COLOURS[i])}</th>' for i in colours)
    names = ("without batch norm", "with it, as trained", "with it, recalibrated")
    body = ""
    for name, variant in zip(names, VARIANTS, strict=True):
        percent = 100 * result.accuracy(variant)[:, colours]
        cells = "".join(f"<td>{interval(column):.1f}</td>" for column in percent.T)
        body += f'<tr><th scope="row">{name}</th>{cells}</tr>'
    caption = (
        "Trained on black animals: right answers in percent by the colour of the fur, mean of "
        f"{len(SEEDS)} networks and 95 % interval. Half of the animals are cats."
    )
    return (
        f"<table><caption>{caption}</caption><thead><tr><td></td>{head}</tr></thead>"
        f"<tbody>{body}</tbody></table>"
    )
