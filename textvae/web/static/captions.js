// Behaviour of a panel of results: one listener for all its buttons, whatever is drawn in it.
// `element`, `trigger` and `watch` come from gr.HTML.

const page = () => window.textvae;

function flash(button) {
  const text = button.querySelector("span:not(.tv-hidden)");
  if (button.dataset.timer) return;
  const before = text.textContent;
  text.textContent = button.dataset.done;
  button.classList.add("tv-done");
  button.dataset.timer = setTimeout(() => {
    text.textContent = before;
    button.classList.remove("tv-done");
    delete button.dataset.timer;
  }, 1400);
  page().announce(button.dataset.done);
}

async function act(button) {
  const data = button.dataset;
  if (data.copy !== undefined) {
    await page().copy(data.copy);
    flash(button);
  } else if (data.link !== undefined) {
    await page().copyLink(data.link);
    flash(button);
  } else if (data.save) {
    page().save(JSON.parse(button.closest("[data-export]").dataset.export), data.save);
  } else if (data.action) {
    trigger("pick", { ...data });
  }
}

element.addEventListener("click", (event) => {
  const button = event.target.closest("button");
  if (button && element.contains(button)) act(button);
});

// The slider along a path: every position was decoded beforehand, so that it follows the hand.
element.addEventListener("input", (event) => {
  const path = event.target.closest(".tv-path");
  if (!path) return;
  const caption = JSON.parse(path.dataset.captions)[event.target.value];
  path.querySelector(".tv-here").textContent = caption;
  event.target.setAttribute("aria-valuetext", caption);
});

// What is shown, not what waits in another tab, is told to those who listen and remembered in
// the history of the visit. A tab that is opened for the first time is mounted only then.
const isShown = () => element.offsetParent !== null;

function remember() {
  const result = element.querySelector("[data-export]");
  if (!result || !isShown()) return;
  const detail = JSON.parse(result.dataset.export);
  document.dispatchEvent(new CustomEvent("textvae-made", { detail }));
}

watch("value", () => {
  const result = element.querySelector("[data-announce]");
  if (result && isShown()) page()?.announce(result.dataset.announce);
  remember();
  drawMaps();
});
const drawMaps = window.textvaePlane.small(element);
remember();
