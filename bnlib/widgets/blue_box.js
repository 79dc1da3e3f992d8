// BlueBox: what layer 3 receives while layers 1 and 2 learn, or are frozen; without and with batch norm.

const TRAITS = ["frozen_from", "image", "step", "seed", "recorded"];

function select(options, onchange) {
  const rows = options.map(([value, text]) => element("option", { value }, text));
  return element("select", { onchange }, ...rows);
}

function render({ model, el }) {
  const shown = reading(model.get("recorded"));
  const { steps, digits, frozen_from } = shown;
  const box = select(frozen_from.map((from) => [from ?? -1, modeName(from)]), () => set({ frozen_from: Number(box.value) }));
  const image = select(digits.map((digit, i) => [i, `a ${digit}`]), () => set({ image: Number(image.value) }));
  const time = slider("training step", { min: 0, max: steps.length - 1, step: 1 }, goTo);
  const reset = element("button", { type: "button", onclick: () => set(model.get("start")) }, "Reset");
  const output = element("output", { "aria-live": "polite", class: "bn-readout" });
  const picture = buildPicture(shown);
  const root = element("div", {
    class: "bn-widget", "data-widget": "blue-box", role: "group",
    "aria-label": "What layer 3 receives while layers 1 and 2 learn or are frozen",
  },
  element("div", { class: "bn-controls" }, field("layers 1 and 2", box), field("image", image), reset),
  picture.node, element("div", { class: "bnb-foot" }, time.node), output);
  el.append(root);
  let due = false; // several traits often change at once (Reset): one drawing for all of them
  let look = ""; // what is drawn, and how

  function now() {
    const mode = shown.mode(model.get("frozen_from"));
    return { mode, image: model.get("image"), frame: Math.max(0, steps.indexOf(model.get("step"))) };
  }

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

  function goTo(frame) {
    set({ step: steps[Math.max(0, Math.min(steps.length - 1, frame))] });
  }

  function draw() {
    const state = now();
    box.value = model.get("frozen_from");
    image.value = state.image;
    time.show(state.frame, `step ${steps[state.frame]}`);
    if (root.clientWidth > 0) {
      const ink = { text: token(root, "text"), sides: [token(root, "plain"), token(root, "norm")] };
      const wanted = [root.clientWidth, window.devicePixelRatio, ink.text, state.mode, state.image].join();
      if (wanted !== look) drawWhole(picture, shown, state, ink);
      look = wanted;
      drawMoment(picture, shown, state, ink);
    }
    const parts = sentence(shown, state, model.get("seed"));
    const text = parts.map((part) => (Array.isArray(part) ? part[1] : part)).join("");
    if (text !== output.textContent) { // said once is enough
      output.replaceChildren(...parts.map((part) => (Array.isArray(part)
        ? element("span", { class: part[0] ? "bn-norm" : "bn-plain" }, part[1]) : part)));
    }
    root.dataset.ready = "true";
  }

  function listen() {
    let area = null; // being dragged
    let touched = null; // where a touch began that may turn out to scroll the page
    const drag = ({ clientX }) => {
      const { left, width } = area.getBoundingClientRect();
      goTo(Math.round(((clientX - left) / width) * (steps.length - 1)));
    };
    picture.stage.addEventListener("pointerdown", (event) => {
      area = event.button === 0 ? event.target.closest(".bn-drag") : null;
      if (!area) return;
      area.setPointerCapture(event.pointerId);
      touched = event.pointerType === "touch" ? event : null;
      if (!touched) drag(event);
    });
    picture.stage.addEventListener("pointermove", (event) => {
      const sideways = ({ clientX, clientY }) => Math.abs(event.clientX - clientX) > Math.abs(event.clientY - clientY);
      if (!area || (touched && !sideways(touched))) return;
      touched = null;
      drag(event);
    });
    picture.stage.addEventListener("pointerup", (event) => { if (area) drag(event); area = null; });
    picture.stage.addEventListener("pointercancel", () => { area = null; });
  }

  listen();
  const listeners = TRAITS.map((name) => [`change:${name}`, later]);
  for (const [event, listener] of listeners) model.on(event, listener);
  const ignore = onAppearance(root, () => { if (root.isConnected) draw(); });
  draw();
  greet(model);
  return () => {
    ignore();
    for (const [event, listener] of listeners) model.off(event, listener);
    root.remove();
  };
}

export default { render };
