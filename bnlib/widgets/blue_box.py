"""What layer 3 receives while layers 1 and 2 learn, with a switch that freezes these."""

import numpy as np
import traitlets

from bnlib.checks import check_count
from bnlib.experiments.blue_box import record
from bnlib.widgets.base import BookWidget, Checked

SIDES = ("without batch norm", "with it")


class BlueBox(BookWidget):
    """The numbers that layer 3 receives for one image, through training, and what it makes of them.

    Parameters
    ----------
    frozen_from : int, optional
        The step from which layers 1 and 2 are frozen, one of `recorded["frozen_from"]`; None if
        they learn to the end.
    image : int
        Which of the recorded images is shown, counted from 0.
    step : int
        Where the cursor stands, one of `recorded["steps"]`.
    recorded : dict, optional
        From `bnlib.experiments.blue_box.record`; by default recorded now (seconds).
    seed : int
        Of the runs; `recorded` must have been made with it.

    Raises
    ------
    ValueError, TypeError
        For a value that was not recorded; also when one is assigned later.
    """

    frozen_from = Checked(-1).tag(sync=True)  # -1 for never: a select's value is never nothing
    image = Checked(0).tag(sync=True)
    step = Checked(0).tag(sync=True)
    seed = traitlets.Int(0, read_only=True).tag(sync=True)
    recorded = traitlets.Dict().tag(sync=True)
    start = traitlets.Dict().tag(sync=True)  # what Reset returns to

    def __init__(self, frozen_from=None, image=0, step=60, recorded=None, seed=0):
        recorded = record(seed=seed) if recorded is None else recorded
        start = {
            "frozen_from": -1 if frozen_from is None else frozen_from,
            "image": image,
            "step": step,
        }
        super().__init__(recorded=recorded, start=start, fallback=_table(recorded, seed), **start)
        self.set_trait("seed", check_count("seed", seed, least=0))

    @traitlets.validate("frozen_from", "image", "step")
    def _check_choice(self, proposal):
        name, value = proposal["trait"].name, proposal["value"]
        known = {
            "frozen_from": [-1 if at is None else at for at in self.recorded["frozen_from"]],
            "image": range(len(self.recorded["digits"])),
            "step": self.recorded["steps"],
        }[name]
        if isinstance(value, bool | float) or value not in known:
            raise ValueError(f"{name} must be one of {list(known)}, got {value!r}")
        return int(value)


def _table(recorded, seed):
    """Movement, accuracy and loss at the end of each case, for readers without JavaScript."""
    steps, modes = recorded["steps"], recorded["frozen_from"]
    last = {
        name: np.frombuffer(recorded[name], "<f4").reshape(2, len(modes), len(steps))[:, :, -1]
        for name in ("changed", "accuracy", "loss")
    }
    rows = "".join(
        f'<tr><th scope="row">{side}, {_mode(mode)}</th><td>{last["changed"][s, m]:.2f}</td>'
        f"<td>{last['accuracy'][s, m]:.1%}</td><td>{last['loss'][s, m]:.2f}</td></tr>"
        for s, side in enumerate(SIDES)
        for m, mode in enumerate(modes)
    )
    heads = (f"change in the last {recorded['back']} steps", "test accuracy", "training loss")
    head = "".join(f'<th scope="col">{name}</th>' for name in heads)
    return (
        f"<table><caption>What layer 3 receives after {steps[-1]} steps, and what the network "
        f"makes of it. One run, seed {seed}.</caption><thead><tr><td></td>{head}</tr></thead>"
        f"<tbody>{rows}</tbody></table>"
    )


def _mode(frozen_from):
    if frozen_from is None:
        return "layers 1 and 2 learn"
    return f"layers 1 and 2 frozen from {f'step {frozen_from}' if frozen_from else 'the start'}"
