"""Where on the site each kind of widget stands, read from the notebooks."""

from tests.browser import book_site
from tests.browser.widget_driver import Widget

DESK = {"width": 1280, "height": 1000}
PHONE = {"width": 390, "height": 844, "phone": True}

# (page, data-widget name); a page may show a widget several times, and a test drives them all
PLACES = [
    (page, name)
    for page, names in book_site.widgets_by_page().items()
    for name in sorted(set(names))
]
# One place of each widget, for what depends on the widget's code and not on where it stands.
KINDS = list({name: (page, name) for page, name in PLACES}.values())


def place_id(place):
    """A place as a test's name."""
    return "-".join(place)


def widget_at(visit, name, number=0):
    """The `number`-th widget `name` of a visited page, in view."""
    root = visit.widgets(name).nth(number)
    root.scroll_into_view_if_needed()
    return Widget(visit.page, root)


def widgets_at(visit, name):
    """All widgets `name` of a visited page, each brought into view when its turn comes."""
    return (widget_at(visit, name, number) for number in range(visit.widgets(name).count()))


def all_widgets(visit):
    """Every drawn widget of a visited page, of whatever kind, where it stands."""
    every = visit.page.locator(".bn-widget[data-ready=true]")
    return [Widget(visit.page, every.nth(number)) for number in range(every.count())]
