// The picture: contours and path in one drawing, the loss against the step in another.

const VIEW = { width: 620, height: 300, left: -0.7, right: 4.3 };
const UNIT = VIEW.width / (VIEW.right - VIEW.left); // px of w1 = 1
const FLATTEST = 0.25; // a ravine narrower than 1 : 4 would hide the path in it
const CONTOURS = [0.15, 0.3, 0.45, 0.6, 0.8, 1, 1.25, 1.5, 1.8]; // of the start's distance, as the loss measures it
const EVERY_STEP = 1000; // of a path up to this length; then pairs of steps, so that it still zigzags
const MOST_DOTS = 200; // of the steps; later ones lie on the line
const FAR = 5000; // px: where a point that flies off is drawn
const DECADES = { high: 3, low: -4 }; // of the loss, against the first
const CURVE = { width: 620, height: 96, points: 300 };

/** By how much w2 is drawn larger than w1. */
export function stretch({ std }) {
  return Math.max(1, FLATTEST * std);
}

/** Where the weights stand in the drawing, in px. */
export function toPicture(problem, [w1, w2]) {
  const held = (px) => Math.max(-FAR, Math.min(FAR, px));
  const up = (w2 - problem.optimum[1]) * stretch(problem) * UNIT;
  return [held((w1 - VIEW.left) * UNIT), held(VIEW.height / 2 - up)];
}

const isOut = ([x, y]) => x < 0 || x > VIEW.width || y < 0 || y > VIEW.height;

/** One line of equal loss, `share` of the start's distance from the minimum. */
function contour(problem, share) {
  const { correlation, std, optimum } = problem;
  const distance = Math.sqrt(OPTIMUM[0] ** 2 + OPTIMUM[1] ** 2 + 2 * correlation * OPTIMUM[0] * OPTIMUM[1]);
  const long = (share * distance) / Math.sqrt(2 * (1 - correlation));
  const short = (share * distance) / Math.sqrt(2 * (1 + correlation));
  const points = Array.from({ length: 120 }, (_, i) => {
    const [x, y] = [long * Math.cos((i * Math.PI) / 60), short * Math.sin((i * Math.PI) / 60)];
    return toPicture(problem, [optimum[0] + x + y, optimum[1] + (y - x) / std]);
  });
  return `M${joined(points)}Z`;
}

const joined = (points) => points.map(([x, y]) => `${x.toFixed(1)},${y.toFixed(1)}`).join("L");

/** The steps that a path to `last` is drawn through. */
export function trail(last) {
  if (last <= EVERY_STEP) return stopsTo(last, EVERY_STEP);
  const later = stopsTo(last - EVERY_STEP, 200).slice(1).map((t) => EVERY_STEP + t);
  const steps = [...stopsTo(EVERY_STEP, EVERY_STEP), ...later.flatMap((t) => [t - 1, t])];
  return steps.filter((t, i) => i === 0 || t > steps[i - 1]);
}

/** A point as a line of length 0: its size does not depend on the drawing's. */
const dot = (name) => element("path", { class: name });

function setDot(node, [x, y]) {
  node.setAttribute("d", `M${x.toFixed(1)},${y.toFixed(1)}h0.01`);
}

/** The surface from above. `draw` for a new problem or rate, `move` for a new step. */
export function buildSurface() {
  const contours = CONTOURS.map(() => element("path", { class: "bnr-contour" }));
  const whole = element("path", { class: "bnr-whole" });
  const walked = element("path", { class: "bnr-walked" });
  const [steps, minimum, cursor] = [dot("bnr-steps"), dot("bnr-minimum"), dot("bnr-cursor")];
  const svg = element("svg", { viewBox: `0 0 ${VIEW.width} ${VIEW.height}`, "aria-hidden": "true" },
    ...[...contours].reverse(), whole, walked, steps, minimum, cursor);
  const labels = ["start", "low", "x", "y", "out"].map((name) => element("span", { class: `bnr-label bnr-${name}` }));
  const [start, low, x, y, out] = labels;
  const node = element("div", { class: "bnr-surface" }, svg, ...labels);
  let [drawn, gone] = [[], -1];
  const at = (label, [left, top]) => { label.style.cssText = `left:${(100 * left) / VIEW.width}%; top:${(100 * top) / VIEW.height}%`; };
  function draw(problem, rate, { kind, step }) {
    drawn = trail(step).map((t) => ({ t, point: toPicture(problem, weightsAt(problem, rate, t)) }));
    // What flies off to both sides would fill the picture: it ends where two steps in a row are out.
    gone = kind === "diverges" ? drawn.findIndex(({ point }, i) => i > 0 && isOut(point) && isOut(drawn[i - 1].point)) : -1;
    if (gone >= 0) drawn = drawn.slice(0, gone + 1);
    contours.forEach((each, i) => each.setAttribute("d", contour(problem, CONTOURS[i])));
    whole.setAttribute("d", `M${joined(drawn.map(({ point }) => point))}`);
    setDot(minimum, toPicture(problem, problem.optimum));
    start.textContent = "start: 0, 0";
    low.textContent = `minimum: ${problem.optimum.map(digits).join(", ")}`;
    const from = toPicture(problem, [0, 0]);
    at(start, from);
    start.toggleAttribute("data-above", from[1] > 0.8 * VIEW.height); // below it, there is no room
    at(low, toPicture(problem, problem.optimum));
    const larger = stretch(problem);
    x.textContent = "w₁ →";
    y.textContent = `w₂ ↑${larger > 1 ? ` drawn ${digits(larger)} times larger` : " same scale as w₁"}`;
  }
  function move(problem, rate, t) {
    const here = toPicture(problem, weightsAt(problem, rate, t));
    const past = drawn.filter((each) => each.t < t).map(({ point }) => point);
    const lost = gone >= 0 && t > drawn.at(-1).t;
    const path = lost ? past : [...past, here];
    walked.setAttribute("d", `M${joined(path)}`);
    steps.setAttribute("d", path.slice(0, MOST_DOTS).map(([px, py]) => `M${px.toFixed(1)},${py.toFixed(1)}h0.01`).join(""));
    setDot(cursor, here);
    if (lost) out.textContent = `diverges, out of sight from step ${rounded(drawn[gone - 1].t)}`;
    else out.textContent = isOut(here) ? `step ${rounded(t)} is outside the picture` : "";
  }
  return { node, draw, move };
}

/** The loss against the step, on a logarithmic axis; it is dragged to choose a step. */
export function buildCurve() {
  const line = element("path", { class: "bnr-walked" });
  const cursor = element("line", { class: "bnr-now", y1: 0, y2: CURVE.height });
  const height = (decades) => (CURVE.height * (DECADES.high - decades)) / (DECADES.high - DECADES.low);
  const marks = [0, DECADES.low].map((decades) => element("line", { class: "bnr-mark", x1: 0, x2: CURVE.width, y1: height(decades), y2: height(decades) }));
  const svg = element("svg", { viewBox: `0 0 ${CURVE.width} ${CURVE.height}`, preserveAspectRatio: "none", "aria-hidden": "true" }, ...marks, line, cursor);
  const area = element("div", { class: "bnr-curve bn-drag" }, svg);
  const ticks = [["× 1,000", DECADES.high], ["first loss", 0], ["0.01 %", DECADES.low]].map(([text, decades]) =>
    element("span", { class: "bnr-tick", style: `top:${(100 * height(decades)) / CURVE.height}%` }, text));
  const node = element("div", { class: "bnr-loss", "aria-hidden": "true" }, element("div", { class: "bnr-ticks" }, ...ticks), area);
  let end = 1;
  function draw(problem, rate, last) {
    end = last;
    const first = lossAt(problem, rate, 0);
    const points = stopsTo(last, CURVE.points).map((t) => {
      const decades = Math.log10(lossAt(problem, rate, t) / first);
      return [(CURVE.width * t) / last, height(Math.max(DECADES.low - 1, Math.min(DECADES.high + 1, decades)))];
    });
    line.setAttribute("d", `M${joined(points)}`);
  }
  function move(t) {
    for (const name of ["x1", "x2"]) cursor.setAttribute(name, (CURVE.width * t) / end);
  }
  return { node, area, draw, move };
}
