// The two panels: a measure through training with a cursor, and the loss along the gradient.

const ROLES = ["plain", "norm", "third"];

function buildPanel(kind, title, width) {
  const path = (part, role) => element("path", { class: `bns-${part}`, "data-role": role });
  const levels = element("g", { class: "bns-grid" });
  const bands = ROLES.map((role) => path("band", role));
  const lines = ROLES.map((role) => path("line", role));
  const svg = element("svg", { viewBox: `0 0 ${width} 100`, preserveAspectRatio: "none" }, levels, ...bands, ...lines);
  const labels = element("div", { class: "bns-levels" });
  const foot = element("div", { class: "bns-foot" });
  const cursor = element("div", { class: "bns-cursor" });
  const area = element("div", { class: `bns-area bns-${kind}` }, svg, cursor);
  const head = element("div", { class: "bns-title" }, title);
  const node = element("div", { class: "bns-panel", "aria-hidden": "true" }, head, labels, area, foot);
  return { node, head, levels, bands, lines, labels, foot, cursor, area, width };
}

/** Both panels for a recording. */
function buildPicture({ steps, every, rates }) {
  const training = buildPanel("training", "", steps.at(-1) + every);
  const line = buildPanel("along", "loss along the gradient, nats", rates.at(-1));
  training.area.classList.add("bn-drag");
  const at = (share, text) => element("span", { style: `left:${100 * share}%` }, text);
  const last = steps.at(-1) + every;
  training.foot.append(...[0, 100, 200, 300].map((step) => at(step / last, step ? step : "step 0")));
  const end = rates.at(-1);
  line.foot.append(...[0, 0.1, 0.2, 0.3, 0.4].map((rate) => at(rate / end, rate ? rate : "rate 0")));
  return { training, line, node: element("div", { class: "bns-panels" }, training.node, line.node) };
}

function drawPanel(panel, { up, ticks }, curves) {
  const { width } = panel;
  const y = (value) => 100 * (1 - up(value));
  panel.levels.replaceChildren(...ticks.map((tick) => element("line", { x1: 0, x2: width, y1: y(tick), y2: y(tick) })));
  panel.labels.replaceChildren(...ticks.map((tick) => element("span", { style: `top:${y(tick)}%` }, String(tick).replace("-", "−"))));
  curves.forEach((rows, i) => {
    const { line, band } = paths(rows, up);
    panel.lines[i].setAttribute("d", line);
    panel.bands[i].setAttribute("d", band);
  });
}

function drawPicture(picture, recorded, { compared, measure, stretch }) {
  const shown = series(recorded, compared);
  const [words, unit] = recorded.measures[measure];
  const steps = places(recorded, measure);
  picture.training.head.textContent = unit ? `${words}, ${unit}` : words;
  drawPanel(picture.training, axis(recorded, measure), shown.map(({ name }) =>
    recorded.curves[name][measure].map((row, i) => [steps[i], ...row])));
  picture.training.cursor.style.left = `${(100 * steps[stretch]) / picture.training.width}%`;
  drawPanel(picture.line, riseAxis(), shown.map(({ name }) =>
    [[0, 0, 0, 0], ...recorded.rises[name][stretch].map((row, i) => [recorded.rates[i], ...row])]));
}
