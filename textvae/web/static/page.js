() => {
  // Helpers that the panels share, run once when the page has loaded.
  const live = document.createElement("div");
  live.className = "tv-hidden";
  live.setAttribute("aria-live", "polite");
  document.body.append(live);

  // Gradio sets the language of its own words, which may be one that ours are not in.
  const spoken = document.querySelector("[data-lang]")?.dataset.lang ?? "en";
  const speak = () => {
    if (document.documentElement.lang !== spoken) document.documentElement.lang = spoken;
  };
  new MutationObserver(speak).observe(document.documentElement, { attributeFilter: ["lang"] });
  speak();

  function announce(text) {
    live.textContent = text;
  }

  // navigator.clipboard exists on https and localhost only.
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

  // In a Space the page sits in a frame, whose address is not the one that people share.
  function copyLink(query) {
    const root = document.querySelector("[data-share]")?.dataset.share;
    const url = new URL(root || location.origin + location.pathname);
    url.search = query;
    if (!root) history.replaceState(null, "", url);
    return copy(url.href);
  }

  function csv(rows) {
    const quote = (value) => `"${String(value).replaceAll('"', '""')}"`;
    return rows.map((row) => row.map(quote).join(",")).join("\r\n") + "\r\n";
  }

  // A row a caption; beside it whatever else the result says of each.
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
    const text = format === "csv" ? csv([head, ...rows]) : json(result);
    download(`textvae-${result.tab}.${format}`, text);
  }

  function json(value) {
    return JSON.stringify(value, null, 2) + "\n";
  }

  window.textvae = { announce, copy, copyLink, csv, download, json, save, table };
};
