// Two panels over the same logarithmic axis of steps: a variance and its average, and test errors.

const SIZE = { width: 400, height: 200 }; // units of a panel's viewBox
const STEP_TICKS = [1, 3, 10, 30, 100, 400];
const ERROR_TICKS = [1, 0.3, 0.1, 0.03];
const ERRORS = { low: 0.018, high: 1 }; // of the logarithmic axis
const LOWEST_TOP = 2; // of the axis of variances

/** How far right a step stands, 0 to 1, and which step stands there. */
export const across = (step, steps) => Math.log(step) / Math.log(steps);
export const stepAt = (share, steps) => Math.round(steps ** Math.min(1, Math.max(0, share)));

/** How high an error stands, 0 to 1, on its logarithmic axis. */
export function errorHeight(error) {
  const clamped = Math.min(ERRORS.high, Math.max(ERRORS.low, error));
  return Math.log(clamped / ERRORS.low) / Math.log(ERRORS.high / ERRORS.low);
}

/** The top of the axis of variances: the truth and nearly all that batches measure fit below it. */
export function topOf({ measured, truth }) {
  const sorted = [...measured].sort((a, b) => a - b);
  const most = Math.max(sorted[Math.floor(0.97 * (sorted.length - 1))], ...truth.map((each) => 1.15 * each));
  return Math.max(LOWEST_TOP, Math.ceil(most));
}

function joined(points) {
  return `M${points.map(([x, y]) => `${(SIZE.width * x).toFixed(1)} ${(SIZE.height * (1 - y)).toFixed(1)}`).join("L")}`;
}

function buildPanel(title, names, steps) {
  const lines = Object.fromEntries(names.map((name) => [name, element("path", { class: `bnt-line bnt-${name}` })]));
  const cursor = element("line", { class: "bnt-now", y1: 0, y2: SIZE.height });
  const grid = element("g", { class: "bnt-grid" });
  const svg = element("svg", { viewBox: `0 0 ${SIZE.width} ${SIZE.height}`, preserveAspectRatio: "none" },
    grid, ...Object.values(lines), cursor);
  const area = element("div", { class: "bnt-area bn-drag" }, svg);
  const levels = element("div", { class: "bnt-levels" });
  const ticks = STEP_TICKS.map((step) => element("span", { style: `left:${100 * across(step, steps)}%` }, step === 1 ? "step 1" : step));
  const node = element("div", { class: "bnt-panel" }, element("div", { class: "bnt-title" }, title), levels, area,
    element("div", { class: "bnt-steps" }, ...ticks));
  function level(values) { // [height 0 to 1, text]
    levels.replaceChildren(...values.map(([y, text]) => element("span", { style: `top:${100 * (1 - y)}%` }, text)));
    grid.replaceChildren(...values.map(([y]) => {
      const height = SIZE.height * (1 - y);
      return element("line", { x1: 0, x2: SIZE.width, y1: height, y2: height });
    }));
  }
  return { node, lines, cursor, level };
}

/** The legend's entries: class of the line, words. */
const LEGEND = [
  ["average", "the moving average"],
  ["population", "all training images: the truth"],
  ["batch", "the batch's own"],
];

export function buildPicture({ steps, looks, seeds }) {
  const names = ["batch", "population", "average"];
  const variance = buildPanel("variance of one unit (one run, seed 0)", names, steps);
  const error = buildPanel(`test error (mean of ${seeds} seeds)`, names, steps);
  error.level(ERROR_TICKS.map((value) => [errorHeight(value), `${100 * value} %`]));
  const key = ([name, text]) => element("li", {}, element("i", { class: `bnt-key bnt-${name}` }), element("span", {}, text));
  const node = element("div", {},
    element("ul", { class: "bnt-legend" }, ...LEGEND.map(key)),
    element("div", { class: "bnt-panels", "aria-hidden": "true" }, variance.node, error.node));

  function draw(drawn) {
    const top = topOf(drawn);
    const path = (values) => joined(values.map((value, t) => [across(t + 1, steps), Math.min(1.02, value / top)]));
    const dots = drawn.measured.map((value, t) => [across(t + 1, steps), value / top]).filter(([, y]) => y <= 1.02);
    variance.level([0, 0.5, 1].map((share) => [share, number(share * top, top % 2 ? 1 : 0)]));
    variance.lines.batch.setAttribute("d", dots.map((point) => `${joined([point])}h0.01`).join(""));
    variance.lines.population.setAttribute("d", path(drawn.truth));
    variance.lines.average.setAttribute("d", path(drawn.average));
    for (const [name, values] of Object.entries(drawn.errors)) {
      error.lines[name].setAttribute("d", joined(values.map((value, f) => [across(looks[f], steps), errorHeight(value)])));
    }
  }

  function move(step) {
    for (const { cursor } of [variance, error]) {
      for (const end of ["x1", "x2"]) cursor.setAttribute(end, SIZE.width * across(step, steps));
    }
  }
  variance.lines.batch.classList.add("bnt-dots");
  return { node, draw, move };
}
