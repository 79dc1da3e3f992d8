"""Every kind of widget: still until asked, at home in each theme and beside its neighbours."""

from pathlib import Path

import pytest

import bnlib.widgets
from tests.browser.twin_page import answer_twinned
from tests.browser.visit import visiting
from tests.browser.widget_places import DESK, KINDS, PHONE, place_id, widget_at

pytestmark = pytest.mark.browser

SHARED_CSS = Path(bnlib.widgets.__file__).with_name("shared.css").read_text(encoding="utf-8")
ONE_OF_EACH = pytest.mark.parametrize("place", KINDS, ids=place_id, indirect=True)


@ONE_OF_EACH
def test_looks_the_same_whichever_widget_came_last(open_widget):
    """Every widget brings the shared rules; a neighbour's later copy must change nothing."""
    widget, _ = open_widget(**PHONE)
    changed = """(root, css) => {
        const every = [root, ...root.querySelectorAll("*")];
        const look = () => every.map((one) => {
            const style = getComputedStyle(one);
            return [...style].map((name) => `${name}: ${style.getPropertyValue(name)}`);
        });
        const before = look();
        document.head.append(Object.assign(document.createElement("style"), { textContent: css }));
        return look().flatMap((styles, i) => styles.filter((each, j) => each !== before[i][j])
            .map((each) => `${every[i].outerHTML.slice(0, 60)} ${each}`));
    }"""
    assert widget.root.evaluate(changed, SHARED_CSS) == []


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


@ONE_OF_EACH
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
