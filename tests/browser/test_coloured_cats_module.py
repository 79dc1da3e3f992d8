"""ColouredCats' JavaScript paints as bnlib paints, and reads a recording as NumPy reads it."""

import numpy as np
import pytest

from bnlib.data.cats import KINDS, Animals, draw_animals
from bnlib.data.coats import COLOURS
from bnlib.experiments.coloured_cats import SHARES
from bnlib.widgets.coloured_cats import ColouredCats
from tests.browser.module_text import Module

pytestmark = pytest.mark.browser


@pytest.fixture
def module(blank):
    return Module(blank, ColouredCats._esm)


@pytest.fixture(scope="module")
def recorded():
    return ColouredCats().recorded


@pytest.fixture
def received(module, recorded):
    module.receive(recorded)
    module.run("window.read = module.reading(recording), null")
    return module


def test_a_picture_is_painted_as_bnlib_paints_it(module):
    drawn = draw_animals([0, 1, 2, 3, 4], np.random.default_rng(0))
    exact = Animals(drawn.rest.astype(np.float64), drawn.fur.astype(np.float64), drawn.kinds)
    coat = np.array([0.25, 0.5, 0.125])  # exact in float32, in which bnlib holds a colour
    expected = exact.painted(coat)
    for rest, fur, picture in zip(exact.rest, exact.fur, expected, strict=True):
        values = module.call("painted", rest.ravel().tolist(), fur.ravel().tolist(), coat.tolist())
        np.testing.assert_allclose(values, picture.ravel(), rtol=1e-10, atol=1e-10)


def test_every_number_of_the_recording_is_read_from_its_own_place(received, recorded):
    accuracy = np.frombuffer(recorded["accuracy"], "<f4").reshape(2, 3, len(SHARES), -1, 2)
    answers = np.frombuffer(recorded["answers"], "<f4").reshape(2 + len(SHARES), -1, 8)
    read = received.run(
        """(() => {
          const over = (n, f) => Array.from({ length: n }, (_, i) => f(i));
          const { colours, shares } = window.read;
          return {
            accuracy: over(2, (r) => over(3, (v) => over(shares.length, (s) =>
              over(colours.length, (c) => window.read.accuracy(r, v, s, c))))),
            fixed: over(2, (v) =>
              over(colours.length, (c) => over(8, (a) => window.read.answer(v, 3, c, a)))),
            recalibrated: over(shares.length, (s) =>
              over(colours.length, (c) => over(8, (a) => window.read.answer(2, s, c, a)))),
          };
        })()"""
    )
    np.testing.assert_array_equal(read["accuracy"], accuracy)
    np.testing.assert_array_equal(read["fixed"], answers[:2])
    np.testing.assert_array_equal(read["recalibrated"], answers[2:])


def test_the_eight_pictures_are_painted_in_every_colour(received, recorded):
    rest = np.frombuffer(recorded["rest"], "u1").reshape(8, 768).astype(float)
    fur = np.frombuffer(recorded["fur"], "u1").reshape(8, 256).astype(float)
    coats = np.frombuffer(recorded["coats"], "<f4").reshape(-1, 8, 3).astype(float)
    for colour in (0, 4, 8, 9, 10):
        for animal in (0, 5):
            values = received.run(f"window.read.picture({animal}, {colour})")
            expected = rest[animal] + (fur[animal][:, None] * coats[colour, animal]).ravel()
            np.testing.assert_allclose(values, expected, rtol=1e-10)
            assert max(values) <= 256


def test_how_often_cat_is_right_follows_the_share_and_the_rule(received):
    cases = {
        (0.5, "cats"): 50,
        (0.9, "cats"): 90,
        (0.5, "ears up"): 75,
        (0.9, "ears up"): 95,
    }
    for (share, rule), expected in cases.items():
        found = received.run("window.read.cats(argument)", {"share": share, "rule": rule})
        assert found == pytest.approx(expected)


def test_the_readout_counts_the_right_answers(received, recorded):
    answers = np.frombuffer(recorded["answers"], "<f4").reshape(2 + len(SHARES), -1, 8)
    kinds = np.array(recorded["animals"])
    for colour, share, rule in ((0.0, 0.5, "cats"), ("white", 0.9, "cats"), (1.0, 1.0, "ears up")):
        state = {"colour": colour, "share": share, "rule": rule}
        counts = np.isin(kinds, [KINDS.index(kind) for kind in recorded["rules"][rule]])
        networks = [0, 1, 2 + SHARES.index(share)]
        said = answers[networks, COLOURS.index(colour)] > 0.5
        expected = (said == counts).sum(axis=1).tolist()
        assert received.run("module.rightAnswers(window.read, argument)", state) == expected
        parts = received.run("module.describe(window.read, argument)", state)
        text = "".join(part if isinstance(part, str) else part[1] for part in parts)
        assert f"{expected[0]}, {expected[1]} and {expected[2]} are judged rightly" in text


def test_colours_have_names_and_places_on_the_chart(module):
    names = [module.call("colourName", colour) for colour in COLOURS]
    assert names[0] == "black"
    assert names[4] == "half orange"
    assert names[8:] == ["orange", "white", "mixed"]
    assert len(set(names)) == len(COLOURS)
    places = [module.call("across", colour) for colour in COLOURS]
    assert places == sorted(places)
    for index, place in enumerate(places):
        assert module.call("nearest", list(COLOURS), place) == index
    assert module.call("nearest", list(COLOURS), -20) == 0
    assert module.call("nearest", list(COLOURS), 120) == len(COLOURS) - 1
