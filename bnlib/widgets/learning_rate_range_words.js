// What a recorded map holds, and how it is said in words. Pure functions: nothing here touches the page.

export const NAMES = { relu: "ReLU", sigmoid: "sigmoid" };
const NEVER = 65535; // Python's NEVER
const IDLE = 0.2; // a median accuracy below this at the end: nothing was learned to speak of
const LINE = { loss: (code) => 10 ** (code / 1e4 - 3), accuracy: (code) => code / 1e4 };

/** One activation's two maps. Side: 0 without batch norm, 1 with it; d and r count depths and rates. */
export function readMap(recording, activation) {
  const { activations, depths, rates, looks, seeds, levels } = recording;
  const a = activations.indexOf(activation);
  const cell = (side, d, r) => ((a * 2 + side) * depths.length + d) * rates.length + r;
  const uint16 = (name, index) => recording[name].getUint16(2 * index, true);
  return {
    activation, depths, rates, looks, seeds, levels,
    reached: (side, d, r, level) => recording.reached.getUint8(2 * cell(side, d, r) + level),
    /** The median seed's steps to a level; Infinity if half of the seeds don't get there. */
    steps(side, d, r, level) {
      const steps = uint16("steps", 2 * cell(side, d, r) + level);
      return steps === NEVER ? Infinity : steps;
    },
    diverged: (side, d, r) => recording.diverged.getUint8(cell(side, d, r)),
    /** [low, median, high] at each look, of "loss" or "accuracy"; NaN where there is none. */
    curve(name, side, d, r) {
      const first = cell(side, d, r) * looks.length * 3;
      const value = (index) => {
        const code = uint16(name, index);
        return code < NEVER ? LINE[name](code) : name === "loss" ? Infinity : NaN;
      };
      return looks.map((_, look) => [0, 1, 2].map((q) => value(first + 3 * look + q)));
    },
  };
}

/** The median seed's test accuracy after the last step. */
export function finalAccuracy(map, side, d, r) {
  return map.curve("accuracy", side, d, r).at(-1)[1];
}

/** Which of the levels a measure speaks of: 90 % (0) or 97 % (1). */
export function levelOf(measure) {
  return measure === "97" ? 1 : 0;
}

/** How a cell looks: its text, how strong its colour (0 to 1), whether nothing was learned there. */
export function face(map, side, d, r, measure) {
  const idle = finalAccuracy(map, side, d, r) < IDLE;
  if (measure === "share") {
    const share = map.reached(side, d, r, 0) / map.seeds;
    return { text: String(Math.round(100 * share)), strength: share, idle };
  }
  const steps = map.steps(side, d, r, levelOf(measure));
  if (!Number.isFinite(steps)) return { text: "–", strength: 0, idle };
  const [first, last] = [map.looks[1], map.looks.at(-1)];
  return { text: String(steps), strength: 1 - 0.85 * Math.log(steps / first) / Math.log(last / first), idle };
}

/** 0.968 -> "96.8 %", with a space that does not break. */
export function percent(share) {
  return `${(100 * share).toFixed(1)}\u00a0%`;
}

/** "0.03 to 1", "0.1", "0.01, 0.1" or "no rate": the rates at which most of the seeds reach the level. */
export function goodRates(map, side, d, level) {
  const good = map.rates.map((_, r) => map.reached(side, d, r, level) > map.seeds / 2);
  const [first, last] = [good.indexOf(true), good.lastIndexOf(true)];
  if (first < 0) return "no rate";
  if (first === last) return String(map.rates[first]);
  if (good.slice(first, last + 1).every(Boolean)) return `${map.rates[first]} to ${map.rates[last]}`;
  return map.rates.filter((_, r) => good[r]).join(", ");
}

function fastest(map, side, d, level) {
  const steps = map.rates.map((_, r) => map.steps(side, d, r, level));
  const least = Math.min(...steps);
  return Number.isFinite(least) ? `${least} steps at rate ${map.rates[steps.indexOf(least)]}` : "at no rate";
}

function outcome(map, side, { d, r, level }) {
  const reached = map.reached(side, d, r, level);
  const steps = map.steps(side, d, r, level);
  const diverged = map.diverged(side, d, r);
  return [side ? "" : `${map.levels[level]}\u00a0% of the test images within ${map.looks.at(-1)} steps: `,
    [side, side ? "with it" : "without batch norm"], ` ${reached} of ${map.seeds} seeds`,
    Number.isFinite(steps) ? `, the median one after ${steps}` : "", diverged ? `, ${diverged} diverge` : ""];
}

const layers = (count) => `${count} hidden layer${count === 1 ? "" : "s"}`;

/** What a seeing reader notices in a cell and its row: pieces of text, and [side, text] where a side is named. */
export function sentence(map, { d, r, measure }) {
  const level = levelOf(measure);
  const wide = measure === "share";
  const of = wide ? goodRates : fastest;
  const both = (side) => [[side, side ? "with it" : "without batch norm"], ` ${wide ? "at " : ""}${of(map, side, d, level)}`];
  return [
    `${NAMES[map.activation] ?? map.activation}, ${layers(map.depths[d])}, learning rate ${map.rates[r]}. `,
    ...outcome(map, 0, { d, r, level }), "; ", ...outcome(map, 1, { d, r, level }),
    `. Median accuracy at the end ${percent(finalAccuracy(map, 0, d, r))} and ${percent(finalAccuracy(map, 1, d, r))}. `,
    `With ${layers(map.depths[d])}, ${wide ? "most seeds get there" : `the median seed gets to ${map.levels[level]}\u00a0% soonest`}: `,
    ...both(0), "; ", ...both(1), ".",
  ];
}
