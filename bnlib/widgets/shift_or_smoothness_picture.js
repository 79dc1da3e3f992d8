// Two panels: a measure over training, and the loss along the step. HTML and SVG, coloured by the style sheet.

const HEIGHT = 100; // units of a panel's viewBox

/** The "d" of the line through the medians and of the band between the outer quantiles; gaps where NaN. */
export function paths(axis, xs, values) {
  const known = xs.map((x, i) => [x, ...values[i]]).filter((row) => !Number.isNaN(row[2]));
  const high = (row, q) => share(axis, Number.isNaN(row[q]) ? Infinity : row[q]);
  const point = (q) => (row) => `${row[0]} ${(HEIGHT * (1 - high(row, q))).toFixed(2)}`;
  const path = (some, q) => some.map(point(q)).join("L");
  if (!known.length) return { line: "", band: "" };
  return { line: `M${path(known, 2)}`, band: `M${path(known, 1)}L${path([...known].reverse(), 3)}Z` };
}

function buildPanel(name, width, ticks) {
  const path = (kind, role) => element("path", { class: `bns-${kind}`, "data-role": role });
  const grid = element("g");
  const bands = [0, 1, 2].map((role) => path("band", role));
  const lines = [0, 1, 2].map((role) => path("line", role));
  const cursor = element("line", { class: "bns-cursor", y1: 0, y2: HEIGHT });
  const svg = element("svg", { viewBox: `0 0 ${width} ${HEIGHT}`, preserveAspectRatio: "none" }, grid, ...bands, cursor, ...lines);
  const title = element("div", { class: "bns-title" });
  const levels = element("div", { class: "bns-levels" });
  const foot = ticks.map(([x, text]) => element("span", { style: `left:${(100 * x) / width}%` }, text));
  const area = element("div", { class: "bns-curves" }, svg);
  const node = element("div", { class: "bns-panel", "aria-hidden": "true" }, title, levels, area,
    element("div", { class: "bns-foot" }, ...foot), element("div", { class: "bns-below" }, name));
  return { node, area, title, levels, grid, bands, lines, cursor, width };
}

function drawAxis(panel, axis) {
  const up = (value) => HEIGHT * (1 - share(axis, value));
  const ticks = AXES[axis][2];
  const text = (value) => (axis === "accuracy" ? `${100 * value}${value === 1 ? "\u00a0%" : ""}` : String(value));
  panel.levels.replaceChildren(...ticks.map((value) => element("span", { style: `top:${up(value)}%` }, text(value))));
  panel.grid.replaceChildren(...ticks.map((value) => element("line", { x1: 0, x2: panel.width, y1: up(value), y2: up(value) })));
}

function drawPanel(panel, axis, title, xs, curves) {
  panel.title.textContent = title;
  drawAxis(panel, axis);
  curves.forEach((values, role) => {
    const { line, band } = paths(axis, xs, values);
    panel.lines[role].setAttribute("d", line);
    panel.bands[role].setAttribute("d", band);
  });
}
