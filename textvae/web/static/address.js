// The address bar: it says which tab is shown, with which inputs, seed and model, and back and
// forward go through the states of the visit. Loaded with the page; page.js starts it.

window.textvaeAddress = (() => {
  let current = null; // the link of the state that is shown
  let restoring = null; // the link that was opened again, until the visitor does something
  let wanted = ""; // the link to open next
  let touched = false; // whether the visitor has pressed anything

  const selectedTab = () => document.querySelector("#tabs [role=tab][aria-selected=true]")?.dataset.tabId;
  const model = () => document.querySelector("[data-model]")?.dataset.model;

  // The link of what a tab shows; nothing while it shows nothing yet.
  function linkOf(tab) {
    const result = document.querySelector(`#${tab}-result [data-export]`);
    if (result) return JSON.parse(result.dataset.export).link;
    const map = document.querySelector(".tv-map[data-result]");
    if (tab === "map") return map && JSON.parse(map.dataset.result).link;
    return tab === "about" && model() ? `?${new URLSearchParams({ tab, model: model() })}` : null;
  }

  // The tab that the address opens, which a visitor may leave before it shows anything.
  const opened = () => new URLSearchParams(location.search).get("tab") ?? document.querySelector("#tabs [role=tab]").dataset.tabId;

  // Places of one map replace each other, since a drag passes through many.
  const modelOf = (link) => new URLSearchParams(link).get("model");
  const isPlace = (link) => link.includes("tab=map&") && !link.includes("&pin=");
  const isMove = (from, to) => isPlace(from) && isPlace(to) && modelOf(from) === modelOf(to);

  // Gradio keeps a theme that was chosen in the address alone. Links that are copied have none.
  function themed(link) {
    const theme = new URLSearchParams(location.search).get("__theme");
    return theme ? `${link}&${new URLSearchParams({ __theme: theme })}` : link;
  }

  function update() {
    const tab = selectedTab();
    const link = tab && linkOf(tab);
    // Results of links that were opened before may come late, and are no step of the visit.
    if (restoring !== null && link !== restoring) return;
    if (!link || link === current) return;
    // What a visitor has asked for before the page had filled is in the address as well.
    if (current === null) history.replaceState({ link }, "", tab === opened() && !touched ? undefined : themed(link));
    else if (isMove(current, link)) history.replaceState({ link }, "", themed(link));
    else history.pushState({ link }, "", themed(link));
    current = link;
  }

  // Links are opened one at a time, and of those that wait only the last; see page.py.
  function open(link) {
    wanted = link;
    document.dispatchEvent(new CustomEvent("textvae-open"));
  }

  function start() {
    document.addEventListener("textvae-result", update);
    document.addEventListener("textvae-place", update);
    new MutationObserver(update).observe(document.querySelector("#tabs"), { subtree: true, attributeFilter: ["aria-selected"] });
    new MutationObserver(update).observe(document.querySelector("#status"), { subtree: true, attributeFilter: ["data-model"] });
    // Dictation and screen readers fill and click without a key or a pointer.
    for (const act of ["pointerdown", "keydown", "input", "click"]) document.addEventListener(act, () => ([restoring, touched] = [null, true]), { capture: true });
    window.addEventListener("popstate", ({ state }) => {
      const link = state?.link ?? location.search;
      [current, restoring] = [link, state?.link ?? null];
      open(link);
    });
    update();
  }

  // In a Space the page is in a frame, whose address is not the one to share.
  function absolute(query) {
    const root = document.querySelector("[data-share]")?.dataset.share;
    const url = new URL(root || location.origin + location.pathname);
    url.search = query;
    return url.href;
  }

  // The tab is shown before its result, and what it held until then is no step of the visit.
  function openAgain(link) {
    restoring = link;
    open(link);
  }

  return { start, absolute, openAgain, next: () => wanted };
})();
