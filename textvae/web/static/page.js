() => {
  // Helpers that the panels share as `window.textvae`; run once, when the page has loaded.
  const live = document.createElement("div");
  live.className = "tv-hidden";
  live.setAttribute("aria-live", "polite");
  document.body.append(live);

  // Gradio sets the language of its own texts, which the page may not have.
  const language = document.querySelector("[data-lang]")?.dataset.lang ?? "en";
  const setLanguage = () => {
    if (document.documentElement.lang !== language) document.documentElement.lang = language;
  };
  new MutationObserver(setLanguage).observe(document.documentElement, { attributeFilter: ["lang"] });
  setLanguage();

  const SHARP = 2; // pixels of a saved picture for each pixel of its drawing
  const MOST = 16_000_000; // pixels of a canvas that every browser has

  let saying = 0;

  function announce(text) {
    // Text outside an open dialog is not announced, nor is a text that is already there.
    const place = document.querySelector("dialog[open]") ?? document.body;
    if (live.parentElement !== place) place.append(live);
    live.textContent = "";
    clearTimeout(saying);
    saying = setTimeout(() => (live.textContent = text), 100);
  }

  // navigator.clipboard exists only on https and localhost.
  async function copy(text) {
    try {
      await navigator.clipboard.writeText(text);
    } catch {
      const before = document.activeElement;
      const box = document.createElement("textarea");
      box.value = text;
      // While a dialog is open, nothing outside it can be selected.
      (document.querySelector("dialog[open]") ?? document.body).append(box);
      box.select();
      document.execCommand("copy");
      box.remove();
      before?.focus({ preventScroll: true });
    }
  }

  const { absolute } = window.textvaeAddress;
  const copyLink = (query) => copy(absolute(query));

  // Read by a spreadsheet as a formula; not a list of numbers.
  const COMPUTED = /^(?:[=@]|[-+](?![\d.]+(?: -?[\d.]+)*$))/;

  // With a byte order mark, without which Excel assumes the system's encoding, and an apostrophe
  // before text that it would compute.
  function csv(rows) {
    const isFormula = (value) => typeof value === "string" && COMPUTED.test(value);
    const quote = (value) =>
      `"${isFormula(value) ? "'" : ""}${String(value).replaceAll('"', '""')}"`;
    return "\ufeff" + rows.map((row) => row.map(quote).join(",")).join("\r\n") + "\r\n";
  }

  // One row per caption, with the result's other values for each.
  function table(result) {
    const { captions, ...rest } = result;
    const more = Object.keys(rest).filter((name) => Array.isArray(rest[name]));
    const text = (x) => (typeof x === "number" ? x.toFixed(4) : x.trim());
    const cell = (value) => (Array.isArray(value) ? value.map(text).join(" ") : value);
    const rows = captions.map((caption, i) => [i + 1, caption, ...more.map((name) => cell(rest[name][i]))]);
    return { head: ["number", "caption", ...more], rows };
  }

  function download(name, content) {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(content instanceof Blob ? content : new Blob([content]));
    link.download = name;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 60_000); // a browser may ask before it saves
  }

  async function save(result, format) {
    download(`textvae-${result.tab}.${format}`, await MAKE[format](result));
  }

  const MAKE = {
    json: (result) => json({ ...result, link: absolute(result.link) }),
    csv: (result) => csv([table(result).head, ...table(result).rows]),
    svg: picture,
    png: async (result) => asPng(await picture(result)),
  };

  // The server draws the contents of a link; see pictures/.
  async function picture({ link }) {
    const answer = await fetch(`picture.svg${link}`);
    // A rejected request would be rejected again; the response says why.
    if (!answer.ok) throw Object.assign(new Error(answer.statusText), { why: answer.status === 422 && (await answer.json()).detail });
    return answer.blob();
  }

  async function asPng(svg) {
    const image = new Image();
    image.src = URL.createObjectURL(svg);
    await image.decode();
    const canvas = document.createElement("canvas");
    const sides = [image.naturalWidth, image.naturalHeight];
    const sharp = Math.min(SHARP, Math.sqrt(MOST / (sides[0] * sides[1])));
    [canvas.width, canvas.height] = sides.map((side) => Math.floor(sharp * side));
    canvas.getContext("2d").drawImage(image, 0, 0, canvas.width, canvas.height);
    URL.revokeObjectURL(image.src);
    const made = await new Promise((resolve) => canvas.toBlob(resolve, "image/png"));
    if (!made) throw new Error("no picture");
    return made;
  }

  function json(value) {
    return JSON.stringify(value, null, 2) + "\n";
  }

  const modelLanguage = () => document.querySelector("[data-model-lang]")?.dataset.modelLang ?? "";

  // Gradio sets its boxes left to right, and names no language. Tabs are made when first opened.
  function markBoxes() {
    for (const box of document.querySelectorAll(":is(.tv-box, .tv-map-sentence, .tv-map-search) :is(input, textarea)")) {
      if (box.getAttribute("dir") !== "auto") box.setAttribute("dir", "auto");
      if (box.getAttribute("lang") !== modelLanguage()) box.setAttribute("lang", modelLanguage());
    }
  }
  for (const place of ["#tabs", "#status"]) {
    new MutationObserver(markBoxes).observe(document.querySelector(place), { subtree: true, childList: true, attributeFilter: ["data-model-lang"] });
  }
  markBoxes();

  // A click that leads to another tab hides the clicked button; the keyboard continues from the tab.
  const tabs = document.querySelector("#tabs");
  tabs.tabIndex = -1;
  // Gradio's page has a base, against which `#tabs` is another address wherever there is a query.
  document.querySelector(".tv-skip")?.addEventListener("click", (event) => {
    event.preventDefault();
    tabs.focus();
  });
  let hasActed = false; // before that, a link has chosen the tab, not a click
  for (const act of ["pointerdown", "keydown"]) document.addEventListener(act, () => (hasActed = true), { capture: true, once: true });
  const followFocus = () => {
    const at = document.activeElement;
    if (!hasActed) return;
    if (at === document.body || at?.offsetParent === null) tabs.querySelector("[role=tab][aria-selected=true]")?.focus();
  };
  // Once the panel that was left is hidden.
  new MutationObserver(() => requestAnimationFrame(followFocus)).observe(tabs, { subtree: true, attributeFilter: ["aria-selected"] });

  // Gradio's footer names its icons like the links around them, which would be read twice.
  for (const icon of document.querySelectorAll("footer img")) icon.alt = "";

  window.textvaeAddress.start();
  window.textvaeConnection.start();
  window.textvaeSliderNames.start();
  window.textvaeApiPanel.start();
  window.textvae = { absolute, announce, copy, copyLink, csv, download, json, language: modelLanguage, save, table };
};
