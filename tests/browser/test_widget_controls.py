"""Every widget on every page: each control does what it says, by keyboard, mouse and finger."""

import pytest

from tests.browser import book_site
from tests.browser.widget_driver import PLAY_ENDS_WITHIN, Control, drag, drag_by_touch, drive
from tests.browser.widget_places import KINDS, PHONE, PLACES, place_id

pytestmark = pytest.mark.browser

ONE_OF_EACH = pytest.mark.parametrize("place", KINDS, ids=place_id, indirect=True)
PLAYED = ["layer-shift", "ravine"]  # the widgets with time in them
WHERE_IT_PLAYS = pytest.mark.parametrize(
    "place", [place for place in KINDS if place[1] in PLAYED], ids=place_id, indirect=True
)


def test_there_are_widgets():
    assert {name for _, name in PLACES} == set(book_site.widget_names().values())


@pytest.mark.parametrize(
    ("place", "press"),
    [(place, Control.by_keyboard) for place in PLACES]
    + [(place, Control.by_pointer) for place in KINDS],
    ids=[place_id(place) + "-keys" for place in PLACES]
    + [place_id(place) + "-mouse" for place in KINDS],
    indirect=["place"],
)
def test_every_control_changes_the_readout_and_reset_restores_it(open_widgets, press):
    widgets, visit = open_widgets()
    for widget in widgets:
        assert len(widget.controls()) > 1
        assert drive(widget, press) == []
    assert visit.complaints == []
    assert visit.elsewhere == []


@ONE_OF_EACH
def test_a_finger_moves_what_a_mouse_moves(open_widget):
    widget, visit = open_widget(**PHONE)
    assert drive(widget, Control.by_touch) == []
    assert visit.complaints == []


OFF_CENTRE = 20  # px: a finger's target is 44 px high, however small the dot in it
NOTHING_TO_DRAG = ["question"]  # the widgets without a picture
WHERE_IT_DRAGS = pytest.mark.parametrize(
    "place",
    [place for place in KINDS if place[1] not in NOTHING_TO_DRAG],
    ids=place_id,
    indirect=True,
)


@ONE_OF_EACH
def test_every_widget_that_can_play_or_be_dragged_is_tested_so(open_widget, place):
    widget, _ = open_widget()
    assert bool(widget.drags()) == (place[1] not in NOTHING_TO_DRAG)
    assert (play_button(widget) is not None) == (place[1] in PLAYED)


@WHERE_IT_DRAGS
@pytest.mark.parametrize(
    ("move", "look"), [(drag, {}), (drag_by_touch, PHONE)], ids=["mouse", "finger"]
)
def test_what_can_be_dragged_changes_the_readout(open_widget, move, look):
    widget, visit = open_widget(**look)
    for number, handle in enumerate(widget.drags()):
        first = widget.readout()
        move(widget, handle, 60, below=OFF_CENTRE)
        if not widget.speaks(first, within=500):
            move(widget, handle, -60, below=OFF_CENTRE)  # it may have stood at the right edge
        assert widget.speaks(first), f"dragging thing {number} changed nothing"
        widget.reset().by_pointer()
        assert widget.says(first), f"Reset after dragging thing {number}: {widget.readout()}"
    assert visit.complaints == []


LISTEN = """([root, slider]) => {
  const output = root.querySelector("output");
  root.spoken = [];
  new MutationObserver(() => {
    if (root.spoken.at(-1)?.text !== output.textContent) {
      root.spoken.push({ text: output.textContent, at: Number(slider.value) });
    }
  }).observe(output, { childList: true, characterData: true, subtree: true });
}"""
RANGES = """(root) => [...root.querySelectorAll("input[type=range]")].map((one) => one.value)"""
MOVED = f"""([root, before]) =>
  ({RANGES})(root).findIndex((value, i) => value !== before[i]) + 1"""


def play_button(widget):
    return next((control for control in widget.controls() if control.is_play), None)


def time_slider(widget):
    """The slider that moves while the widget plays, set to its start; the widget as at first."""
    before = widget.root.evaluate(RANGES)
    play_button(widget).by_pointer()
    handle = widget.root.element_handle()
    number = widget.page.wait_for_function(MOVED, arg=[handle, before]).json_value() - 1
    widget.reset().by_pointer()
    slider = widget.root.locator("input[type=range]").nth(number)
    slider.press("Home")
    return slider


@pytest.fixture
def playing(open_widget, place):
    """`playing(motion)`: a widget that can play, and its slider of time at the start."""

    def open_it(motion="no-preference"):
        widget, visit = open_widget(reduced_motion=motion)
        return widget, time_slider(widget), visit

    return open_it


@WHERE_IT_PLAYS
@pytest.mark.parametrize("motion", ["no-preference", "reduce"])
def test_play_runs_to_its_end_and_speaks_only_at_its_two_ends(playing, motion):
    widget, slider, visit = playing(motion)
    ends = [float(slider.get_attribute(name)) for name in ("min", "max")]
    before = widget.readout()
    widget.page.evaluate(LISTEN, [widget.root.element_handle(), slider.element_handle()])
    play_button(widget).by_keyboard()
    ended = "(slider) => slider.value === slider.max"
    widget.page.wait_for_function(ended, arg=slider.element_handle(), timeout=PLAY_ENDS_WITHIN)
    assert widget.speaks(before)
    spoken = widget.root.evaluate("(root) => root.spoken")
    assert 1 <= len(spoken) <= 2
    assert all(entry["at"] in ends for entry in spoken), spoken
    assert spoken[-1]["at"] == ends[1]
    assert visit.complaints == []


@WHERE_IT_PLAYS
def test_play_can_be_stopped(playing):
    widget, slider, _ = playing()
    play_button(widget).by_keyboard()
    widget.page.wait_for_function("(s) => s.value !== s.min", arg=slider.element_handle())
    play_button(widget).by_keyboard()
    stopped = slider.input_value()
    widget.page.wait_for_timeout(600)
    assert slider.input_value() == stopped
    assert float(stopped) < float(slider.get_attribute("max"))
