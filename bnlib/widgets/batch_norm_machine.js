// A batch of a few numbers on three axes, x -> x_hat -> y: drag one and watch the others.

const STRIP = 44; // height of an axis, a touch target
const TOPS = [46, 158, 270];
const NEXT = [2, 3, 5, 9, 11, 6, 4, 8]; // what joins the batch when it grows
const REACH = 28; // px: how near a pointer must be to take a point
const LIMIT = 1000; // of a typed number, so that it can be printed
const EPS_CHOICES = [0, 1e-5, 1e-4, 1e-3, 1e-2, 0.1, 1, 10];

/** The still parts of one axis: strip, ticks, heading; and the parts that `drawAxis` moves. */
function buildAxis(stage, top, axis, symbol, formula) {
  const strip = element("div", { class: "bnm-strip", style: `top:${top}px` });
  const band = element("div", { class: "bnm-band" });
  const mean = element("div", { class: "bnm-mean" });
  for (const tick of axis.ticks) {
    const left = `left:${place(axis, tick).percent}%`;
    strip.append(element("i", { style: left }), element("span", { class: "bnm-tick", style: left }, number(tick, 0)));
  }
  strip.append(band, mean);
  const moments = element("span", { class: "bnm-moments" });
  const heading = element("div", { class: "bnm-heading", style: `--top:${top}px` },
    element("b", {}, symbol), element("span", {}, formula), moments);
  const label = element("span", { class: "bnm-label", style: `top:${top - 21}px` });
  const off = [-1, 1].map((side) => element("span", { class: `bnm-off bnm-off-${side < 0 ? "low" : "high"}`, style: `top:${top + 29}px` }));
  stage.append(strip, heading, label, ...off);
  return { axis, band, mean, moments, label, off, middle: top + STRIP / 2 };
}

function drawAxis(part, symbol, values, mean, std, chosen) {
  const left = place(part.axis, mean - std).percent;
  part.band.style.cssText = `left:${left}%; width:${place(part.axis, mean + std).percent - left}%`;
  part.mean.style.left = `${place(part.axis, mean).percent}%`;
  part.band.hidden = values.length === 0;
  part.mean.hidden = values.length === 0 || place(part.axis, mean).beyond !== 0;
  part.moments.textContent = values.length ? `mean ${number(mean)}, std ${number(std)}` : "no answer";
  part.label.hidden = values.length === 0;
  if (values.length) {
    const { percent } = place(part.axis, values[chosen]);
    part.label.textContent = `${symbol}${subscript(chosen)} = ${number(values[chosen])}`;
    part.label.style.left = `${percent}%`;
    part.label.style.transform = `translateX(-${percent}%)`; // never past either end
  }
  part.off.forEach((mark, i) => {
    const side = i === 0 ? -1 : 1;
    const there = values.filter((v) => place(part.axis, v).beyond === side).length;
    mark.hidden = there === 0;
    mark.textContent = `${side < 0 ? "◀" : ""}${there > 1 ? there : ""}${side > 0 ? "▶" : ""}`;
  });
}

function drawPoints(svg, axes, rows, chosen) {
  const marks = [];
  const at = (a, i) => `${place(axes[a].axis, rows[a][i]).percent}%`;
  rows[0].forEach((_, i) => {
    const kind = i === chosen ? " bnm-chosen" : "";
    for (const a of rows[1].length ? [0, 1] : []) {
      marks.push(element("line", { class: `bnm-link${kind}`, x1: at(a, i), y1: axes[a].middle, x2: at(a + 1, i), y2: axes[a + 1].middle }));
    }
  });
  const order = rows[0].map((_, i) => i).sort((i, j) => (i === chosen) - (j === chosen));
  axes.forEach((part, a) => order.filter((i) => i < rows[a].length).forEach((i) => {
    const names = `${a === 0 ? "bn-drag bnm-in" : "bnm-out"}${i === chosen ? " bnm-chosen" : ""}`;
    marks.push(element("circle", { class: names, "data-point": i, cx: at(a, i), cy: part.middle, r: a === 0 ? 9 : 6 }));
  }));
  svg.replaceChildren(...marks);
}

/** Number inputs in columns: x to type, x_hat and y to read; `draw` fills them. */
function buildCards(choose, type, redraw) {
  const cards = NEXT.map((_, i) => {
    const input = element("input", {
      type: "number", step: "any", min: -LIMIT, max: LIMIT, onblur: redraw, onfocus: () => choose(i),
      oninput: () => input.value !== "" && type(i, Math.min(LIMIT, Math.max(-LIMIT, input.valueAsNumber))),
    });
    const results = [element("span"), element("span")];
    return { input, results, node: element("div", { class: "bnm-card" }, field(`x${subscript(i)}`, input), ...results) };
  });
  function draw({ values }, result, chosen) {
    cards.forEach(({ node, input, results }, i) => {
      node.hidden = i >= values.length;
      node.classList.toggle("bnm-chosen", i === chosen);
      if (node.hidden) return;
      const typed = input === document.activeElement && input.valueAsNumber === values[i]; // "1." stays
      if (!typed) input.value = Number(values[i].toFixed(4));
      results[0].textContent = `x̂ ${result.error ? "none" : number(result.xHat[i])}`;
      results[1].textContent = `y ${result.error ? "none" : number(result.y[i])}`;
    });
  }
  return { node: element("div", { class: "bnm-cards" }, ...cards.map((card) => card.node)), draw };
}

/** Pointer and touch: take the nearest point of the first axis and carry it along. */
function makeDraggable(svg, values, grab, move) {
  let drag = null;
  const scale = () => svg.getBoundingClientRect().width / (INPUT.high - INPUT.low); // px a unit
  const inside = (v) => Math.min(INPUT.high, Math.max(INPUT.low, v));
  svg.addEventListener("pointerdown", (event) => {
    const box = svg.getBoundingClientRect();
    const at = INPUT.low + (event.clientX - box.left) / scale();
    const offsets = values().map((v) => inside(v) - at);
    const point = offsets.reduce((best, o, i) => (Math.abs(o) < Math.abs(offsets[best]) ? i : best), 0);
    const vertical = Math.abs(event.clientY - box.top - TOPS[0] - STRIP / 2);
    if (vertical > STRIP / 2 || Math.abs(offsets[point]) * scale() > REACH) return;
    drag = { point, from: inside(values()[point]), x: event.clientX };
    svg.setPointerCapture(event.pointerId);
    event.preventDefault(); // no text selection on the way
    grab(point);
  });
  svg.addEventListener("pointermove", (event) => {
    if (drag) move(drag.point, Math.round(10 * inside(drag.from + (event.clientX - drag.x) / scale())) / 10);
  });
  const drop = () => {
    drag = null;
    grab(null);
  };
  for (const end of ["pointerup", "pointercancel"]) svg.addEventListener(end, drop);
}

function render({ model, el }) {
  const traits = ["values", "gamma", "beta", "eps"];
  const state = () => Object.fromEntries(traits.map((name) => [name, model.get(name)]));
  let shown = state();
  let before = shown;
  let chosen = shown.values.length - 1;
  let spare = [...NEXT];
  let held = null; // the state when a drag began: the sentence compares with it
  let applying = false;

  function changed() {
    if (applying) return;
    before = held ?? shown;
    draw();
  }
  function apply(wanted) {
    applying = true; // one drawing for all of them
    setTraits(model, wanted);
    applying = false;
    changed();
  }
  const setValue = (i, value) => apply({ values: model.get("values").map((v, j) => (j === i ? value : v)) });
  function choose(i) {
    chosen = i;
    draw();
  }
  function resize(m) {
    model.get("values").forEach((v, i) => { spare[i] = v; }); // who leaves can come back
    apply({ values: spare.slice(0, m) });
  }
  function undo() {
    const { values, eps: added } = state();
    const { mean, variance } = batchNorm(values, 1, 0, 1);
    apply({ gamma: Math.sqrt(variance + added), beta: mean });
  }
  function reset() {
    const start = model.get("start");
    spare = [...NEXT];
    chosen = start.values.length - 1;
    apply(start);
    before = shown; // a fresh start has no change to tell of
    draw();
  }

  const gamma = slider("γ gamma", { min: -6, max: 6, step: 0.1 }, (value) => apply({ gamma: value }));
  const beta = slider("β beta", { min: -10, max: 10, step: 0.1 }, (value) => apply({ beta: value }));
  const eps = slider("ε eps", { min: 0, max: EPS_CHOICES.length - 1, step: 1 }, (i) => apply({ eps: EPS_CHOICES[i] }));
  const size = slider("m batch size", { min: 1, max: NEXT.length, step: 1 }, resize);
  const svg = element("svg", { class: "bnm-points", "aria-hidden": "true" });
  const stage = element("div", { class: "bnm-stage" });
  const axes = [
    buildAxis(stage, TOPS[0], INPUT, "x", "the batch"),
    buildAxis(stage, TOPS[1], NORMAL, "x̂", "(x − mean) / √(v + ε)"),
    buildAxis(stage, TOPS[2], INPUT, "y", "γ x̂ + β"),
  ];
  stage.append(svg);
  const cards = buildCards(choose, setValue, () => draw());
  const readout = element("output", { class: "bn-readout", "aria-live": "polite" });
  const root = element("div", { class: "bn-widget", "data-widget": "batch-norm-machine", role: "group", "aria-label": "Batch norm of a few numbers" },
    element("div", { class: "bnm-controls" }, gamma.node, beta.node, eps.node, size.node), stage,
    element("div", { class: "bnm-foot" },
      element("p", {}, "Drag a point of the top axis. Upright line: mean. Shaded: one standard deviation (std) to each side."),
      element("button", { type: "button", onclick: undo }, "Undo batch norm"),
      element("button", { type: "button", onclick: reset }, "Reset")),
    cards.node, readout);

  function draw() {
    const now = state();
    const result = outcome(now);
    const std = Math.sqrt(result.variance);
    chosen = Math.min(chosen, now.values.length - 1);
    drawAxis(axes[0], "x", now.values, result.mean, std, chosen);
    drawAxis(axes[1], "x̂", result.xHat, 0, std * result.invStd, chosen);
    drawAxis(axes[2], "y", result.y, now.beta, std * result.invStd * Math.abs(now.gamma), chosen);
    drawPoints(svg, axes, [now.values, result.xHat, result.y], chosen);
    cards.draw(now, result, chosen);
    gamma.show(now.gamma, number(now.gamma));
    beta.show(now.beta, number(now.beta));
    eps.show(EPS_CHOICES.findLastIndex((choice) => choice <= now.eps), epsText(now.eps));
    size.show(now.values.length, String(now.values.length));
    readout.textContent = describe(before, now);
    shown = now;
    root.dataset.ready = "true";
  }

  makeDraggable(svg, () => model.get("values"), (point) => {
    held = point === null ? null : state();
    if (point !== null) choose(point);
  }, setValue);
  const unlisten = onTraits(model, traits, changed);
  el.append(root);
  draw();
  greet(model);
  return unlisten;
}

export default { render };
