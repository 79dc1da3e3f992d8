// BlueBox: what layer 3 receives while layers 1 and 2 learn, or are frozen; without and with batch norm.

const TRAITS = ["frozen_from", "image", "step", "seed", "recorded"];

function render({ model, el }) {
  const shown = reading(model.get("recorded"));
  const { steps, digits, frozen_from } = shown;
  const set = (values) => setTraits(model, values);
  const box = select(frozen_from.map((from) => [from ?? -1, modeName(from)]), (from) => set({ frozen_from: Number(from) }));
  const image = select(digits.map((digit, i) => [i, `a ${digit}`]), (i) => set({ image: Number(i) }));
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
  let look = ""; // what is drawn, and how

  function now() {
    const mode = shown.mode(model.get("frozen_from"));
    return { mode, image: model.get("image"), frame: Math.max(0, steps.indexOf(model.get("step"))) };
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
    fillReadout(output, sentence(shown, state, model.get("seed")));
    root.dataset.ready = "true";
  }

  followPointer(picture.stage, (share) => goTo(Math.round(share * (steps.length - 1))));
  const unlisten = onTraits(model, TRAITS, soon(draw));
  const ignore = onAppearance(root, () => { if (root.isConnected) draw(); });
  draw();
  greet(model);
  return () => {
    ignore();
    unlisten();
    root.remove();
  };
}

export default { render };
