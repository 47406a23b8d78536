// The buttons, sliders and small maps in a panel of results, by listeners on the panel itself,
// since its content changes: Gradio patches what differs between two results, and keeps the rest.
// `element`, `trigger` and `watch` come from gr.HTML.

const page = () => window.textvae;

// Show briefly on the button that it is done, or the error.
function flash(button, said = button.dataset.done) {
  page().announce(said);
  const text = button.querySelector("span:not(.tv-hidden)");
  if (button.dataset.timer) return;
  const before = text.textContent;
  const shown = said === button.dataset.done ? 1400 : 5000; // ms; a failure takes longer to read
  text.textContent = said;
  button.classList.add("tv-done");
  button.dataset.timer = setTimeout(() => {
    text.textContent = before;
    button.classList.remove("tv-done");
    delete button.dataset.timer;
  }, shown);
}

// A menu next to a caption closes after a choice, and when it is left. Its focus returns to the
// button that opened it.
function closeUses(except = null) {
  for (const fold of element.querySelectorAll(".tv-use[open]")) {
    if (fold === except) continue;
    if (fold.contains(document.activeElement)) fold.querySelector("summary").focus({ preventScroll: true });
    fold.open = false;
  }
}

element.addEventListener("focusout", ({ target, relatedTarget }) => {
  const fold = target.closest(".tv-use[open]");
  if (fold && relatedTarget && !fold.contains(relatedTarget)) fold.open = false;
});

document.addEventListener("click", ({ target }) => closeUses(target.closest?.(".tv-use")));
element.addEventListener("keydown", (event) => {
  const fold = event.target.closest(".tv-use[open]");
  if (event.key !== "Escape" || !fold) return;
  fold.open = false;
  fold.querySelector("summary").focus();
});

let pressed = null; // the last action sent to the page

async function act(button) {
  const data = button.dataset;
  if (data.copy !== undefined) {
    await page().copy(data.copy);
    flash(button);
  } else if (data.link !== undefined) {
    await page().copyLink(data.link);
    flash(button);
  } else if (data.save) {
    const shown = button.closest("[data-export], [data-result]").dataset;
    const fold = button.closest(".tv-use");
    closeUses();
    try {
      await page().save(JSON.parse(shown.export ?? shown.result), data.save);
    } catch (error) {
      flash(fold.querySelector("summary"), error.why || fold.dataset.failed);
    }
  } else if (data.action) {
    closeUses();
    pressed = button;
    trigger("pick", { ...data });
  }
}

element.addEventListener("click", (event) => {
  const button = event.target.closest("button");
  if (button && element.contains(button)) act(button);
});

// Show another caption in a box; its buttons then apply to that caption.
function showIn(box, caption) {
  box.querySelector(".tv-current").textContent = caption;
  for (const button of box.querySelectorAll(".tv-actions :is(button, summary)")) {
    for (const name of ["copy", "caption"]) if (name in button.dataset) button.dataset[name] = caption;
    const label = button.querySelector(".tv-hidden");
    if (label) label.textContent = ` “${caption}”`;
  }
}

// All captions of a path came with it, so that the slider needs no server.
element.addEventListener("input", (event) => {
  const path = event.target.closest("[data-captions]");
  if (!path) return;
  const caption = JSON.parse(path.dataset.captions)[event.target.value];
  showIn(path, caption);
  event.target.setAttribute("aria-valuetext", caption);
});

// Only results in the visible tab are announced to screen readers and kept in the history. A
// tab is mounted when it is first opened.
const isVisible = () => element.offsetParent !== null;

let isUnseen = false; // whether a result has come while its tab was hidden

function remember() {
  const result = element.querySelector("[data-export]");
  if (!result) return;
  isUnseen = !isVisible();
  if (isUnseen) return;
  const language = element.querySelector("[lang]")?.lang; // of its captions
  const detail = { language, ...JSON.parse(result.dataset.export) };
  document.dispatchEvent(new CustomEvent("textvae-result", { detail }));
}

// A tab that is opened gives its panels a size.
new ResizeObserver(() => isUnseen && remember()).observe(element);

// The pressed button may not be in the new result; the keyboard then continues from the result.
function keepFocus() {
  if (!pressed || pressed.isConnected) return;
  pressed = null;
  if (document.activeElement !== document.body) return;
  element.tabIndex = -1;
  element.focus({ preventScroll: true });
}

// A patched slider keeps its dragged position unless it is reset.
const resetSliders = () => {
  for (const slider of element.querySelectorAll("input[type=range]")) slider.value = slider.defaultValue;
};

watch("value", () => {
  resetSliders();
  keepFocus();
  const result = element.querySelector("[data-announce]");
  const unread = [...element.querySelectorAll(".tv-remarks li, .tv-left-out")].map((each) => each.textContent);
  if (result && isVisible()) page()?.announce([...unread, result.dataset.announce].join(" "));
  remember();
  drawMaps();
});
const drawMaps = window.textvaePlane.small(element);
remember();
