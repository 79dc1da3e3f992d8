"""ColouredCats in Python: what it shows, what it refuses, and what it sends to the front end."""

import json

import numpy as np
import pytest

from bnlib.data.cat_sets import EXAMPLES, TEST, painted, shown
from bnlib.data.coats import COLOURS
from bnlib.experiments.coloured_cats import SEEDS, SHARES, load_stored
from bnlib.experiments.interval import interval
from bnlib.widgets import ColouredCats
from bnlib.widgets.coloured_cats import RULES, VARIANTS


@pytest.fixture(scope="module")
def result():
    return load_stored()


@pytest.fixture(scope="module")
def widget(result):
    return ColouredCats(result=result)


def array(widget, name, dtype, *shape):
    return np.frombuffer(widget.recorded[name], dtype).reshape(shape)


def test_the_accuracies_are_the_stored_ones(widget, result):
    sent = array(widget, "accuracy", "<f4", 2, 3, len(SHARES), len(COLOURS), 2)
    for r, cats in enumerate(RULES.values()):
        for v, variant in enumerate(VARIANTS):
            for s, share in enumerate(SHARES):
                values = 100 * result.accuracy(variant, share, cats)
                expected = [interval(column) for column in values.T]
                np.testing.assert_allclose(
                    sent[r, v, s], [(i.mean, i.half_width) for i in expected], rtol=1e-5
                )


def test_the_pictures_are_those_the_answers_were_given_to(widget):
    rest, fur = array(widget, "rest", "u1", 8, 16, 16, 3), array(widget, "fur", "u1", 8, 16, 16)
    coats = array(widget, "coats", "<f4", len(COLOURS), 8, 3)
    drawn = shown(SEEDS[0])
    assert drawn.kinds[TEST:].tolist() == widget.recorded["animals"] == list(EXAMPLES)
    for colour, coat in zip(COLOURS, coats, strict=True):
        sent = rest / 255 + fur[..., None] / 255 * coat[:, None, None]
        np.testing.assert_allclose(sent, painted(drawn, colour, SEEDS[0])[TEST:], atol=0.005)


def test_the_answers_are_probabilities_for_every_network_and_colour(widget):
    answers = array(widget, "answers", "<f4", 2 + len(SHARES), len(COLOURS), 8)
    assert ((answers >= 0) & (answers <= 1)).all()
    black = answers[:2, 0] > 0.5  # of seven or eight of eight these networks are sure
    assert ((black == (np.array(EXAMPLES) == 0)).sum(axis=1) >= 6).all()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("colour", "green"),
        ("colour", 0.3),
        ("colour", True),
        ("colour", None),
        ("share", 0.55),
        ("share", 0.4),
        ("rule", "dogs"),
        ("rule", None),
    ],
)
def test_bad_values_are_refused_at_the_start_and_later(result, name, value):
    with pytest.raises((ValueError, TypeError)):
        ColouredCats(**{"result": result, name: value})
    widget = ColouredCats(result=result)
    before = getattr(widget, name)
    with pytest.raises((ValueError, TypeError)):
        setattr(widget, name, value)
    assert getattr(widget, name) == before


def test_a_colour_can_be_set_as_a_whole_number(result):
    widget = ColouredCats(colour=1, share=1, result=result)
    assert (widget.colour, widget.share) == (1.0, 1.0)
    widget.colour = 0
    assert widget.colour == 0.0


def test_the_fallback_is_a_table_of_accuracies(widget, result):
    assert widget.fallback.count("<tr>") == 4
    black = interval(100 * result.accuracy("without")[:, 0])
    row = f'<th scope="row">without batch norm</th><td>{black:.1f}</td>'
    assert row in widget.fallback


def test_the_repr_is_short_and_the_state_is_json(widget):
    assert repr(widget) == "ColouredCats(colour=0.5, share=0.5, rule='cats')"
    recorded = {n: v for n, v in widget.recorded.items() if not isinstance(v, bytes)}
    assert json.loads(json.dumps(recorded)) == recorded
