// The two maps and the two panels of curves: all of it HTML and SVG, coloured by the style sheet.

const SIDES = ["without batch norm", "with batch norm"];
const HEIGHT = 100; // units of a panel's viewBox; its width is the number of steps
const PANELS = {
  loss: { title: "training loss", ticks: [10, 1, 0.1, 0.01], label: String, up: (v) => (Math.log10(v) + 2) / 3 },
  accuracy: {
    title: "test accuracy", ticks: [1, 0.9, 0.5, 0], label: (v) => `${100 * v}${v === 1 ? " %" : ""}`, up: (v) => v,
  },
};

/** How high a value stands in a panel, in units from the top, clamped to it. */
export function height(name, value) {
  const share = PANELS[name].up(value);
  return HEIGHT * (1 - Math.min(1, Math.max(0, share)));
}

/** The "d" of a line through the medians, and of the band between the outer quantiles. */
export function paths(name, looks, curve) {
  const known = looks.map((step, i) => [step, ...curve[i]]).filter(([, low]) => !Number.isNaN(low));
  const point = (column) => (row) => `${row[0]} ${height(name, row[column]).toFixed(2)}`;
  const line = (rows, column) => rows.map(point(column)).join("L");
  return {
    line: `M${line(known, 2)}`,
    band: `M${line(known, 1)}L${line([...known].reverse(), 3)}Z`,
  };
}

function buildMap(side, { depths, rates }) {
  const cells = depths.map((_, d) => rates.map((_, r) => element("div", { class: "bnr-cell", "data-d": d, "data-r": r })));
  const rows = depths.map((depth, d) => [element("div", { class: "bnr-depth" }, depth), ...cells[d]]).reverse();
  const foot = rates.map((rate, r) => element("div", { class: "bnr-rate", "data-r": r }, rate));
  const area = element("div", { class: "bnr-cells bn-drag", style: `--columns:${rates.length}` },
    ...rows.flat(), element("div"), ...foot);
  const word = (kind, text) => element("div", { class: `bnr-word ${kind}` }, text);
  const node = element("div", { class: "bnr-map", "data-side": side, "aria-hidden": "true" },
    element("div", { class: `bnr-head ${side ? "bn-norm" : "bn-plain"}` }, SIDES[side]),
    word("bnr-upward", "hidden layers"), area, word("bnr-across", "learning rate"));
  return { node, cells, foot };
}

function buildPanel(name, looks) {
  const { title, ticks, label } = PANELS[name];
  const last = looks.at(-1);
  const path = (kind, side) => element("path", { class: `bnr-${kind}`, "data-side": side });
  const levels = ticks.map((value) => element("line", { x1: 0, x2: last, y1: height(name, value), y2: height(name, value) }));
  const bands = [0, 1].map((side) => path("band", side));
  const lines = [0, 1].map((side) => path("line", side));
  const svg = element("svg", { viewBox: `0 0 ${last} ${HEIGHT}`, preserveAspectRatio: "none" }, ...levels, ...bands, ...lines);
  const at = (edge, share, text) => element("span", { style: `${edge}:${share}%` }, text);
  const steps = [0, 0.25, 0.5, 0.75, 1].map((share) => at("left", 100 * share, share ? share * last : "step 0"));
  const node = element("div", { class: "bnr-panel" },
    element("div", { class: "bnr-title" }, title),
    element("div", { class: "bnr-levels" }, ...ticks.map((value) => at("top", height(name, value), label(value)))),
    element("div", { class: "bnr-curves" }, svg), element("div", { class: "bnr-steps" }, ...steps));
  return { name, node, bands, lines };
}

/** Maps and panels for a recording's axes. */
function buildPicture(map) {
  const maps = [0, 1].map((side) => buildMap(side, map));
  const panels = Object.keys(PANELS).map((name) => buildPanel(name, map.looks));
  return {
    maps, panels,
    stage: element("div", {
      class: "bnr-maps", tabindex: 0, "data-lm-suppress-shortcuts": "true", role: "group", "aria-label": "The two maps: the arrow keys choose a cell",
    }, ...maps.map(({ node }) => node)),
    curves: element("div", { class: "bnr-panels", "aria-hidden": "true" }, ...panels.map(({ node }) => node)),
  };
}

function drawMaps({ maps }, map, { d, r, measure }) {
  maps.forEach(({ cells, foot }, side) => {
    cells.forEach((row, depth) => row.forEach((cell, rate) => {
      const { text, strength, idle } = face(map, side, depth, rate, measure);
      cell.textContent = text;
      cell.style.setProperty("--strength", strength.toFixed(2));
      cell.toggleAttribute("data-idle", idle);
      cell.toggleAttribute("data-chosen", depth === d && rate === r);
    }));
    foot.forEach((label, rate) => label.toggleAttribute("data-chosen", rate === r));
  });
}

function drawCurves({ panels }, map, { d, r }) {
  for (const { name, bands, lines } of panels) {
    for (const side of [0, 1]) {
      const { line, band } = paths(name, map.looks, map.curve(name, side, d, r));
      lines[side].setAttribute("d", line);
      bands[side].setAttribute("d", band);
    }
  }
}
