// What the recording says: one unit's cloud at one group size, and the errors beside it.

const TRAINED = {
  clean: { common: "Clean labels, one setting for all", tuned: "Clean labels, each tuned" },
  noisy: { common: "A fifth of the labels wrong, one setting for all", tuned: "A fifth of the labels wrong, each tuned" },
};

/** The x_hat of one unit in all batches of one size, and what belongs to it. */
export function cloud(recorded, unit, size) {
  const { x_hat: bytes, sizes, batches, population, expected, bounds } = recorded;
  const at = sizes.indexOf(size);
  const first = (unit * sizes.length + at) * batches;
  const values = Array.from({ length: batches }, (_, b) => bytes.getInt16(2 * (first + b), true) / 1000);
  const mean = values.reduce((sum, value) => sum + value, 0) / batches;
  const std = Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / batches);
  return { values, mean, std, population: population[unit], expected: expected[unit][at], bound: bounds[at] };
}

/** The errors of one choice: those with batch norm in the order of the groups, and the one without. */
export function errors(recorded, labels, settings) {
  const rows = recorded.curves[labels][settings];
  return { without: rows.find(({ group }) => group === null), groups: rows.filter(({ group }) => group !== null) };
}

const within = ({ mean, half }) => `${number(mean, 1)} ± ${number(half, 1)}\u00a0%`;

/** The readout: sentences about the cloud, then about the errors. */
export function sentences(recorded, now) {
  const { mean, std, population, expected } = cloud(recorded, now.unit, now.group);
  const { without, groups } = errors(recorded, now.labels, now.settings);
  const here = groups.find(({ group }) => group === now.group);
  const noisy = now.labels === "noisy";
  const fits = (row) => (noisy ? `, ${number(row.fitted, 0)}\u00a0% of the wrong labels learned` : "");
  const said = here
    ? `with groups of ${now.group}, ${within(here)} of the test images are misread${fits(here)}.`
    : `groups of ${now.group} were not tuned; the points are those that were.`;
  return [
    `In ${recorded.batches} random groups of ${now.group}, this image's x\u0302 is ${number(mean)} ± ${number(std)} (standard deviation); `
      + `the formula says ± ${number(expected)}. Among all 512 images it is ${number(population)}. One image, one run, seed ${recorded.seed}.`,
    `${TRAINED[now.labels][now.settings]}: ${said} Without batch norm: ${within(without)}${fits(without)}. `
      + `${recorded.runs} seeds, 95\u00a0% intervals.`,
  ];
}
