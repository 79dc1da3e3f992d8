// A question with fixed answers: guess, check, read why. The guess stays on this page.

const CHOOSE = "Choose one, then check it.";

/** Elements and texts from parts, [name of an element or "", text]: never parsed as HTML. */
function nodes(parts) {
  return parts.map(([name, text]) => (name ? element(name, {}, text) : text));
}

function option(parts, value) {
  const radio = element("input", { type: "radio", name: "guess", value });
  const mark = element("span", { class: "bnq-mark" });
  const node = element("label", { class: "bnq-option" }, radio, element("span", {}, ...nodes(parts)), mark);
  return { node, radio, mark, parts };
}

function render({ model, el }) {
  const { text, options, answer, because } = model.get("content");
  const choices = options.map(option);
  const chosen = () => choices.findIndex(({ radio }) => radio.checked);
  const readout = element("output", { class: "bn-readout", "aria-live": "polite" });
  const say = (...words) => readout.replaceChildren(...words.flat());
  const fieldset = element("fieldset", {},
    element("legend", {}, element("b", {}, "Predict."), " ", ...nodes(text)),
    ...choices.map(({ node }) => node));
  const check = element("button", { type: "submit" }, "Check");
  // Of each form its own: two questions on a page can both name their guess "guess".
  const form = element("form", { onsubmit: reveal, onreset: restart }, fieldset,
    element("div", { class: "bnq-foot" }, check, element("button", { type: "reset" }, "Reset"), readout));
  const root = element("div", { class: "bn-widget", "data-widget": "question", role: "group", "aria-label": "Question" }, form);

  function reveal(event) {
    event.preventDefault();
    const guess = chosen();
    if (guess < 0) return say("Choose an answer first: a guess will do.");
    if (fieldset.contains(document.activeElement)) check.focus(); // what is disabled loses the focus
    root.dataset.guessed = guess === answer ? "right" : "wrong";
    fieldset.disabled = true;
    check.setAttribute("aria-disabled", "true");
    choices[guess].mark.textContent = "your guess";
    choices[answer].mark.textContent = guess === answer ? "your guess, and right" : "right";
    choices[guess].node.dataset.mark = "guess";
    choices[answer].node.dataset.mark = "right";
    const verdict = guess === answer ? ["Right."] : ["Not quite. The answer: ", ...nodes(options[answer]), "."];
    return say(element("strong", {}, ...verdict), " ", nodes(because));
  }

  function restart() {
    delete root.dataset.guessed;
    fieldset.disabled = false;
    check.removeAttribute("aria-disabled");
    for (const { node, mark } of choices) {
      mark.textContent = "";
      delete node.dataset.mark;
    }
    say(CHOOSE);
  }

  fieldset.addEventListener("change", () => say("Your guess: ", nodes(options[chosen()]), ". Check it."));
  say(CHOOSE);
  root.dataset.ready = "true";
  el.append(root);
}

export default { render };
