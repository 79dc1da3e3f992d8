// How a recording is drawn: three kinds of canvas, each sized in CSS pixels and sharp on any screen.

const EDGE = 5; // CSS pixels at the top and bottom of a row, where values off the axis pile up
const FULL = 0.25; // the share of all values that a histogram's full width stands for, at most
const DASHES = [[6, 3], []]; // without batch norm, with it: never colour alone
const scratch = document.createElement("canvas"); // only within one call, so instances can share it

/** Where a value stands in a row of this height, in CSS pixels from its top. */
export function level(value, axis, height) {
  return EDGE + depth(value, axis) * (height - 2 * EDGE);
}

/** The widest bar's share: how histograms of a configuration are scaled, at every step alike. */
export function fullWidth(shown) {
  return Math.min(shown.largest, FULL);
}

function line(context, points, colour, width, dash = []) {
  context.beginPath();
  let open = false; // a value that is not a number interrupts the line
  for (const [x, y] of points) {
    if (Number.isNaN(y)) { open = false; continue; }
    if (open) context.lineTo(x, y); else context.moveTo(x, y);
    open = true;
  }
  context.setLineDash(dash);
  Object.assign(context, { strokeStyle: colour, lineWidth: width });
  context.stroke();
  context.setLineDash([]);
}

function levels(context, shown, { width, height }, ink) {
  for (const value of [...shown.axis, 0]) {
    if (value === 0 && depth(0, shown.axis) % 1 === 0) continue; // 0 is an end, or off the axis
    const y = Math.round(level(value, shown.axis, height)) + 0.5;
    line(context, [[0, y], [width, y]], value === 0 ? ink.muted : ink.grid, 1, value === 0 ? [1, 4] : []);
  }
}

function hatchFrom(context, shown, side, { width, height }, ink) {
  if (shown.diverged[side] == null) return;
  const from = width * Math.min(1, (shown.diverged[side] - shown.steps[0]) / (shown.steps.at(-1) - shown.steps[0]));
  context.save();
  context.beginPath();
  context.rect(from, 0, width - from, height);
  context.clip();
  context.globalAlpha = 0.5;
  for (let x = from - height; x < width; x += 9) line(context, [[x, height], [x + height, 0]], ink.border, 1);
  context.restore();
}

function density(shown, series, layer, colour) {
  const { bins } = shown;
  const frames = shown.steps.length;
  const image = new ImageData(frames, bins);
  for (let frame = 0; frame < frames; frame += 1) {
    const roots = shown.roots(series, frame, layer);
    for (let bin = 0; bin < bins; bin += 1) image.data[4 * ((bins - 1 - bin) * frames + frame) + 3] = (255 * roots[bin]) / shown.levels;
  }
  Object.assign(scratch, { width: frames, height: bins });
  const context = scratch.getContext("2d");
  context.putImageData(image, 0, 0);
  context.globalCompositeOperation = "source-in"; // keep the shares as opacity, take the colour
  context.fillStyle = colour;
  context.fillRect(0, 0, frames, bins);
  return scratch;
}

/** One layer through training: density, what lies off the axis, the three percentile lines. */
export function drawStrip(canvas, size, shown, side, series, layer, ink) {
  const { width, height } = size;
  const { context } = sheet(canvas, width, height);
  const colour = ink.sides[side];
  const { steps } = shown;
  const pitch = width / (steps.length - 1);
  levels(context, shown, size, ink);
  context.globalAlpha = 0.62; // so that the lines stand out from the darkest cells
  context.drawImage(density(shown, series, layer, colour), -pitch / 2, EDGE, width + pitch, height - 2 * EDGE);
  context.fillStyle = colour;
  for (let frame = 0; frame < steps.length; frame += 1) {
    for (const end of [0, 1]) {
      const share = shown.outside(series, frame, layer, end) / shown.values;
      if (share === 0) continue;
      context.globalAlpha = Math.min(1, Math.sqrt(share / fullWidth(shown)));
      context.fillRect((frame - 0.5) * pitch, end ? 0 : height - EDGE + 1, pitch, EDGE - 1);
    }
  }
  context.globalAlpha = 1;
  for (const [name, weight] of [["low", 1.2], ["high", 1.2], ["median", 2.4]]) {
    const points = steps.map((_, i) => [i * pitch, level(shown.moment(name, series, i, layer), shown.axis, height)]);
    line(context, points, colour, weight, DASHES[side]);
  }
  hatchFrom(context, shown, side, size, ink);
}

/** The chosen moment of one layer on the strip's own axis: a bar a bin, and one at each end for what lies off it. */
export function drawHistogram(canvas, size, shown, side, series, layer, frame, ink) {
  const { width, height } = size;
  const { context } = sheet(canvas, width, height);
  levels(context, shown, size, ink);
  context.fillStyle = ink.sides[side];
  const bar = (share, y, thickness) => {
    const whole = (share / fullWidth(shown)) * width;
    context.fillRect(0, y, Math.min(width, whole), thickness);
    if (whole > width * 1.01) context.clearRect(width - 8, y, 3, thickness); // a gap: the bar is longer than this
  };
  const pitch = (height - 2 * EDGE) / shown.bins;
  shown.roots(series, frame, layer).forEach((root, bin) =>
    bar((root / shown.levels) ** 2 * shown.largest, height - EDGE - (bin + 1) * pitch, pitch + 0.3)); // overlap: no hairlines
  bar(shown.outside(series, frame, layer, 0) / shown.values, height - EDGE + 1, EDGE - 1);
  bar(shown.outside(series, frame, layer, 1) / shown.values, 0, EDGE - 1);
}

/** Test accuracy through training on an axis from 0 to 100 %. */
export function drawAccuracy(canvas, size, shown, side, ink) {
  const { width, height } = size;
  const { context } = sheet(canvas, width, height);
  for (const share of [0, 0.5, 1]) {
    const y = Math.round(level(share, [0, 1], height)) + 0.5;
    line(context, [[0, y], [width, y]], ink.grid, 1);
  }
  const pitch = width / (shown.steps.length - 1);
  const points = shown.steps.map((_, i) => [i * pitch, level(shown.accuracy(side, i), [0, 1], height)]);
  line(context, points, ink.sides[side], 2.4, DASHES[side]);
  hatchFrom(context, shown, side, size, ink);
}
