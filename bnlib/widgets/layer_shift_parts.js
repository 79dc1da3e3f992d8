// The widget's elements, and how text gets into them.

const SIDES = ["without batch norm", "with batch norm"];

/** The list with `current` in it, ascending if numeric: what Python sets may lie off the grid. */
export function stops(list, current) {
  const all = list.includes(current) ? list : [...list, current];
  return all.every(Number.isFinite) ? [...all].sort((a, b) => a - b) : all;
}

function fill(select, values, label) {
  const key = values.join();
  if (select.dataset.values === key) return;
  select.dataset.values = key;
  select.replaceChildren(...values.map((value) => element("option", { value }, label(value))));
}

/** Every control, and the two lines they stand in. */
function buildControls() {
  const parts = {
    network: element("select"),
    activation: element("select"),
    rate: element("input", { type: "range", min: 0, step: 1 }),
    rateText: element("span", { class: "bn-shift-value", "aria-hidden": "true" }),
    batch: element("select"),
    place: element("select"),
    reset: element("button", { type: "button" }, "Reset"),
    play: element("button", { type: "button", class: "bn-play" }, "Play"),
    time: element("input", { type: "range", min: 0, step: 1 }),
    timeText: element("span", { class: "bn-shift-value", "aria-hidden": "true" }),
  };
  fill(parts.place, Object.keys(PLACES), (place) => PLACES[place]);
  parts.networks = field("network", parts.network);
  parts.top = element("div", { class: "bn-controls" }, parts.networks,
    field("activation", parts.activation),
    field(element("span", {}, "learning rate ", parts.rateText), parts.rate),
    field("batch size", parts.batch), field("shown", parts.place), parts.reset);
  parts.foot = element("div", { class: "bn-shift-foot" }, parts.play,
    element("label", { class: "bn-shift-time" },
      element("span", { class: "bn-unseen" }, "training step"), parts.time, parts.timeText));
  return parts;
}

function legend() {
  const key = (kind, text) =>
    element("li", {}, element("span", { class: `bn-shift-key ${kind}` }, element("i"), element("i")), text);
  return element("ul", { class: "bn-shift-legend" },
    key("bn-shift-median", "median"), key("bn-shift-percentile", "15th and 85th percentile"),
    key("bn-shift-share", "share of the values"), key("bn-shift-edge", "at an edge: values off the axis"));
}

function buildCell(side, attributes = {}) {
  const cell = {
    side,
    ticks: element("div", { class: "bn-shift-ticks" }),
    strip: element("canvas"),
    histogram: element("canvas"),
    beside: element("div", { class: "bn-shift-beside" }),
    label: element("span", { class: "bn-shift-diverged" }),
    steps: element("div", { class: "bn-shift-steps" }),
  };
  const area = element("div", { class: "bn-shift-strip bn-drag" }, cell.strip, cell.label);
  cell.node = element("div", { class: "bn-shift-cell", "data-side": side, "aria-hidden": "true", ...attributes },
    cell.ticks, area, cell.beside);
  return cell;
}

/** The grid: a row a layer, deepest on top, and the accuracies; each with a cell a side. */
function buildPicture(layers) {
  const heads = SIDES.map((name, side) => element("div", { class: "bn-shift-cell bn-shift-head" },
    element("span", { class: side ? "bn-norm" : "bn-plain" }, name), element("span", { class: "bn-shift-scale" })));
  const corner = element("span", { class: "bn-shift-word" }, "layer");
  const grid = element("div", { class: "bn-shift-grid" }, corner, ...heads);
  const rows = Array.from({ length: layers }, (_, layer) => {
    const cells = [0, 1].map((side) => buildCell(side, { "data-layer": layer }));
    for (const cell of cells) cell.beside.append(cell.histogram);
    const name = layer + 1;
    const attributes = { type: "button", "data-layer": layer, "aria-label": `layer ${name}` };
    return { button: element("button", attributes, name), cells };
  });
  for (const { button, cells } of [...rows].reverse()) grid.append(button, ...cells.map(({ node }) => node));
  const scores = [0, 1].map((side) => buildCell(side, { "data-scores": true }));
  for (const cell of scores) cell.node.append(cell.steps);
  grid.append(element("span", { class: "bn-shift-word bn-shift-scores" }, "test accuracy"),
    ...scores.map(({ node }) => node));
  return { grid, heads, rows, scores };
}

/** Axis labels are HTML: readable, and the same for every row. */
function labelAxes({ heads, rows, scores }, shown) {
  const at = (edge, share, text) => element("span", { style: `${edge}: ${100 * share}%` }, text);
  const values = () => marks(shown.axis).map((value) => at("top", depth(value, shown.axis), tickText(value)));
  for (const { cells } of rows) {
    for (const cell of cells) cell.ticks.replaceChildren(...values());
  }
  for (const head of heads) head.lastChild.textContent = `0–${percent(fullWidth(shown), 0)}`;
  const [first, last] = [shown.steps[0], shown.steps.at(-1)];
  for (const cell of scores) {
    cell.ticks.replaceChildren(at("top", 0, "100 %"), at("top", 1, "0"));
    cell.steps.replaceChildren(...ticks(first, last).map((step, i) =>
      at("left", (step - first) / (last - first), i ? step : `step ${step}`)));
  }
}

/** An axis value in two digits: "−9.2", "0", "1,000". */
export function tickText(value) {
  return Number(value.toPrecision(2)).toLocaleString("en").replace("-", "−");
}

function measure(node) {
  return { width: node.clientWidth, height: node.clientHeight };
}

function fillNumbers(list, rows) {
  const entry = (text, side) =>
    element("dd", { "data-side": side }, element("span", { class: "bn-unseen" }, `${SIDES[side]}: `), text);
  list.replaceChildren(...rows.map(([name, ...texts]) =>
    element("div", {}, element("dt", {}, name), ...texts.map(entry))));
}
