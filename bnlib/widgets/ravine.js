// Contours of a loss over two weights, and the path that gradient descent takes in them.

const RATES = { low: -7.5, high: 0.5 }; // powers of ten on the slider
const CORRELATIONS = [0, 0.3, 0.5, 0.7, 0.8, 0.9, 0.95, 0.99];
const STOPS = 1000; // positions of the step slider
const BOUNCES = 200; // steps shown of what never ends
const PLAYING = { pause: 60, parts: 100 };
const CALM = { pause: 700, parts: 8 };
const TRAITS = ["scale_ratio", "correlation", "learning_rate", "normalize"];

const twoDigits = (position) => Number((10 ** position).toPrecision(2));

/** The controls; `set` receives what a reader chose, `propose` a rate made from the current problem. */
function buildControls(set, propose) {
  const preset = (text, rate) => element("button", { type: "button", onclick: () => propose(rate) }, text);
  const tick = element("input", { type: "checkbox", onchange: () => set({ normalize: tick.checked }) });
  const parts = {
    ratio: slider("scale ratio", { min: 0, max: 3, step: 0.05 }, (at) => set({ scale_ratio: twoDigits(at) })),
    correlation: slider("correlation", { min: 0, max: CORRELATIONS.length - 1, step: 1 }, (i) => set({ correlation: CORRELATIONS[i] })),
    rate: slider("learning rate", { min: RATES.low, max: RATES.high, step: 0.05 }, (at) => set({ learning_rate: twoDigits(at) })),
    tick,
    reset: element("button", { type: "button" }, "Reset"),
  };
  parts.node = element("div", {},
    element("div", { class: "bnr-controls" }, parts.ratio.node, parts.correlation.node, parts.rate.node,
      element("label", { class: "bnr-tick-box" }, tick, element("span", {}, "normalize the inputs"))),
    element("div", { class: "bnr-presets" },
      preset("Best rate", ({ best }) => best),
      preset("Just below the limit", ({ limit }) => 0.97 * limit),
      preset("Just above: it diverges", ({ limit }) => 1.03 * limit),
      parts.reset));
  return parts;
}

function render({ model, el }) {
  const now = { problem: null, rate: 0, end: null, stops: [0, 1], at: null, timer: null, from: 0, shown: "" };
  const controls = buildControls(apply, (rate) => apply({ learning_rate: rate(now.problem) }));
  const surface = buildSurface();
  const curve = buildCurve();
  const play = element("button", { type: "button", class: "bn-play", onclick: toggle }, "Play");
  const time = element("input", { type: "range", min: 0, step: 1, oninput: () => { const to = Number(time.value); stop(); go(to); } });
  const timeText = element("span", { "aria-hidden": "true" });
  const output = element("output", { class: "bn-readout", "aria-live": "polite" });
  const root = element("div", { class: "bn-widget", "data-widget": "ravine", role: "group", "aria-label": "Gradient descent in a ravine" },
    controls.node, surface.node, curve.node,
    element("div", { class: "bnr-foot" }, play, element("label", { class: "bn-field" },
      element("span", { class: "bn-slider-name" }, element("span", {}, "step"), timeText), time)), output);

  function apply(wanted) {
    stop();
    setTraits(model, wanted);
  }

  const last = () => now.stops.length - 1;

  /** Everything: a new problem or rate. The cursor goes to the path's end. */
  function draw() {
    const [ratio, correlation, rate, normalize] = TRAITS.map((name) => model.get(name));
    Object.assign(now, { problem: quadratic(ratio, correlation, normalize), rate });
    now.end = outcome(now.problem, rate);
    const steps = now.end.step ?? BOUNCES;
    now.end.step = steps;
    now.stops = stopsTo(steps, STOPS);
    controls.ratio.show(Math.log10(ratio), `1 : ${digits(ratio)}`);
    controls.correlation.show(CORRELATIONS.findLastIndex((choice) => choice <= correlation), digits(correlation));
    controls.rate.show(Math.log10(rate), digits(rate));
    controls.tick.checked = normalize;
    root.dataset.inputs = normalize ? "normalized" : "raw";
    root.dataset.end = now.end.kind;
    surface.draw(now.problem, rate, now.end);
    curve.draw(now.problem, rate, steps);
    go(last());
    root.dataset.ready = "true";
  }

  function go(index) {
    now.at = Math.max(0, Math.min(last(), index));
    const step = now.stops[now.at];
    time.max = last();
    time.value = now.at;
    timeText.textContent = `${rounded(step)} of ${rounded(now.stops.at(-1))}`;
    time.setAttribute("aria-valuetext", timeText.textContent);
    surface.move(now.problem, now.rate, step);
    curve.move(step);
    say();
  }

  function say() {
    const sentences = now.timer
      ? [`Playing from step ${rounded(now.from)} to ${rounded(now.stops.at(-1))}.`]
      : describe(now.problem, now.rate, now.stops[now.at]);
    fillReadout(output, sentences.map((sentence) => [null, `${sentence} `]));
  }

  function stop() {
    clearInterval(now.timer);
    now.timer = null;
    play.textContent = "Play";
  }

  function toggle() {
    if (now.timer) { stop(); return say(); }
    const { pause, parts } = matchMedia("(prefers-reduced-motion: reduce)").matches ? CALM : PLAYING;
    const stride = Math.max(1, Math.ceil(last() / parts));
    if (now.at === last()) go(0);
    now.from = now.stops[now.at];
    now.timer = setInterval(() => {
      if (now.at + stride >= last()) stop();
      go(now.timer ? now.at + stride : last());
    }, pause);
    play.textContent = "Pause";
    return say();
  }

  controls.reset.addEventListener("click", () => {
    apply(model.get("start"));
    go(last());
  });
  followPointer(curve.area, (share) => {
    stop();
    go(Math.round(share * last()));
  });
  const unlisten = onTraits(model, TRAITS, soon(draw));
  el.append(root);
  draw();
  greet(model);
  return () => {
    stop();
    unlisten();
  };
}

export default { render };
