"""A small network drawn box by box: shape, parameters, formula, and the values that flow."""

from html import escape

import numpy as np
import traitlets

from bnlib.checks import check_choice, check_count
from bnlib.experiments.network_values import (
    AXIS,
    BATCH_SIZE,
    LOGITS_AXIS,
    SIZES,
    STEPS,
    Configuration,
    build,
    grid,
    record,
)
from bnlib.layers import Linear
from bnlib.norms import BatchNorm
from bnlib.widgets.base import BookWidget, Checked

LIVE_STEPS = (0, 1, 2, 5, 10, 20, 50, 100, 200)  # with a kernel behind it
_SUBSCRIPTS = "₀₁₂₃"
_NAMES = {"relu": "ReLU", "sigmoid": "Sigmoid", "tanh": "Tanh"}
_FORMULAS = {"relu": "max({}, 0)", "sigmoid": "1 / (1 + exp(−{}))", "tanh": "tanh({})"}


class NetworkDiagram(BookWidget):
    """x, then Linear, batch norm and activation, twice, then the logits; one box chosen.

    Parameters
    ----------
    activation : "relu", "sigmoid" or "tanh"
    position : "before", "after" or "none"
        Where batch norm stands, seen from the activation.
    step : int
        Training steps done: one of those recorded.
    box : str
        "x", "linear 1", "norm 1", "activation 1", "linear 2", ..., "linear 3".
    unit : int
        Which column of the box's values is pointed out, counted from 1. A box of fewer units
        shows its last one.
    learning_rate : float
        Of all networks.
    seed : int
        Of the split, the initial weights and the batches.
    recorded : dict, optional
        From `bnlib.experiments.network_values.record`, made with this rate and seed. By default
        all activations and positions are recorded (half a second).

    Raises
    ------
    ValueError, TypeError
        For a value out of its range; also when one is assigned later.

    Notes
    -----
    The traits follow the reader where a kernel runs. Then the slider offers more steps, and a
    network is trained on the spot and put into `retrained`.
    """

    activation = Checked("relu").tag(sync=True)
    position = Checked("before").tag(sync=True)
    step = Checked(0).tag(sync=True)
    box = Checked("x").tag(sync=True)
    unit = Checked(1).tag(sync=True)
    recorded = traitlets.Dict().tag(sync=True)
    retrained = traitlets.Dict().tag(sync=True)
    live_steps = traitlets.List(list(LIVE_STEPS)).tag(sync=True)
    start = traitlets.Dict().tag(sync=True)  # what Reset returns to

    def __init__(
        self,
        activation="relu",
        position="before",
        step=20,
        box="norm 1",
        unit=10,
        learning_rate=0.1,
        seed=0,
        recorded=None,
    ):
        asked = Configuration(activation, position, learning_rate)
        if recorded is None:
            recorded = record(grid(asked.learning_rate), sorted({*STEPS, step}), seed)
        start = {"activation": activation, "position": position, "step": step, "unit": unit}
        start["box"] = box
        axes = {"axis": AXIS, "logits_axis": LOGITS_AXIS}
        recorded = recorded | axes | {"runs": [_described(run) for run in recorded["runs"]]}
        self._learning_rate = asked.learning_rate
        super().__init__(
            recorded=recorded, start=start, fallback=_table(recorded, asked, step), **start
        )

    @property
    def configuration(self):
        """What the shown network is."""
        return Configuration(self.activation, self.position, self._learning_rate)

    @traitlets.validate("activation", "position")
    def _check_choice(self, proposal):
        name = proposal["trait"].name
        return getattr(Configuration(**{name: proposal["value"]}), name)

    @traitlets.validate("step")
    def _check_step(self, proposal):
        known = sorted({*self.recorded["runs"][0]["steps"], *LIVE_STEPS})
        if proposal["value"] not in known:
            raise ValueError(f"step must be one of {known}, got {proposal['value']!r}")
        return int(proposal["value"])

    @traitlets.validate("box")
    def _check_box(self, proposal):
        keys = [box["key"] for box in self.recorded["runs"][0]["boxes"]]
        return check_choice("box", proposal["value"], keys)

    @traitlets.validate("unit")
    def _check_unit(self, proposal):
        unit = check_count("unit", proposal["value"])
        if unit > max(SIZES):
            raise ValueError(f"unit must be at most {max(SIZES)}, got {unit}")
        return unit

    @traitlets.observe("activation", "position", "step")
    def _retrain(self, _change):
        asked = vars(self.configuration)
        for known in (self.recorded, self.retrained):
            for run in known.get("runs", ()):
                same = all(run[name] == value for name, value in asked.items())
                if same and (self.step in run["steps"] or run["diverged"] is not None):
                    return
        recording = record([self.configuration], LIVE_STEPS, self.recorded["seed"])
        self.retrained = recording | {"runs": [_described(run) for run in recording["runs"]]}

    def __repr__(self):
        return (
            f"NetworkDiagram(activation={self.activation!r}, position={self.position!r}, "
            f"step={self.step}, box={self.box!r})"
        )


def _described(run):
    """A run with `boxes`: what the reader is told of each, in the order of the flow."""
    return run | {"boxes": boxes(run["activation"], run["position"])}


def boxes(activation, position):
    """What there is to say about each box of the diagram, from x to the logits.

    Parameters
    ----------
    activation : "relu", "sigmoid" or "tanh"
    position : "before", "after" or "none"

    Returns
    -------
    list of dict
        `key`, `name`, `layer` (0 to 3); `takes` and `gives`, the symbols; `shape` of what it
        gives; `parameters`, a text for each; `count` of all their numbers; `formula`, `code` and
        `note`.

    Raises
    ------
    ValueError
        For an unknown activation or position.
    """
    configuration = Configuration(activation, position)
    described = [_input_box()]
    layer = 0
    for made in build(configuration, seed=0).layers:
        layer += isinstance(made, Linear)
        units = made.params["W"].shape[1] if isinstance(made, Linear) else SIZES[layer]
        takes = described[-1]["gives"]
        box = _words(made, activation, layer, takes)
        shapes = {name: "×".join(map(str, value.shape)) for name, value in made.params.items()}
        signs = {"gamma": "γ", "beta": "β"}
        described.append(
            box
            | {
                "layer": layer,
                "takes": takes,
                "shape": [BATCH_SIZE, units],
                "parameters": [f"{signs.get(name, name)}: {n}" for name, n in shapes.items()],
                "count": sum(value.size for value in made.params.values()),
            }
        )
    return described


def _input_box():
    return {
        "key": "x",
        "name": "x",
        "layer": 0,
        "takes": "",
        "gives": "x",
        "shape": [BATCH_SIZE, SIZES[0]],
        "parameters": [],
        "count": 0,
        "formula": "x = (pixels − mean) / std",
        "code": f"x = train.x[:{BATCH_SIZE}]",
        "note": "Two numbers for all pixels, once and for all: no batch norm here.",
    }


def _words(made, activation, layer, takes):
    number = _SUBSCRIPTS[layer]
    if isinstance(made, Linear):
        gives = "logits" if layer == len(SIZES) - 1 else f"z{number}"
        sizes = f"{made.in_features}, {made.out_features}"
        bias = "" if made.bias else ", bias=False"
        return {
            "key": f"linear {layer}",
            "name": "Linear",
            "gives": gives,
            "formula": f"{gives} = {takes} W" + (" + b" if made.bias else ""),
            "code": f"bnlib.Linear({sizes}{bias}, rng=rng)",
            "note": "" if made.bias else "No b: batch norm follows and would subtract it.",
        }
    if isinstance(made, BatchNorm):
        return {
            "key": f"norm {layer}",
            "name": "BatchNorm",
            "gives": f"y{number}",
            "formula": f"y{number} = γ ({takes} − mean) / √(var + ε) + β",
            "code": f"bnlib.BatchNorm({made.num_features})",
            "note": f"mean and var of each column, over the {BATCH_SIZE} rows.",
        }
    return {
        "key": f"activation {layer}",
        "name": _NAMES[activation],
        "gives": f"a{number}",
        "formula": f"a{number} = {_FORMULAS[activation].format(takes)}",
        "code": f"bnlib.{_NAMES[activation]}()",
        "note": "Each value by itself: no image and no unit sees another.",
    }


def _table(recorded, asked, step):
    """The boxes of the first state, for readers without JavaScript."""
    (run,) = (r for r in recorded["runs"] if all(r[n] == v for n, v in vars(asked).items()))
    described = boxes(asked.activation, asked.position)
    moments = np.frombuffer(run["moments"], "<i2").reshape(len(run["steps"]), -1) / 100
    frame = run["steps"].index(step) if step in run["steps"] else -1
    pieces = [np.frombuffer(recorded["x_moments"], "<i2") / 100, *_cut(moments[frame], run)]
    body = "".join(
        "<tr>" + f'<th scope="row">{escape(box["name"])}</th>' + "".join(
            f"<td>{cell}</td>"
            for cell in (
                escape(box["formula"]),
                " × ".join(map(str, box["shape"])),
                box["count"],
                *map(_reach, np.split(piece, 2)),
            )
        ) + "</tr>"
        for box, piece in zip(described, pieces, strict=True)
    )  # fmt: skip
    head = "".join(
        f'<th scope="col">{name}</th>'
        for name in ("box", "formula", "shape", "parameters", "unit means", "unit stds")
    )
    caption = (
        f"A network for digits, batch norm {asked.position} the activation"
        if asked.position != "none"
        else "A network for digits, without batch norm"
    )
    caption += (
        f", {asked.activation}, step {run['steps'][frame]}: means and standard deviations of the "
        f"units over a mini-batch of {BATCH_SIZE}. One run, seed {recorded['seed']}."
    )
    return (
        f"<table><caption>{escape(caption)}</caption><thead><tr>{head}</tr></thead>"
        f"<tbody>{body}</tbody></table>"
    )


def _cut(row, run):
    return np.split(row, np.cumsum([2 * n for n in run["units"]])[:-1])


def _reach(values):
    low, high = (f"{float(v):z.2f}".replace("-", "−") for v in (values.min(), values.max()))
    return f"{low} to {high}"
