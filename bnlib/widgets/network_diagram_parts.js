// The widget's elements: controls, the chain of boxes, the facts of one box, two pictures.

const LAYERS = ["input", "hidden layer 1", "hidden layer 2", "output"];
const SLOTS = { linear: "Linear", norm: "Batch Norm", activation: "" };

/** A labelled range whose ends move: `span(min, max)`, then `show(position, text)`. */
function movingRange(label, onInput) {
  const input = element("input", { type: "range", step: 1, oninput: () => onInput(Number(input.value)) });
  const name = element("span", {}, label);
  const value = element("span", { "aria-hidden": "true" });
  return {
    node: element("label", { class: "bn-field" }, element("span", { class: "bn-slider-name" }, name, value), input),
    span: (min, max) => Object.assign(input, { min, max }),
    show(position, text) {
      input.value = position;
      input.setAttribute("aria-valuetext", text);
      value.textContent = text;
    },
  };
}

/** One box with the arrow that leaves it; `gap` stands in for it where it is left out. */
function buildCell(key, layer) {
  const name = element("b");
  const learned = element("span", { class: "bnd-learned" });
  const button = element("button", { type: "button", class: "bnd-box", "data-box": key, "data-kind": key.split(" ")[0] },
    name, learned, element("span", { class: "bn-unseen" }, `, ${LAYERS[layer]}`));
  const symbol = element("span");
  const arrow = element("span", { class: "bnd-arrow", "aria-hidden": "true" }, symbol);
  const gap = element("span", { class: "bnd-gap", "aria-hidden": "true" }, "no batch norm");
  return { key, layer, button, name, learned, symbol, gap, node: element("div", { class: "bnd-cell" }, button, gap, arrow) };
}

/** All boxes, in groups a layer; `order` puts them as a run has them. */
function buildChain() {
  const keys = ["x", ...[1, 2].flatMap((n) => [`linear ${n}`, `norm ${n}`, `activation ${n}`]), "linear 3"];
  const cells = Object.fromEntries(keys.map((key) => [key, buildCell(key, key === "x" ? 0 : Number(key.at(-1)))]));
  const groups = LAYERS.map((name, layer) => {
    const row = element("div", { class: "bnd-cells" });
    return { row, layer, node: element("div", { class: "bnd-group", "data-layer": layer }, element("span", { class: "bnd-layer" }, name), row) };
  });
  const node = element("div", { class: "bnd-chain", role: "group", "aria-label": "The network’s boxes; arrow keys go from one to the next" },
    ...groups.map((group) => group.node));
  let order = "";
  function draw(run, chosen, pressed) {
    const here = run.boxes.map(({ key }) => key);
    const there = keys.filter((key) => !here.includes(key));
    if (order !== here.join()) {
      order = here.join();
      for (const { row, layer } of groups) {
        const mine = here.filter((key) => cells[key].layer === layer);
        for (const key of there) if (cells[key].layer === layer) mine.splice(1, 0, key);
        row.replaceChildren(...mine.map((key) => cells[key].node));
      }
    }
    for (const key of there) cells[key].node.toggleAttribute("data-missing", true);
    for (const box of run.boxes) {
      const cell = cells[box.key];
      cell.node.toggleAttribute("data-missing", false);
      cell.name.textContent = box.key === "x" ? "x" : SLOTS[box.key.split(" ")[0]] || box.name;
      cell.learned.textContent = box.parameters.map((text) => text.split(":")[0]).join(" ");
      cell.symbol.textContent = box.gives;
      cell.button.setAttribute("aria-pressed", String(box.key === pressed));
      cell.button.toggleAttribute("data-chosen", box.key === chosen);
    }
  }
  return { node, cells, keys, draw };
}

/** Name and value, in two columns. */
function buildFacts() {
  const heading = element("div", { class: "bnd-heading" });
  const list = element("dl", { class: "bnd-facts" });
  const note = element("p");
  const node = element("div", { class: "bnd-about" }, heading, list, note);
  function draw(box, into, layers) {
    heading.replaceChildren(element("b", {}, box.name), ` ${layerName(box, layers)}`);
    const shape = into ? `${shapeText(into.shape)} → ${shapeText(box.shape)}` : shapeText(box.shape);
    const facts = [
      ["shape", shape],
      ["parameters", parametersText(box)],
      ["formula", element("span", { class: "bnd-formula" }, box.formula)],
      ["in bnlib", element("code", {}, box.code)],
    ];
    list.replaceChildren(...facts.map(([name, value]) => element("div", { "data-fact": name }, element("dt", {}, name), element("dd", {}, value))));
    note.textContent = box.note;
  }
  return { node, draw };
}

/** One mini-batch: tiles, and under them the columns' moments on an axis. */
function buildPicture(kind) {
  const title = element("b");
  const size = element("span", { class: "bnd-size" });
  const tiles = element("canvas", { class: "bnd-tiles" });
  const moments = element("canvas", { class: "bnd-moments" });
  const cursor = element("i", { class: "bnd-cursor" });
  const marks = [0, 1, 2].map(() => element("span"));
  const area = element("div", { class: `bnd-area${kind === "out" ? " bn-drag" : ""}` }, tiles, moments, cursor);
  const node = element("div", { class: "bnd-picture", "data-kind": kind, "aria-hidden": "true" },
    element("div", { class: "bnd-title" }, title, size),
    element("div", { class: "bnd-marks" }, ...marks), area);
  function draw(part, unit, ink, images) {
    title.textContent = part.box.gives;
    const what = { pixel: "pixels", class: "classes" }[unitName(part.box)] ?? "units";
    size.textContent = images ? ` the ${part.n} images` : ` ${part.n} images × ${part.units} ${what}`;
    node.toggleAttribute("data-images", images);
    marks.forEach((mark, i) => { mark.textContent = images ? "" : number([1, 0, -1][i] * part.axis, 0); });
    cursor.hidden = unit === null;
    if (unit !== null) cursor.style.cssText = `left:${(100 * (unit - 1)) / part.units}%; width:${100 / part.units}%`;
    if (images) drawImages(tiles, part, ink, 4);
    else {
      drawTiles(tiles, part, ink);
      drawMoments(moments, part, ink);
    }
  }
  return { node, area, draw };
}
