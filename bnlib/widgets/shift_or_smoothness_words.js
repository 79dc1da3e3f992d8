// What a recording holds, where its values stand in the two panels, and how they are said. Pure functions.

const SIGN_ROOT = (v) => Math.sign(v) * Math.sqrt(Math.abs(v));
const RISE_TICKS = [2, 0.5, 0.1, 0, -0.1, -0.5];

/** The three networks in the picture: a role for the colour, the name in the recording, and words. */
export function series(recorded, compared) {
  return [
    { role: "plain", name: "without", words: "without batch norm" },
    { role: "norm", name: "with", words: "with batch norm" },
    { role: "third", name: compared, words: recorded.compared[compared] },
  ];
}

/** Where the F values of a measure stand in training: accuracy after each stretch, all else at its start. */
export function places({ steps, every }, measure) {
  return steps.map((step) => (measure === "accuracy" ? step + every : step));
}

/** The axis of a measure, the same whatever is compared: how far up a value stands (0 to 1), and ticks. */
export function axis(recorded, measure) {
  if (measure === "accuracy") return { up: (v) => v / 100, ticks: [0, 25, 50, 75, 100] };
  const values = Object.values(recorded.curves).flatMap((curves) => curves[measure].flat()).filter((v) => v > 0);
  const low = Math.floor(Math.log10(Math.min(...values)));
  const high = Math.ceil(Math.log10(Math.max(...values)));
  const ticks = Array.from({ length: high - low + 1 }, (_, i) => Number((10 ** (low + i)).toPrecision(1)));
  return { up: (v) => (v > 0 ? (Math.log10(v) - low) / (high - low) : 0), ticks };
}

/** The axis of the loss along the gradient: roots of the change, so that both small and large ones show. */
export function riseAxis() {
  const [top, bottom] = [SIGN_ROOT(RISE_TICKS[0]), SIGN_ROOT(-1)];
  return { up: (v) => (SIGN_ROOT(v) - bottom) / (top - bottom), ticks: RISE_TICKS };
}

/** The "d" of a line through the medians and of the band between the deciles; rows are [x, low, median, high]. */
export function paths(rows, up) {
  const y = (value) => (100 * (1 - Math.min(1, Math.max(0, up(value))))).toFixed(2);
  const point = (column) => (row) => `${row[0]} ${y(row[column])}`;
  const line = (list, column) => list.map(point(column)).join("L");
  return { line: `M${line(rows, 2)}`, band: `M${line(rows, 1)}L${line([...rows].reverse(), 3)}Z` };
}

/** A number with its unit, short: 0.379 -> "0.38 std". */
export function said(value, unit) {
  const digits = unit === "%" ? value.toFixed(1) : Number(value.toPrecision(2)).toLocaleString("en-US", { maximumFractionDigits: 4 });
  return unit ? `${digits}\u00a0${unit}` : digits;
}

/** The loss along the gradient, of one network and stretch: its lowest and its last median. */
function along(recorded, name, stretch) {
  const medians = recorded.rises[name][stretch].map((row) => row[1]);
  const signed = (v) => `${v < 0 ? "−" : "+"}${Number(Math.abs(v).toPrecision(2))}`;
  return `at best ${signed(Math.min(0, ...medians))}, at rate ${recorded.rates.at(-1)} ${signed(medians.at(-1))}`;
}

/** What a seeing reader notices: pieces of text, and [role, text] where a network is named. */
export function sentence(recorded, { compared, measure, stretch }) {
  const [words, unit] = recorded.measures[measure];
  const from = recorded.steps[stretch];
  const shown = series(recorded, compared);
  const when = measure === "moved" ? `Steps ${from} to ${from + recorded.every}`
    : `Step ${places(recorded, measure)[stretch]}`;
  const list = (of) => shown.flatMap(({ role, name, words: label }, i) =>
    [i ? "; " : "", [role, label], ` ${of(name)}`]);
  return [
    `${when}. ${words[0].toUpperCase()}${words.slice(1)}, median of ${recorded.seeds} seeds: `,
    ...list((name) => said(recorded.curves[name][measure][stretch][1], unit)),
    `. The loss along the gradient from step ${from}, in nats: `,
    ...list((name) => along(recorded, name, stretch)), ".",
  ];
}
