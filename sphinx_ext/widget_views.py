"""Widgets on a page without Python: what assets/widget-host.js finds there.

A widget's view is a small script of JSON in the text, its state a large one. This extension wraps
the view, puts the widget's `fallback` into `<noscript>` beside it, its CSS into the page's head (so
that the reserved height holds from the first paint) and the state at the end of the body (so that
it delays nothing). Models are renumbered, so that two builds of the same book are the same.
"""

import json
import re

from docutils import nodes
from myst_nb.sphinx_ import NbMetadataCollector

VIEW = "application/vnd.jupyter.widget-view+json"
STATE = "application/vnd.jupyter.widget-state+json"
VIEW_SCRIPT = re.compile(rf'<script type="{re.escape(VIEW)}">(.*?)</script>', re.DOTALL)
REFERENCE = "IPY_MODEL_"


def kebab(name):
    """Turn a class's dotted name into its widget's name: 'a.b.LayerShift' -> 'layer-shift'."""
    return re.sub(r"(?<!^)(?=[A-Z])", "-", name.rsplit(".", 1)[-1]).lower()


def models_of(env, docname):
    """The page's widget models: {model_id: {"model_name": ..., "state": {...}}}, empty if none."""
    script = NbMetadataCollector.get_js_files(env, docname).get("ipywidgets_state")
    return json.loads(script[1]["body"])["state"] if script else {}


def number(views, models):
    """Name the models that the page shows or that those refer to, the same in every build.

    Parameters
    ----------
    views : list of str
        Model ids in the order of the page, random in each run.
    models : dict
        The page's models by id, in any order.

    Returns
    -------
    dict
        New name by model id, in the order of the names.
    """
    found = [model_id for model_id in dict.fromkeys(views) if model_id in models]
    for model_id in found:  # grows while it is read
        for value in models[model_id]["state"].values():
            for part in value if isinstance(value, list) else [value]:
                other = part.removeprefix(REFERENCE) if isinstance(part, str) else ""
                if other in models and other not in found:
                    found.append(other)
    return {model_id: f"widget-{count}" for count, model_id in enumerate(found, start=1)}


def wrap_view(model_id, models, numbers):
    """The HTML of one view: wrapper, script, fallback."""
    state = models.get(model_id, {}).get("state", {})
    name = kebab(state.get("_anywidget_id") or models.get(model_id, {}).get("model_name", "widget"))
    view = json.dumps({"model_id": numbers.get(model_id, model_id)})
    fallback = state.get("fallback") or "<p>This figure is interactive and needs JavaScript.</p>"
    room = "".join(f"--{layout}:{height}px;" for layout, height in state.get("room", {}).items())
    style = f' style="{room}"' if room else ""
    return (
        f'<div class="widget-view" data-widget-view="{name}"{style}>'
        f'<script type="{VIEW}">{view}</script><noscript>{fallback}</noscript></div>'
    )


def wrap_views(app, doctree, docname):
    """Rewrite every view of a page."""
    models = models_of(app.env, docname)
    matches = [(node, VIEW_SCRIPT.fullmatch(node.astext())) for node in doctree.findall(nodes.raw)]
    views = [(node, json.loads(match[1])["model_id"]) for node, match in matches if match]
    numbers = number([model_id for _, model_id in views], models)
    for node, model_id in views:
        html = wrap_view(model_id, models, numbers)
        node.replace_self(nodes.raw(html, html, format="html"))
    doctree["widget_numbers"] = numbers  # for place_state


def place_state(app, pagename, templatename, context, doctree):
    """Move the state to the end of the body and the widgets' CSS to the head."""
    scripts = context["script_files"]
    scripts[:] = [s for s in scripts if getattr(s, "attributes", {}).get("type") != STATE]
    numbers = doctree["widget_numbers"] if doctree else {}
    every = models_of(app.env, pagename)
    models = {model_id: every[model_id] for model_id in numbers}
    styles = {m["state"].pop("_css"): None for m in models.values() if m["state"].get("_css")}
    context["widget_styles"] = list(styles)
    context["widget_state"] = state_json(models, numbers) if models else ""


def state_json(models, numbers):
    """The models as JSON under their new names, sorted, and safe inside a script element."""
    for model in models.values():
        model.get("buffers", []).sort(key=lambda buffer: list(map(str, buffer["path"])))
    state = {"version_major": 2, "version_minor": 0, "state": models}
    text = json.dumps(state, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    for model_id, name in numbers.items():
        text = text.replace(model_id, name)
    # A "</script>" or "<!--" inside a text would end the element or never let it end.
    return text.replace("<", "\\u003c")


def setup(app):
    """Register after myst-nb, which adds the state to the page's scripts."""
    app.connect("doctree-resolved", wrap_views)
    app.connect("html-page-context", place_state, priority=900)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
