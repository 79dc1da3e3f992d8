// The graph: one row a node, values above, gradients below; to its left the arrows between the rows.

const ROW = 38; // px; the arrows are drawn by it
const HEAD = 26;
const LANE = { rows: 27, ends: 20, out: -4 }; // x of the dots, of the arcs' ends and of their bulge
const HEADS = { down: "M-4.5 -7L0 0L4.5 -7Z", up: "M-4.5 7L0 0L4.5 7Z", right: "M-7 -4.5L0 0L-7 4.5Z" };

const middle = (row) => HEAD + ROW * row + ROW / 2;

/** One arrow: straight to the next row, or an arc past the rows between. */
function buildEdge(from, to, rows) {
  const [a, b] = [from, to].map((name) => middle(rows.indexOf(name)));
  const next = rows.indexOf(to) - rows.indexOf(from) === 1;
  const d = next
    ? `M${LANE.rows} ${a + 7}V${b - 7}`
    : `M${LANE.ends} ${a + 3}C${LANE.out} ${a + 10} ${LANE.out} ${b - 10} ${LANE.ends} ${b - 3}`;
  const line = element("path", { class: "bps-line", d });
  const head = element("path", { class: "bps-head" });
  const node = element("g", { class: "bps-edge" }, line, head);
  function draw(kind, active) { // kind: idle, forward or backward
    node.dataset.kind = kind;
    node.toggleAttribute("data-active", active);
    const back = kind === "backward";
    const [x, y] = next ? [LANE.rows, back ? a + 6 : b - 6] : [LANE.ends + 1, back ? a + 3 : b - 3];
    head.setAttribute("d", HEADS[next ? (back ? "up" : "down") : "right"]);
    head.setAttribute("transform", `translate(${x} ${y})`);
  }
  return { from, to, node, draw };
}

function buildRow({ name, value }, examples) {
  const wide = Array.isArray(value) ? 1 : examples;
  const cells = Array.from({ length: examples / wide }, () => {
    const [above, below] = [element("span", { class: "bps-value" }), element("span", { class: "bps-gradient" })];
    return { above, below, node: element("td", wide > 1 ? { colspan: wide } : {}, above, below) };
  });
  const sign = SIGNS[name];
  const names = [element("span", { class: "bps-value" }, sign ? `${name} ${sign}` : name), element("span", { class: "bps-gradient" })];
  const node = element("tr", { "data-node": name }, element("th", { scope: "row" }, ...names), ...cells.map((cell) => cell.node));
  function draw(isKnown, gradient, decimals) {
    node.toggleAttribute("data-known", isKnown);
    names[1].textContent = gradient ? `d${name}${gradient.complete ? "" : "…"}` : "";
    cells.forEach(({ above, below }, i) => {
      above.textContent = isKnown ? short([value].flat()[i], decimals) : "";
      below.textContent = gradient ? short([gradient.value].flat()[i], decimals) : "";
    });
  }
  return { name, node, draw };
}

/** The table with its arrows; `choose` receives the name of a node that was pressed. */
function buildGraph(recorded, choose) {
  const { nodes, examples } = recorded;
  const order = nodes.map(({ name }) => name);
  const rows = nodes.map((node) => buildRow(node, examples));
  const edges = nodes.flatMap(({ name, inputs }) => inputs.map((input) => buildEdge(input, name, order)));
  const dots = order.map((name, i) => element("circle", { class: "bps-dot", cx: LANE.rows, cy: middle(i), r: 5 }));
  const height = HEAD + ROW * order.length;
  const svg = element("svg", { class: "bps-arrows", viewBox: `0 0 38 ${height}`, width: 38, height, "aria-hidden": "true" },
    ...edges.map(({ node }) => node), ...dots);
  const heads = Array.from({ length: examples }, (_, i) => element("th", { scope: "col" }, i + 1));
  const table = element("table", { class: "bps-table", style: `--row:${ROW}px; --head:${HEAD}px` },
    element("caption", { class: "bn-unseen" }, "Each node's value, and under it the gradient that has arrived"),
    element("thead", {}, element("tr", {}, element("th", { scope: "col" }, "node / image"), ...heads)),
    element("tbody", {}, ...rows.map(({ node }) => node)));
  table.addEventListener("click", (event) => {
    const row = event.target.closest("[data-node]");
    if (row) choose(row.dataset.node);
  });
  function draw(key, step, decimals) {
    const { forward, operation } = where(recorded, step);
    const [values, arrived] = [known(recorded, step), gradients(recorded, key, step)];
    const sent = forward ? [] : recorded.operations.slice(2 * recorded.operations.length - step).map(({ name }) => name);
    rows.forEach(({ name, node, draw: drawRow }, i) => {
      drawRow(values.includes(name), arrived[name], decimals);
      const current = name === (operation?.name ?? "x");
      for (const each of [node, dots[i]]) each.toggleAttribute("data-current", current);
      dots[i].toggleAttribute("data-known", values.includes(name));
    });
    for (const edge of edges) {
      const kind = sent.includes(edge.to) ? "backward" : values.includes(edge.to) ? "forward" : "idle";
      edge.draw(kind, edge.to === operation?.name);
    }
  }
  return { node: element("div", { class: "bps-graph" }, svg, table), draw };
}
