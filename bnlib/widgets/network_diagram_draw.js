// How a mini-batch is drawn: a tile for each value, under it each column's mean and spread.

const ROOM = 4; // CSS pixels above and below the axis of the moments

/** One image a row, one unit a column: dark above 0, the third colour below, blank at 0. */
function drawTiles(canvas, part, ink) {
  const { context, width, height } = sheet(canvas);
  context.fillStyle = ink.strip;
  context.fillRect(0, 0, width, height);
  const [w, h] = [width / part.units, height / part.n];
  const gap = w > 5 ? 1 : 0;
  for (let image = 0; image < part.n; image += 1) {
    for (let unit = 0; unit < part.units; unit += 1) {
      const tone = part.tone(image, unit);
      context.globalAlpha = Math.abs(tone) ** 0.7; // so that small values are seen, too
      context.fillStyle = tone > 0 ? ink.text : ink.third;
      context.fillRect(unit * w, image * h, w - gap, h - 1);
    }
  }
}

/** The mini-batch as pictures, `across` of them in a line. */
function drawImages(canvas, part, ink, across) {
  const { context, width, height } = sheet(canvas);
  context.fillStyle = ink.strip;
  context.fillRect(0, 0, width, height);
  const side = Math.sqrt(part.units);
  const rows = Math.ceil(part.n / across);
  const size = Math.min(width / across, height / rows);
  const dot = Math.floor((size - 6) / side);
  const left = (width - across * size) / 2;
  const top = (height - rows * size) / 2;
  context.fillStyle = ink.text;
  const darkest = Math.max(...Array.from({ length: part.n * part.units }, (_, i) => part.tone(Math.floor(i / part.units), i % part.units)));
  for (let image = 0; image < part.n; image += 1) {
    for (let pixel = 0; pixel < part.units; pixel += 1) {
      context.globalAlpha = Math.max(0, (part.tone(image, pixel) + 0.25) / (darkest + 0.25));
      context.fillRect(left + (image % across) * size + 3 + (pixel % side) * dot,
        top + Math.floor(image / across) * size + 3 + Math.floor(pixel / side) * dot, dot, dot);
    }
  }
}

/** Each unit's mean and one standard deviation to either side, on the axis of the tiles. */
function drawMoments(canvas, part, ink) {
  const { context, width, height } = sheet(canvas);
  const w = width / part.units;
  const y = (value) => {
    const share = Math.max(-1, Math.min(1, value / part.axis));
    return height / 2 - share * (height / 2 - ROOM);
  };
  context.fillStyle = ink.grid;
  for (const value of [part.axis, 0, -part.axis]) context.fillRect(0, Math.round(y(value)), width, 1);
  context.fillStyle = part.gamma ? ink.norm : ink.text;
  for (let unit = 0; unit < part.units; unit += 1) {
    const [mean, std] = [part.mean[unit], part.std[unit]];
    const middle = (unit + 0.5) * w;
    const [top, bottom] = [y(mean + std), y(mean - std)];
    context.globalAlpha = 0.45;
    context.fillRect(middle - Math.max(1, w / 5), top, 2 * Math.max(1, w / 5), Math.max(1, bottom - top));
    context.globalAlpha = 1;
    context.fillRect(middle - Math.max(1.5, w / 3), y(mean) - 1, 2 * Math.max(1.5, w / 3), 2);
  }
}
