// The picture: the network with its box, and for each side the numbers, their change, accuracy and loss.

const HEADS = ["without batch norm", "with batch norm"];
const CURVES = { // name, its top on the axis, and the text of its ticks
  changed: ["change in 30 steps", 1, ["1", "0"]],
  accuracy: ["test accuracy", 1, ["100 %", "0"]],
  loss: ["training loss", 3, ["3", "0"]],
};
const DASHES = ["6 4", ""]; // without, with: never colour alone
const BOX = { width: 100, height: 60 }; // units of a curve's viewBox

/** The "d" of a curve: values over the frames, 0 to `top`; what is not a number is left out. */
export function curve(values, top) {
  const last = values.length - 1;
  const points = values.map((value, i) => [(BOX.width * i) / last, BOX.height * (1 - Math.min(1, value / top))]);
  return `M${points.filter(([, y]) => Number.isFinite(y)).map(([x, y]) => `${x.toFixed(2)} ${y.toFixed(2)}`).join("L")}`;
}

/** The row of boxes from the image to the answer. */
function buildNetwork() {
  const digit = element("canvas", { class: "bnb-digit", width: 8, height: 8 });
  const state = element("span", { class: "bnb-state" });
  const layer = (name) => element("span", { class: "bnb-layer" }, name);
  const arrow = (text = "") => element("span", { class: "bnb-arrow" }, element("small", {}, text), "→");
  const box = element("span", { class: "bnb-box" }, element("span", { class: "bnb-pair" }, layer("layer 1"), arrow(), layer("layer 2")), state);
  const node = element("div", { class: "bnb-network", "aria-hidden": "true" }, digit, arrow(), box,
    arrow("50 numbers"), layer("layer 3"), arrow(), layer("4"), arrow(), layer("5"), arrow(), layer("answer"));
  return { node, digit, box, state };
}

function buildCurve(name, side) {
  const [title, , ticks] = CURVES[name];
  const path = (kind) => element("path", { class: `bnb-${kind}`, "stroke-dasharray": DASHES[side] });
  const [other, mine] = [path("other"), path("mine")];
  other.removeAttribute("stroke-dasharray");
  const svg = element("svg", { viewBox: `0 0 ${BOX.width} ${BOX.height}`, preserveAspectRatio: "none" },
    ...[0, 0.5, 1].map((y) => element("line", { x1: 0, x2: BOX.width, y1: BOX.height * y, y2: BOX.height * y })), other, mine);
  const area = element("div", { class: "bnb-area bnb-curve bn-drag" }, svg);
  const labels = element("div", { class: "bnb-ticks" }, ...ticks.map((text) => element("span", {}, text)));
  const node = [element("div", { class: "bnb-title" }, title), labels, area];
  return { name, node, mine, other };
}

function buildSide(side) {
  const canvas = element("canvas");
  const bars = element("canvas");
  const area = element("div", { class: "bnb-area bnb-numbers bn-drag" }, canvas);
  const curves = Object.keys(CURVES).map((name) => buildCurve(name, side));
  const node = element("div", { class: "bnb-side", "data-side": side, "aria-hidden": "true" },
    element("div", { class: `bnb-head ${side ? "bn-norm" : "bn-plain"}` }, HEADS[side]),
    element("div", { class: "bnb-units" }, "what layer 3 receives: a row a unit"), area,
    element("div", { class: "bnb-beside" }, bars), ...curves.flatMap((each) => each.node),
    element("div", { class: "bnb-steps" }));
  return { side, node, canvas, bars, curves, steps: node.lastChild };
}

function legend() {
  const key = (kind, text) => element("li", {}, element("i", { class: kind }), text);
  return element("ul", { class: "bnb-legend" }, key("bnb-dark", "a larger number"), key("bnb-now", "at the cursor"),
    key("bnb-then", "at step 0"), key("bnb-learning", "if layers 1 and 2 learn"));
}

function buildPicture({ steps }) {
  const network = buildNetwork();
  const sides = [0, 1].map(buildSide);
  const last = steps.at(-1);
  for (const { steps: foot } of sides) {
    foot.append(...[0, 0.5, 1].map((share) => element("span", { style: `left:${100 * share}%` }, share ? share * last : "step 0")));
  }
  const stage = element("div", { class: "bnb-sides" }, ...sides.map(({ node }) => node));
  return { node: element("div", {}, network.node, legend(), stage), network, sides, stage };
}

/** The numbers of one image: a row a unit, a column a frame; stronger colour, larger number. */
function drawNumbers({ canvas, side }, shown, { mode, image }, ink) {
  const { context, width, height, ratio } = sheet(canvas);
  const row = height / shown.units;
  const left = (frame) => Math.round((frame * width * ratio) / shown.steps.length) / ratio; // whole pixels: no hairlines
  context.fillStyle = ink.sides[side];
  for (let unit = 0; unit < shown.units; unit += 1) {
    for (let frame = 0; frame < shown.steps.length; frame += 1) {
      context.globalAlpha = 0.9 * shown.value(side, mode, image, unit, frame);
      context.fillRect(left(frame), unit * row, left(frame + 1) - left(frame), row - 1);
    }
  }
}

/** The same at the cursor, as bars, with a mark for each at step 0. */
function drawBars({ bars, side }, shown, { mode, image, frame }, ink) {
  const { context, width, height } = sheet(bars);
  const row = height / shown.units;
  for (let unit = 0; unit < shown.units; unit += 1) {
    const [now, then] = [frame, 0].map((at) => shown.value(side, mode, image, unit, at) * (width - 3));
    context.fillStyle = ink.sides[side];
    context.fillRect(0, unit * row + 1, now, row - 3);
    context.fillStyle = ink.text;
    context.fillRect(then, unit * row, 2.5, row - 1);
  }
}

function drawDigit({ digit }, shown, image, colour) {
  const context = digit.getContext("2d");
  context.clearRect(0, 0, 8, 8);
  context.fillStyle = colour;
  for (let at = 0; at < 64; at += 1) {
    context.globalAlpha = shown.pixel(image, at);
    context.fillRect(at % 8, Math.floor(at / 8), 1, 1);
  }
}

/** All but what the cursor moves. */
function drawWhole(picture, shown, now, ink) {
  const from = shown.frozen_from[now.mode];
  picture.network.state.textContent = modeName(from);
  drawDigit(picture.network, shown, now.image, ink.text);
  for (const each of picture.sides) {
    drawNumbers(each, shown, now, ink);
    for (const { name, mine, other } of each.curves) {
      const values = (mode) => shown.steps.map((_, i) => shown[name](each.side, mode, i));
      mine.setAttribute("d", curve(values(now.mode), CURVES[name][1]));
      other.setAttribute("d", from == null ? "" : curve(values(0), CURVES[name][1]));
    }
  }
}

/** What the cursor moves: bars, cursor, whether the box is frozen by now. */
function drawMoment(picture, shown, now, ink) {
  picture.stage.style.setProperty("--at", now.frame / (shown.steps.length - 1));
  picture.network.box.toggleAttribute("data-frozen", shown.still(now.mode, shown.steps[now.frame]));
  for (const each of picture.sides) drawBars(each, shown, now, ink);
}
