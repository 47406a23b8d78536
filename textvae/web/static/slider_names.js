// Gradio names the parts of its sliders in English, regardless of the language of the page, and
// does not report values that it sets itself. Loaded with the page; page.js starts it.

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

  // Resetting a slider, or clamping a number to its bounds, is a new input.
  function tell(part) {
    const range = part.closest(".wrap")?.querySelector("input[type=range]");
    if (range) requestAnimationFrame(() => range.dispatchEvent(new Event("input", { bubbles: true })));
  }
  const isWrong = ({ value, validity }) => !value || validity.rangeUnderflow || validity.rangeOverflow;

  // Sliders come when their tab or fold is first opened.
  function start() {
    const tabs = document.querySelector("#tabs");
    const texts = JSON.parse(document.querySelector("[data-sliders]").dataset.sliders);
    tabs.addEventListener("click", ({ target }) => target.closest("[data-testid=reset-button]") && tell(target));
    const isNumber = (each) => each.matches("[data-testid=number-input]");
    tabs.addEventListener("blur", ({ target }) => isNumber(target) && isWrong(target) && tell(target), true);
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
