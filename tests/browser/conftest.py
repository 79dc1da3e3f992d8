"""One browser and one server for all browser tests."""

import os

import pytest
from playwright.sync_api import sync_playwright

from tests.browser import book_site, chromium
from tests.browser.visit import visiting
from tests.browser.widget_places import DESK, PLACES, place_id, widget_at, widgets_at


def pytest_sessionstart(session):
    """Stop here, before any worker starts: one that stops by itself would look like a crash."""
    if hasattr(session.config, "workerinput"):
        return
    with sync_playwright() as playwright:
        path = chromium.find(playwright)
    if path is None and os.environ.get("CI"):
        pytest.exit(chromium.MISSING, returncode=1)
    reason = path and book_site.why_unusable()
    if reason:
        pytest.exit(reason, returncode=1)


@pytest.fixture(scope="session")
def browser():
    """A running Chromium. Without one: in CI a failure, on a desk one line that says what to do."""
    with sync_playwright() as playwright:
        path = chromium.find(playwright)
        if path is None:
            (pytest.fail if os.environ.get("CI") else pytest.skip)(chromium.MISSING)
        running = chromium.launch(playwright, path)
        yield running
        running.close()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    """Let all tests that lack a browser be skipped in one place, so that one line tells of them."""
    report = yield
    if report.skipped and chromium.MISSING in str(report.longrepr):
        report.longrepr = (__file__, None, chromium.MISSING)
    return report


@pytest.fixture(scope="session")
def site(browser):
    """The server of the built site; nothing is tested on one older than its sources."""
    assert book_site.why_unusable() is None
    with book_site.served() as server:
        yield server


@pytest.fixture
def blank(browser):
    """An empty page with an address of its own, where JavaScript can be tried."""
    address = "http://127.0.0.1:9/blank"  # answered by the route below, never by a server
    context = browser.new_context()
    answer = {"body": "<title>blank</title>", "content_type": "text/html"}
    context.route(address, lambda route: route.fulfill(**answer))
    page = context.new_page()
    page.goto(address)
    yield page
    context.close()


@pytest.fixture
def visit_page(browser, site):
    """`visit_page("chapters/a.html", width=390)`: the page at rest, closed after the test."""
    opened = []

    def open_page(address, **options):
        opened.append(visiting(browser, site.url, address, **options))
        return opened[-1].__enter__()

    yield open_page
    for visit in opened:
        visit.__exit__(None, None, None)


@pytest.fixture(params=PLACES, ids=place_id)
def place(request):
    """A place of a widget, see widget_places.py: every one, or those that a test names."""
    return request.param


@pytest.fixture
def open_widgets(visit_page, place):
    """`open_widgets(width=390)`: all widgets of the place, and the visit to their page."""
    page, name = place

    def open_them(**look):
        visit = visit_page(page, **(DESK | look))
        assert visit.widgets(name).count() > 0
        return widgets_at(visit, name), visit

    return open_them


@pytest.fixture
def open_widget(visit_page, place):
    """`open_widget(width=390)`: the first widget of the place, and the visit to its page."""
    page, name = place

    def open_it(**look):
        visit = visit_page(page, **(DESK | look))
        return widget_at(visit, name), visit

    return open_it
