// What every widget needs to draw: elements, labelled controls, numbers as text, theme changes.

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
