// Gradient descent on a quadratic of two weights, by its closed formula: any step at once.

const OPTIMUM = [3, 1]; // as bnlib.experiments.ravine: for features of standard deviation 1
const TOLERANCE = 1e-4; // of the first loss
const DIVERGED = 1e3; // of the first loss
const EDGE = 1e-12; // how near to 1 a factor neither shrinks nor grows

/** Hessian, optimum and what follows from them; curvatures and directions: the steepest first. */
export function quadratic(ratio, correlation, normalize) {
  const std = normalize ? 1 : ratio;
  const [a, b, c] = [2, 2 * correlation * std, 2 * std * std];
  const high = (a + c) / 2 + Math.hypot((a - c) / 2, b);
  const low = (4 * std * std * (1 - correlation) * (1 + correlation)) / high; // determinant / high
  const angle = Math.atan2(2 * b, a - c) / 2;
  const directions = [[Math.cos(angle), Math.sin(angle)], [-Math.sin(angle), Math.cos(angle)]];
  const optimum = [OPTIMUM[0], OPTIMUM[1] / std];
  // The error of w = 0, along each direction.
  const starts = directions.map(([x, y]) => -(optimum[0] * x + optimum[1] * y));
  return {
    ratio, normalize, std, correlation, optimum, directions, starts, curvatures: [high, low],
    condition: high / low, limit: 2 / high, best: 2 / (high + low),
  };
}

/** The weights after t steps from w = 0. */
export function weightsAt({ optimum, directions, starts, curvatures }, rate, t) {
  const errors = starts.map((start, i) => start * (1 - rate * curvatures[i]) ** t);
  return optimum.map((w, axis) => w + errors[0] * directions[0][axis] + errors[1] * directions[1][axis]);
}

/** The loss after t steps. */
export function lossAt({ starts, curvatures }, rate, t) {
  const parts = starts.map((start, i) => curvatures[i] * (start * (1 - rate * curvatures[i]) ** t) ** 2);
  return (parts[0] + parts[1]) / 2;
}

/** How it ends: "arrives", "diverges" or "bounces", and at which step (null: never). */
export function outcome(problem, rate) {
  const factor = Math.max(...problem.curvatures.map((curvature) => Math.abs(1 - rate * curvature)));
  const first = lossAt(problem, rate, 0);
  if (Math.abs(factor - 1) < EDGE) return { kind: "bounces", step: null };
  if (factor > 1) return { kind: "diverges", step: firstStep((t) => !(lossAt(problem, rate, t) <= DIVERGED * first)) };
  return { kind: "arrives", step: firstStep((t) => lossAt(problem, rate, t) <= TOLERANCE * first) };
}

/** The smallest t >= 1 for which something holds that holds ever after. */
function firstStep(holds) {
  let high = 1;
  while (!holds(high)) high *= 2;
  let low = Math.floor(high / 2);
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (holds(middle)) high = middle;
    else low = middle;
  }
  return high;
}

/** Steps until the loss is surely down to TOLERANCE, at the best rate. */
export function theorySteps(condition) {
  if (condition - 1 < EDGE) return 1; // the one step ends in the minimum
  return Math.ceil(Math.log(TOLERANCE) / (2 * Math.log1p(-2 / (condition + 1))));
}

/** At most `count` + 1 steps from 0 to `last`, evenly. */
export function stopsTo(last, count) {
  const parts = Math.min(last, count);
  return Array.from({ length: parts + 1 }, (_, i) => Math.round((i * last) / parts));
}

/** 3 digits that count: "0.0099", "1,230,000". */
export function digits(value) {
  return value.toLocaleString("en", { maximumSignificantDigits: 3 });
}

const rounded = (value) => value.toLocaleString("en", { maximumFractionDigits: 0 });

function share(value) {
  if (value > 10) return `${digits(value)} times the first`;
  return `${digits(100 * value)} % of the first`;
}

/** What a seeing reader notices, as sentences; `step` is where the cursor stands. */
export function describe(problem, rate, step) {
  const { condition, limit, best } = problem;
  const { kind, step: end } = outcome(problem, rate);
  const scales = `Scale ratio 1 : ${digits(problem.ratio)}${problem.normalize ? ", normalized" : ""}`;
  const told = [`${scales}: condition number κ = ${digits(condition)}. Rates from ${digits(limit)} on don’t settle; yours, ${digits(rate)}, is ${digits((100 * rate) / limit)} % of that.`];
  if (kind === "arrives") told.push(`It takes ${rounded(end)} ${end === 1 ? "step" : "steps"} to 0.01 % of the first loss.`);
  else if (kind === "diverges") told.push(`It diverges: at step ${rounded(end)} the loss has passed 1,000 times the first.`);
  else told.push("It bounces for ever: in one direction the error neither shrinks nor grows.");
  const decimals = Math.min(12, 2 + Math.ceil(Math.log10(condition)));
  told.push(condition - 1 < EDGE
    ? `Theory: at the best rate, ${digits(best)}, one step is enough.`
    : `Theory: at the best rate, ${digits(best)}, a step leaves at most 1 − 2/(κ + 1) = ${(1 - 2 / (condition + 1)).toFixed(decimals)} ` +
      `of the error; ${rounded(theorySteps(condition))} steps are enough.`);
  told.push(`At the cursor, step ${rounded(step)}, the loss is ${share(lossAt(problem, rate, step) / lossAt(problem, rate, 0))}.`);
  return told;
}
