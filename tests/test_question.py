"""The question's Python side: its markup, what it refuses, its text without JavaScript."""

import pytest

from bnlib.widgets import Question
from bnlib.widgets.question import parts

GOOD = {"text": "Which?", "options": ["one", "two"], "answer": 1, "because": "So."}


def ask(**changes):
    return Question(**GOOD | changes)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("plain", [["", "plain"]]),
        ("set `eps` now", [["", "set "], ["code", "eps"], ["", " now"]]),
        ("*all* of them", [["em", "all"], ["", " of them"]]),
        ("x_{1} is 10^{-3}", [["", "x"], ["sub", "1"], ["", " is 10"], ["sup", "−3"]]),
        ("2 * 3 * 4 and a_b", [["", "2 * 3 * 4 and a_b"]]),
        ("<b>&amp;</b>", [["", "<b>&amp;</b>"]]),
        ("`a_{1}`", [["code", "a_{1}"]]),
    ],
)
def test_markup_becomes_parts_and_the_rest_stays_as_it_is(text, expected):
    assert parts(text) == expected


@pytest.mark.parametrize(
    ("changes", "error", "message"),
    [
        ({"text": " "}, ValueError, "text is empty"),
        ({"text": 3}, TypeError, "text must be a str"),
        ({"because": ""}, ValueError, "because is empty"),
        ({"options": "ab"}, TypeError, "options must be a list"),
        ({"options": ["one"]}, ValueError, "2 to 6, got 1"),
        ({"options": list("abcdefg")}, ValueError, "2 to 6, got 7"),
        ({"options": ["one", "one"]}, ValueError, "different"),
        ({"options": ["one", 2]}, TypeError, r"options\[1\]"),
        ({"answer": 2}, ValueError, "count from 0"),
        ({"answer": -1}, ValueError, "at least 0"),
        ({"answer": "two"}, TypeError, "whole number"),
    ],
)
def test_it_refuses_bad_arguments_at_once(changes, error, message):
    with pytest.raises(error, match=message):
        ask(**changes)


def test_the_fallback_folds_the_answer_away_and_escapes_every_text():
    html = ask(text="<i>x</i>_{1}?", options=["<one>", "`two`"], because="a < b").fallback
    assert "&lt;i&gt;x&lt;/i&gt;<sub>1</sub>" in html
    assert "<li>&lt;one&gt;</li>" in html
    before, answer = html.split("<details>")
    assert "<code>two</code>. a &lt; b" in answer
    assert "a &lt; b" not in before


def test_a_longer_question_reserves_more_room():
    short, long = ask(), ask(text="word " * 40)
    assert long.room["wide"] > short.room["wide"]
    assert long.room["narrow"] - short.room["narrow"] > long.room["wide"] - short.room["wide"]


def test_the_notebook_shows_the_question_and_not_the_answer():
    assert repr(ask()) == "Question('Which?')"
