"""Calls the functions of a widget's JavaScript, as the widget itself carries it, in a browser."""

IMPORT = """async (text) => {
  const address = URL.createObjectURL(new Blob([text], { type: "text/javascript" }));
  window.module = await import(address);
  URL.revokeObjectURL(address);
}"""


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
