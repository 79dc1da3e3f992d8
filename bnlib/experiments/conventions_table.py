"""The conventions side by side, as a page or a terminal shows them."""

from dataclasses import dataclass
from html import escape

from bnlib.experiments.conventions import CONVENTIONS, Convention
from bnlib.norms import BatchNorm


@dataclass(frozen=True)
class ConventionsTable:
    """The conventions side by side: text where it is printed, a table where a notebook shows it.

    Attributes
    ----------
    columns : dict of str to dict
        By name, in order: the answers by question, "-" where there is none.
    """

    columns: dict

    def __repr__(self):
        lines = [f"{'':18}" + "".join(f"{name:>11}" for name in self.columns)]
        for question, answers in self._rows():
            lines.append(f"{question:18}" + "".join(f"{answer:>11}" for answer in answers))
        return "\n".join(lines)

    def _repr_html_(self):
        # "dataframe": the theme then leaves it dark in the dark, where it whitens other HTML.
        head = "".join(f'<th scope="col">{escape(name)}</th>' for name in self.columns)
        rows = "".join(
            f'<tr><th scope="row">{escape(question)}</th>'
            + "".join(f"<td>{escape(answer)}</td>" for answer in answers)
            + "</tr>"
            for question, answers in self._rows()
        )
        return (
            '<div class="pst-scrollable-table-container" role="region" tabindex="0" '
            'aria-label="Conventions of the frameworks"><table class="table dataframe">'
            f"<thead><tr><td></td>{head}</tr></thead><tbody>{rows}</tbody></table></div>"
        )

    def _rows(self):
        for question in next(iter(self.columns.values())):
            yield question, [answers[question] for answers in self.columns.values()]


def conventions_table():
    """The conventions of the libraries, the paper and bnlib.

    Returns
    -------
    ConventionsTable
    """
    columns = {name: _answers(each, "0, 1") for name, each in CONVENTIONS.items()}
    columns["paper"]["starts at"] = "-"
    return ConventionsTable(columns | {"bnlib": _answers(_of_bnlib(), "corrected")})


def _of_bnlib():
    """bnlib's own defaults, read from the layer itself."""
    layer = BatchNorm(1)
    return Convention(
        name="bnlib",
        layer="bnlib.BatchNorm(D)",
        momentum=layer.ema_decay,
        momentum_weighs="old",
        eps=layer.eps,
        running_var_correction=layer.running_var_correction,
        axis=1,
        switch="layer.forward(x, training=True), always said",
        refuses_one_value=True,
        source="",
    )


def _answers(each, start):
    numbers = {
        "default momentum": each.momentum,
        "keeps of the old": each.ema_decay,
        "default eps": each.eps,
    }
    numbers = {question: "-" if n is None else f"{n:g}" for question, n in numbers.items()}
    return {
        "momentum weighs": each.momentum_weighs or "-",
        "default momentum": numbers["default momentum"],
        "keeps of the old": numbers["keeps of the old"],
        "starts at": start,
        "stored divisor": "m - 1" if each.running_var_correction else "m",
        "default eps": numbers["default eps"],
        "feature axis": "last" if each.axis == -1 else str(each.axis),
        "batch of one": {True: "refused", False: "beta", None: "-"}[each.refuses_one_value],
    }
