"""Every widget: named for those who hear it, large enough for fingers, at home in every look."""

from pathlib import Path

import pytest

import bnlib.widgets
from tests.browser.twin_page import answer_twinned
from tests.browser.visit import visiting
from tests.browser.widget_places import DESK, KINDS, PHONE, place_id, widget_at

pytestmark = pytest.mark.browser

SHARED_CSS = Path(bnlib.widgets.__file__).with_name("shared.css").read_text(encoding="utf-8")
ONE_OF_EACH = pytest.mark.parametrize("place", KINDS, ids=place_id, indirect=True)


def test_has_a_name_a_role_one_polite_readout_and_no_ids(open_widgets):
    widgets, _ = open_widgets()
    for widget in widgets:
        assert widget.root.get_attribute("role") == "group"
        assert widget.root.get_attribute("aria-label").strip()
        assert widget.root.locator("[id]").count() == 0
        assert widget.root.locator("output.bn-readout[aria-live=polite]").count() == 1
        assert widget.output.count() == 1
        assert widget.readout().strip()
        assert [control for control in widget.controls() if not control.name] == []
        assert [c for c in widget.controls() if not c.locator.is_enabled()] == []


SMALL_TARGETS = """(root) => [...root.querySelectorAll("input, select, button")]
  .filter((one) => one.getClientRects().length)
  .map((one) => [one, (one.matches("[type=checkbox], [type=radio]") ? one.closest("label") : one)
    .getBoundingClientRect()])
  .filter(([one, box]) => box.height < 43.9 || box.width < 43.9)
  .map(([one, box]) => `${one.tagName} ${one.className} ${one.textContent}: `
    + `${box.width.toFixed(1)} x ${box.height.toFixed(1)}`)"""


def test_every_target_is_large_enough_for_a_finger(open_widgets):
    widgets, _ = open_widgets(**PHONE)
    for widget in widgets:
        assert widget.root.evaluate(SMALL_TARGETS) == []


def test_keeps_its_keys_from_jupyterlab(open_widgets):
    """JupyterLab would take arrow keys from a control that does not forbid it itself."""
    widgets, _ = open_widgets()
    unguarded = """(root) => [...root.querySelectorAll("input, select, button, [tabindex='0']")]
        .filter((one) => !one.hasAttribute("data-lm-suppress-shortcuts"))
        .map((one) => one.outerHTML.slice(0, 80))"""
    for widget in widgets:
        assert widget.root.evaluate(unguarded) == []


def test_looks_the_same_whichever_widget_came_last(open_widget):
    """Every widget brings the shared rules; a neighbour's later copy must change nothing."""
    widget, _ = open_widget(**PHONE)
    computed = """(root) => [root, ...root.querySelectorAll("*")].map((one) =>
        [...getComputedStyle(one)].map((name) => getComputedStyle(one).getPropertyValue(name)))"""
    before = widget.root.evaluate(computed)
    widget.page.add_style_tag(content=SHARED_CSS)
    assert widget.root.evaluate(computed) == before


@ONE_OF_EACH
def test_nothing_moves_unasked(open_widget):
    widget, _ = open_widget(reduced_motion="reduce")
    running = "(root) => root.getAnimations({ subtree: true }).length"
    assert widget.root.evaluate(running) == 0
    before = widget.pixels()
    widget.page.wait_for_timeout(300)
    assert widget.pixels() == before


@ONE_OF_EACH
def test_the_page_s_theme_switch_redraws_the_picture(open_widget):
    widget, visit = open_widget()
    colours = """(root) => JSON.stringify([...root.querySelectorAll("*"), root].map((one) => {
        const style = getComputedStyle(one);
        return [style.color, style.backgroundColor, style.stroke, style.fill];
    }))"""
    before, painted = widget.root.evaluate(colours), widget.pixels()
    for _ in range(3):  # the switch goes round light, dark and the system's choice
        visit.page.locator(".theme-switch-button").locator("visible=true").first.click()
        if visit.page.evaluate("document.documentElement.dataset.theme") == "dark":
            break
    widget.page.wait_for_timeout(200)
    assert widget.root.evaluate(colours) != before
    assert all(old != new for old, new in zip(painted, widget.pixels(), strict=True))


@pytest.mark.parametrize("width", [320, 390, 768, 1280])
def test_first_state_is_drawn_at_every_width(open_widgets, width):
    widgets, visit = open_widgets(width=width)
    blank = """(root) => [...root.querySelectorAll("canvas")].filter((canvas) => {
        const pixels = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data;
        return canvas.width < 2 || pixels.every((value, i) => value === pixels[i % 4]);
    }).length"""
    for widget in widgets:
        box = widget.root.bounding_box()
        assert box["width"] <= width
        assert box["height"] > 150
        assert widget.root.evaluate(blank) == 0
    assert visit.complaints == []


def test_two_on_one_page_do_not_disturb_each_other(browser, site, place):
    page, name = place
    with visiting(browser, site.url, page, answer=answer_twinned, **DESK) as visit:
        assert visit.widgets(name).count() >= 2
        one, other = (widget_at(visit, name, number) for number in (0, 1))
        assert one.readout() == other.readout()
        said, drawn = other.readout(), other.pixels()
        number = 0  # a control may change how many others there are
        while number < len(controls := one.controls()):
            if not (controls[number].is_reset or controls[number].is_play):
                controls[number].by_keyboard()
            number += 1
        assert one.speaks(said)
        assert (other.readout(), other.pixels()) == (said, drawn)
        assert visit.complaints == []
