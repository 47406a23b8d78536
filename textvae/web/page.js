() => {
  // Helpers that the panels share, run once when the page has loaded.
  const live = document.createElement("div");
  live.className = "tv-hidden";
  live.setAttribute("aria-live", "polite");
  document.body.append(live);

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

  function save(result, format) {
    const rows = result.captions.map((caption, i) => [i + 1, caption]);
    const json = JSON.stringify(result, null, 2) + "\n";
    const text = format === "csv" ? csv([["number", "caption"], ...rows]) : json;
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([text]));
    link.download = `textvae-${result.tab}.${format}`;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 10000);
  }

  window.textvae = { announce, copy, copyLink, save };
};
