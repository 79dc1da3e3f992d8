"""How each layer's values move while a network learns: without batch norm, and with it."""

from html import escape
from itertools import product

import numpy as np
import traitlets

from bnlib.checks import check_choice, check_count, check_flag
from bnlib.experiments.layer_shift import FIGURE_1, GRID, Configuration, record
from bnlib.layers import ACTIVATIONS
from bnlib.widgets.base import BookWidget, Checked

PLACES = ("before", "after")
# What a running kernel can train while a reader waits for the picture.
LIVE_CHOICES = {
    "activation": tuple(ACTIVATIONS),
    "learning_rate": (0.01, 0.02, 0.03, 0.05, 0.07, 0.1, 0.15, 0.2, 0.3, 0.5, 0.7, 1.0, 1.5, 2.0),
    "batch_size": (4, 8, 16, 32, 64),
}
LIVE_EVERY = 50  # steps between two looks while a control moves: looking takes time, too


class LayerShift(BookWidget):
    """One row a layer: the density of its values through training, and at one step.

    Parameters
    ----------
    activation : "relu", "sigmoid" or "tanh"
    learning_rate : float
        Above 0.
    batch_size : int
        2 to 1,000.
    place : "before" or "after"
        Whether the network with batch norm shows what batch norm receives, or what it returns.
    step : int, optional
        The training step the cursor stands on, one of `recorded["steps"]`; by default the one
        after 60 % of them.
    recorded : dict, optional
        From `bnlib.experiments.layer_shift.record`. By default the experiment's grid is recorded
        (seconds), extended by the values asked for here.
    seed : int
        Of the initial weights, the batches and the split; `recorded` must have been made with it.
    figure_1 : bool
        Offer the network of Figure 1 of Ioffe and Szegedy (2015) as well.

    Raises
    ------
    ValueError, TypeError
        For a value out of its range; also when one is assigned later.

    Notes
    -----
    The traits follow the reader where a kernel runs. A configuration that was not recorded is
    trained on the spot and put into `retrained`.
    """

    activation = Checked("relu").tag(sync=True)
    learning_rate = Checked(0.1).tag(sync=True)
    batch_size = Checked(32).tag(sync=True)
    place = Checked("before").tag(sync=True)
    step = Checked(0).tag(sync=True)
    seed = traitlets.Int(0, read_only=True).tag(sync=True)
    recorded = traitlets.Dict().tag(sync=True)
    retrained = traitlets.Dict().tag(sync=True)
    network = Checked("5x50").tag(sync=True)
    further = traitlets.Dict().tag(sync=True)  # recorded of another network
    choices = traitlets.Dict().tag(sync=True)
    live_choices = traitlets.Dict().tag(sync=True)
    start = traitlets.Dict().tag(sync=True)  # what Reset returns to

    def __init__(
        self,
        activation="relu",
        learning_rate=0.1,
        batch_size=32,
        place="before",
        step=None,
        recorded=None,
        seed=0,
        figure_1=False,
    ):
        asked = Configuration(activation, learning_rate, batch_size)
        if recorded is None:
            recorded = record(_grid_with(asked), seed)
        retrained = {} if _find(recorded, asked) is not None else record([asked], seed)
        steps = recorded["steps"]
        further = record(FIGURE_1, seed) if check_flag("figure_1", figure_1) else {}
        start = {
            "network": asked.network,
            "activation": activation,
            "learning_rate": float(learning_rate),
            "batch_size": int(batch_size),
            "place": check_choice("place", place, PLACES),
            "step": steps[3 * (len(steps) - 1) // 5] if step is None else _on_grid(step, steps),
        }
        choices = _choices(recorded)
        live = {name: sorted({*choices[name], *LIVE_CHOICES[name]}) for name in choices}
        others = {FIGURE_1[0].network: _choices(further)} if further else {}
        super().__init__(
            recorded=recorded,
            retrained=retrained,
            further=further,
            choices={asked.network: choices} | others,
            live_choices={asked.network: live} | others,
            start=start,
            fallback=_table(retrained or recorded, asked, place, seed),
            **start,
        )
        self.set_trait("seed", check_count("seed", seed, least=0))

    @property
    def configuration(self):
        """What both networks are trained with now."""
        return Configuration(self.activation, self.learning_rate, self.batch_size, self.network)

    @traitlets.validate("activation", "learning_rate", "batch_size", "network")
    def _check_choice(self, proposal):
        name = proposal["trait"].name
        value = getattr(Configuration(**{name: proposal["value"]}), name)
        return {"learning_rate": float, "batch_size": int}.get(name, str)(value)

    @traitlets.validate("place")
    def _check_place(self, proposal):
        return check_choice("place", proposal["value"], PLACES)

    @traitlets.validate("step")
    def _check_step(self, proposal):
        steps = {*self.recorded["steps"], *self.further.get("steps", ())}
        return _on_grid(proposal["value"], sorted(steps))

    @traitlets.observe("activation", "learning_rate", "batch_size", "network")
    def _retrain(self, _change):
        # Called once per trait that changed: the first call's answer holds for the others.
        asked = self.configuration
        known = (self.recorded, self.further, self.retrained)
        if all(_find(recording, asked) is None for recording in known):
            self.retrained = record([asked], self.seed, LIVE_EVERY)

    def _answer(self, widget, content, buffers):
        super()._answer(widget, content, buffers)
        if isinstance(content, dict) and content.get("type") == "refine":
            self._refine()

    def _refine(self):
        """Once the controls rest: the same run again, looked at as often as the recorded ones."""
        asked = self.configuration
        steps = (self.recorded if asked.network == self.start["network"] else self.further)["steps"]
        if _find(self.retrained, asked) is not None and self.retrained["steps"] != steps:
            self.retrained = record([asked], self.seed, every=steps[1])

    def __repr__(self):
        return (
            f"LayerShift(activation={self.activation!r}, learning_rate={self.learning_rate:g}, "
            f"batch_size={self.batch_size})"
        )


def _grid_with(asked):
    """The experiment's grid, every one of its values combined with those of `asked`."""
    values = [
        list(dict.fromkeys([*(getattr(known, name) for known in GRID), getattr(asked, name)]))
        for name in ("activation", "learning_rate", "batch_size")
    ]
    return [Configuration(*choice) for choice in product(*values)]


def _find(recording, configuration):
    """The index of a configuration in a recording, or None."""
    for index, known in enumerate(recording.get("configurations", ())):
        if all(known[name] == value for name, value in vars(configuration).items()):
            return index
    return None


def _choices(recording):
    known = recording["configurations"]
    return {name: sorted({each[name] for each in known}) for name in LIVE_CHOICES}


def _on_grid(step, steps):
    if step not in steps:
        known = f"{steps[0]}, {steps[1]}, ..., {steps[-1]}"
        raise ValueError(f"step must be one of {known}, got {step!r}")
    return int(step)


def _table(recording, configuration, place, seed):
    """Percentiles at the first and the last step, for readers without JavaScript."""
    c = _find(recording, configuration)
    steps, layers = recording["steps"], recording["layers"]
    moments = np.frombuffer(recording["moments"], "<f2").reshape(-1, 3, layers, 5, len(steps))[c]
    accuracy = np.frombuffer(recording["accuracy"], "<f4").reshape(-1, 2, len(steps))[c, :, -1]
    diverged = recording["configurations"][c]["diverged"]
    ends = [
        [f"diverged at step {at}" if at is not None else f"test accuracy {share:.1%}", series]
        for at, share, series in zip(diverged, accuracy, (0, PLACES.index(place) + 1), strict=True)
    ]
    sides = zip(("without batch norm", f"with it, {place} it"), ends, strict=True)
    head = "".join(
        f'<th scope="col">{side}, step {step}</th>' for side, _ in sides for step in (0, steps[-1])
    )
    body = "".join(
        f'<tr><th scope="row">layer {layer + 1}</th>'
        + "".join(f"<td>{_cell(moments[s, layer, :3, at])}</td>" for _, s in ends for at in (0, -1))
        + "</tr>"
        for layer in reversed(range(layers))
    )
    caption = (
        f"15th, 50th and 85th percentile of each layer's values, first and last step: "
        f"{configuration.activation}, learning rate {configuration.learning_rate:g}, batches of "
        f"{configuration.batch_size}. Without batch norm: {ends[0][0]}; with it: {ends[1][0]}. "
        f"One run, seed {seed}."
    )
    return (
        f"<table><caption>{escape(caption)}</caption><thead><tr><td></td>{head}</tr></thead>"
        f"<tbody>{body}</tbody></table>"
    )


def _cell(percentiles):
    if not np.isfinite(percentiles).all():
        return "–"
    return " / ".join(f"{float(value):z.2f}".replace("-", "−") for value in percentiles)
