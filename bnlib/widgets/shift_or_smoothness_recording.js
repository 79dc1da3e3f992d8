// What was recorded, and how it is said in words. Pure functions: nothing here touches the page.

const WAYS = { alike: "all alike, at rate 0.1", tuned: "each at its own best setting" };
const NAMES = {
  shift: "shift of layer 5", accuracy: "test accuracy", "loss range": "range of the loss along the step",
  "gradient change": "change of the gradient", smoothness: "effective smoothness",
  "relative change": "relative change of the gradient",
};
const AXES = { // lowest and highest value, ticks; all but the accuracy are logarithmic
  shift: [0.01, 10, [0.01, 0.1, 1, 10]],
  accuracy: [0, 1, [0, 0.5, 0.9, 1]],
  "loss range": [0.001, 100, [0.001, 0.01, 0.1, 1, 10, 100]],
  "gradient change": [0.01, 100, [0.01, 0.1, 1, 10, 100]],
  smoothness: [1, 1000, [1, 10, 100, 1000]],
  "relative change": [0.1, 1000, [0.1, 1, 10, 100, 1000]],
  landscape: [0.001, 100, [0.001, 0.01, 0.1, 1, 10, 100]],
};

/** The three curves of a state: the places of their variants in the recording. */
export function shown(recording, { noise }) {
  return [0, 1, 2 + recording.noises.indexOf(noise)];
}

/** [[low, median, high], ...] of a measure at its steps; NaN where there is none. */
export function curve(recording, way, variant, measure) {
  const count = recording.measures[measure].steps.length;
  return rows(recording[measure], recording.ways.indexOf(way) * 5 + variant, count);
}

/** [[low, median, high], ...] of the loss at the multiples of the learning rate, at one walk. */
export function landscape(recording, way, variant, walk) {
  const place = recording.ways.indexOf(way) * 5 + variant;
  return rows(recording.landscape, place * recording.walks.length + walk, recording.multiples.length);
}

function rows(view, block, count) {
  const value = (i) => view.getFloat32(4 * i, true);
  return Array.from({ length: count }, (_, row) => [0, 1, 2].map((q) => value(3 * (block * count + row) + q)));
}

/** How high a value stands on a measure's axis, 0 at its foot to 1 at its top, clamped to it. */
export function share(axis, value) {
  const [low, high] = AXES[axis];
  if (Number.isNaN(value)) return NaN;
  const at = axis === "accuracy" ? value : Math.log(Math.max(value, 1e-12) / low) / Math.log(high / low);
  return Math.min(1, Math.max(0, at));
}

/** 0.0123 -> "0.012", 232.3 -> "230": two digits, or percent. */
export function say(measure, value) {
  if (!Number.isFinite(value)) return "not a number";
  if (measure === "accuracy") return `${(100 * value).toFixed(1)}\u00a0%`;
  return String(Number(value.toPrecision(2)));
}

/** The recorded step nearest to one of training, as an index. */
export function nearest(steps, step) {
  return steps.reduce((best, each, i) => (Math.abs(each - step) < Math.abs(steps[best] - step) ? i : best), 0);
}

/** What a seeing reader notices: pieces of text, and [role, text] where a curve is named. */
export function sentence(recording, state) {
  const { measure, way, noise, step } = state;
  const places = shown(recording, state);
  const steps = recording.measures[measure].steps;
  const at = nearest(steps, step);
  const called = [[0, "without batch norm"], [1, "with it"], [2, `with it and noise ${noise}`]];
  const values = places.map((variant) => say(measure, curve(recording, way, variant, measure)[at][1]));
  const named = called.flatMap((name, i) => [i ? "; " : "", name, ` ${values[i]}`]);
  const walk = recording.walks.indexOf(step);
  const ends = places.map((variant) => {
    const inside = landscape(recording, way, variant, walk).map((row) => row[1]);
    return `${say("", inside[0])} to ${say("", inside.at(-1))}`;
  });
  return [
    `${WAYS[way][0].toUpperCase()}${WAYS[way].slice(1)}, step ${steps[at]}. Median of ${recording.seeds} seeds, `,
    `${recording.measures[measure].label}: `, ...named, `. From step ${step}, a gradient step of four times the `,
    "learning rate takes the loss ", ...called.flatMap((name, i) => [i ? "; " : "", name, ` from ${ends[i]}`]), ".",
  ];
}
