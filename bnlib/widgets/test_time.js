// TestTime: a moving average of batch statistics beside the truth, and the errors of the network that uses it.

const TRAITS = ["batch_size", "decay", "variant", "step", "recorded"];
const PRESETS = {
  "Last batch alone": { decay: 0, variant: "corrected" },
  "Batches of 2": { batch_size: 2, decay: 0.99, variant: "corrected", step: 400 },
  "Still moving": { batch_size: 128, decay: 0.999, variant: "corrected", step: 30 },
};

function render({ model, el }) {
  const record = readRecording(model.get("recorded"));
  const set = (values) => setTraits(model, values);
  const last = (list) => ({ min: 0, max: list.length - 1, step: 1 });
  const controls = {
    size: slider("training batch m", last(record.sizes), (i) => set({ batch_size: record.sizes[i] })),
    decay: slider("decay", last(record.decays), (i) => set({ decay: record.decays[i] })),
    variant: select(Object.entries(record.variants), (variant) => set({ variant })),
    step: slider("training step", { min: 1, max: record.steps, step: 1 }, (step) => set({ step })),
  };
  const preset = ([text, values]) => element("button", { type: "button", onclick: () => set(values) }, text);
  const reset = element("button", { type: "button", onclick: () => set(model.get("start")) }, "Reset");
  const picture = buildPicture(record);
  const output = element("output", { class: "bn-readout", "aria-live": "polite" });
  const root = element("div", {
    class: "bn-widget", "data-widget": "test-time", role: "group",
    "aria-label": "Statistics for test time: the moving average, the truth, and the test error",
  },
  element("div", { class: "bnt-controls" }, controls.size.node, controls.decay.node, field("the average", controls.variant)),
  element("div", { class: "bnt-presets" }, ...Object.entries(PRESETS).map(preset), reset),
  picture.node, element("div", { class: "bnt-foot" }, controls.step.node), output);
  el.append(root);

  function draw() {
    const now = {
      m: record.sizes.indexOf(model.get("batch_size")),
      d: record.decays.indexOf(model.get("decay")),
      v: record.names.indexOf(model.get("variant")),
      step: model.get("step"),
    };
    const drawn = series(readRecording(model.get("recorded")), now.m, now.d, now.v);
    controls.size.show(now.m, String(record.sizes[now.m]));
    controls.decay.show(now.d, String(record.decays[now.d]));
    controls.variant.value = record.names[now.v];
    controls.step.show(now.step, `${now.step} of ${record.steps}`);
    picture.draw(drawn);
    picture.move(now.step);
    fillReadout(output, sentences(record, drawn, now).map((text) => [null, `${text} `]));
    root.dataset.ready = "true";
  }

  followPointer(picture.node, (share) => set({ step: stepAt(share, record.steps) }));
  const unlisten = onTraits(model, TRAITS, soon(draw));
  draw();
  greet(model);
  return () => {
    unlisten();
    root.remove();
  };
}

export default { render };
