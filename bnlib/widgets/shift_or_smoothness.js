// ShiftOrSmoothness: one measure over training, and the loss along the gradient step, for three networks at once.

const TRAITS = ["measure", "way", "noise", "step", "recorded"];
const STRENGTHS = { 0.25: "0.25", 0.5: "0.5", 1: "1, which breaks it" };

function render({ model, el }) {
  const { walks, multiples, measures, noises } = model.get("recorded");
  const last = walks.at(-1);
  const set = (values) => setTraits(model, values);
  const measure = select(Object.keys(measures).map((name) => [name, NAMES[name]]), (name) => set({ measure: name }));
  const way = select(Object.entries(WAYS), (name) => set({ way: name }));
  const noise = select(noises.map((name) => [name, STRENGTHS[name] ?? name]), (name) => set({ noise: name }));
  const step = slider("training step", { min: 0, max: walks.length - 1, step: 1 }, (i) => set({ step: walks[i] }));
  const reset = element("button", { type: "button", onclick: () => set(model.get("start")) }, "Reset");
  const output = element("output", { "aria-live": "polite", class: "bn-readout" });
  const key = (role, text) => element("li", {}, element("i", { class: "bns-key", "data-role": role }), element("span", {}, text));
  const names = [key(0, "without batch norm"), key(1, "with batch norm"), key(2, "")];
  const legend = element("ul", { class: "bns-legend" }, ...names,
    element("li", {}, element("span", {}, "lines: the median seed; bands: the middle 80\u00a0%")));
  const over = buildPanel("training step", last, [0, 100, 200, 300, 400].map((x) => [x, x]));
  const along = buildPanel("times the learning rate", multiples.at(-1), [0, 1, 2, 3, 4].map((x) => [x, x]));
  over.area.classList.add("bn-drag");
  const root = element("div", {
    class: "bn-widget", "data-widget": "shift-or-smoothness", role: "group",
    "aria-label": "Shift and smoothness of networks without batch norm, with it, and with noise behind it",
  },
  element("div", { class: "bn-controls" }, field("measure", measure), field("trained", way), field("noise behind batch norm", noise), reset),
  legend, element("div", { class: "bns-panels" }, over.node, along.node),
  element("div", { class: "bn-controls bns-time" }, step.node), output);
  el.append(root);

  function draw() {
    const recording = model.get("recorded");
    const state = Object.fromEntries(["measure", "way", "noise", "step"].map((name) => [name, model.get(name)]));
    const walk = walks.indexOf(state.step);
    const places = shown(recording, state);
    measure.value = state.measure;
    way.value = state.way;
    noise.value = state.noise;
    names[2].querySelector("span").textContent = `with it, and noise ${state.noise}`;
    step.show(walk, String(state.step));
    const { label, steps } = recording.measures[state.measure];
    drawPanel(over, state.measure, label, steps, places.map((v) => curve(recording, state.way, v, state.measure)));
    drawPanel(along, "landscape", `loss along the step, at step ${state.step}`, multiples,
      places.map((v) => landscape(recording, state.way, v, walk)));
    for (const end of ["x1", "x2"]) {
      over.cursor.setAttribute(end, state.step);
      along.cursor.setAttribute(end, 1);
    }
    fillReadout(output, sentence(recording, state), ["bn-plain", "bn-norm", "bns-third"]);
    root.dataset.ready = "true";
  }

  followPointer(over.area, (share) => set({ step: walks[nearest(walks, share * last)] }));
  const unlisten = onTraits(model, TRAITS, soon(draw));
  draw();
  greet(model);
  return () => {
    unlisten();
    root.remove();
  };
}

export default { render };
