// What a recording holds, box by box, and how it is said in words. Nothing here touches the page.

export const WHERE = {
  before: "batch norm before the activation",
  after: "batch norm after the activation",
  none: "no batch norm",
};
export const ACTIVATIONS = { relu: "ReLU", sigmoid: "sigmoid", tanh: "tanh" };
const TONE = 127; // the byte that stands for the end of an axis

/** The run of a recording that was asked for, if it holds this step, or ended before it. */
export function findRun(recording, { activation, position, step }) {
  return (recording?.runs ?? []).find((run) => run.activation === activation && run.position === position
    && (run.steps.includes(step) || run.diverged !== null));
}

/** The last recorded frame at or before a training step. */
export function frameOf(run, step) {
  return Math.max(0, run.steps.findLastIndex((known) => known <= step));
}

const sum = (numbers) => numbers.reduce((total, n) => total + n, 0);

/** `count` bytes or hundredths of a DataView, from the `start`-th on. */
function tones(view, start, count) {
  return new Int8Array(view.buffer, view.byteOffset + start, count);
}
function hundredths(view, start, count) {
  return Array.from({ length: count }, (_, i) => view.getInt16(2 * (start + i), true) / 100);
}

/**
 * What one box of a run puts out: { box, n, units, axis, tone(image, unit), mean, std } and, for a
 * batch norm, `gamma` and `beta`, each a list over the units. `tone` is -1 to 1, the value's share of `axis`.
 */
export function output(recording, run, key, frame) {
  const index = run.boxes.findIndex((box) => box.key === key);
  const box = run.boxes[index];
  const [n, units] = box.shape;
  const before = run.units.slice(0, index - 1);
  const all = sum(run.units);
  const [view, from] = index === 0
    ? [recording.x, 0] : [run.values, n * (frame * all + sum(before))];
  const [places, start] = index === 0
    ? [recording.x_moments, 0] : [run.moments, 2 * (frame * all + sum(before))];
  const bytes = tones(view, from, n * units);
  const moments = hundredths(places, start, 2 * units);
  const found = {
    box, n, units,
    axis: index === run.boxes.length - 1 ? recording.logits_axis : recording.axis,
    tone: (image, unit) => bytes[image * units + unit] / TONE,
    mean: moments.slice(0, units), std: moments.slice(units),
  };
  if (!key.startsWith("norm")) return found;
  const norms = run.boxes.map((each, i) => [each.key, run.units[i - 1]]).filter(([name]) => name.startsWith("norm"));
  const earlier = sum(norms.slice(0, norms.findIndex(([name]) => name === key)).map(([, size]) => size));
  const learned = hundredths(run.learned, 2 * (frame * sum(norms.map(([, size]) => size)) + earlier), 2 * units);
  return { ...found, gamma: learned.slice(0, units), beta: learned.slice(units) };
}

/** What goes into a box: the output of the box before it, or null for x. */
export function input(recording, run, key, frame) {
  const index = run.boxes.findIndex((box) => box.key === key);
  return index > 0 ? output(recording, run, run.boxes[index - 1].key, frame) : null;
}

/** The chosen box, or what stands in its place in a network without batch norm. */
export function boxKey(run, wanted) {
  return run.boxes.some((box) => box.key === wanted) ? wanted : wanted.replace("norm", "linear");
}

/** "hidden layer 1", "output", "input" */
export function layerName(box, layers) {
  if (box.layer === 0) return "input";
  return box.layer === layers ? "output" : `hidden layer ${box.layer}`;
}

const count = (n) => n.toLocaleString("en");
export const shapeText = ([n, units]) => `${n} × ${units}`;
/** "1,950 (W: 64×30, b: 30)" */
export function parametersText({ parameters, count: total }) {
  return total === 0 ? "none" : `${count(total)} (${parameters.join(", ")})`;
}

/** The kind of thing a box's columns are. */
export function unitName(box) {
  return { x: "pixel", "linear 3": "class" }[box.key] ?? "unit";
}

function unitSentence(out, into, unit) {
  const { box } = out;
  const who = box.key === "linear 3" ? `class ${unit} (the digit ${unit - 1})` : `${unitName(box)} ${unit}`;
  const at = (values) => number(values[unit - 1]);
  const said = (part) => `${part.box.gives} has mean ${at(part.mean)} and std ${at(part.std)}`;
  const tail = out.gamma ? `; its γ is ${at(out.gamma)}, its β ${at(out.beta)}` : "";
  const same = into && into.units === out.units && !box.key.startsWith("linear");
  return `Over the ${out.n} images, in ${who}, ${same ? `${said(into)}, ` : ""}${said(out)}${tail}.`;
}

/** What a seeing reader notices: the box, the chosen unit, how well the network does. */
export function describeBox(recording, run, { key, step, unit }) {
  const frame = frameOf(run, step);
  const out = output(recording, run, key, frame);
  const chosen = Math.min(unit, out.units);
  const layers = Math.max(...run.boxes.map(({ layer }) => layer));
  const over = run.diverged !== null && step > run.steps[frame] ? ` It diverged at step ${run.diverged}.` : "";
  const loss = run.loss[frame] === null ? "not finite" : number(run.loss[frame]);
  return `${out.box.name === "x" ? "The images" : out.box.name}, ${layerName(out.box, layers)}, at step ${run.steps[frame]} `
    + `(${ACTIVATIONS[run.activation]}, ${WHERE[run.position]}).${over} `
    + `${unitSentence(out, input(recording, run, key, frame), chosen)} The network reads ${run.right[frame]} of these `
    + `${out.n} right, loss ${loss}. One run, seed\u00a0${recording.seed}.`;
}
