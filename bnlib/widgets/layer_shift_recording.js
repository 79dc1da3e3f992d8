// What a recording holds, and how it is said in words. Pure functions: nothing here touches the page.

export const NAMES = { relu: "ReLU", sigmoid: "sigmoid", tanh: "tanh" };
// A network's [name in the control, name in a sentence, what a row shows].
export const NETWORKS = {
  "5x50": ["5 × 50", "5 layers of 50", ""],
  "3x100": ["3 × 100 (Figure 1)", "3 layers of 100", "one unit a layer"],
};
export const PLACES = { before: "before batch norm", after: "after batch norm" };
const MOMENTS = { low: 0, median: 1, high: 2, mean: 3, deviation: 4 };

/** The number that 16 bits of a half-precision float stand for. */
export function half(bits) {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 31;
  const fraction = bits & 1023;
  if (exponent === 31) return fraction ? NaN : sign * Infinity;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

/** Which configuration of a recording was asked for: its index, or -1. */
export function locate(recording, wanted) {
  return (recording?.configurations ?? []).findIndex((known) =>
    known.network === wanted.network
    && known.activation === wanted.activation
    && known.batch_size === wanted.batch_size
    && Math.abs(known.learning_rate - wanted.learning_rate) < 1e-9);
}

/**
 * One configuration of a recording, ready to be asked for numbers. Series: 0 without batch norm,
 * 1 with it and before it, 2 after it. Side: 0 without, 1 with. The bytes are read through their
 * DataViews, so neither a buffer's alignment nor the machine's byte order matters.
 */
export function reading(recording, c) {
  const { steps, layers, bins, levels } = recording;
  const F = steps.length; // steps come last: (C, sides, layers, entries, F)
  const row = (sides, side, layer, entries, entry) => ((((c * sides + side) * layers + layer) * entries) + entry) * F;
  const single = (name, index) => recording[name].getFloat32(4 * index, true);
  return {
    ...recording.configurations[c],
    steps, layers, bins, levels,
    units: recording.units,
    values: recording.values,
    axis: [single("axes", 2 * c), single("axes", 2 * c + 1)],
    largest: single("largest", c),
    /** (bins,) codes: the square root of each bin's share, `levels` for the largest share. */
    roots(series, frame, layer) {
      const first = row(3, series, layer, bins, 0) + frame;
      return Uint8Array.from({ length: bins }, (_, bin) => recording.shares.getUint8(first + bin * F));
    },
    /** How many values lie below (end 0) or above (end 1) the axis. */
    outside: (series, frame, layer, end) =>
      recording.outside.getUint16(2 * (row(3, series, layer, 2, end) + frame), true),
    moment: (name, series, frame, layer) => half(
      recording.moments.getUint16(2 * (row(3, series, layer, 5, MOMENTS[name]) + frame), true)),
    flat: (side, frame, layer) => half(recording.flat.getUint16(2 * (row(2, side, layer, 1, 0) + frame), true)),
    gradient: (side, frame, layer) => single("gradients", row(2, side, layer, 1, 0) + frame),
    accuracy: (side, frame) => single("accuracy", (c * 2 + side) * F + frame),
  };
}

/** Which series a side shows: the left network has no batch norm, so `place` leaves it alone. */
export function seriesOf(side, place) {
  return side === 0 ? 0 : place === "after" ? 2 : 1;
}

/** The last recorded frame at or before a training step. */
export function frameAt(steps, step) {
  let frame = 0;
  while (frame + 1 < steps.length && steps[frame + 1] <= step) frame += 1;
  return frame;
}

/** How far down the axis a value stands: 0 at its top, 1 at its bottom, clamped to both. */
export function depth(value, [low, high]) {
  return Math.min(1, Math.max(0, (high - value) / (high - low)));
}

/** Round values from low to high, at most `most` + 1 of them. */
export function ticks(low, high, most = 4) {
  const rough = (high - low) / most;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((factor) => factor * power).find((size) => size >= rough * 0.999);
  const first = Math.ceil(low / step);
  return Array.from({ length: Math.floor(high / step) - first + 1 }, (_, i) => (first + i) * step);
}

/** The values that label a row: both ends of its axis, and 0 where there is room for it. */
export function marks([low, high]) {
  const zero = depth(0, [low, high]);
  return zero > 0.3 && zero < 0.7 ? [high, 0, low] : [high, low];
}

/** A number with about three digits, whatever its size: "0.31", "−12.4", "2.1 × 10⁻⁷", "–". */
export function amount(value) {
  const size = Math.abs(value);
  const sign = value < 0 ? "−" : "";
  if (Number.isNaN(value)) return "–";
  if (size >= 65504) return value > 0 ? "over 65,000" : "under −65,000"; // where half precision ends
  if (size === 0 || (size >= 0.01 && size < 9.995)) return sign + size.toFixed(2);
  if (size >= 0.001) return sign + Number(size.toPrecision(3)).toLocaleString("en");
  const [digits, exponent] = size.toExponential(1).split("e");
  const raised = [...exponent].map((c) => "⁻⁰¹²³⁴⁵⁶⁷⁸⁹"["-0123456789".indexOf(c)]).join("");
  return `${sign}${digits} × 10${raised}`;
}

/** 0.822 -> "82.2 %", with a space that does not break. */
export function percent(share, decimals = 1) {
  return Number.isFinite(share) ? `${(100 * share).toFixed(decimals)}\u00a0%` : "–";
}

const count = (n) => n.toLocaleString("en");
const over = (shown, side, step) => shown.diverged[side] != null && step >= shown.diverged[side];

/** "5 layers of 50, ReLU, learning rate 0.1, batches of 32" */
export function title({ network, activation, learning_rate, batch_size }) {
  const [, size] = NETWORKS[network];
  return `${size}, ${NAMES[activation] ?? activation}, learning rate ${learning_rate}, batches of ${batch_size}`;
}

const rows = ({ network }) => (NETWORKS[network][2] ? `, ${NETWORKS[network][2]}` : "");

function spread(shown, side, { frame, layer, place }, short) {
  const who = [side, side ? "with it" : "without batch norm"];
  const { steps, diverged } = shown;
  if (over(shown, side, steps[frame])) return [who, `: diverged at step ${diverged[side]}`];
  const moment = (name, at = frame) => shown.moment(name, seriesOf(side, place), at, layer);
  const range = `${amount(moment("low"))} to ${amount(moment("high"))}`;
  const back = frameAt(steps, Math.max(0, steps[frame] - 30));
  const moved = `moved by ${amount(Math.abs(moment("median") - moment("median", back)))}`;
  const since = steps[frame] - steps[back];
  if (short) return [who, ` from ${range}${since ? `, ${moved}` : ""}`];
  return [`layer ${layer + 1} `, who, `: middle 70\u00a0% of values from ${range}`,
    since ? `, its median ${moved} in the last ${since} steps` : ""];
}

function beyond(shown, { frame, layer, place }) {
  const said = [0, 1].map((side) => {
    const [below, above] = [0, 1].map((end) => shown.outside(seriesOf(side, place), frame, layer, end));
    const parts = [below && `${count(below)} below`, above && `${count(above)} above`].filter(Boolean);
    return parts.length && `${side ? "with it" : "without batch norm"} ${parts.join(", ")}`;
  }).filter(Boolean);
  return said.length ? `Off the axis, of ${count(shown.values)} values: ${said.join("; ")}. ` : "";
}

function scores(shown, frame) {
  const known = [0, 1].filter((side) => Number.isFinite(shown.accuracy(side, frame)));
  if (known.length === 0) return "";
  const who = known.length === 2 ? "" : known[0] ? "with it " : "without batch norm ";
  const none = frame === 0 && known.length === 1 && known[0] === 0; // nothing to normalize a test image by
  return `Test accuracy ${who}${known.map((side) => percent(shown.accuracy(side, frame))).join(" and ")}` +
    `${none ? "; with it none yet, before the first batch" : ""}. `;
}

/** What a seeing reader notices at this moment: pieces of text, and [side, text] where a side is named. */
export function sentence(shown, moment, seed) {
  const step = shown.steps[moment.frame];
  const ahead = [0, 1].filter((side) => shown.diverged[side] > step)
    .map((side) => `${side ? "With" : "Without"} batch norm the run diverges at step ${shown.diverged[side]}. `);
  return [
    `${title(shown)}${rows(shown)}, values ${PLACES[moment.place]}`,
    moment.place === "after" ? " (one network has none)" : "", `. At step ${step} `,
    ...spread(shown, 0, moment, false), "; ", ...spread(shown, 1, moment, !over(shown, 0, step)), ". ",
    beyond(shown, moment), ...ahead, scores(shown, moment.frame), `One run, seed\u00a0${seed}.`,
  ];
}

/** The chosen layer's numbers: [name, without, with] each. */
export function numbers(shown, { frame, layer, place }) {
  const both = (name, of) => [name, of(0, 0), of(1, seriesOf(1, place))];
  const moment = (name, key) => both(name, (_, series) => amount(shown.moment(key, series, frame, layer)));
  const outside = (name, end) => both(name, (side, series) => over(shown, side, shown.steps[frame])
    ? "–" : count(shown.outside(series, frame, layer, end)));
  return [
    moment("15\u00a0%", "low"), moment("median", "median"), moment("85\u00a0%", "high"),
    moment("mean", "mean"), moment("std", "deviation"),
    both(shown.activation === "relu" ? "dead units" : "saturated units",
      (side) => percent(shown.flat(side, frame, layer), 0)),
    both("gradient norm", (side) => amount(shown.gradient(side, frame, layer))),
    outside("below axis", 0), outside("above axis", 1),
  ];
}
