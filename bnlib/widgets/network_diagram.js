// NetworkDiagram: a network box by box; of the chosen one all that there is to know.

const TRAITS = ["activation", "position", "step", "box", "unit", "recorded", "retrained", "live"];
const NARROW = 696; // CSS pixels below which the network stands upright beside the facts
const STEPS_TO = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1, Home: -Infinity, End: Infinity };

function render({ model, el }) {
  const set = (values) => setTraits(model, values);
  const position = select([["before", "before the activation"], ["after", "after the activation"], ["none", "none"]],
    (value) => set({ position: value }));
  const activation = select(Object.entries(ACTIVATIONS), (value) => set({ activation: value }));
  const time = movingRange("training step", (index) => set({ step: steps()[index] }));
  const unit = movingRange("unit", (value) => set({ unit: value }));
  const reset = element("button", { type: "button", onclick: () => set(model.get("start")) }, "Reset");
  const chain = buildChain();
  const facts = buildFacts();
  const pictures = { in: buildPicture("in"), out: buildPicture("out") };
  const readout = element("output", { class: "bn-readout", "aria-live": "polite" });
  const root = element("div", {
    class: "bn-widget", "data-widget": "network-diagram", role: "group", "aria-label": "A network, box by box",
  },
  element("div", { class: "bnd-controls" }, field("batch norm", position), field("activation", activation), time.node, unit.node, reset),
  element("div", { class: "bnd-body" }, chain.node, element("div", { class: "bnd-panel" }, facts.node,
    element("div", { class: "bnd-pictures" }, pictures.in.node, pictures.out.node),
    element("p", { class: "bnd-key" }, "A tile is one value: grey above 0, green below, fainter nearer to 0. Under each column: its mean, and one standard deviation (std) to both sides."))),
  readout);
  const state = { hovered: null, shown: null, look: "" }; // of this view alone

  function steps() {
    const recorded = model.get("recorded").runs[0].steps;
    const all = model.get("live") ? [...recorded, ...model.get("live_steps")] : recorded;
    return [...new Set(all)].sort((a, b) => a - b);
  }

  function find() {
    const wanted = Object.fromEntries(["activation", "position", "step"].map((name) => [name, model.get(name)]));
    for (const name of ["recorded", "retrained"]) {
      const recording = model.get(name);
      const run = findRun(recording, wanted);
      if (run) return { recording: { ...model.get("recorded"), ...recording }, run, step: wanted.step };
    }
    return state.shown; // a kernel is training it
  }

  function draw() {
    state.shown = find();
    const { recording, run, step } = state.shown;
    if (root.clientWidth === 0) { // not on the page yet, or hidden: drawn when it gets a size
      state.look = "";
      return;
    }
    root.toggleAttribute("data-upright", root.clientWidth < NARROW);
    state.look = look();
    const pinned = boxKey(run, model.get("box"));
    const key = boxKey(run, state.hovered ?? pinned);
    const frame = frameOf(run, step);
    const [into, out] = [input(recording, run, key, frame), output(recording, run, key, frame)];
    const chosen = Math.min(model.get("unit"), out.units);
    const layers = Math.max(...run.boxes.map(({ layer }) => layer));
    const ink = Object.fromEntries(["text", "third", "norm", "grid", "strip"].map((name) => [name, token(root, name)]));
    position.value = run.position;
    activation.value = run.activation;
    const known = steps();
    time.span(0, known.length - 1);
    time.show(known.indexOf(step), String(step));
    unit.span(1, out.units);
    unit.show(chosen, `${chosen} of ${out.units}`);
    chain.draw(run, key, pinned);
    facts.draw(out.box, into?.box, layers);
    const alike = into && into.units === out.units;
    pictures.in.draw(into ?? out, into && alike ? chosen : null, ink, !into);
    pictures.out.draw(out, chosen, ink, false);
    fillReadout(readout, [describeBox(recording, run, { key, step, unit: chosen })]);
    root.dataset.ready = "true";
  }

  const look = () => [root.clientWidth, window.devicePixelRatio, token(root, "text")].join();

  const later = soon(() => { if (root.isConnected) draw(); });

  const boxOf = (event) => event.target.closest("[data-box]")?.dataset.box ?? null;
  function hover(key) {
    if (key !== state.hovered) {
      state.hovered = key;
      later();
    }
  }
  function pick(key) {
    state.hovered = null;
    set({ box: key });
    later();
  }
  chain.node.addEventListener("pointerover", (event) => { if (event.pointerType === "mouse" && boxOf(event)) hover(boxOf(event)); });
  chain.node.addEventListener("pointerleave", () => hover(null));
  chain.node.addEventListener("focusin", (event) => { if (boxOf(event)) pick(boxOf(event)); });
  chain.node.addEventListener("click", (event) => { if (boxOf(event)) pick(boxOf(event)); });
  chain.node.addEventListener("keydown", (event) => {
    const stride = STEPS_TO[event.key];
    if (!stride || !boxOf(event)) return;
    event.preventDefault(); // the page would scroll
    const keys = state.shown.run.boxes.map(({ key }) => key);
    const next = Math.max(0, Math.min(keys.length - 1, keys.indexOf(boxOf(event)) + stride));
    chain.cells[keys[next]].button.focus();
  });
  followPointer(pictures.out.area, (share) => {
    const { units } = output(state.shown.recording, state.shown.run, boxKey(state.shown.run, model.get("box")), 0);
    set({ unit: Math.max(1, Math.min(units, 1 + Math.floor(share * units))) });
  });

  const unlisten = onTraits(model, TRAITS, later);
  const ignore = onAppearance(root, () => { if (root.isConnected && look() !== state.look) draw(); });
  el.append(root);
  draw();
  greet(model);
  return () => {
    ignore();
    unlisten();
    root.remove();
  };
}

export default { render };
