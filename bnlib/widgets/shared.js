// What every widget needs: elements, labelled controls, traits, the pointer, the readout, theme changes.

const CONTROLS = ["input", "select", "button"];

/** element("p", { class: "note", onclick: f }, "text", child): an HTML or SVG element. */
export function element(tag, attributes = {}, ...children) {
  const svg = ["svg", "g", "line", "circle", "rect", "path", "text", "title", "polyline"].includes(tag);
  const node = svg
    ? document.createElementNS("http://www.w3.org/2000/svg", tag)
    : document.createElement(tag);
  // JupyterLab would take the keys that move a control, unless the control itself forbids it.
  if (CONTROLS.includes(tag)) node.setAttribute("data-lm-suppress-shortcuts", "true");
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else if (value === true) node.setAttribute(name, "");
    else if (value !== false && value != null) node.setAttribute(name, value);
  }
  node.append(...children);
  return node;
}

/** A control with its label around it, so that no id is needed. */
export function field(label, control) {
  return element("label", { class: "bn-field" }, element("span", {}, label), control);
}

/** A choice among [value, text] pairs; `choose` is called with the value, as text. */
export function select(options, choose) {
  const rows = options.map(([value, text]) => element("option", { value }, text));
  return element("select", { onchange: ({ target }) => choose(target.value) }, ...rows);
}

/** A labelled range with its value as text beside the label; `show(position, text)` sets both. */
export function slider(label, { min, max, step }, onInput) {
  const input = element("input", { type: "range", min, max, step, oninput: () => onInput(Number(input.value)) });
  const value = element("span", { "aria-hidden": "true" });
  const name = element("span", { class: "bn-slider-name" }, element("span", {}, label), value);
  function show(position, text) {
    if (document.activeElement !== input) { // a range that changed under the thumb would jump
      input.max = Math.max(max, Math.ceil(position));
      input.min = Math.min(min, Math.floor(position));
    }
    input.value = position;
    input.setAttribute("aria-valuetext", text);
    value.textContent = text;
  }
  return { node: element("label", { class: "bn-field" }, name, input), show };
}

/** 1.234 -> "1.23", -0.5 -> "−0.50": a real minus sign, fixed decimals. */
export function number(value, decimals = 2) {
  if (!Number.isFinite(value)) return "not a number";
  const text = Math.abs(value).toFixed(decimals);
  return value < 0 && Number(text) !== 0 ? `−${text}` : text;
}

/** The value of one of the widget's CSS colour tokens, for canvas drawing. */
export function token(root, name) {
  return getComputedStyle(root).getPropertyValue(`--bn-${name}`).trim();
}

/** A canvas as large as its place, cleared, sharp on any screen; the unit of its 2D context is one CSS pixel. */
export function sheet(canvas, width = canvas.clientWidth, height = canvas.clientHeight) {
  const ratio = window.devicePixelRatio || 1;
  const [w, h] = [Math.round(width * ratio), Math.round(height * ratio)];
  if (canvas.width !== w || canvas.height !== h) Object.assign(canvas, { width: w, height: h });
  const context = canvas.getContext("2d");
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  context.clearRect(0, 0, width, height);
  Object.assign(context, { globalAlpha: 1, lineJoin: "round" });
  return { context, width, height, ratio };
}

/** Say the parts, unless that is what is said: texts, and [side, text] in that side's colour (null: a span of no colour). */
export function fillReadout(output, parts, kinds = ["bn-plain", "bn-norm"]) {
  const text = parts.map((part) => (Array.isArray(part) ? part[1] : part)).join("");
  if (text === output.textContent) return; // said once is enough
  output.replaceChildren(...parts.map((part) => (Array.isArray(part)
    ? element("span", { class: kinds[part[0]] }, part[1]) : part)));
}

/** Set several traits, and tell Python once. */
export function setTraits(model, values) {
  for (const [name, value] of Object.entries(values)) model.set(name, value);
  model.save_changes();
}

/** Call `listener(name)` at each change of one of the traits; returns the undo. */
export function onTraits(model, names, listener) {
  const listeners = names.map((name) => [`change:${name}`, () => listener(name)]);
  for (const [event, call] of listeners) model.on(event, call);
  return () => { for (const [event, call] of listeners) model.off(event, call); };
}

/** A function that draws soon: several traits often change at once (Reset, a message from Python), and one drawing will do. */
export function soon(draw) {
  let due = false;
  return () => {
    if (due) return;
    due = true;
    queueMicrotask(() => { due = false; draw(); });
  };
}

/** Call `choose(share of the width, area, event)` where a pointer presses or drags in a `.bn-drag` area of the stage; a finger that moves up or down scrolls the page instead. */
export function followPointer(stage, choose) {
  let area = null; // being dragged
  let touched = null; // where a touch began that may turn out to scroll the page
  const at = (event) => {
    const { left, width } = area.getBoundingClientRect();
    choose((event.clientX - left) / width, area, event);
  };
  const sideways = ({ clientX, clientY }) => Math.abs(clientX - touched.clientX) > Math.abs(clientY - touched.clientY);
  stage.addEventListener("pointerdown", (event) => {
    area = event.button === 0 ? event.target.closest(".bn-drag") : null;
    if (!area) return;
    area.setPointerCapture(event.pointerId);
    touched = event.pointerType === "touch" ? event : null;
    if (!touched) at(event);
  });
  stage.addEventListener("pointermove", (event) => {
    if (!area || (touched && !sideways(event))) return;
    touched = null;
    at(event);
  });
  stage.addEventListener("pointerup", (event) => { if (area) at(event); area = null; });
  stage.addEventListener("pointercancel", () => { area = null; });
}

/** Call `redraw` when the page's theme changes (at once: printing doesn't wait) or the widget's width does; returns the undo. */
export function onAppearance(root, redraw) {
  const themes = new MutationObserver(redraw);
  const options = { attributes: true, attributeFilter: ["data-theme", "class", "data-jp-theme-light"] };
  themes.observe(document.documentElement, options);
  themes.observe(document.body, options);
  const sizes = new ResizeObserver(() => requestAnimationFrame(redraw)); // at once, it could loop
  sizes.observe(root);
  return () => { themes.disconnect(); sizes.disconnect(); };
}

/** Tell Python, if one listens, that this view can use a kernel. */
export function greet(model) {
  model.send({ type: "hello" });
}
