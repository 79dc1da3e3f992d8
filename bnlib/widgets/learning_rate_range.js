// LearningRateRange: where a network learns, by learning rate and depth, and how the seeds of a cell do it.

const TRAITS = ["activation", "depth", "learning_rate", "measure", "recorded"];
const MEASURES = { share: "share of seeds that train", 90: "steps to 90 %", 97: "steps to 97 %" };
const CELLS = { share: "% of the seeds that train", 90: "steps of the median seed", 97: "steps of the median seed" };
const ARROWS = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [1, 0], ArrowDown: [-1, 0] };

function legend(...entries) {
  const key = ([kind, text]) => element("li", {}, element("i", { class: `bnr-key ${kind}` }), element("span", {}, text));
  return element("ul", { class: "bnr-legend" }, ...entries.map(key));
}

function nearestCell(area, { clientX, clientY }) {
  const far = (cell) => {
    const box = cell.getBoundingClientRect();
    return Math.hypot(clientX - (box.left + box.right) / 2, clientY - (box.top + box.bottom) / 2);
  };
  const cells = [...area.querySelectorAll(".bnr-cell")];
  const { d, r } = cells.reduce((best, cell) => (far(cell) < far(best) ? cell : best)).dataset;
  return { d: Number(d), r: Number(r) };
}

function render({ model, el }) {
  const { activations, depths, rates } = model.get("recorded");
  const set = (values) => setTraits(model, values);
  const activation = select(activations.map((name) => [name, NAMES[name] ?? name]), (name) => set({ activation: name }));
  const measure = select(["share", "90", "97"].map((name) => [name, MEASURES[name]]), (name) => set({ measure: name }));
  const rate = slider("learning rate", { min: 0, max: rates.length - 1, step: 1 }, (r) => choose({ r }));
  const depth = slider("hidden layers", { min: 0, max: depths.length - 1, step: 1 }, (d) => choose({ d }));
  const reset = element("button", { type: "button", onclick: () => set(model.get("start")) }, "Reset");
  const output = element("output", { "aria-live": "polite", class: "bn-readout" });
  const cells = legend(["bnr-number", ""], ["bnr-idle", "nothing learned: median accuracy below 20\u00a0%"]);
  const curves = legend(["bnr-median", "median seed"], ["bnr-eighty", "middle 80\u00a0% of the seeds"],
    ["bnr-edge", "at the upper edge: larger, or diverged"]);
  const picture = buildPicture(readMap(model.get("recorded"), activations[0]));
  const root = element("div", {
    class: "bn-widget", "data-widget": "learning-rate-range", role: "group",
    "aria-label": "Learning rate and depth at which networks learn, without and with batch norm",
  },
  element("div", { class: "bn-controls" }, field("activation", activation), field("maps show", measure), reset),
  cells, picture.stage,
  element("div", { class: "bn-controls bnr-cell-controls" }, rate.node, depth.node),
  curves, picture.curves, output);
  el.append(root);

  const chosen = () => ({
    d: depths.indexOf(model.get("depth")),
    r: rates.indexOf(model.get("learning_rate")),
    measure: model.get("measure"),
  });

  function choose(cell) {
    const { d, r } = { ...chosen(), ...cell };
    const inside = (index, list) => list[Math.min(list.length - 1, Math.max(0, index))];
    set({ depth: inside(d, depths), learning_rate: inside(r, rates) });
  }

  function draw() {
    const now = chosen();
    const map = readMap(model.get("recorded"), model.get("activation"));
    activation.value = model.get("activation");
    measure.value = now.measure;
    cells.querySelector("span").textContent = CELLS[now.measure];
    rate.show(now.r, String(rates[now.r]));
    depth.show(now.d, String(depths[now.d]));
    drawMaps(picture, map, now);
    drawCurves(picture, map, now);
    fillReadout(output, sentence(map, now));
    root.dataset.ready = "true";
  }

  followPointer(picture.stage, (_share, area, event) => choose(nearestCell(area, event)));
  picture.stage.addEventListener("keydown", (event) => {
    const arrow = ARROWS[event.key];
    if (!arrow || event.altKey || event.ctrlKey || event.metaKey) return;
    event.preventDefault(); // the page would scroll
    const { d, r } = chosen();
    choose({ d: d + arrow[0], r: r + arrow[1] });
  });
  const unlisten = onTraits(model, TRAITS, soon(draw));
  draw();
  greet(model);
  return () => {
    unlisten();
    root.remove();
  };
}

export default { render };
