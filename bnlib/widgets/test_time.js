// TestTime: a moving average of batch statistics beside the truth, and the errors of the network that uses it.

const TRAITS = ["batch_size", "decay", "variant", "step", "recorded"];
const PRESETS = {
  "Last batch alone": { decay: 0, variant: "corrected" },
  "Batches of 2": { batch_size: 2, decay: 0.99, variant: "corrected", step: 400 },
  "Still moving": { batch_size: 128, decay: 0.999, variant: "corrected", step: 30 },
};

function render({ model, el }) {
  const record = readRecording(model.get("recorded"));
  const option = ([name, text]) => element("option", { value: name }, text);
  const last = (list) => ({ min: 0, max: list.length - 1, step: 1 });
  const controls = {
    size: slider("training batch m", last(record.sizes), (i) => set({ batch_size: record.sizes[i] })),
    decay: slider("decay", last(record.decays), (i) => set({ decay: record.decays[i] })),
    variant: element("select", { onchange: () => set({ variant: controls.variant.value }) },
      ...Object.entries(record.variants).map(option)),
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

  let due = false; // several traits often change at once: one drawing for all of them
  function later() {
    if (due) return;
    due = true;
    queueMicrotask(() => { due = false; if (root.isConnected) draw(); });
  }

  function set(values) {
    for (const [name, value] of Object.entries(values)) model.set(name, value);
    model.save_changes();
    later();
  }

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
    output.replaceChildren(...sentences(record, drawn, now).map((text) => element("span", {}, `${text} `)));
    root.dataset.ready = "true";
  }

  function listen(area) {
    let held = false;
    const drag = ({ clientX }) => {
      const { left, width } = area.getBoundingClientRect();
      set({ step: stepAt((clientX - left) / width, record.steps) });
    };
    area.addEventListener("pointerdown", (event) => {
      if (event.button !== 0) return;
      held = true;
      area.setPointerCapture(event.pointerId);
      drag(event);
    });
    area.addEventListener("pointermove", (event) => { if (held) drag(event); });
    for (const end of ["pointerup", "pointercancel"]) area.addEventListener(end, () => { held = false; });
  }

  picture.areas.forEach(listen);
  for (const name of TRAITS) model.on(`change:${name}`, later);
  draw();
  greet(model);
  return () => {
    for (const name of TRAITS) model.off(`change:${name}`, later);
    root.remove();
  };
}

export default { render };
