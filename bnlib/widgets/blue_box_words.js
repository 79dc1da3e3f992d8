// What a recording of the box holds, and how it is said. Pure functions: nothing here touches the page.

/** Typed access to a recording: see `record` in experiments/blue_box.py. Side: 0 without batch norm, 1 with it. */
export function reading(recorded) {
  const { frozen_from, steps, digits, units } = recorded;
  const F = steps.length;
  const single = (name, side, mode, frame) =>
    recorded[name].getFloat32(4 * ((side * frozen_from.length + mode) * F + frame), true);
  return {
    ...recorded,
    /** What unit `unit` of layer 2 hands on for an image: 0 to 1, in units of `top`. */
    value: (side, mode, image, unit, frame) =>
      recorded.values.getUint8((((side * frozen_from.length + mode) * digits.length + image) * units + unit) * F + frame) / 255,
    pixel: (image, at) => recorded.pixels.getUint8(64 * image + at) / 255,
    changed: (side, mode, frame) => single("changed", side, mode, frame),
    accuracy: (side, mode, frame) => single("accuracy", side, mode, frame),
    loss: (side, mode, frame) => single("loss", side, mode, frame),
    /** The index of a mode, by the step from which layers 1 and 2 are frozen; -1 stands for never. */
    mode: (from) => frozen_from.findIndex((at) => (at ?? -1) === from),
    /** Whether layers 1 and 2 are frozen at a step. */
    still: (mode, step) => frozen_from[mode] != null && step >= frozen_from[mode],
  };
}

/** "learn", "frozen from the start", "frozen from step 50" */
export function modeName(from) {
  if (from == null || from < 0) return "learn";
  return from ? `frozen from step ${from}` : "frozen from the start";
}

const percent = (share) => (Number.isFinite(share) ? `${(100 * share).toFixed(1)}\u00a0%` : "none yet");
const plain = (value) => (value === 0 ? "0" : value.toFixed(2));

/** What a seeing reader notices: pieces of text, and [side, text] where a side is named. */
export function sentence(shown, { mode, image, frame }, seed) {
  const { steps, back, digits, learning_rate } = shown;
  const step = steps[frame];
  const from = shown.frozen_from[mode];
  const span = Math.min(back, step);
  const moved = [0, 1].map((side) => shown.changed(side, mode, frame));
  const parts = [`Layers 1 and 2 ${modeName(from)}; learning rate ${learning_rate}; shown: a ${digits[image]}. `];
  if (step === 0) parts.push("At step 0 nothing has moved yet. ");
  else {
    parts.push(`At step ${step}, the numbers that layer 3 receives have changed in the last ${span} steps by `,
      [0, `${plain(moved[0])} without batch norm`], " and ", [1, `${plain(moved[1])} with it`],
      " (in units of their spread)");
    parts.push(moved.every((each) => each === 0) ? ": nothing moves. " : ". ");
  }
  const pair = (side) => {
    const now = percent(shown.accuracy(side, mode, frame));
    return from == null || step <= from ? now : `${now} (${percent(shown.accuracy(side, 0, frame))} if they learn)`;
  };
  const losses = [0, 1].map((side) => shown.loss(side, mode, frame).toFixed(2));
  parts.push("Test accuracy ", [0, pair(0)], " and ", [1, pair(1)],
    `; training loss ${losses[0]} and ${losses[1]}. One run, seed\u00a0${seed}.`);
  return parts;
}
