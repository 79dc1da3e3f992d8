// Draws the book's widgets on a page that has no Python behind it.
//
// A notebook's widgets reach the page as two kinds of script: one JSON with the state of all models,
// and one small JSON where each view belongs. This file is a host for anywidget's front-end modules:
// it gives every view a model, imports the model's module and lets it draw. Nothing is sent
// anywhere: with no kernel to answer, save_changes() and send() do nothing.

const TYPE = "application/vnd.jupyter.widget-";
const NEEDS_KERNEL = "This control needs a running notebook: run “make lab” and open this chapter there.";
const FAILED = "This figure could not be drawn. The browser’s console says why.";

/** Equal numbers, texts, lists and plain objects; binary data only if it is the same. */
function same(a, b) {
  if (Object.is(a, b)) return true;
  if (typeof a !== "object" || typeof b !== "object" || !a || !b) return false;
  if (ArrayBuffer.isView(a) || ArrayBuffer.isView(b)) return false;
  const names = Object.keys(a);
  return Array.isArray(a) === Array.isArray(b)
    && names.length === Object.keys(b).length
    && names.every((name) => Object.hasOwn(b, name) && same(a[name], b[name]));
}

/** The part of Backbone's model that anywidget promises to a module. */
class Model {
  #state;
  #listeners = [];

  constructor(state, findModel) {
    this.#state = state;
    this.widget_manager = { get_model: findModel };
  }

  get(name) {
    return this.#state[name];
  }

  // As in Backbone, all values are in place before the first listener hears of one.
  set(name, value) {
    const values = typeof name === "object" ? name : { [name]: value };
    const changed = Object.keys(values).filter((key) => !same(this.#state[key], values[key]));
    Object.assign(this.#state, values);
    for (const key of changed) this.#fire(`change:${key}`, this, this.#state[key]);
    if (changed.length) this.#fire("change", this);
  }

  on(names, callback, context = this) {
    for (const name of names.split(/\s+/)) this.#listeners.push({ name, callback, context });
  }

  /** Without a name, or without a callback: all of them. */
  off(names, callback) {
    const list = names ? names.split(/\s+/) : null;
    this.#listeners = this.#listeners.filter((one) =>
      (list && !list.includes(one.name)) || (callback && callback !== one.callback));
  }

  save_changes() {}

  send() {}

  #fire(name, ...values) {
    // A copy: a listener may remove itself or others.
    for (const one of [...this.#listeners]) {
      if (one.name === name) one.callback.apply(one.context, values);
    }
  }
}

function decode(base64) {
  return new DataView(Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0)).buffer);
}

/** Put each buffer where its path says: ["recorded", "shares"] is state.recorded.shares. */
function restoreBuffers(state, buffers = []) {
  for (const { path, data } of buffers) {
    const holder = path.slice(0, -1).reduce((value, name) => value[name], state);
    holder[path.at(-1)] = decode(data);
  }
  return state;
}

const once = (make) => {
  const made = new Map();
  return (key) => {
    if (!made.has(key)) made.set(key, make(key));
    return made.get(key);
  };
};

// A blob works on file:// too, where a page may not import a file.
const importText = once(async (text) => {
  const address = URL.createObjectURL(new Blob([text], { type: "text/javascript" }));
  try {
    const { default: widget } = await import(address);
    return typeof widget === "function" ? await widget() : widget;
  } finally {
    URL.revokeObjectURL(address);
  }
});

const addStyle = once((text) => {
  const style = document.createElement("style");
  style.textContent = text;
  document.head.append(style);
});

function say(place, text) {
  const line = document.createElement("p");
  line.className = "widget-note";
  line.textContent = text;
  place.replaceChildren(line);
}

/** Models by id; each is made, and its module initialized, at the first view that asks for it. */
function modelsOf(states) {
  const find = once(async (id) => {
    if (!states[id]) throw new Error(`The page holds no widget model ${id}`);
    const { state, buffers } = states[id];
    const findModel = async (other) => (await find(other)).model;
    const model = new Model(restoreBuffers(state, buffers), findModel);
    if (!state._esm) return { model };
    if (state._css) addStyle(state._css);
    const widget = await importText(state._esm);
    await widget.initialize?.({ model, signal: new AbortController().signal });
    return { model, widget };
  });
  return find;
}

async function mount(script, find) {
  const place = document.createElement("div");
  place.className = "widget-place";
  script.after(place);
  try {
    const { model, widget } = await find(JSON.parse(script.textContent).model_id);
    if (!widget) return say(place, NEEDS_KERNEL);
    const leave = new AbortController();
    const cleanup = await widget.render?.({ model, el: place, signal: leave.signal });
    // For pages and tests that take a view away; the page itself never does.
    place.addEventListener("widget-unmount", () => {
      leave.abort();
      cleanup?.();
      place.remove();
    }, { once: true });
  } catch (error) {
    console.error(`The widget ${script.textContent} failed:`, error);
    say(place, FAILED);
  }
}

function mountAll() {
  const states = document.querySelector(`script[type="${TYPE}state+json"]`);
  const find = modelsOf(states ? JSON.parse(states.textContent).state : {});
  for (const script of document.querySelectorAll(`script[type="${TYPE}view+json"]`)) {
    mount(script, find);
  }
}

// The script is loaded with "async" and may run before the page is complete. DOMContentLoaded would
// wait for all deferred scripts, MathJax among them; "interactive" comes before those.
if (document.readyState === "loading") {
  document.addEventListener("readystatechange", mountAll, { once: true });
} else {
  mountAll();
}
