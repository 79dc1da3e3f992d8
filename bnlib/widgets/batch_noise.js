// BatchNoise: the cloud of one image's x_hat in many groups, and the test error against the group's size.

const UNITS = { "near 0": "near 0", "near 1": "near ±1", "far from 0": "far from 0" };
const CHOICES = {
  labels: { clean: "clean", noisy: "1/5 wrong" },
  settings: { common: "one for all", tuned: "each tuned" },
  unit: UNITS,
};
const NAMES = { labels: "labels", settings: "training setting", unit: "unit with x\u0302" };
const TRAITS = ["group", "unit", "labels", "settings", "recorded"];

function render({ model, el }) {
  const { sizes } = model.get("recorded");
  const set = (values) => setTraits(model, values);
  const selects = Object.fromEntries(Object.entries(CHOICES).map(([name, texts]) =>
    [name, select(Object.entries(texts), (value) => set({ [name]: value }))]));
  const size = slider("images in a group", { min: 0, max: sizes.length - 1, step: 1 }, (i) => set({ group: sizes[i] }));
  const reset = element("button", { type: "button", onclick: () => set(model.get("start")) }, "Reset");
  const dots = buildCloud();
  const errorPanel = buildErrors(sizes);
  const key = (kind, text) => element("li", {}, element("i", { class: `bnn-key ${kind}` }), element("span", {}, text));
  const legend = element("ul", { class: "bnn-legend" },
    key("bnn-key-population", "x\u0302 among all 512 images"), key("bnn-key-expected", "± the formula"), key("bnn-key-bound", "nobody can be farther out"),
    key("bnn-key-norm", "with batch norm, 95\u00a0% interval"), key("bnn-key-plain", "without batch norm"));
  const output = element("output", { "aria-live": "polite", class: "bn-readout" });
  const root = element("div", {
    class: "bn-widget", "data-widget": "batch-noise", role: "group", "aria-label": "The noise of batch statistics, and the test error",
  },
  element("div", { class: "bnn-controls" }, size.node, ...Object.keys(CHOICES).map((name) => field(NAMES[name], selects[name])), reset),
  element("div", { class: "bnn-panels", "aria-hidden": "true" }, dots.node, errorPanel.node), legend, output);

  function draw() {
    const [group, unit, labels, settings, recorded] = TRAITS.map((name) => model.get(name));
    for (const [name, control] of Object.entries(selects)) control.value = model.get(name);
    size.show(sizes.indexOf(group), String(group));
    const now = { group, labels, settings, unit: Object.keys(UNITS).indexOf(unit) };
    dots.draw(cloud(recorded, now.unit, group));
    errorPanel.draw(errors(recorded, labels, settings), group);
    fillReadout(output, sentences(recorded, now).map((text) => [null, `${text} `]));
    root.dataset.ready = "true";
  }

  followPointer(errorPanel.frame, (share) => {
    const at = Math.floor(share * sizes.length);
    set({ group: sizes[Math.min(sizes.length - 1, Math.max(0, at))] });
  });
  const unlisten = onTraits(model, TRAITS, soon(draw));
  el.append(root);
  draw();
  greet(model);
  return () => {
    unlisten();
    root.remove();
  };
}

export default { render };
