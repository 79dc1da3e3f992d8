// BackpropStepper: the graph of batch norm, one operation at a time, with its code and its formula.

const TRAITS = ["step", "upstream", "recorded"];
const NARROW = 330; // CSS pixels below which three decimals would not fit
const KEYS = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 };

/** All lines of both passes; those of the chosen operation show their formula, too. */
function buildListing(recorded) {
  const lines = [];
  function line(phase, operation, { code, formula }, to = "") {
    const texts = [element("code", {}, code), element("span", { class: "bps-formula" }, formula)];
    const node = element("li", { "data-phase": phase }, ...texts);
    lines.push({ phase, operation, to, node, texts });
    return node;
  }
  const names = recorded.operations.map(({ name }) => name);
  const ways = recorded.cases.mixed.edges;
  const forward = recorded.operations.map((each) => line("forward", each.name, each));
  const backward = [...names].reverse().flatMap((name) => ways[name].map((edge) => line("backward", name, edge, edge.to)));
  const part = (name, items) => element("div", { class: "bps-pass", "data-phase": name }, element("b", {}, name), element("ol", {}, ...items));
  const node = element("div", { class: "bps-listing", "aria-hidden": "true" }, part("forward", forward), part("backward", backward));
  function draw(key, phase, name) {
    node.dataset.phase = phase;
    for (const each of lines) {
      if (each.to) {
        const { code, formula } = recorded.cases[key].edges[each.operation].find(({ to }) => to === each.to);
        [code, formula].forEach((text, i) => { each.texts[i].textContent = text; });
      }
      each.node.toggleAttribute("data-current", each.phase === phase && each.operation === name);
    }
  }
  return { node, draw };
}

/** One fact: a name and one or two lines. */
const fact = (name, ...lines) => element("div", {}, element("dt", {}, name), ...lines.map((line) => element("dd", {}, ...line)));
const strong = (text, kind = "") => element("b", { class: kind }, text);

/** What there is to know of the operation at a step. */
function facts(recorded, key, step) {
  const { forward, operation } = where(recorded, step);
  if (!operation) return [fact("given", [strong(`x = ${list(recorded.nodes[0].value)}`)], ["and γ, β, ε. Press Next."])];
  const { name, formula } = operation;
  const value = recorded.nodes.find((node) => node.name === name).value;
  const edges = recorded.cases[key].edges[name];
  const local = ({ to, derivative, local: slope }) => {
    const text = list(slope);
    const plain = ["1", "−1"].includes(derivative); // the same for every image
    return [`∂${name}/∂${to} = ${plain ? derivative : `${derivative} = ${text}`}`];
  };
  const shown = [fact("value", [strong(formula), ` = ${list(value)}`])];
  if (forward) {
    const later = edges.map(local);
    return [...shown, fact("local derivative", ...later), fact("gradient", ["not yet: it arrives on the way back"])];
  }
  const arrived = gradients(recorded, key, step - 1)[name] ?? { value: recorded.cases[key].dy };
  shown.push(fact("gradient in", [strong(`d${name} = ${list(arrived.value)}`, "bps-green")]));
  shown.push(fact("local derivative", ...edges.map(local)));
  const out = edges.map(({ formula: made, total, complete }) => [
    strong(made.endsWith("left out") ? made : `${made} = ${list(total)}`, "bps-green"), complete ? "" : " so far"]);
  return [...shown, fact("gradient out", ...out)];
}

function render({ model, el }) {
  const recorded = model.get("recorded");
  const last = 2 * recorded.operations.length;
  const set = (values) => setTraits(model, values);
  const go = (step) => set({ step: Math.max(0, Math.min(last, step)) });
  const move = (by) => () => go(model.get("step") + by);
  const time = slider("step", { min: 0, max: last, step: 1 }, go);
  time.node.querySelector("input").classList.add("bn-drag");
  const cases = Object.entries(recorded.cases).map(([key, { label }]) => [key, label]);
  const upstream = select(cases, (key) => set({ upstream: key }));
  const graph = buildGraph(recorded, (name) => go(stepOf(recorded, name, model.get("step") <= last / 2)));
  const listing = buildListing(recorded);
  const about = element("dl", { class: "bps-facts" });
  const title = element("div", { class: "bps-title" });
  const readout = element("output", { class: "bn-readout", "aria-live": "polite" });
  const root = element("div", {
    class: "bn-widget", "data-widget": "backprop-stepper", role: "group", "aria-label": "Batch norm forward and backward, step by step",
  },
  element("div", { class: "bps-controls" },
    element("button", { type: "button", onclick: move(-1) }, "← Back"),
    element("button", { type: "button", onclick: move(1) }, "Next →"),
    time.node, field("incoming dy", upstream),
    element("button", { type: "button", onclick: () => set(model.get("start")) }, "Reset")),
  element("div", { class: "bps-body" }, graph.node,
    element("div", { class: "bps-about" }, title, about), listing.node), readout);

  // Buttons take the arrow keys, too; a slider and a list have them already.
  root.addEventListener("keydown", (event) => {
    if (!(event.key in KEYS) || event.target.matches("input, select")) return;
    event.preventDefault(); // the page would scroll
    move(KEYS[event.key])();
  });

  const decimals = () => (root.clientWidth < NARROW ? 2 : 3);
  function draw() {
    const [step, key] = [model.get("step"), model.get("upstream")];
    const { forward, operation } = where(recorded, step);
    const phase = forward ? "forward" : "backward";
    root.dataset.phase = phase;
    time.show(step, `${step} of ${last}`);
    upstream.value = key;
    graph.draw(key, step, decimals());
    listing.draw(key, phase, operation?.name);
    title.replaceChildren(strong(operation?.name ?? "x"), ` ${operation ? phase : "given"}, step ${step} of ${last}`);
    about.replaceChildren(...facts(recorded, key, step));
    fillReadout(readout, [describe(recorded, key, step)]);
    root.dataset.ready = "true";
  }

  const unlisten = onTraits(model, TRAITS, soon(draw));
  const ignore = onAppearance(root, () => { if (root.isConnected) graph.draw(model.get("upstream"), model.get("step"), decimals()); });
  el.append(root);
  draw();
  greet(model);
  return () => {
    ignore();
    unlisten();
  };
}

export default { render };
