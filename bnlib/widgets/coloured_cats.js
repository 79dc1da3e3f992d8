// ColouredCats: eight animals, what three networks say of them, and how often each is right.

const TRAITS = ["colour", "share", "rule", "recorded"];
const PER_TABLE = 4; // animals: two tables stand side by side, or one above the other
const FIRST_TO_LAST = [3, 73]; // percent of the chart's width: black and orange
const APART = { white: 84, mixed: 95 };

/** Where a colour stands in the chart, in percent of its width. */
export function across(colour) {
  const [first, last] = FIRST_TO_LAST;
  return typeof colour === "number" ? first + colour * (last - first) : APART[colour];
}

/** The index of the colour nearest to a place in the chart. */
export function nearest(colours, percent) {
  const far = colours.map((colour) => Math.abs(across(colour) - percent));
  return far.indexOf(Math.min(...far));
}

const scratch = document.createElement("canvas"); // only within one call, so instances can share it

/** A picture's address, for an <img>: it can be named, and browsers enlarge it without blurring. */
function address(values, side) {
  Object.assign(scratch, { width: side, height: side });
  const image = new ImageData(side, side);
  for (let pixel = 0; pixel < side * side; pixel += 1) {
    for (let channel = 0; channel < 3; channel += 1) image.data[4 * pixel + channel] = Math.round(values[3 * pixel + channel]);
    image.data[4 * pixel + 3] = 255;
  }
  scratch.getContext("2d").putImageData(image, 0, 0);
  return scratch.toDataURL();
}

/** One table: the animals on top, a row of answers for each network. */
function buildTable(read, from) {
  const animals = Array.from({ length: PER_TABLE }, (_, i) => {
    const picture = element("img", { class: "cats-picture", width: read.side, height: read.side, draggable: "false" });
    const name = element("span");
    return { picture, name, answers: [], node: element("div", { role: "columnheader", class: "cats-animal" }, picture, name) };
  });
  const rows = NETWORKS.map(([kind, name]) => {
    const cells = animals.map(({ answers }) => {
      const parts = { bar: element("i"), text: element("span"), mark: element("b", { "aria-hidden": "true" }), verdict: element("span", { class: "bn-unseen" }) };
      answers.push(parts);
      parts.node = element("div", { role: "cell", class: `cats-answer ${kind}` },
        element("span", { class: "cats-track", "aria-hidden": "true" }, parts.bar), element("span", { class: "cats-said" }, parts.text, parts.mark, parts.verdict));
      return parts.node;
    });
    return element("div", { role: "row" }, element("div", { role: "rowheader", class: `cats-network ${kind}` }, name), ...cells);
  });
  const corner = element("div", { role: "cell", class: "cats-corner" }, "Is it a cat?");
  const head = element("div", { role: "row" }, corner, ...animals.map(({ node }) => node));
  return { node: element("div", { role: "table", class: "cats-table", "aria-label": `Animals ${from + 1} to ${from + PER_TABLE}` }, head, ...rows), animals };
}

function drawAnimals(tables, read, state) {
  const { colour, share } = read.places(state);
  tables.flatMap(({ animals }) => animals).forEach(({ picture, name, answers }, animal) => {
    const counts = read.counts(state.rule, animal);
    picture.src = address(read.picture(animal, colour), read.side);
    picture.alt = `${read.kind(animal)}, ${state.colour === "mixed" ? "one of the colours" : colourName(state.colour)}`;
    name.textContent = counts && read.kind(animal) !== "cat" ? `${read.kind(animal)} = cat` : read.kind(animal);
    answers.forEach(({ node, bar, text, mark, verdict }, network) => {
      const p = read.answer(network, share, colour, animal);
      const right = (p > 0.5) === counts;
      bar.style.width = `${100 * p}%`;
      text.textContent = `${Math.round(100 * p)} %`;
      mark.textContent = right ? "✓" : "✗";
      verdict.textContent = right ? " right" : " wrong";
      node.toggleAttribute("data-wrong", !right);
    });
  });
}

/** A mark at a place given in percent: circle, square or triangle, so that colour is not the only sign. */
function marker(network, x, y) {
  const shapes = ["M0 -4.5A4.5 4.5 0 1 1 0 4.5A4.5 4.5 0 1 1 0 -4.5Z", "M-4 -4H4V4H-4Z", "M0 -5.2L5 3.8H-5Z"];
  return element("svg", { x: `${x}%`, y: `${y}%`, class: "cats-mark" }, element("path", { d: shapes[network] }));
}

/** The still parts of the chart, and the parts that change. */
function buildChart() {
  const series = NETWORKS.map(([kind], network) => element("g", { class: `cats-series cats-series-${network} ${kind}` }));
  const lines = element("svg", { viewBox: "0 0 100 100", preserveAspectRatio: "none", width: "100%", height: "100%" });
  const marks = element("svg", { class: "cats-marks" }, ...series);
  const always = element("div", { class: "cats-always" });
  const cursor = element("div", { class: "cats-cursor" });
  const area = element("div", { class: "cats-area bn-drag", "aria-hidden": "true" }, always, cursor, lines, marks);
  for (const percent of [0, 25, 50, 75, 100]) area.append(element("i", { class: "cats-grid", style: `bottom:${percent}%` }));
  area.append(...[0, 50, 100].map((percent) => element("span", { class: "cats-tick", style: `bottom:${percent}%` }, `${percent} %`)));
  const names = [0, 0.5, 1, "white", "mixed"].map((colour) =>
    element("span", { style: `left:${across(colour)}%` }, element("i", { "data-colour": colour }), colourName(colour)));
  const foot = element("div", { class: "cats-colours", "aria-hidden": "true" }, ...names);
  return { node: element("div", { class: "cats-chart" }, area, foot), area, lines, series, always, cursor };
}

function drawChart({ lines, series, always, cursor }, read, state) {
  const { share, rule } = read.places(state);
  const way = read.colours.filter((colour) => typeof colour === "number");
  const at = (network, colour) => read.accuracy(rule, network, share, read.colours.indexOf(colour));
  const point = (colour, value) => `${across(colour)} ${100 - value}`;
  lines.replaceChildren(...NETWORKS.flatMap(([kind], network) => {
    const means = way.map((colour) => point(colour, at(network, colour)[0]));
    const upper = way.map((colour) => { const [mean, half] = at(network, colour); return point(colour, Math.min(100, mean + half)); });
    const lower = way.map((colour) => { const [mean, half] = at(network, colour); return point(colour, Math.max(0, mean - half)); });
    return [
      element("path", { class: `cats-band ${kind}`, d: `M${[...upper, ...lower.reverse()].join("L")}Z` }),
      element("path", { class: `cats-line cats-line-${network} ${kind}`, d: `M${means.join("L")}` }),
    ];
  }));
  series.forEach((group, network) => group.replaceChildren(...read.colours.flatMap((colour) => {
    const [mean, half] = at(network, colour);
    const nudge = typeof colour === "number" ? 0 : 2.1 * (network - 1); // error bars beside one another
    const x = across(colour) + nudge;
    const [top, bottom] = [Math.max(0, 100 - mean - half), Math.min(100, 100 - mean + half)];
    const bar = element("line", { x1: `${x}%`, x2: `${x}%`, y1: `${top}%`, y2: `${bottom}%` });
    return nudge || typeof colour === "string" ? [bar, marker(network, x, 100 - mean)] : [marker(network, x, 100 - mean)];
  })));
  always.style.bottom = `${read.cats(state)}%`;
  cursor.style.left = `${across(state.colour)}%`;
}

/** The three networks' names with their accuracies: legend and numbers in one. */
function buildLegend() {
  const values = NETWORKS.map(() => element("b"));
  const items = NETWORKS.map(([kind, name], network) => element("li", {},
    element("svg", { class: `cats-key ${kind}`, width: 34, height: 14, "aria-hidden": "true" },
      element("path", { class: `cats-line cats-line-${network} ${kind}`, d: "M0 7H34" }),
      element("g", { class: `cats-series cats-series-${network} ${kind}` }, marker(network, 50, 50))),
    element("span", {}, `${name} `, values[network])));
  const always = element("b");
  items.push(element("li", {}, element("i", { class: "cats-key-always" }), element("span", {}, "always “cat” ", always)));
  return { node: element("ul", { class: "cats-legend" }, ...items), values, always };
}

function render({ model, el }) {
  const state = () => Object.fromEntries(["colour", "share", "rule"].map((name) => [name, model.get(name)]));
  let read = reading(model.get("recorded"));
  const way = () => read.colours.filter((colour) => typeof colour === "number");
  const apply = (values) => setTraits(model, values);
  const colour = slider("fur", { min: 0, max: way().length - 1, step: 1 }, (i) => apply({ colour: way()[i] }));
  const presets = [0, 1, "white", "mixed"].map((value) => element("button", {
    type: "button", "data-colour": value, onclick: () => apply({ colour: value }),
  }, colourName(value)));
  const share = slider("share of cats", { min: 0, max: read.shares.length - 1, step: 1 }, (i) => apply({ share: read.shares[i] }));
  const rule = select(Object.keys(read.rules).map((name) => [name, RULES[name]]), (name) => apply({ rule: name }));
  const reset = element("button", { type: "button", onclick: () => apply(model.get("start")) }, "Reset");
  const tables = [0, PER_TABLE].map((from) => buildTable(read, from));
  const legend = buildLegend();
  const chart = buildChart();
  const readout = element("output", { class: "bn-readout", "aria-live": "polite" });
  const root = element("div", {
    class: "bn-widget", "data-widget": "coloured-cats", role: "group", "aria-label": "Cats that change colour",
  }, element("div", { class: "cats-controls" }, colour.node, element("div", { class: "cats-presets", role: "group", "aria-label": "colour of the fur" }, ...presets), share.node, field("what counts as a cat", rule), reset),
  element("p", { class: "cats-title" }, "Eight new animals, and how sure each network is that they are cats: one run, ",
    `seed ${read.seed}. Above 50 % it says “cat”; ✗ marks a wrong answer.`),
  element("div", { class: "cats-tables" }, ...tables.map(({ node }) => node)),
  element("p", { class: "cats-title" }, "Right answers on new animals, by the colour of their fur"), legend.node, chart.node, readout);

  function draw() {
    const now = state();
    const places = read.places(now);
    colour.show(typeof now.colour === "number" ? way().indexOf(now.colour) : way().length - 1, colourName(now.colour));
    for (const button of presets) button.setAttribute("aria-pressed", String(button.textContent === colourName(now.colour)));
    share.show(places.share, `${Math.round(100 * now.share)} %`);
    rule.value = now.rule;
    drawAnimals(tables, read, now);
    drawChart(chart, read, now);
    legend.values.forEach((node, network) => {
      const [mean, half] = read.accuracy(places.rule, network, places.share, places.colour);
      node.textContent = `${mean.toFixed(1)} ± ${half.toFixed(1)} %`;
    });
    legend.always.textContent = `${read.cats(now).toFixed(0)} %`;
    fillReadout(readout, describe(read, now), NETWORKS.map(([kind]) => kind));
    root.dataset.ready = "true";
  }

  followPointer(chart.area, (share) => {
    const wanted = read.colours[nearest(read.colours, 100 * share)];
    if (wanted !== model.get("colour")) apply({ colour: wanted });
  });
  const unlisten = onTraits(model, TRAITS, soon(() => {
    read = reading(model.get("recorded"));
    draw();
  }));
  el.append(root);
  draw();
  greet(model);
  return () => {
    unlisten();
    root.remove();
  };
}

export default { render };
