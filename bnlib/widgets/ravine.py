"""A loss over two weights, and the path of gradient descent: what the inputs' scale does to it."""

import traitlets

from bnlib.checks import check_flag, check_number
from bnlib.experiments.ravine import TOLERANCE, quadratic, theory_steps
from bnlib.widgets.base import BookWidget, Checked

RATES = {"least": 1e-8, "most": 10}
TABLE = ((1, 0.0), (10, 0.0), (100, 0.0), (10, 0.9))  # scale ratio and correlation of its rows


class Ravine(BookWidget):
    """Contours of a squared error over (w1, w2), and gradient descent from w = 0.

    Parameters
    ----------
    scale_ratio : float
        Standard deviation of feature 2; feature 1 has 1. From 1 to 1000.
    correlation : float
        Of the two features, from 0 to 0.99.
    normalize : bool
        Whether the features are standardized first.
    learning_rate : float, optional
        From 1e-8 to 10. By default 95 % of the largest that settles.

    Raises
    ------
    ValueError, TypeError
        For a number out of range; also when one is assigned later.

    Notes
    -----
    The picture's formula is that of `bnlib.experiments.ravine`, and a test holds it there.
    """

    scale_ratio = Checked(10.0).tag(sync=True)
    correlation = Checked(0.0).tag(sync=True)
    normalize = Checked(False).tag(sync=True)
    learning_rate = Checked(0.01).tag(sync=True)
    start = traitlets.Dict().tag(sync=True)  # what Reset returns to

    def __init__(self, scale_ratio=10, correlation=0, normalize=False, learning_rate=None):
        problem = quadratic(scale_ratio, correlation, normalize)
        start = {
            "scale_ratio": float(scale_ratio),
            "correlation": float(correlation),
            "normalize": normalize,
            "learning_rate": (
                float(f"{0.95 * problem.limit:.3g}")
                if learning_rate is None
                else check_number("learning_rate", learning_rate, **RATES)
            ),
        }
        super().__init__(start=start, fallback=_table(), **start)

    @traitlets.validate("scale_ratio", "correlation", "normalize", "learning_rate")
    def _check(self, proposal):
        name, value = proposal["trait"].name, proposal["value"]
        if name == "learning_rate":
            return check_number(name, value, **RATES)
        quadratic(**{name: value})  # refuses what is out of range
        return check_flag(name, value) if name == "normalize" else float(value)


def _table():
    """For readers without JavaScript: condition numbers and steps, by scale and correlation."""
    rows = []
    for ratio, correlation in TABLE:
        problems = [quadratic(ratio, correlation, normalize) for normalize in (False, True)]
        cells = "".join(f"<td>{p.condition:,.0f}</td><td>{_steps(p)}</td>" for p in problems)
        rows.append(f'<tr><th scope="row">1 : {ratio}</th><td>{correlation:g}</td>{cells}</tr>')
    heads = ("scale ratio", "correlation", "condition", "steps", "normalized", "steps")
    head = "".join(f'<th scope="col">{name}</th>' for name in heads)
    caption = (
        f"Gradient descent on two weights: the condition number, and steps to {TOLERANCE:.2%} of "
        "the first loss that suffice at the best learning rate"
    )
    return (
        f"<table><caption>{caption}</caption><thead><tr>{head}</tr></thead>"
        f"<tbody>{''.join(rows)}</tbody></table>"
    )


def _steps(problem):
    return f"{max(1, theory_steps(max(problem.condition, 1 + 1e-9), TOLERANCE)):,.0f}"
