"""Makes of a page with widgets a page on which each of them stands twice, as two models."""

import json
import re

KIND = r"application/vnd\.jupyter\.widget-"
STATE = re.compile(rf'(<script type="{KIND}state\+json">)(.*?)(</script>)', re.DOTALL)
VIEW = re.compile(rf'<script type="{KIND}view\+json">(.*?)</script>', re.DOTALL)


def twinned(html):
    """The page's HTML with a second widget after each; the two share no model."""
    shown = {json.loads(view)["model_id"] for view in VIEW.findall(html)}
    return STATE.sub(lambda found: _twin_models(found, shown), VIEW.sub(_twin_view, html))


def answer_twinned(route):
    """Answer a request for a page with the server's page, twinned."""
    response = route.fetch()
    route.fulfill(response=response, body=twinned(response.text()))


def _twin_view(found):
    twin = found[0].replace('"model_id": "', '"model_id": "twin-of-')
    return f'{found[0]}<div class="widget-view">{twin}</div>'


def _twin_models(found, shown):
    whole = json.loads(found[2])
    models = whole["state"]
    models |= {f"twin-of-{model_id}": models[model_id] for model_id in shown}
    return found[1] + json.dumps(whole).replace("</", "<\\/") + found[3]
