// Gradio names the parts of its sliders in English, whatever the language of the page. Loaded
// with the page; page.js starts it.

window.textvaeSliderNames = (() => {
  const PARTS = { number: /^number input for /, range: /^range slider for /, reset: /^Reset to default value$/ };

  function rename(root, texts) {
    for (const each of root.querySelectorAll("[aria-label]")) {
      const name = each.getAttribute("aria-label");
      const part = Object.keys(PARTS).find((key) => PARTS[key].test(name));
      if (part) each.setAttribute("aria-label", texts[part].replace("{name}", name.replace(PARTS[part], "")));
      if (part === "reset" && each.title) each.title = texts.reset;
    }
  }

  // Sliders come when their tab or fold is first opened.
  function start() {
    const tabs = document.querySelector("#tabs");
    const texts = JSON.parse(document.querySelector("[data-sliders]").dataset.sliders);
    let isDue = false;
    const soon = () => {
      if (isDue) return;
      isDue = true;
      requestAnimationFrame(() => {
        isDue = false;
        rename(tabs, texts);
      });
    };
    new MutationObserver(soon).observe(tabs, { childList: true, subtree: true });
    soon();
  }

  return { start };
})();
