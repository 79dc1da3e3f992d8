"""BatchNoise's JavaScript reads a recording as NumPy wrote it, and every control moves it."""

import numpy as np
import pytest

from bnlib.experiments.ghost_batches import load_stored
from bnlib.experiments.interval import interval
from bnlib.experiments.noise_clouds import watch
from bnlib.widgets.batch_noise import BatchNoise, pack
from tests.browser.module_text import Module

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def clouds():
    return watch()


@pytest.fixture(scope="module")
def results():
    return load_stored()


@pytest.fixture
def module(blank, clouds, results):
    """The module, with the recording in the page."""
    module = Module(blank, BatchNoise._esm)
    module.receive(pack(clouds, results))
    return module


@pytest.fixture
def widget(module, clouds):
    """The drawn widget."""
    start = BatchNoise(recorded=clouds).start
    return module.draw(start | {"start": start})


def test_every_cloud_is_read_from_its_own_place(module, clouds):
    read = module.run("""[0, 1, 2].map((unit) => argument.map((size) => {
        const { values, mean, std, expected } = module.cloud(window.recording, unit, size);
        return { values, mean, std, expected };
    }))""", clouds.sizes.tolist())  # fmt: skip
    for unit, rows in enumerate(read):
        for m, seen in enumerate(rows):
            x_hat = clouds.x_hat[unit, m]
            np.testing.assert_allclose(seen["values"], x_hat, atol=6e-4)
            np.testing.assert_allclose(seen["mean"], x_hat.mean(), atol=6e-4)
            np.testing.assert_allclose(seen["std"], x_hat.std(), atol=6e-4)
            np.testing.assert_allclose(seen["expected"], clouds.expected[unit, m], atol=1e-4)


@pytest.mark.parametrize("which", ["common", "tuned"])
def test_errors_are_those_of_the_experiment(module, results, which):
    read = module.run("module.errors(window.recording, 'noisy', argument)", which)
    found = {row["group"]: row for row in [read["without"], *read["groups"]]}
    for group, network in results["noisy"].networks.items():
        outcome = getattr(network, which)
        assert (group in found) == (outcome is not None)
        if outcome is not None:
            error = interval(100 * outcome.error)
            shown = [found[group]["mean"], found[group]["half"], found[group]["fitted"]]
            known = [error.mean, error.half_width, 100 * outcome.wrong_fitted.mean()]
            np.testing.assert_allclose(shown, known, atol=0.06)


def test_places_in_the_panels(module):
    across = module.run("argument.map((x) => module.across(x))", [-9, -3, 0, 1.5, 3, 9])
    np.testing.assert_allclose(across, [0, 0, 150, 225, 300, 300])
    heights = module.run("argument.map((x) => module.height(x))", [0, 25, 50, 80])
    np.testing.assert_allclose(heights, [200, 100, 0, 0])
    columns = module.run("[2, 4, 8].map((m) => module.column([2, 4, 8], m))")
    np.testing.assert_allclose(columns, [50, 150, 250])
    drawn = module.run("""module.curve([2, 4], [{ group: 2, mean: 25, half: 25 },
        { group: 4, mean: 50, half: 0 }])""")
    assert drawn["line"] == "M75.0 100.0L225.0 0.0"
    assert drawn["band"] == "M75.0 0.0L225.0 0.0L225.0 0.0L75.0 200.0Z"


def test_a_smaller_group_widens_the_cloud_and_reset_returns(widget, clouds):
    readout = widget.locator("output")
    first = readout.text_content()
    noise = clouds.x_hat[1, list(clouds.sizes).index(4)].std()
    assert f"± {noise:.2f} (standard deviation)" in first
    size = widget.get_by_label("images in a group")
    size.press("End")
    assert widget.evaluate("values.group") == 256
    assert "groups of 256" in readout.text_content()
    widget.get_by_label("training setting").select_option("tuned")
    size.press("Home")
    size.press("ArrowRight")
    size.press("ArrowRight")
    assert "groups of 8 were not tuned" in readout.text_content()
    widget.get_by_label("labels").select_option("clean")
    assert "wrong labels" not in readout.text_content()
    widget.get_by_role("button", name="Reset").click()
    assert readout.text_content() == first


def test_the_errors_can_be_dragged(widget):
    area = widget.locator(".bn-drag")
    area.scroll_into_view_if_needed()
    box = area.bounding_box()
    y = box["y"] + box["height"] / 2
    widget.mouse.move(box["x"] + 2, y)
    widget.mouse.down()
    assert widget.evaluate("values.group") == 2
    widget.mouse.move(box["x"] + box["width"] * 0.55, y)
    assert widget.evaluate("values.group") == 32
    widget.mouse.move(box["x"] + box["width"] + 90, y)
    assert widget.evaluate("values.group") == 256
    widget.mouse.up()
