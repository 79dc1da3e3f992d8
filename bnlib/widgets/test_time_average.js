// What was recorded, the moving average of it, and both in words. Pure functions: nothing here touches the page.

/** The moving average of values after each of them; `variant` as bnlib's STARTS, of a variance. */
export function movingAverage(values, decay, variant) {
  let raw = variant === "frameworks" ? 1 : 0;
  let left = 1; // decay ** t: the start's share
  return values.map((value) => {
    raw = decay * raw + (1 - decay) * value;
    left *= decay;
    return variant === "corrected" ? raw / (1 - left) : raw;
  });
}

/** The share of a constant truth that an average from 0 has reached after t steps. */
export function shareReached(decay, t) {
  return 1 - decay ** t;
}

/** A recording as functions of its places: m, d and v count batch sizes, decays and variants. */
export function readRecording(recording) {
  const { batch_sizes: sizes, decays, variants, looks, seeds } = recording;
  const names = Object.keys(variants);
  const steps = looks.at(-1);
  const floats = (name, m) => Array.from({ length: steps }, (_, t) => recording[name].getFloat32(4 * (m * steps + t), true));
  const shares = (name, row) => looks.map((_, f) => recording[name].getUint16(2 * (row * looks.length + f), true) / 1e4);
  return {
    sizes, decays, variants, names, looks, seeds, steps,
    measured: (m) => floats("batch_var", m),
    truth: (m) => floats("true_var", m),
    error: (m, d, v) => shares("error", (m * decays.length + d) * names.length + v),
    population: (m) => shares("population", m),
    batch: (m) => shares("batch", m),
  };
}

/** Everything that is drawn for one choice. */
export function series(record, m, d, v) {
  const measured = record.measured(m);
  return {
    measured,
    truth: record.truth(m),
    average: movingAverage(measured, record.decays[d], record.names[v]),
    errors: { average: record.error(m, d, v), population: record.population(m), batch: record.batch(m) },
  };
}

/** The number of the last look at or before a step. */
export function lookBefore(looks, step) {
  return looks.findLastIndex((look) => look <= step);
}

/** 0.203 -> "20.3 %", with a space that does not break. */
export const percent = (share, decimals = 1) => `${(100 * share).toFixed(decimals)}\u00a0%`;

/** What a seeing reader notices at a step, as sentences. */
export function sentences(record, drawn, { m, d, v, step }) {
  const [decay, name] = [record.decays[d], record.names[v]];
  const [estimate, truth] = [drawn.average[step - 1], drawn.truth[step - 1]];
  const f = lookBefore(record.looks, step);
  const { average, population, batch } = drawn.errors;
  const start = name === "zero" && decay > 0
    ? ` From a start at 0, ${percent(shareReached(decay, step))} is all that it can have reached of a truth that stands still.` : "";
  return [
    `Batches of ${record.sizes[m]}, decay ${decay}, ${record.variants[name]}.`,
    `Step ${step}: the batch measures a variance of ${number(drawn.measured[step - 1])}, the average says ${number(estimate)}, the truth is ${number(truth)}; the average is ${percent(estimate / truth, 0)} of it.${start}`,
    `Test error at step ${record.looks[f]}: ${percent(average[f])} with this average, ${percent(population[f])} with the statistics of all training images, ${percent(batch[f])} with those of the test image's own batch.`,
  ];
}
