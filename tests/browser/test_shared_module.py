"""What all widgets share: the pointer, the readout, traits that change together."""

import pytest

from bnlib.widgets import base
from tests.browser.module_text import Module

pytestmark = pytest.mark.browser


@pytest.fixture
def module(blank):
    return Module(blank, (base._HERE / "shared.js").read_text(encoding="utf-8"))


STAGE = """(() => {
  document.body.innerHTML = `<div style="height: 3000px"><div class="stage" style="width: 400px">
    <div class="bn-drag" style="margin: 0 100px; height: 200px; touch-action: pan-y"><b>in</b></div>
    <p style="margin: 0; height: 50px">beside it</p></div></div>`;
  document.body.style.margin = "0";
  window.chosen = [];
  module.followPointer(document.querySelector(".stage"), (share, area, event) =>
    chosen.push([share, area.className, event.type]));
})()"""


@pytest.fixture
def stage(module):
    """A page whose area to drag goes from 100 to 300 px across and from 0 to 200 px down."""
    module.run(STAGE)
    return module.page


def shares(page):
    return [share for share, *_ in page.evaluate("chosen")]


def test_a_mouse_chooses_where_it_presses_and_while_it_drags_even_outside(stage):
    stage.mouse.move(150, 100)
    assert shares(stage) == []
    stage.mouse.down()
    assert stage.evaluate("chosen") == [[0.25, "bn-drag", "pointerdown"]]
    stage.mouse.move(390, 230)
    stage.mouse.up()
    stage.mouse.move(200, 100)
    assert shares(stage) == [0.25, 1.45, 1.45]


def test_beside_the_area_and_with_the_other_button_nothing_is_chosen(stage):
    stage.mouse.click(50, 100)
    stage.mouse.click(200, 225)
    stage.mouse.click(200, 100, button="right")
    assert shares(stage) == []


@pytest.fixture
def finger(stage):
    """`finger([x, y], ...)`: a finger goes from place to place; returns the shares chosen."""
    session = stage.context.new_cdp_session(stage)

    def move(first, *others):
        def send(kind, *points):
            touches = [{"x": x, "y": y} for x, y in points]
            session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": touches})

        send("touchStart", first)
        for place in others:
            send("touchMove", place)
        send("touchEnd")
        return shares(stage)

    return move


def test_a_finger_chooses_sideways_and_by_a_tap(finger):
    assert finger([150, 100]) == [0.25]
    chosen = finger([150, 100], *([150 + 10 * i, 100 + i] for i in range(1, 11)))
    assert chosen[-1] == 0.75
    assert len(chosen) > 3


def test_a_finger_that_moves_down_or_up_scrolls_the_page_and_chooses_nothing(finger, stage):
    assert finger([150, 150], *([150 + i, 150 - 10 * i] for i in range(1, 11))) == []
    stage.wait_for_function("scrollY > 20")


def test_the_readout_names_sides_in_their_colours_and_repeats_nothing(module):
    html = """((parts, kinds) => {
      window.output ??= document.createElement("output");
      const first = output.firstChild;
      module.fillReadout(output, parts, kinds);
      return [output.innerHTML, first !== null && first === output.firstChild];
    })(...argument)"""
    parts = ["with ", [1, "a"], [0, "b"], [None, "c"]]
    expected = 'with <span class="bn-norm">a</span><span class="bn-plain">b</span><span>c</span>'
    assert module.run(html, [parts]) == [expected, False]
    assert module.run(html, [parts]) == [expected, True]
    assert module.run(html, [[[2, "d"]], ["x", "y", "z"]]) == ['<span class="z">d</span>', False]


def test_several_changes_are_one_drawing_and_the_undo_stops_it(module):
    module.model({"a": 0, "b": 0, "c": 0})
    counted = module.page.evaluate("""async () => {
      let drawn = 0;
      const undo = module.onTraits(model, ["a", "b"], module.soon(() => { drawn += 1; }));
      const counts = [];
      for (const values of [{ a: 1, b: 2 }, { a: 3 }, { c: 1 }]) {
        module.setTraits(model, values);
        const before = drawn;
        await Promise.resolve();
        counts.push([before, drawn]);
      }
      undo();
      module.setTraits(model, { a: 0, b: 0 });
      await Promise.resolve();
      return [...counts, drawn];
    }""")
    assert counted == [[0, 1], [1, 2], [2, 2], 2]
    assert module.run("[values.a, values.b, values.c, saves]") == [0, 0, 1, 4]


def test_a_listener_is_told_which_trait_changed(module):
    module.model({"a": 0, "b": 0})
    module.run(
        "window.told = [], module.onTraits(model, ['a', 'b'], (name) => told.push(name)), null"
    )
    module.run("module.setTraits(model, { b: 1, a: 1 })")
    assert module.run("told") == ["b", "a"]


def test_a_select_hands_over_the_chosen_value_as_text(module):
    script = """(() => {
      window.chosen = [];
      document.body.append(module.field("size", module.select([[8, "eight"], [16, "sixteen"]],
        (value) => chosen.push(value))));
    })()"""
    module.run(script)
    module.page.get_by_label("size").select_option("sixteen")
    assert module.run("chosen") == ["16"]


def test_a_sheet_is_as_sharp_as_the_screen_and_comes_cleared(module):
    script = """(() => {
      const style = "width: 50px; height: 20px; display: block";
      document.body.innerHTML = `<canvas style="${style}"></canvas>`;
      const canvas = document.querySelector("canvas");
      Object.defineProperty(window, "devicePixelRatio", { value: 2.5 });
      const { context, width, height, ratio } = module.sheet(canvas);
      context.globalAlpha = 0.5;
      context.fillRect(49, 19, 1, 1);
      const corner = () => context.getImageData(123, 48, 1, 1).data[3];
      const drawn = [corner() > 0, module.sheet(canvas).context.globalAlpha, corner()];
      const other = module.sheet(canvas, 30, 10);
      return [width, height, ratio, ...drawn, other.width, other.height, canvas.width,
        canvas.height];
    })()"""
    assert module.run(script) == [50, 20, 2.5, True, 1, 0, 30, 10, 75, 25]
