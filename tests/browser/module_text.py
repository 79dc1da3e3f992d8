"""Calls the functions of a widget's JavaScript, as the widget itself carries it, in a browser."""

import base64

IMPORT = """async (text) => {
  const address = URL.createObjectURL(new Blob([text], { type: "text/javascript" }));
  window.module = await import(address);
  URL.revokeObjectURL(address);
}"""

# Puts a recording into the page with its bytes as DataViews, as a widget host hands them over:
# off their alignment, too, as a host may.
RECEIVE = """(sent) => {
  const receive = (value) => {
    if (Array.isArray(value)) return value.map(receive);
    if (value === null || typeof value !== "object") return value;
    if ("base64" in value) {
      const bytes = Uint8Array.from("?" + atob(value.base64), (letter) => letter.charCodeAt(0));
      return new DataView(bytes.buffer, 1);
    }
    return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, receive(each)]));
  };
  window.recording = receive(sent);
}"""
# A model like a notebook's: `values` are its traits, `saves` says how often Python was told.
MODEL = """(traits) => {
  const values = { recorded: window.recording, ...traits };
  let listeners = [];
  Object.assign(window, { values, saves: 0 });
  window.model = {
    get: (name) => values[name],
    set(name, value) {
      if (values[name] === value) return;
      values[name] = value;
      for (const [event, call] of [...listeners]) if (event === `change:${name}`) call();
    },
    on(event, call) { listeners.push([event, call]); },
    off(event, call) {
      listeners = listeners.filter((one) => one[0] !== event || one[1] !== call);
    },
    save_changes() { window.saves += 1; },
    send(message) { window.sent = message; },
  };
  window.listening = () => listeners.length;
}"""


def sendable(value):
    """A recording as text and numbers, its bytes in base 64."""
    if isinstance(value, bytes):
        return {"base64": base64.b64encode(value).decode()}
    if isinstance(value, dict):
        return {name: sendable(each) for name, each in value.items()}
    return [sendable(each) for each in value] if isinstance(value, list | tuple) else value


class Module:
    """The exports of one ES module text, imported through a blob, as a widget host imports it."""

    def __init__(self, page, text):
        page.evaluate(IMPORT, text)
        self.page = page

    def call(self, name, *arguments):
        """The result of one exported function."""
        return self.run(f"module.{name}(...argument)", list(arguments))

    def map(self, name, argument_lists):
        """The results of one exported function for many argument lists, in one go."""
        return self.run(f"argument.map((each) => module.{name}(...each))", argument_lists)

    def run(self, expression, argument=None):
        """The value of a JavaScript expression of `module` and `argument`."""
        return self.page.evaluate(f"(argument) => ({expression})", argument)

    def receive(self, recording):
        """Put a recording into the page, as `recording`."""
        self.page.evaluate(RECEIVE, sendable(recording))

    def model(self, traits):
        """Put a model of these traits, and of the recording received before, into the page."""
        self.page.evaluate(MODEL, traits)

    def draw(self, traits):
        """The page with the widget drawn, with such a model."""
        self.model(traits)
        self.run("window.leave = module.default.render({ model, el: document.body }), null")
        return self.page
