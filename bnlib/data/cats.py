"""Small drawn animals in any colour: cats and four kinds of animals that are none.

The kind decides over the ears, and over the head's size only so far that all kinds have as much
fur. Pose, place, ground and what stands in front are drawn alike for all kinds, and the colour is
chosen afterwards: a picture is `rest + fur * colour`, so an animal can be shown in another one.
"""

from dataclasses import dataclass

import numpy as np

from bnlib.checks import check_array, check_count, check_finite, check_number, check_rng

KINDS = ("cat", "bear", "dog", "rabbit", "seal")
SIDE = 16  # pixels

_SIZES = np.array([1.01, 1.005, 0.978, 0.955, 1.085])  # a kind's head: so all have as much fur
_EYES, _NOSE = (0.85, 0.85, 0.35), (0.85, 0.5, 0.5)


@dataclass(frozen=True)
class Animals:
    """N pictures of animals whose fur is still to be coloured.

    Attributes
    ----------
    rest : (N, side, side, 3) float32 array
        Red, green and blue, 0 to 1, of all that is not fur.
    fur : (N, side, side) float32 array
        How much of a pixel is fur, and how well lit it is, 0 to 1.
    kinds : (N,) int64 array
        Indices into KINDS.
    """

    rest: np.ndarray
    fur: np.ndarray
    kinds: np.ndarray

    def __len__(self):
        return len(self.kinds)

    @property
    def labels(self):
        """1 for a cat, 0 for any other kind: (N,) int64."""
        return (self.kinds == KINDS.index("cat")).astype(np.int64)

    def painted(self, colour):
        """The pictures with fur of this colour.

        Parameters
        ----------
        colour : (3,) or (N, 3) array
            Red, green and blue, 0 to 1: one for all, or one for each.

        Returns
        -------
        (N, side, side, 3) float32 array
            0 to 1.

        Raises
        ------
        ValueError, TypeError
            For another shape, or values that are not finite.
        """
        colour = check_finite("colour", check_array("colour", colour, ndims=(1, 2)))
        if colour.shape not in ((3,), (len(self), 3)):
            raise ValueError(f"colour has shape {colour.shape}; pass (3,) or ({len(self)}, 3)")
        colour = np.broadcast_to(colour.astype(np.float32), (len(self), 3))
        return self.rest + self.fur[..., None] * colour[:, None, None]


def draw_kinds(n, share, rng):
    """Kinds for n animals: a share of cats, the others divided equally; in random order.

    Parameters
    ----------
    n : int
    share : float
        0 to 1.
    rng : numpy.random.Generator

    Returns
    -------
    (n,) int64 array

    Raises
    ------
    ValueError, TypeError
        For an argument out of its range.

    Examples
    --------
    >>> from bnlib.data.cats import draw_kinds
    >>> np.bincount(draw_kinds(80, 0.5, np.random.default_rng(0)))
    array([40, 10, 10, 10, 10])
    """
    cats = round(check_count("n", n) * check_number("share", share, least=0, most=1))
    others = 1 + np.arange(n - cats) % (len(KINDS) - 1)
    return check_rng(rng).permutation(np.concatenate([np.zeros(cats, np.int64), others]))


def draw_animals(kinds, rng, side=SIDE):
    """Draw an animal of each of the given kinds, in a pose of its own.

    Parameters
    ----------
    kinds : (N,) integer array
        Indices into KINDS, in any order.
    rng : numpy.random.Generator
        Draws the poses. The same seed gives the same animals, whatever the side.
    side : int
        Width and height in pixels.

    Returns
    -------
    Animals

    Raises
    ------
    ValueError, TypeError
        For an unknown kind, no Generator, or a side below 1.

    Examples
    --------
    >>> from bnlib.data.cats import draw_animals
    >>> animals = draw_animals([0, 4], np.random.default_rng(0))  # a cat and a seal
    >>> animals.painted([0.9, 0.5, 0.1]).shape, animals.labels
    ((2, 16, 16, 3), array([1, 0]))
    """
    kinds, side, rng = _check_kinds(kinds), check_count("side", side), check_rng(rng)
    columns = _columns(rng, len(kinds))
    across, up = _grid(side)
    ground = _ground(columns, across, up)
    x, y, pixel = _in_heads(columns, _SIZES[kinds], across, up, 2 / side)
    head = _inside(_head(columns, x, y), pixel)
    cover = np.maximum(head, _inside(_ears(columns, kinds, x, y), pixel))
    fur = cover * (0.82 + 0.18 * np.clip(0.3 + 0.3 * x + 0.7 * y, -1, 1))  # lit from above
    tint = columns(0, 0.06, 3)[:, None]  # no two furs of one colour are quite alike
    rest = ground * (1 - cover)[..., None] + fur[..., None] * tint
    for mask, colour in [*_face(columns, x, y, pixel), *_in_front(columns, across, up, 2 / side)]:
        fur *= 1 - mask
        rest += mask[..., None] * (colour - rest)
    shape = (len(kinds), side, side)
    return Animals(rest.reshape(*shape, 3), fur.reshape(shape), kinds)


def _check_kinds(kinds):
    kinds = check_array("kinds", kinds, ndims=(1,))
    if not np.isin(kinds, range(len(KINDS))).all():
        raise ValueError(f"kinds of shape {kinds.shape} must be indices into {KINDS}, got {kinds}")
    return kinds.astype(np.int64)


def _columns(rng, n):
    """A function that draws (n, count) numbers between two bounds."""

    def draw(low, high, count=1):
        return rng.uniform(low, high, (n, count)).astype(np.float32)

    return draw


def _grid(side):
    """The pixels' centres, (side**2,) each: from -1 to 1, to the right and upwards."""
    centres = (2 * np.arange(side, dtype=np.float32) + 1) / side - 1
    across, up = np.meshgrid(centres, -centres)
    return across.ravel(), up.ravel()


def _inside(distance, pixel):
    """How much of each pixel lies inside a shape, from the distance of its centre to the edge."""
    return np.clip(0.5 - distance / pixel, 0, 1)


def _ground(columns, across, up):
    """Two similar colours that take turns in waves: (N, P, 3)."""
    first = _soft_colour(columns)
    second = first + columns(-0.1, 0.1, 3)
    way, phase, waves = columns(0, np.pi), columns(0, 2 * np.pi), columns(1.5, 7)
    wave = np.sin(waves * (np.cos(way) * across + np.sin(way) * up) + phase)
    share = (0.5 + 0.5 * wave)[..., None]
    return first[:, None] * (1 - share) + second[:, None] * share


def _soft_colour(columns):
    return columns(0.5, 0.72) + columns(-0.1, 0.1, 3)


def _in_heads(columns, sizes, across, up, pixel):
    """The pixels as each animal's head has them (its radius is 1), and how large one is there."""
    size = columns(0.46, 0.62) * sizes[:, None].astype(np.float32)
    right, above = across - columns(-0.14, 0.14), up - columns(-0.24, 0.04)
    turn = columns(-0.3, 0.3)
    mirror = np.where(columns(-1, 1) < 0, -1, 1).astype(np.float32)
    x = (np.cos(turn) * right + np.sin(turn) * above) * mirror / size
    y = (np.cos(turn) * above - np.sin(turn) * right) / size
    return x, y, pixel / size


def _head(columns, x, y):
    height = columns(0.82, 1.0)
    return (np.hypot(x, y / height) - 1) * height


def _ears(columns, kinds, x, y):
    """Distance to the nearer ear's edge; what makes an animal a cat, and nothing else does."""
    angles, length, width = columns(0.55, 0.86, 2), columns(0.8, 1.0), columns(0.42, 0.54)
    distance = np.full_like(x, np.inf)
    for kind, ear in enumerate((_cat_ear, _bear_ear, _dog_ear, _rabbit_ear)):
        own = np.flatnonzero(kinds == kind)
        for side, angle in zip((-1, 1), angles[own].T[..., None], strict=True):
            edge = ear(side * x[own], y[own], angle, length[own], width[own])
            distance[own] = np.minimum(distance[own], edge)
    return distance


def _turned(x, y, angle):
    """How far out along a ray from the head's middle, and how far beside it."""
    return x * np.sin(angle) + y * np.cos(angle), np.abs(x * np.cos(angle) - y * np.sin(angle))


def _cat_ear(x, y, angle, length, width):
    out, beside = _turned(x, y, angle)
    base = 0.62
    flank = (beside * length - width * (length - (out - base))) / np.hypot(width, length)
    return np.maximum(flank, base - out)


def _bear_ear(x, y, angle, length, width):
    out, beside = _turned(x, y, 1.35 * angle)
    return np.hypot(out - 0.95, beside) - 0.55 * np.sqrt(length * width)


def _dog_ear(x, y, _angle, length, width):
    return (np.hypot((x - 1) / (0.52 * width), y / (0.66 * length)) - 1) * 0.52 * width


def _rabbit_ear(x, y, angle, length, width):
    out, beside = _turned(x, y, 0.5 * angle)
    return (np.hypot((out - 1.3) / (0.69 * length), beside / (0.42 * width)) - 1) * 0.42 * width


def _face(columns, x, y, pixel):
    """(mask, colour) of the eyes and of the nose."""
    apart, high = columns(0.36, 0.46), columns(0.08, 0.2)
    eye = np.hypot(np.abs(x) - apart, y - high) - 0.17
    nose = np.hypot(0.9 * x, 1.1 * (y + 0.3)) - 0.13
    colours = np.array([_EYES, _NOSE], np.float32)
    return [(0.9 * _inside(part, pixel), c) for part, c in zip((eye, nose), colours, strict=True)]


def _in_front(columns, across, up, pixel):
    """(mask, colour) of a bar and of a patch, each in front of every second picture."""
    way, place, half = columns(0, np.pi), columns(-0.7, 0.7), columns(0.03, 0.07)
    bar = np.abs(np.cos(way) * across + np.sin(way) * up - place) - half
    corner = np.abs(across - columns(-0.8, 0.8)), np.abs(up - columns(-0.8, 0.8))
    patch = np.maximum(*corner) - columns(0.1, 0.2)
    return [
        (_inside(part, pixel) * (columns(0, 1) < 0.5), _soft_colour(columns)[:, None])
        for part in (bar, patch)
    ]
