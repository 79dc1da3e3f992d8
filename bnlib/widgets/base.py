"""What all widgets share: where their JavaScript lives, and how they greet a running kernel."""

import inspect
from pathlib import Path

import anywidget
import traitlets

_HERE = Path(__file__).parent


def _front_end(name: str) -> tuple[str, str]:
    """The (JavaScript, CSS) of one widget, the shared part first: one text each, so no bundler.

    A front end too long for one file keeps its other parts in `name_*.js`, put before `name.js`.
    """
    texts = []
    for suffix in ("js", "css"):
        further = sorted(_HERE.glob(f"{name}_*.{suffix}"))
        parts = [_HERE / f"shared.{suffix}", *further, _HERE / f"{name}.{suffix}"]
        texts.append("\n".join(part.read_text(encoding="utf-8") for part in parts))
    return texts[0], texts[1]


class Checked(traitlets.Any):
    """A trait that only its validator judges. `Any` would let None pass without asking it."""

    allow_none = False


class BookWidget(anywidget.AnyWidget):
    """A widget drawn by the `.js` and `.css` files that stand beside its Python module.

    Attributes
    ----------
    fallback : str
        HTML, a small table with the widget's first state, for readers without JavaScript.
    live : bool
        True once a front end with a running kernel behind it has said hello. On the static page
        it stays False, and the controls stay on what was recorded.
    """

    fallback = traitlets.Unicode().tag(sync=True)
    live = traitlets.Bool(False).tag(sync=True)

    def __init_subclass__(cls, **kwargs):
        if BookWidget in cls.__bases__:  # not the subclass that anywidget makes of every instance
            cls._esm, cls._css = _front_end(Path(inspect.getfile(cls)).stem)
        super().__init_subclass__(**kwargs)

    def __init__(self, **traits):
        super().__init__(**traits)
        self.on_msg(self._answer)

    def _answer(self, _widget, content, _buffers):
        if isinstance(content, dict) and content.get("type") == "hello":
            self.live = True

    def __repr__(self):
        # The default prints every trait, data too, and that text would land in the notebook.
        return f"{type(self).__name__}()"
