// The charts, the definitions and the theme of a report. Without it all text and tables stand.
"use strict";

(() => {
  const root = document.documentElement;

  // Charts: each figure has its data in a script element that nothing executes.
  const config = { displayModeBar: false, responsive: true };
  const plots = [...document.querySelectorAll("figure.chart .plot")];
  for (const plot of plots) {
    const { data, layout } = JSON.parse(plot.parentElement.querySelector("script").textContent);
    Plotly.newPlot(plot, data, { ...layout, autosize: true }, config);
  }
  const fit = (width) =>
    plots.forEach((plot) => Plotly.relayout(plot, width ? { width, autosize: false } : { autosize: true }));
  addEventListener("beforeprint", () => {
    root.classList.add("printing");
    plots.forEach((plot) => Plotly.relayout(plot, { width: plot.clientWidth, autosize: false }));
  });
  addEventListener("afterprint", () => {
    root.classList.remove("printing");
    fit();
  });

  // Definitions: shown at the name of a figure under the pointer, in focus or touched.
  const bubble = document.getElementById("bubble");
  let owner = null;
  const hide = () => {
    bubble.hidden = true;
    owner = null;
  };
  const show = (term) => {
    owner = term;
    const text = document.getElementById(term.getAttribute("aria-describedby")).textContent;
    bubble.textContent = text;
    bubble.hidden = false;
    const at = term.getBoundingClientRect();
    const { offsetWidth: width, offsetHeight: height } = bubble;
    const left = Math.max(8, Math.min(at.left, root.clientWidth - width - 8));
    const below = at.bottom + height + 12 < innerHeight;
    bubble.style.left = `${left}px`;
    bubble.style.top = `${below ? at.bottom + 6 : at.top - height - 6}px`;
  };
  for (const term of document.querySelectorAll(".term")) {
    term.addEventListener("pointerenter", () => show(term));
    term.addEventListener("pointerleave", () => document.activeElement === term || hide());
    term.addEventListener("focus", () => show(term));
    term.addEventListener("blur", hide);
    term.addEventListener("click", () => show(term));
  }
  addEventListener("keydown", (event) => event.key === "Escape" && hide());
  addEventListener("scroll", () => owner && hide(), { passive: true, capture: true });

  // The theme: the system's, or the one chosen here, remembered where the browser lets it be.
  const button = document.getElementById("theme");
  const themes = { auto: "as the system", light: "light", dark: "dark" };
  const names = Object.keys(themes);
  const remembered = (write) => {
    try {
      if (write) localStorage.setItem("textvae-theme", write);
      return localStorage.getItem("textvae-theme");
    } catch {
      return write;
    }
  };
  const wear = (theme) => {
    root.dataset.theme = theme;
    button.textContent = `Theme: ${themes[theme]}`;
  };
  button.hidden = false;
  wear(names.find((name) => name === remembered()) ?? "auto");
  button.addEventListener("click", () => {
    const next = names[(names.indexOf(root.dataset.theme) + 1) % names.length];
    remembered(next);
    wear(next);
  });
})();
