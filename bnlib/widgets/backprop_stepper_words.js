// What is known at a step, and the words for it. Every number was recorded: none is computed here.

const SIGNS = { gamma: "γ", beta: "β" };

/** 0.1440 -> "0.144", -1.4 -> "−1.4": at most three decimals or as many as asked for, more where they would all be 0. */
export function short(value, decimals = 3) {
  let shown = Number(value.toFixed(decimals));
  if (shown === 0 && Math.abs(value) > 1e-9) shown = Number(value.toPrecision(1));
  return shown < 0 ? `−${-shown}` : String(Math.abs(shown));
}

export const list = (value) => [value].flat().map((each) => short(each)).join(", ");

/** Which operation a step does, and in which direction; at step 0 there is none. */
export function where({ operations }, step) {
  const n = operations.length;
  const forward = step <= n;
  return { forward, n, operation: operations[forward ? step - 1 : 2 * n - step] ?? null };
}

/** The names of the nodes whose value is known at a step: what is given, and what is computed. */
export function known({ nodes, operations }, step) {
  const done = operations.slice(0, step).map(({ name }) => name);
  return nodes.filter(({ name, inputs }) => inputs.length === 0 || done.includes(name)).map(({ name }) => name);
}

/** The gradients that have arrived by a step: { name: { value, complete } }. */
export function gradients(recorded, key, step) {
  const { operations, cases } = recorded;
  const n = operations.length;
  const arrived = step > n ? { y: { value: cases[key].dy, complete: true } } : {};
  for (let s = n + 1; s <= step; s += 1) {
    for (const { to, total, complete } of cases[key].edges[operations[2 * n - s].name]) {
      arrived[to] = { value: total, complete };
    }
  }
  return arrived;
}

/** The step at which a node is computed, or sends its gradient back; a given one is met by its user. */
export function stepOf({ nodes, operations }, name, forward) {
  const n = operations.length;
  if (name === "x") return forward ? 0 : 2 * n;
  const user = { gamma: "scaled", beta: "y" }[name] ?? name;
  const index = operations.findIndex((operation) => operation.name === user);
  return forward ? index + 1 : 2 * n - index;
}

const valueOf = ({ nodes }, name) => nodes.find((node) => node.name === name).value;

/** "dx_centered = dx_hat · inv_std = 0.4, 0", and whether more will come. */
function outgoing({ formula, total, complete, to }) {
  const cut = formula.endsWith("left out");
  return `${formula}${cut ? "" : ` = ${list(total)}`}${complete ? "" : ` (so far: another path to ${to} will add to it)`}`;
}

/** What a seeing reader notices, as sentences. */
export function describe(recorded, key, step) {
  const { forward, n, operation } = where(recorded, step);
  const run = recorded.cases[key];
  const count = `Step ${step} of ${2 * n}`;
  if (!operation) return `${count}: x is ${list(valueOf(recorded, "x"))}. Nothing is computed yet.`;
  const { name, formula } = operation;
  if (forward) {
    const text = `${count}, forward: ${formula} = ${list(valueOf(recorded, name))}.`;
    if (step < n) return text;
    return `${text} The forward pass is done. Next, the gradient dy = ${run.label} enters at y.`;
  }
  const incoming = gradients(recorded, key, step - 1)[name] ?? { value: run.dy };
  const sent = run.edges[name].map(outgoing).join("; ");
  const end = step === 2 * n ? ` ${run.closing}` : "";
  return `${count}, backward through ${name}: d${name} = ${list(incoming.value)} comes in. Out goes ${sent}.${end}`;
}
