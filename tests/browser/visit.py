"""One reader's look at one page, with everything that a careful reader would complain about."""

import contextlib
from functools import cache

from axe_playwright_python.sync_playwright import Axe

READY_WITHIN = 10_000  # ms; generous, since test machines are slow and shared: speed is not tested
THEME = """mode => { localStorage.setItem("mode", mode); localStorage.setItem("theme", mode); }"""
WATCH_SHIFTS = """
window.layoutShift = 0;
new PerformanceObserver((list) => {
  for (const { hadRecentInput, value } of list.getEntries()) {
    if (!hadRecentInput) window.layoutShift += value;
  }
}).observe({ type: "layout-shift", buffered: true });
"""
# Both are off in axe by default, and both are asked of this site.
AXE_OPTIONS = {
    "resultTypes": ["violations"],
    "rules": {"label-content-name-mismatch": {"enabled": True}, "target-size": {"enabled": True}},
}


class Visit:
    """A page, the requests that left for anywhere else, and what the console complained about.

    Attributes
    ----------
    page : playwright.sync_api.Page
    elsewhere : list of str
        Addresses that are neither under `home` nor inside the page itself.
    complaints : list of str
        Console errors and warnings, uncaught exceptions.
    """

    def __init__(self, context, home):
        self.page = context.new_page()
        self.elsewhere = []
        self.complaints = []
        self._own = (home, "data:", "blob:", "about:")
        context.on("request", self._note_request)
        self.page.on("console", self._note_console)
        self.page.on("pageerror", lambda error: self.complaints.append(f"uncaught: {error}"))

    def _note_request(self, request):
        if not request.url.startswith(self._own):
            self.elsewhere.append(request.url)

    def _note_console(self, message):
        if message.type in ("error", "warning"):
            self.complaints.append(f"{message.type}: {message.text}")

    def widgets(self, name):
        """Locator of the drawn widgets of one kind."""
        return self.page.locator(f'[data-widget="{name}"][data-ready="true"]')

    def missing_widgets(self, expected):
        """What the page lacks of the expected data-widget names, as sentences."""
        counts = {name: expected.count(name) for name in expected}
        selector = '.bn-widget[data-widget="{}"]'
        return [
            f"{found} of {count} {name} widgets"
            for name, count in counts.items()
            if (found := self.page.locator(selector.format(name)).count()) != count
        ] + [
            f"{name}: not ready"
            for name in counts
            if self.widgets(name).count() != self.page.locator(selector.format(name)).count()
        ]

    def axe_violations(self, contrast=True):
        """axe-core's violations, one line each; `contrast` takes four fifths of the time."""
        rules = AXE_OPTIONS["rules"] | {"color-contrast": {"enabled": contrast}}
        found = _axe().run(self.page, options=AXE_OPTIONS | {"rules": rules})
        violations = found.response["violations"]
        return [
            f"{found['id']}: {node['html'][:120]} {' '.join(node['failureSummary'].split())}"
            for found in violations
            for node in found["nodes"]
        ]


@cache
def _axe():
    return Axe()


@contextlib.contextmanager
def visiting(
    browser,
    home,
    address,
    *,
    width=1280,
    height=900,
    theme="light",
    phone=False,
    answer=None,
    **options,
):
    """Open `address` (relative to `home`), wait until it has come to rest; yields the Visit.

    `phone` makes the pointer a finger; `answer` is a Playwright route handler that gives the page
    in the server's place; further options are those of `browser.new_context`.
    """
    if phone:
        options |= {"has_touch": True, "is_mobile": True, "device_scale_factor": 2}
    viewport = {"width": width, "height": height}
    context = browser.new_context(viewport=viewport, color_scheme=theme, **options)
    try:
        context.set_default_timeout(READY_WITHIN)
        context.add_init_script(f"({THEME})({theme!r}); {WATCH_SHIFTS}")
        if answer:
            context.route(home + address, answer)
        visit = Visit(context, home)
        visit.page.goto(home + address, wait_until="load")
        come_to_rest(visit.page)
        yield visit
    finally:
        context.close()


def come_to_rest(page):
    """Wait for the widgets that the page announces, and for its formulas."""
    settled = """async () => {
        await window.MathJax?.startup?.promise;
        return [...document.querySelectorAll(".widget-view")].every((view) =>
            view.querySelector('[data-ready="true"], .widget-note'));
    }"""
    page.wait_for_function(settled, timeout=READY_WITHIN)
