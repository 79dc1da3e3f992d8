"""Every page of the built site: on a desk, on a phone, in the dark, offline, without JavaScript."""

import re

import pytest

from tests.browser import book_site
from tests.browser.visit import visiting
from tests.browser.widget_places import all_widgets

pytestmark = pytest.mark.browser

PAGES = book_site.pages()
EXPECTED = book_site.widgets_by_page()
LOOKS = {
    "desk-light": {"width": 1280},
    "tablet-dark": {"width": 768, "height": 1024, "theme": "dark"},
    "phone-dark": {"width": 390, "height": 844, "phone": True, "theme": "dark"},
    "small-phone-light": {"width": 320, "height": 640, "phone": True},
}
CONTRAST_IN = ("desk-light", "phone-dark")  # colours depend on the theme, not on the width
LAYOUT_SHIFT = 0.02
FINGER, MOUSE = 44, 24  # px that a target is wide and high at least: WCAG 2.2, 2.5.5 and 2.5.8
PAGE_WEIGHT = 2_300_000 / 2  # bytes; the standard widget manager's page weighs 2.3 MB
HTML_WEIGHT = 300_000

CARDS = """() => [...document.querySelectorAll(".bn-widget")].flatMap((card) => {
  const problems = [];
  const box = card.getBoundingClientRect();
  const shown = [...card.querySelectorAll("*")].filter((one) =>
    one.getClientRects().length && getComputedStyle(one).visibility !== "hidden");
  const named = (one) => `${one.tagName.toLowerCase()}.${one.getAttribute("class") || ""} `
    + `"${one.textContent.trim().slice(0, 30)}"`;
  // What a drawing cuts off at its own edge (a curve that leaves the picture) is not to be seen.
  const cutOff = (one) => one.ownerSVGElement
    && getComputedStyle(one.ownerSVGElement).overflowX === "hidden";
  for (const one of shown.filter((each) => !cutOff(each))) {
    const { left, right, top, bottom } = one.getBoundingClientRect();
    const sideways = left < box.left - 1 || right > box.right + 1;
    if (sideways || top < box.top - 1 || bottom > box.bottom + 1) {
      problems.push(`outside its card: ${named(one)}`);
    }
    // A text for screen readers alone is one pixel wide.
    const hides = one.clientWidth > 1 && /hidden|clip/.test(getComputedStyle(one).overflowX);
    if (hides && one.scrollWidth > one.clientWidth + 1) problems.push(`clipped: ${named(one)}`);
  }
  const controls = shown.filter((one) => one.matches("input, select, button, output"));
  controls.forEach((one, i) => controls.slice(i + 1).forEach((other) => {
    const [a, b] = [one.getBoundingClientRect(), other.getBoundingClientRect()];
    const wide = Math.min(a.right, b.right) - Math.max(a.left, b.left);
    const high = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top);
    if (wide > 1 && high > 1) problems.push(`overlap: ${named(one)} and ${named(other)}`);
  }));
  return problems;
})"""


# All that a reader may open: solutions, hidden code. They fade in, and are judged when they have.
OPEN = """async () => {
  for (const one of document.querySelectorAll("details")) one.open = true;
  await new Promise((next) => requestAnimationFrame(() => requestAnimationFrame(next)));
  await Promise.allSettled(document.getAnimations().map((one) => one.finished));
}"""


@pytest.fixture(
    scope="module",
    params=[(page, look) for page in PAGES for look in LOOKS],
    ids=lambda chosen: f"{chosen[0]}-{chosen[1]}",
)
def seen(request, browser, site):
    """(page's address, look, Visit): every page in every look, opened once for all tests."""
    page, look = request.param
    site.sent.clear()
    with visiting(browser, site.url, page, **LOOKS[look]) as visit:
        visit.page.wait_for_load_state("networkidle")
        visit.sent = list(site.sent)
        visit.layout_shift = visit.page.evaluate("window.layoutShift")
        visit.page.evaluate(OPEN)
        yield page, look, visit


def test_asks_nobody_else_for_anything(seen):
    assert seen[2].elsewhere == []


def test_console_stays_silent(seen):
    assert seen[2].complaints == []


def test_shows_every_widget_of_its_notebook(seen):
    page, _, visit = seen
    assert visit.missing_widgets(EXPECTED.get(page, [])) == []


def test_has_no_accessibility_violation(seen):
    _, look, visit = seen
    assert visit.axe_violations(contrast=look in CONTRAST_IN) == []


def test_does_not_scroll_sideways(seen):
    _, look, visit = seen
    wide = visit.page.evaluate("document.documentElement.scrollWidth")
    assert wide <= LOOKS[look]["width"]


def test_widgets_keep_within_their_cards(seen):
    assert seen[2].page.evaluate(CARDS) == []


def test_nothing_jumps_while_it_loads(seen):
    assert seen[2].layout_shift < LAYOUT_SHIFT


def test_follows_the_reader_s_theme(seen):
    _, look, visit = seen
    theme = "dark" if look.endswith("dark") else "light"
    assert visit.page.evaluate("document.documentElement.dataset.theme") == theme


def test_every_picture_can_be_read_aloud(seen):
    silent = """() => [...document.querySelectorAll("article img, article svg:not(.bn-widget svg)")]
      .filter((one) => one.tagName === "IMG"
        ? !one.alt : !one.closest("[aria-hidden=true], a, button, mjx-container")
          && !one.getAttribute("aria-label") && !one.querySelector("title"))
      .map((one) => one.outerHTML.slice(0, 100))"""
    assert seen[2].page.evaluate(silent) == []


@pytest.mark.parametrize("page", [page for page in PAGES if page != "search.html"])
def test_no_script_but_the_options_holds_up_the_text(page):
    html = (book_site.HTML / page).read_text(encoding="utf-8")
    loaded = re.findall(r"<script(?![^>]* (?:async|defer)\b)[^>]* src=\"([^\"?]*)", html)
    assert [address.rpartition("/")[2] for address in loaded] == ["documentation_options.js"]


@pytest.mark.parametrize("page", PAGES)
def test_every_picture_s_place_is_kept_while_it_loads(page):
    html = (book_site.HTML / page).read_text(encoding="utf-8")
    pictures = re.findall(r"<img [^>]*>", html)
    assert all(re.search(r' width="\d+" height="\d+"', tag) for tag in pictures)


def test_page_is_light(seen):
    page, _, visit = seen
    html = next(size for path, size in visit.sent if path.endswith(page))
    assert sum(size for _, size in visit.sent) <= PAGE_WEIGHT, sorted(visit.sent)
    assert html <= HTML_WEIGHT


def test_every_widget_has_a_name_a_role_one_polite_readout_and_no_ids(seen):
    for widget in all_widgets(seen[2]):
        assert widget.root.get_attribute("role") == "group"
        assert widget.root.get_attribute("aria-label").strip()
        assert widget.root.locator("[id]").count() == 0
        assert widget.root.locator("output.bn-readout[aria-live=polite]").count() == 1
        assert widget.output.count() == 1
        assert widget.readout().strip()
        assert [control for control in widget.controls() if not control.name] == []
        assert [control for control in widget.controls() if not control.enabled] == []


def test_every_widget_keeps_its_keys_from_jupyterlab(seen):
    """JupyterLab would take arrow keys from a control that does not forbid it itself."""
    unguarded = """(root) => [...root.querySelectorAll("input, select, button, [tabindex='0']")]
        .filter((one) => !one.hasAttribute("data-lm-suppress-shortcuts"))
        .map((one) => one.outerHTML.slice(0, 80))"""
    for widget in all_widgets(seen[2]):
        assert widget.root.evaluate(unguarded) == []


SMALL_TARGETS = """(root, least) => [...root.querySelectorAll("input, select, button")]
  .filter((one) => one.getClientRects().length)
  .map((one) => [one, (one.matches("[type=checkbox], [type=radio]") ? one.closest("label") : one)
    .getBoundingClientRect()])
  .filter(([one, box]) => Math.min(box.height, box.width) < least - 0.1)
  .map(([one, box]) => `${one.tagName} ${one.className} ${one.textContent}: `
    + `${box.width.toFixed(1)} x ${box.height.toFixed(1)}`)"""


def test_every_target_is_large_enough(seen):
    _, look, visit = seen
    for widget in all_widgets(visit):
        least = FINGER if LOOKS[look].get("phone") else MOUSE
        assert widget.root.evaluate(SMALL_TARGETS, least) == []


def test_every_widget_is_drawn(seen):
    _, look, visit = seen
    blank = """(root) => [...root.querySelectorAll("canvas")].filter((canvas) => {
        const pixels = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data;
        return canvas.width < 2 || pixels.every((value, i) => value === pixels[i % 4]);
    }).length"""
    for widget in all_widgets(visit):
        box = widget.root.bounding_box()
        assert box["width"] <= LOOKS[look]["width"]
        assert box["height"] > 150
        assert widget.root.evaluate(blank) == 0


WITH_WIDGETS = pytest.mark.parametrize("page", [page for page in PAGES if EXPECTED.get(page)])


@WITH_WIDGETS
def test_works_as_a_file_without_a_server(browser, site, page):
    with visiting(browser, book_site.HTML.as_uri() + "/", page) as visit:
        assert visit.elsewhere == []
        assert visit.complaints == []
        assert visit.missing_widgets(EXPECTED.get(page, [])) == []


@WITH_WIDGETS
def test_shows_a_stand_in_for_each_widget_without_javascript(browser, site, page):
    context = browser.new_context(java_script_enabled=False)
    opened = context.new_page()
    opened.goto(site.url + page)
    views = opened.locator(".widget-view")
    assert views.count() >= len(EXPECTED[page])
    for view in views.all():
        is_question = view.get_attribute("data-widget-view") == "question"
        stand_in = view.locator("details" if is_question else "table")  # an answer folded away
        assert stand_in.count() >= 1
        assert all(each.is_visible() for each in stand_in.all())
    context.close()


def test_every_notebook_has_its_page(site):
    assert set(EXPECTED) <= set(PAGES)
