// ShiftOrSmoothness: the same runs, seen as movement and as smoothness; the reader decides.

const TRAITS = ["compared", "measure", "stretch", "recorded"];

function select(options, onchange) {
  const rows = Object.entries(options).map(([value, text]) => element("option", { value }, text));
  return element("select", { onchange }, ...rows);
}

function render({ model, el }) {
  const recorded = () => model.get("recorded");
  const { steps, every, measures } = recorded();
  const words = Object.fromEntries(Object.entries(measures).map(([name, [text]]) => [name, text]));
  const measure = select(words, () => set({ measure: measure.value }));
  const compared = select(recorded().compared, () => set({ compared: compared.value }));
  const time = slider("stretch of training", { min: 0, max: steps.length - 1, step: 1 }, (stretch) => set({ stretch }));
  const reset = element("button", { type: "button", onclick: () => set(model.get("start")) }, "Reset");
  const output = element("output", { "aria-live": "polite", class: "bn-readout" });
  const legend = element("ul", { class: "bns-legend", "aria-hidden": "true" });
  const picture = buildPicture(recorded());
  const root = element("div", {
    class: "bn-widget", "data-widget": "shift-or-smoothness", role: "group",
    "aria-label": "How far layers move and how smooth the loss is, for three networks, through training",
    "data-lm-suppress-shortcuts": "true", // JupyterLab would take the keys that move a slider
  },
  element("div", { class: "bn-controls" }, field("measure", measure), field("third network", compared), reset),
  legend, picture.node, element("div", { class: "bns-time" }, time.node), output);
  el.append(root);

  let due = false; // several traits often change at once (Reset): one drawing for all of them
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

  function key({ role, words: text }) {
    return element("li", {}, element("i", { class: "bns-key", "data-role": role }), element("span", { class: `bns-${role}` }, text));
  }

  function draw() {
    const now = Object.fromEntries(["compared", "measure", "stretch"].map((name) => [name, model.get(name)]));
    measure.value = now.measure;
    compared.value = now.compared;
    const from = steps[now.stretch];
    time.show(now.stretch, `steps ${from} to ${from + every}`);
    legend.replaceChildren(...series(recorded(), now.compared).map(key),
      element("li", {}, element("i", { class: "bns-key bns-eighty" }), element("span", {}, "middle 80\u00a0% of the seeds")));
    drawPicture(picture, recorded(), now);
    output.replaceChildren(...sentence(recorded(), now).map((part) => (Array.isArray(part)
      ? element("span", { class: `bns-${part[0]}` }, part[1]) : part)));
    root.dataset.ready = "true";
  }

  function listen() {
    const { area, width } = picture.training;
    let held = false;
    const pick = ({ clientX }) => {
      const box = area.getBoundingClientRect();
      const step = ((clientX - box.left) / box.width) * width;
      const stretch = Math.round((step - places(recorded(), model.get("measure"))[0]) / every);
      set({ stretch: Math.min(steps.length - 1, Math.max(0, stretch)) });
    };
    area.addEventListener("pointerdown", (event) => {
      if (event.button !== 0) return;
      held = true;
      area.setPointerCapture(event.pointerId);
      pick(event);
    });
    area.addEventListener("pointermove", (event) => { if (held) pick(event); });
    for (const end of ["pointerup", "pointercancel"]) area.addEventListener(end, () => { held = false; });
  }

  listen();
  const listeners = TRAITS.map((name) => [`change:${name}`, later]);
  for (const [event, listener] of listeners) model.on(event, listener);
  draw();
  greet(model);
  return () => {
    for (const [event, listener] of listeners) model.off(event, listener);
    root.remove();
  };
}

export default { render };
