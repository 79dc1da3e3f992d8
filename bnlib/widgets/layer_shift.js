// LayerShift: every layer's values through training, without and with batch norm, side by side.

const CONFIGURATION = ["network", "activation", "learning_rate", "batch_size"];
const TRAITS = [...CONFIGURATION, "place", "step", "seed", "recorded", "further", "retrained", "live", "choices", "live_choices"];
const NARROW = 680; // CSS pixels below which a layer's two sides stand one above the other
const REST = 400; // milliseconds without a choice before a live recording is made finer
const PLAYING = { pause: 100, parts: Infinity }; // milliseconds a frame; at most so many frames
const CALM = { pause: 1000, parts: 6 }; // for readers who asked for less motion

function render({ model, el }) {
  const parts = buildControls();
  const output = element("output", { "aria-live": "polite", class: "bn-readout" });
  const list = element("dl", { class: "bn-shift-numbers" });
  const root = element("div", {
    class: "bn-widget", "data-widget": "layer-shift", role: "group",
    "aria-label": "Each layer's values through training, without and with batch norm",
  }, parts.top, legend(), parts.foot, output, list);
  const state = { // of this view alone; what Python may know is in the traits
    picture: null, shown: null, ink: null, beside: null, look: "", // what is drawn, and how
    layer: null, hovered: null, // which row the numbers are of
    awaiting: false, queued: null, // a retraining asked for, and the configuration to ask for next
    timer: null, from: 0, whole: false, // playing, and whether all is to be redrawn
    rested: null, // a finer recording to ask for, once the controls rest
  };
  el.append(root);

  const current = () => state.queued ?? Object.fromEntries(CONFIGURATION.map((name) => [name, model.get(name)]));
  const frame = () => frameAt(state.shown.steps, model.get("step"));
  const moment = () => ({ frame: frame(), layer: state.hovered ?? state.layer, place: model.get("place") });

  function find(wanted) {
    for (const name of ["recorded", "further", "retrained"]) {
      const c = locate(model.get(name), wanted);
      if (c >= 0) return reading(model.get(name), c);
    }
    return null;
  }

  const finest = () => model.get(current().network === model.get("start").network ? "recorded" : "further");

  const set = (values) => setTraits(model, values);

  // A kernel retrains one configuration at a time: of what is chosen meanwhile only the newest is sent.
  function choose(change) {
    clearTimeout(state.rested);
    const wanted = { ...current(), ...change };
    const known = find(wanted) !== null;
    state.queued = state.awaiting && !known ? wanted : null;
    if (!state.queued) {
      state.awaiting ||= !known && model.get("live");
      set(wanted);
    }
    later();
  }

  /** To a network's first recorded configuration, at the same share of its steps. */
  function changeNetwork(network) {
    stop();
    const start = model.get("start");
    const { configurations, steps } = model.get(network === start.network ? "recorded" : "further");
    const first = network === start.network ? start : configurations[0];
    const share = frame() / (state.shown.steps.length - 1);
    const values = Object.fromEntries(CONFIGURATION.map((name) => [name, first[name]]));
    choose({ ...values, step: steps[Math.round(share * (steps.length - 1))] });
  }

  function answered() {
    const answer = model.get("retrained");
    if (answer.configurations) state.shown = reading(answer, 0); // even if the controls have moved on
    state.awaiting = false;
    if (state.queued) choose({});
    else if (state.shown.steps.length < finest().steps.length) {
      clearTimeout(state.rested);
      state.rested = setTimeout(() => model.send({ type: "refine" }), REST);
    }
    later();
  }

  function syncControls() {
    const wanted = current();
    const choices = model.get(model.get("live") ? "live_choices" : "choices");
    const lists = choices[wanted.network];
    const networks = Object.keys(NETWORKS).filter((name) => name in choices);
    parts.networks.hidden = networks.length < 2;
    fill(parts.network, networks, (name) => NETWORKS[name][0]);
    parts.network.value = wanted.network;
    const rates = stops(lists.learning_rate, wanted.learning_rate);
    fill(parts.activation, stops(lists.activation, wanted.activation), (name) => NAMES[name] ?? name);
    fill(parts.batch, stops(lists.batch_size, wanted.batch_size), String);
    parts.activation.value = wanted.activation;
    parts.batch.value = wanted.batch_size;
    parts.place.value = model.get("place");
    parts.rates = rates;
    parts.rate.max = rates.length - 1;
    parts.rate.value = rates.indexOf(wanted.learning_rate);
    parts.rate.setAttribute("aria-valuetext", wanted.learning_rate);
    parts.rateText.textContent = wanted.learning_rate;
  }

  function ensurePicture(layers) {
    if (state.picture?.rows.length === layers) return;
    state.picture?.grid.remove();
    state.picture = buildPicture(layers);
    Object.assign(state, { layer: layers - 1, hovered: null });
    parts.foot.before(state.picture.grid);
    listen(state.picture);
  }

  /** Everything: on a new configuration, theme or width. */
  function draw() {
    syncControls();
    const found = find(current());
    root.setAttribute("aria-busy", String(!found && model.get("live")));
    state.shown = found ?? state.shown;
    if (!state.shown) return;
    const { shown } = state;
    ensurePicture(shown.layers);
    if (root.clientWidth === 0) { // not on the page yet, or hidden: drawn when it gets a size
      state.look = "";
      return;
    }
    root.toggleAttribute("data-stacked", root.clientWidth < NARROW);
    const { rows, scores } = state.picture;
    labelAxes(state.picture, shown);
    state.look = look();
    const names = ["grid", "muted", "border", "plain", "norm"];
    const [grid, muted, border, ...sides] = names.map((name) => token(root, name));
    state.ink = { grid, muted, border, sides };
    const strip = measure(rows[0].cells[0].strip.parentNode);
    const score = measure(scores[0].strip.parentNode);
    state.beside = measure(rows[0].cells[0].beside);
    rows.forEach(({ cells }, layer) => cells.forEach(({ strip: canvas, side }) =>
      drawStrip(canvas, strip, shown, side, seriesOf(side, model.get("place")), layer, state.ink)));
    for (const { strip: canvas, side, label } of scores) {
      drawAccuracy(canvas, score, shown, side, state.ink);
      label.textContent = shown.diverged[side] == null ? "" : `diverged at step ${shown.diverged[side]}`;
    }
    parts.time.max = shown.steps.length - 1;
    drawMoment();
    root.dataset.ready = "true";
  }

  // A longer readout changes the height alone, which nothing drawn depends on.
  const look = () => [root.clientWidth, window.devicePixelRatio, token(root, "plain"), token(root, "grid")].join();
  const drawAnew = () => { if (root.isConnected && look() !== state.look) draw(); };

  /** What the time slider moves: cursor, histograms, texts. */
  function drawMoment() {
    const { shown, picture, ink, beside } = state;
    if (!shown || !ink) return;
    const now = frame();
    const step = shown.steps[now];
    picture.rows.forEach(({ cells }, layer) => cells.forEach(({ histogram, side }) =>
      drawHistogram(histogram, beside, shown, side, seriesOf(side, model.get("place")), layer, now, ink)));
    for (const { beside: text, side } of picture.scores) text.textContent = percent(shown.accuracy(side, now));
    picture.grid.style.setProperty("--bn-at", now / (shown.steps.length - 1));
    parts.time.value = now;
    parts.time.setAttribute("aria-valuetext", `step ${step}`);
    parts.timeText.textContent = `step ${step}`;
    say();
  }

  function say() {
    const { shown, picture } = state;
    const at = moment();
    for (const { button, cells } of picture.rows) {
      const mine = Number(button.dataset.layer);
      button.setAttribute("aria-pressed", String(mine === state.layer));
      for (const { node } of [{ node: button }, ...cells]) node.toggleAttribute("data-chosen", mine === at.layer);
    }
    fillNumbers(list, numbers(shown, at));
    const missing = root.getAttribute("aria-busy") === "false" && locate({ configurations: [shown] }, current()) < 0;
    fillReadout(output, state.timer
      ? [`Playing from step ${state.from} to ${shown.steps.at(-1)}. ${title(shown)}.`]
      : [missing ? `${title(current())}: not recorded on this page. Still shown: ` : "",
        ...sentence(shown, at, model.get("seed"))]);
  }

  const redraw = soon(() => {
    const paint = state.whole ? draw : drawMoment;
    state.whole = false;
    if (root.isConnected) paint();
  });

  function later(name) {
    state.whole ||= name !== "step";
    redraw();
  }

  function goTo(index) {
    const { steps } = state.shown;
    set({ step: steps[Math.max(0, Math.min(steps.length - 1, index))] });
  }

  function stop() {
    clearInterval(state.timer);
    state.timer = null;
    parts.play.textContent = "Play";
    if (state.shown) say();
  }

  function play() {
    if (state.timer) return stop();
    const last = state.shown.steps.length - 1;
    const { pause, parts: most } = matchMedia("(prefers-reduced-motion: reduce)").matches ? CALM : PLAYING;
    const stride = Math.max(1, Math.ceil(last / most));
    if (frame() === last) goTo(0);
    state.from = model.get("step");
    state.timer = setInterval(() => {
      goTo(frame() + stride);
      if (frame() === last) stop();
    }, pause);
    parts.play.textContent = "Pause";
    say();
  }

  function listen({ grid, rows }) {
    const layerOf = (event) => event.target.closest("[data-layer]")?.dataset.layer;
    const pick = (layer) => { state.layer = layer; say(); };
    grid.addEventListener("pointerdown", (event) => {
      if (event.button !== 0 || !event.target.closest(".bn-drag")) return;
      stop();
      if (layerOf(event)) pick(Number(layerOf(event)));
    });
    followPointer(grid, (share) => goTo(Math.round(share * (state.shown.steps.length - 1))));
    const hover = (layer) => {
      const next = layer == null ? null : Number(layer);
      if (next !== state.hovered) { state.hovered = next; say(); }
    };
    grid.addEventListener("pointerover", (event) => {
      if (event.pointerType === "mouse" && !event.buttons && layerOf(event)) hover(layerOf(event)); // not in the gaps
    });
    grid.addEventListener("pointerleave", () => hover(null));
    for (const { button } of rows) {
      for (const kind of ["focus", "click"]) button.addEventListener(kind, () => pick(Number(button.dataset.layer)));
    }
  }

  parts.network.addEventListener("change", () => changeNetwork(parts.network.value));
  parts.activation.addEventListener("change", () => choose({ activation: parts.activation.value }));
  parts.batch.addEventListener("change", () => choose({ batch_size: Number(parts.batch.value) }));
  parts.rate.addEventListener("input", () => choose({ learning_rate: parts.rates[parts.rate.value] }));
  parts.place.addEventListener("change", () => set({ place: parts.place.value }));
  parts.time.addEventListener("input", () => { const to = Number(parts.time.value); stop(); goTo(to); });
  parts.play.addEventListener("click", play);
  parts.reset.addEventListener("click", () => {
    stop();
    Object.assign(state, { queued: null, layer: state.shown.layers - 1 });
    choose(model.get("start"));
  });
  const unlisten = onTraits(model, TRAITS, (name) => (name === "retrained" ? answered() : later(name)));
  const ignore = onAppearance(root, drawAnew);
  draw();
  greet(model);
  return () => {
    clearInterval(state.timer);
    clearTimeout(state.rested);
    ignore();
    unlisten();
    root.remove();
  };
}

export default { render };
