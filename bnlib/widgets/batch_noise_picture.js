// The two panels: SVG for dots, lines and bands, HTML for every word.

const WIDTH = 300; // units of a panel's viewBox
const HEIGHT = 200;
const REACH = 3; // x_hat shown: -3 to 3
const TOP = 50; // percent

/** Where an x_hat stands across the cloud, in units. */
export function across(x_hat) {
  return (WIDTH * (Math.min(REACH, Math.max(-REACH, x_hat)) + REACH)) / (2 * REACH);
}

/** Where a group stands across the errors, in units; its neighbours are equally far. */
export function column(sizes, group) {
  return (WIDTH * (sizes.indexOf(group) + 0.5)) / sizes.length;
}

/** How far from the top an error in percent stands, in units. */
export function height(percent) {
  return HEIGHT * (1 - Math.min(1, percent / TOP));
}

/** The "d" of the line through the means and of the band of the intervals. */
export function curve(sizes, rows) {
  const point = (row, value) => `${column(sizes, row.group).toFixed(1)} ${height(value).toFixed(1)}`;
  const upper = rows.map((row) => point(row, row.mean + row.half));
  const lower = rows.map((row) => point(row, row.mean - row.half)).reverse();
  return { line: `M${rows.map((row) => point(row, row.mean)).join("L")}`, band: `M${[...upper, ...lower].join("L")}Z` };
}

function panel(kind, title, svg, below, ...labels) {
  const frame = element("div", { class: `bnn-frame ${kind === "errors" ? "bn-drag" : ""}` },
    element("svg", { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, preserveAspectRatio: "none" }, ...svg));
  const node = element("div", { class: "bnn-panel", "data-panel": kind },
    element("div", { class: "bnn-title" }, title), element("div", { class: "bnn-levels" }, ...labels), frame,
    element("div", { class: "bnn-axis" }, ...below));
  return { node, frame };
}

const upright = (x, name) => element("line", { class: name, x1: x, x2: x, y1: 0, y2: HEIGHT });
const place = (line, x) => { for (const end of ["x1", "x2"]) line.setAttribute(end, x); };
const mark = (text, left) => element("span", { style: `left:${(100 * left) / WIDTH}%` }, text);
const level = (percent) => element("span", { style: `top:${(100 * height(percent)) / HEIGHT}%` }, `${percent}\u00a0%`);

function buildCloud() {
  const expected = element("rect", { class: "bnn-expected", y: 0, height: HEIGHT });
  const dots = element("path", { class: "bnn-dots" });
  const middle = upright(0, "bnn-population");
  const bounds = [upright(0, "bnn-bound"), upright(0, "bnn-bound")];
  const ticks = [-2, -1, 0, 1, 2].map((x) => mark(number(x, 0), across(x)));
  const lines = [-2, -1, 0, 1, 2].map((x) => upright(across(x), "bnn-grid"));
  const { node } = panel("cloud", "x\u0302 of one image, a dot a group", [expected, ...lines, ...bounds, middle, dots], ticks);
  function draw({ values, population, expected: std, bound }) {
    const points = values.map((x, b) => `M${across(x).toFixed(1)} ${((HEIGHT * (b + 0.5)) / values.length).toFixed(1)}h0`);
    dots.setAttribute("d", points.join(""));
    const [low, high] = [population - std, population + std].map(across);
    expected.setAttribute("x", low);
    expected.setAttribute("width", high - low);
    place(middle, across(population));
    for (const [i, line] of bounds.entries()) {
      place(line, across(i ? bound : -bound));
      line.toggleAttribute("hidden", bound > REACH);
    }
  }
  return { node, draw };
}

function buildErrors(sizes) {
  const band = (side) => element("path", { class: `bnn-band bnn-${side}` });
  const line = (side) => element("path", { class: `bnn-line bnn-${side}` });
  const parts = { norm: [band("norm"), line("norm")], plain: [element("rect", { class: "bnn-band bnn-plain", x: 0, width: WIDTH }), line("plain")] };
  const points = element("path", { class: "bnn-points" });
  const cursor = upright(0, "bnn-cursor");
  const levels = [10, 20, 30, 40];
  const grid = levels.map((percent) => element("line", { class: "bnn-grid", x1: 0, x2: WIDTH, y1: height(percent), y2: height(percent) }));
  const ticks = sizes.map((size) => mark(size, column(sizes, size)));
  const { node, frame } = panel("errors", "test error by images in a group",
    [...grid, parts.plain[0], parts.norm[0], parts.plain[1], parts.norm[1], points, cursor], ticks, ...levels.map(level));
  function draw({ without, groups }, group) {
    const { line: through, band: around } = curve(sizes, groups);
    parts.norm[0].setAttribute("d", around);
    parts.norm[1].setAttribute("d", through);
    points.setAttribute("d", groups.map((row) => `M${column(sizes, row.group)} ${height(row.mean)}h0`).join(""));
    parts.plain[0].setAttribute("y", height(without.mean + without.half));
    parts.plain[0].setAttribute("height", height(without.mean - without.half) - height(without.mean + without.half));
    parts.plain[1].setAttribute("d", `M0 ${height(without.mean)}H${WIDTH}`);
    place(cursor, column(sizes, group));
    for (const [i, tick] of ticks.entries()) tick.toggleAttribute("data-chosen", sizes[i] === group);
  }
  return { node, frame, draw };
}
