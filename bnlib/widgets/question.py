"""Predict, then reveal: a question with fixed answers, and the reason behind the right one."""

import re
from collections.abc import Iterable
from html import escape

import traitlets

from bnlib.checks import check_count
from bnlib.widgets.base import BookWidget

MOST_OPTIONS = 6
# To reserve a question's room on the page: characters a line, px of an option, px of all else.
LAYOUTS = {"wide": (76, 36, 88), "narrow": (33, 44, 122)}
LINE = 22  # px
# `code`, *emphasis*, x_{1} and 10^{-3}: the whole markup. A part is [HTML element, text].
MARKUP = re.compile(r"`([^`]+)`|\*(?!\s)([^*]+)(?<!\s)\*|_\{([^}]+)\}|\^\{([^}]+)\}")
ELEMENTS = ("code", "em", "sub", "sup")


class Question(BookWidget):
    """A question to answer with a guess before the page answers it.

    Parameters
    ----------
    text : str
        What is asked. In every text `code`, *emphasis*, x_{1} and 10^{-3} are marked like this;
        all else is shown as it is written.
    options : sequence of 2 to 6 str
        The possible answers, all different.
    answer : int
        Which of them is right, counted from 0.
    because : str
        Why; shown after the guess.

    Raises
    ------
    ValueError, TypeError
        For an empty text, options that are too few, too many or alike, or no such answer.

    Notes
    -----
    The guess stays in the reader's browser: nothing is sent or stored, and Python never sees it.
    """

    content = traitlets.Dict().tag(sync=True)  # all texts, as parts; made once, never changed
    room = traitlets.Dict().tag(sync=True)  # height in px before the guess, to reserve on the page

    def __init__(self, text, options, *, answer, because):
        self._text = _text("text", text)
        content = {
            "text": parts(self._text),
            "options": [parts(option) for option in _options(options)],
            "because": parts(_text("because", because)),
        }
        content["answer"] = check_count("answer", answer, least=0)
        if content["answer"] >= len(content["options"]):
            raise ValueError(f"answer is {answer}; options count from 0, so name a smaller one")
        super().__init__(content=content, fallback=_fallback(**content), room=_room(**content))

    def __repr__(self):
        return f"Question({self._text!r})"


def parts(text):
    """Split a text at its markup.

    Parameters
    ----------
    text : str

    Returns
    -------
    list of [str, str]
        The HTML element ("code", "em", "sub", "sup" or "") and the text of each part.

    Examples
    --------
    >>> from bnlib.widgets.question import parts
    >>> parts("set `eps` to 10^{-5}")
    [['', 'set '], ['code', 'eps'], ['', ' to 10'], ['sup', '−5']]
    """
    found, end = [], 0
    for match in MARKUP.finditer(text):
        found.append(["", text[end : match.start()]])
        element = ELEMENTS[match.lastindex - 1]
        inside = match[match.lastindex]
        # In a raised or lowered number a hyphen is a minus sign.
        found.append([element, inside.replace("-", "−") if element in ("sub", "sup") else inside])
        end = match.end()
    return [part for part in [*found, ["", text[end:]]] if part[1]]


def _text(name, text):
    if not isinstance(text, str):
        raise TypeError(f"{name} must be a str, got {text!r}")
    if not text.strip():
        raise ValueError(f"{name} is empty; write a sentence")
    return " ".join(text.split())


def _options(options):
    if isinstance(options, str) or not isinstance(options, Iterable):
        raise TypeError(f"options must be a list of str, got {options!r}")
    options = [_text(f"options[{i}]", option) for i, option in enumerate(options)]
    if not 2 <= len(options) <= MOST_OPTIONS:
        raise ValueError(f"options must be 2 to {MOST_OPTIONS}, got {len(options)}")
    if len(set(options)) < len(options):
        raise ValueError(f"options must all be different, got {options!r}")
    return options


def _html(some):
    """Parts as HTML."""
    marked = ((element, escape(text)) for element, text in some)
    return "".join(f"<{element}>{t}</{element}>" if element else t for element, t in marked)


def _fallback(text, options, because, answer):
    """For readers without JavaScript: the question, and its answer to unfold."""
    rows = "".join(f"<li>{_html(option)}</li>" for option in options)
    return (
        f"<p><strong>Predict.</strong> {_html(text)}</p><ul>{rows}</ul><details><summary>Answer"
        f"</summary><p>{_html(options[answer])}. {_html(because)}</p></details>"
    )


def _room(text, options, **_):
    """Height in px of the question before the guess, by layout; rather too much than too little."""
    room = {}
    for layout, (width, row, rest) in LAYOUTS.items():
        asked = 1 + len("Predict. " + _plain(text)) // width
        extra = sum(len(_plain(option)) // (width - 4) for option in options)
        room[layout] = rest + row * len(options) + LINE * (asked + extra)
    return room


def _plain(some):
    return "".join(text for _, text in some)
