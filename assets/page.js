// Two things that CSS alone can't do for a page.

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

// Paper is white: print the light theme, widgets included, whatever the screen shows.
const look = document.documentElement.dataset;
addEventListener("beforeprint", () => {
  const before = look.theme;
  look.theme = "light";
  addEventListener("afterprint", () => { look.theme = before; }, { once: true });
});
