// The formula of the machine, and the sentence that says what a change did. No drawing here.

const INPUT = { low: -5, high: 25, ticks: [-5, 0, 5, 10, 15, 20, 25] }; // y too: undone, y stands under x
const NORMAL = { low: -3, high: 3, ticks: [-3, -2, -1, 0, 1, 2, 3] }; // |x_hat| < sqrt(8 - 1) always fits

/** Batch norm of one feature, computed and refused as bnlib.batch_norm does. */
export function batchNorm(values, gamma, beta, eps) {
  const average = (list) => list.reduce((sum, v) => sum + v, 0) / list.length;
  const mean = average(values);
  const rough = values.map((v) => v - mean);
  const remainder = average(rough); // what rounding left in the mean
  const centred = rough.map((c) => c - remainder);
  const variance = average(centred.map((c) => c * c));
  if (eps === 0 && variance <= (4 * Number.EPSILON * mean) ** 2) {
    throw new RangeError(`feature 0 of x (${values.length}, 1) is constant and eps is 0, ` +
      "so its variance is 0; use eps > 0 or drop the feature");
  }
  const invStd = 1 / Math.sqrt(variance + eps);
  const xHat = centred.map((c) => c * invStd);
  return { mean, variance, invStd, xHat, y: xHat.map((v) => gamma * v + beta) };
}

/** Where a value stands on an axis, in percent, and on which side it has left it (-1, 0, 1). */
export function place(axis, value) {
  const percent = (100 * (value - axis.low)) / (axis.high - axis.low);
  return { percent: Math.min(100, Math.max(0, percent)), beyond: percent > 100 ? 1 : percent < 0 ? -1 : 0 };
}

const subscript = (index) => "₁₂₃₄₅₆₇₈"[index];
const epsText = (eps) => (eps === 0 ? "0" : String(Number(eps.toFixed(8))));

function outcome({ values, gamma, beta, eps }) {
  try {
    return batchNorm(values, gamma, beta, eps);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    return { ...batchNorm(values, 1, 0, 1), xHat: [], y: [], error: error.message };
  }
}

function changes(before, after) {
  const [was, now] = [before.values, after.values];
  const told = [];
  const touched = [...now.keys()].filter((i) => now[i] !== was[i]);
  if (was.length !== now.length) told.push(`The batch went from ${was.length} to ${now.length}.`);
  else if (touched.length > 1) told.push(`${touched.length} numbers changed.`);
  else for (const i of touched) told.push(`x${subscript(i)} went from ${number(was[i])} to ${number(now[i])}.`);
  for (const [sign, name, text] of [["γ", "gamma", number], ["β", "beta", number], ["ε", "eps", epsText]]) {
    if (before[name] !== after[name]) told.push(`${sign} went from ${text(before[name])} to ${text(after[name])}.`);
  }
  return { told, touched };
}

function othersMoved(before, after, touched) {
  const [was, now] = [outcome(before).xHat, outcome(after).xHat];
  if (was.length !== now.length) return "";
  const far = (i) => Math.abs(now[i] - was[i]);
  const moved = [...now.keys()].filter((i) => far(i) >= 0.005);
  if (moved.length === 0) return "No x̂ moved visibly.";
  const [first] = moved.filter((i) => !touched.includes(i)).sort((i, j) => far(j) - far(i));
  const example = first === undefined ? "" : `: x̂${subscript(first)}${touched.length ? ", untouched," : ""} ` +
    `from ${number(was[first])} to ${number(now[first])}`;
  return `${moved.length === now.length ? "All " : ""}${moved.length} x̂ moved${example}.`;
}

function lost(values, name) {
  const count = values.filter((v) => place(INPUT, v).beyond !== 0).length;
  return count === 0 ? "" : `${count} ${name} ${count === 1 ? "lies" : "lie"} beyond the axis, at the arrow.`;
}

/** What a seeing reader notices, as a sentence: the change, the batch's moments, who moved. */
export function describe(before, after) {
  const { told, touched } = changes(before, after);
  const { values, gamma, beta, eps } = after;
  const { mean, variance, invStd, y, error } = outcome(after);
  const v = number(variance);
  if (error) {
    told.push(`No answer; bnlib raises ValueError: ${error}.`);
  } else if (values.length === 1) {
    told.push(`A batch of one is its own mean: x̂ = 0, so y = β = ${number(beta)} whatever x is.`);
  } else {
    const moved = told.length ? othersMoved(before, after, touched) : "";
    told.push(`The batch has mean ${number(mean)} and variance ${v}.`, moved);
    const normal = number(variance * invStd ** 2, 4);
    told.push(`The variance of x̂ is v/(v + ε) = ${v}/(${v} + ${epsText(eps)}) = ${normal}.`);
    if (values.every((x, i) => Math.abs(x - y[i]) < 1e-9)) {
      told.push("y = x: γ = √(v + ε) and β = mean undo batch norm, for this batch.");
    } else if (before.gamma !== gamma || before.beta !== beta) {
      told.push(`y has mean β = ${number(beta)} and std ${number(Math.sqrt(variance) * invStd * Math.abs(gamma))}.`);
    }
  }
  return [...told, lost(values, "x"), lost(y, "y")].filter(Boolean).join(" ");
}
