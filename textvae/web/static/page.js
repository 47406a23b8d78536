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

  function announce(text) {
    live.textContent = text;
  }

  // navigator.clipboard exists only on https and localhost.
  async function copy(text) {
    try {
      await navigator.clipboard.writeText(text);
    } catch {
      const box = document.createElement("textarea");
      box.value = text;
      document.body.append(box);
      box.select();
      document.execCommand("copy");
      box.remove();
    }
  }

  const { absolute } = window.textvaeAddress;
  const copyLink = (query) => copy(absolute(query));

  function csv(rows) {
    const quote = (value) => `"${String(value).replaceAll('"', '""')}"`;
    return rows.map((row) => row.map(quote).join(",")).join("\r\n") + "\r\n";
  }

  // One row per caption, with the other values that the result has for each.
  function table(result) {
    const { captions, ...rest } = result;
    const more = Object.keys(rest).filter((name) => Array.isArray(rest[name]));
    const cell = (value) => (Array.isArray(value) ? value.map((x) => x.toFixed(4)).join(" ") : value);
    const rows = captions.map((caption, i) => [i + 1, caption, ...more.map((name) => cell(rest[name][i]))]);
    return { head: ["number", "caption", ...more], rows };
  }

  function download(name, text) {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([text]));
    link.download = name;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 10000);
  }

  function save(result, format) {
    const { head, rows } = table(result);
    const text = format === "csv" ? csv([head, ...rows]) : json({ ...result, link: absolute(result.link) });
    download(`textvae-${result.tab}.${format}`, text);
  }

  function json(value) {
    return JSON.stringify(value, null, 2) + "\n";
  }

  const modelLanguage = () => document.querySelector("[data-model-lang]")?.dataset.modelLang ?? "";

  // A click that leads to another tab hides what was clicked; the keyboard goes on from the tab.
  const tabs = document.querySelector("#tabs");
  tabs.tabIndex = -1;
  const followFocus = () => {
    const at = document.activeElement;
    if (at === document.body || at?.offsetParent === null) tabs.querySelector("[role=tab][aria-selected=true]")?.focus();
  };
  new MutationObserver(followFocus).observe(tabs, { subtree: true, attributeFilter: ["aria-selected"] });

  window.textvaeAddress.start();
  window.textvaeConnection.start();
  window.textvae = { absolute, announce, copy, copyLink, csv, download, json, language: modelLanguage, save, table };
};
