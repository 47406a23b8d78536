// The charts, the definitions and the theme of a report. Text and tables work without it.
"use strict";

(() => {
  const root = document.documentElement;

  // Charts: each figure holds its data in a script element that nothing executes.
  const config = { displayModeBar: false, responsive: true };
  const plots = [...document.querySelectorAll("figure.chart .plot")];
  for (const plot of plots) {
    const { data, layout } = JSON.parse(plot.parentElement.querySelector("script").textContent);
    Plotly.newPlot(plot, data, { ...layout, autosize: true }, config);
  }
  addEventListener("beforeprint", () => {
    root.classList.add("printing");
    plots.forEach((plot) => Plotly.relayout(plot, { width: plot.clientWidth, autosize: false }));
  });
  addEventListener("afterprint", () => {
    root.classList.remove("printing");
    plots.forEach((plot) => Plotly.relayout(plot, { autosize: true }));
  });

  // Definitions: shown when the name of a metric is pointed at, focused or touched.
  const bubble = document.getElementById("bubble");
  const hide = () => {
    bubble.hidden = true;
  };
  const show = (term) => {
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
  addEventListener("scroll", hide, { passive: true, capture: true });

  // The theme: the system's or the one chosen here, which is kept where the browser allows it.
  const button = document.getElementById("theme");
  const themes = ["system", "light", "dark"];
  const stored = (theme) => {
    try {
      if (theme) localStorage.setItem("textvae-theme", theme);
      return localStorage.getItem("textvae-theme");
    } catch {
      return theme;
    }
  };
  const apply = (theme) => {
    root.dataset.theme = theme;
    button.textContent = `Theme: ${theme}`;
  };
  button.hidden = false;
  apply(themes.includes(stored()) ? stored() : "system");
  button.addEventListener("click", () => {
    const next = themes[(themes.indexOf(root.dataset.theme) + 1) % themes.length];
    stored(next);
    apply(next);
  });
})();
