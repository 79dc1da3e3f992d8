"""Drives any widget by what all of them promise: native controls, one readout, a Reset."""

from playwright.sync_api import TimeoutError as Late

ANSWER_WITHIN = 3000  # ms for a readout to change
BRIEF = 400  # ms to wait where silence is possible
PLAY_ENDS_WITHIN = 60_000
CONTROLS = "input, select, button"

# What a control is and where it stands, for choosing the next action and for messages.
DESCRIBE = """(one) => ({
  visible: one.checkVisibility({ visibilityProperty: true }) && one.getClientRects().length > 0,
  kind: one.tagName === "INPUT" ? one.type : one.tagName.toLowerCase(),
  name: (one.getAttribute("aria-label") || one.closest("label")?.querySelector("span")?.textContent
    || one.closest("label")?.textContent || one.textContent).trim(),
  enabled: !one.disabled,
  play: one.classList.contains("bn-play"),
  drag: one.classList.contains("bn-drag"),
  value: one.value, min: Number(one.min || 0), max: Number(one.max || 100),
  index: one.selectedIndex, options: one.options?.length,
})"""


class Control:
    """One native control of a widget."""

    def __init__(self, locator, described):
        self.locator = locator
        self.kind, self.name = described["kind"], described["name"]
        self.enabled = described["enabled"]
        self.is_play, self.is_drag = described["play"], described["drag"]

    def __repr__(self):
        return f"{self.kind} “{self.name}”"

    @property
    def is_reset(self):
        return self.kind == "button" and self.name.startswith("Reset")

    def by_keyboard(self):
        """One key press that should change something."""
        now = self.locator.evaluate(DESCRIBE)
        self.locator.focus()
        if self.kind == "range":
            at_end = float(now["value"]) >= now["max"]
            self.locator.press("ArrowLeft" if at_end else "ArrowRight")
        elif self.kind == "number":
            self.locator.press("ArrowUp")
        elif self.kind == "select":
            last = now["index"] == now["options"] - 1
            self.locator.press("ArrowUp" if last else "ArrowDown")
        elif self.kind in ("checkbox", "radio"):
            self.locator.press("Space")
        else:
            self.locator.press("Enter")

    def by_pointer(self):
        """The same with a mouse: a press where it should change something."""
        self._press(self.locator.click)

    def by_touch(self):
        """The same with a finger."""
        self._press(self.locator.tap)

    def _press(self, press):
        now = self.locator.evaluate(DESCRIBE)
        if self.kind == "range":
            left_half = float(now["value"]) < (now["min"] + now["max"]) / 2
            box = self.locator.bounding_box()
            press(
                position={"x": (0.8 if left_half else 0.2) * box["width"], "y": box["height"] / 2}
            )
        elif self.kind == "select":
            # The list of options is the browser's own window, out of a page's reach.
            self.locator.select_option(index=(now["index"] + 1) % now["options"])
        elif self.kind == "number":
            press()
            self.locator.press("ArrowUp")
        else:
            press()


class Widget:
    """One drawn widget on a page."""

    def __init__(self, page, root):
        self.page, self.root = page, root
        self.output = root.locator("output")

    def readout(self):
        """The text that a screen reader is told."""
        return self.output.text_content()

    def controls(self):
        """Every control that a reader sees, in the page's order."""
        every = self.root.locator(CONTROLS)
        described = enumerate(every.evaluate_all(f"(all) => all.map({DESCRIBE})"))
        return [Control(every.nth(i), control) for i, control in described if control["visible"]]

    def drags(self):
        """Every thing in the picture that can be dragged."""
        return self.root.locator(".bn-drag").all()

    def reset(self):
        """The button that brings the first state back."""
        return next(control for control in self.controls() if control.is_reset)

    def speaks(self, before, within=ANSWER_WITHIN):
        """Wait until the readout differs from `before`; whether it did."""
        script = "([output, before]) => output.textContent !== before"
        handle = self.output.element_handle()
        try:
            self.page.wait_for_function(script, arg=[handle, before], timeout=within)
        except Late:
            return False
        return True

    def says(self, text, within=ANSWER_WITHIN):
        """Wait until the readout is `text`; whether it became so."""
        script = "([output, text]) => output.textContent === text"
        handle = self.output.element_handle()
        try:
            self.page.wait_for_function(script, arg=[handle, text], timeout=within)
        except Late:
            return False
        return True

    def pixels(self):
        """What the widget's canvases and drawings show, as a list of texts to compare."""
        return self.root.evaluate("""(root) => [...root.querySelectorAll("canvas")]
            .map((canvas) => canvas.toDataURL())""")


def drive(widget, press):
    """Press every control in turn, `press` being one of Control's `by_...` functions.

    Returns
    -------
    list of str
        What went wrong: a readout that stayed silent, a Reset that brought not the first one back.
    """
    first = widget.readout()
    problems = []
    for number, control in enumerate(widget.controls()):
        if control.is_play or control.is_reset:
            continue  # play has a test of its own; Reset is pressed after every other control
        press(control)
        heard = widget.speaks(first, within=BRIEF if control.kind == "button" else ANSWER_WITHIN)
        if not heard and not (control.kind == "button" and answers_later(widget, number, press)):
            problems.append(f"{control}: the readout stayed {first!r}")
        press(widget.reset())
        if not widget.says(first):
            return [*problems, f"Reset after {control}: {widget.readout()!r}, not {first!r}"]
    return problems


def answers_later(widget, number, press):
    """Whether a button that names the first state (a preset, a chosen row) answers from another."""
    controls = list(enumerate(widget.controls()))
    # Other buttons first: what most likely takes the choice away is a neighbour.
    for other, control in sorted(controls, key=lambda pair: pair[1].kind != "button"):
        if other == number or control.is_play or control.is_reset:
            continue
        first = widget.readout()
        press(control)
        if widget.speaks(first, within=BRIEF):
            moved = widget.readout()
            press(widget.controls()[number])
            if widget.speaks(moved, within=BRIEF):
                return True
    return False


def drag(widget, handle, dx, below=0):
    """Take hold with the mouse, `below` pixels under the handle's middle, and move by `dx`."""
    x, y = _grip(handle, below)
    mouse = widget.page.mouse
    mouse.move(x, y)
    mouse.down()
    mouse.move(x + dx, y, steps=4)
    mouse.up()


def drag_by_touch(widget, handle, dx, below=0):
    """The same with a finger, as the system reports one: the browser may scroll instead."""
    x, y = _grip(handle, below)
    session = widget.page.context.new_cdp_session(widget.page)

    def send(kind, *points):
        touches = [{"x": x, "y": y} for x, y in points]
        session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": touches})

    send("touchStart", (x, y))
    for part in range(1, 9):
        send("touchMove", (x + dx * part / 8, y))
    send("touchEnd")
    session.detach()


def _grip(handle, below):
    handle.scroll_into_view_if_needed()
    box = handle.bounding_box()
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2 + below
