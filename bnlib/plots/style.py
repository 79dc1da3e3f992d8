"""The book's look for Matplotlib: the same colours as the widgets', on a white card, as SVG.

A picture cannot follow the page's theme, so it brings its own opaque background: readable in light
and in dark.
"""

import matplotlib as mpl
from matplotlib_inline.backend_inline import set_matplotlib_formats

PLAIN = "#c2410c"  # without batch norm
NORM = "#1d5fbf"  # with batch norm
THIRD = "#0f766e"  # a third role: noise, recalibrated, other norms
TEXT = "#1f2933"
MUTED = "#5f6b7a"
GRID = "#d9dee5"

# The two series are told apart by their dashes as well: colour is never the only sign.
PLAIN_LINE = {"color": PLAIN, "linestyle": (0, (4, 2))}
NORM_LINE = {"color": NORM, "linestyle": "-"}

_SETTINGS = {
    "figure.figsize": (5.8, 3.0),
    "figure.facecolor": "white",
    "figure.constrained_layout.use": True,
    "savefig.facecolor": "white",
    "svg.fonttype": "none",  # text stays text: smaller, selectable, sharp
    "svg.hashsalt": "bnlib",  # the same picture gives the same file
    "font.family": "sans-serif",
    "font.size": 11,
    "axes.titlesize": 11,
    "axes.titlelocation": "left",
    "axes.titleweight": "bold",
    "axes.labelsize": 11,
    "axes.labelcolor": TEXT,
    "axes.edgecolor": MUTED,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.prop_cycle": mpl.cycler(
        color=[NORM, PLAIN, THIRD, MUTED], linestyle=["-", "--", "-.", ":"]
    ),
    "axes.unicode_minus": True,
    "text.color": TEXT,
    "xtick.color": MUTED,
    "ytick.color": MUTED,
    "xtick.labelsize": 10,
    "ytick.labelsize": 10,
    "grid.color": GRID,
    "legend.frameon": False,
    "lines.linewidth": 1.8,
}


def use():
    """Draw with the book's settings from here on, and show pictures as SVG in a notebook."""
    mpl.rcParams.update(_SETTINGS)
    set_matplotlib_formats("svg")
