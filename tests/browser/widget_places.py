"""Where on the site each widget stands, read from the notebooks."""

from tests.browser import book_site
from tests.browser.widget_driver import Widget

DESK = {"width": 1280, "height": 1000}
PHONE = {"width": 390, "height": 844, "phone": True}

# (page, data-widget name, number among the page's widgets of that name)
PLACES = [
    (page, name, number)
    for page, names in book_site.widgets_by_page().items()
    for name in sorted(set(names))
    for number in range(names.count(name))
]
# One place of each widget, for what depends on the widget's code and not on where it stands.
KINDS = list({name: (page, name, number) for page, name, number in PLACES}.values())


def place_id(place):
    """A place as a test's name."""
    return "-".join(map(str, place))


def widget_at(visit, name, number):
    """The `number`-th widget `name` of a visited page, in view."""
    root = visit.widgets(name).nth(number)
    root.scroll_into_view_if_needed()
    return Widget(visit.page, root)
