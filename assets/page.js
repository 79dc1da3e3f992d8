// What CSS alone can't do for a page.

// A formula wider than the page scrolls in its box. Those who read with the keyboard can only scroll
// what they can focus, and nobody wants a stop at each formula that fits.
function markWideFormulas() {
  for (const box of document.querySelectorAll("div.math")) {
    if (box.scrollWidth > box.clientWidth) box.tabIndex = 0;
    else box.removeAttribute("tabindex");
  }
}

// MathJax is there once the page has loaded, and has typeset when its promise says so.
addEventListener("load", async () => {
  await window.MathJax?.startup?.promise;
  markWideFormulas();
  addEventListener("resize", markWideFormulas);
});

// Paper is white and can't be opened: print the light theme, widgets included, and every answer.
const look = document.documentElement.dataset;
addEventListener("beforeprint", () => {
  const before = look.theme;
  const closed = document.querySelectorAll(".bd-article details:not([open])");
  look.theme = "light";
  for (const details of closed) details.open = true;
  addEventListener("afterprint", () => {
    look.theme = before;
    for (const details of closed) details.open = false;
  }, { once: true });
});
