// The address bar: it holds the tab, its inputs, seed and model, and back and forward go
// through the states of the visit. Loaded with the page; page.js starts it.

window.textvaeAddress = (() => {
  let current = null; // the link of the state that is shown
  let restoring = null; // the link that was opened again, until the visitor does something
  let wanted = ""; // the link to open next
  let touched = false; // whether the visitor has done anything

  const selectedTab = () => document.querySelector("#tabs [role=tab][aria-selected=true]")?.dataset.tabId;
  const model = () => document.querySelector("[data-model]")?.dataset.model;

  // The link of a tab's result; empty before there is one.
  function linkOf(tab) {
    const result = document.querySelector(`#${tab}-result [data-export]`);
    if (result) return JSON.parse(result.dataset.export).link;
    const map = document.querySelector(".tv-map[data-result]");
    if (tab === "map") return map && JSON.parse(map.dataset.result).link;
    return tab === "about" && model() ? `?${new URLSearchParams({ tab, model: model() })}` : null;
  }

  // The tab that the address opens, which a visitor may leave before it shows anything.
  const opened = () => new URLSearchParams(location.search).get("tab") ?? document.querySelector("#tabs [role=tab]").dataset.tabId;

  // Places of one map replace each other, since a drag passes through many, as do the positions of a slider.
  const SLID = ["n", "temperature", "boldness", "steps"];
  function fixed(link) {
    const query = new URLSearchParams(link);
    for (const name of query.has("pin") ? SLID : [...SLID, "place"]) query.delete(name);
    return `${query}`;
  }
  const isMove = (from, to) => fixed(from) === fixed(to);

  // Gradio keeps a chosen theme only in the address. Copied links have none.
  function themed(link) {
    const theme = new URLSearchParams(location.search).get("__theme");
    return theme ? `${link}&${new URLSearchParams({ __theme: theme })}` : link;
  }

  // Gradio loads the page again when a lost connection is back. What was typed since the last
  // result is not in a link, and is kept for that.
  const TYPED = "textvae-typed";

  function keepTyped() {
    const before = new URLSearchParams(current ?? "");
    const query = new URLSearchParams(before);
    for (const input of document.querySelectorAll(`#${selectedTab()} .tv-box :is(input, textarea)`)) {
      const { id } = input.closest(".tv-box");
      if (query.has(id)) query.set(id, input.value);
    }
    const link = `${query}` === `${before}` ? null : themed(`?${query}`);
    try {
      sessionStorage.setItem(TYPED, JSON.stringify({ at: location.search, link }));
    } catch {} // storage may be full or forbidden
  }

  function openTyped() {
    try {
      const { at, link } = JSON.parse(sessionStorage.getItem(TYPED));
      const isReload = performance.getEntriesByType("navigation")[0].type === "reload";
      if (link && isReload && at === location.search) history.replaceState(history.state, "", link);
    } catch {}
  }
  openTyped();

  function update() {
    const tab = selectedTab();
    const link = tab && linkOf(tab);
    // Results of links opened before may come late, and are not steps of the visit.
    if (restoring !== null && link !== restoring) return;
    if (!link || link === current) return;
    // Requests of a visitor before the page had filled are in the address as well.
    if (current === null) history.replaceState({ link }, "", tab === opened() && !touched ? undefined : themed(link));
    else if (restoring === null && isMove(current, link)) history.replaceState({ link }, "", themed(link));
    else history.pushState({ link }, "", themed(link));
    current = link;
  }

  // Links are opened one at a time, and only the last of those that wait; see page.py.
  function open(link) {
    wanted = link;
    document.dispatchEvent(new CustomEvent("textvae-open"));
  }

  // Scrolling is not an action. Dictation and screen readers fill and click without a key or a pointer.
  const isDone = {
    pointerdown: ({ target, pointerType }) => pointerType !== "touch" && target.matches?.("canvas"),
    pointerup: ({ target, pointerType }) => pointerType === "touch" && target.matches?.("canvas"), // a swipe has no pointerup
    keydown: ({ key }) => key === "Enter" || key === " ",
    input: () => true,
    click: () => true,
  };

  function start() {
    window.addEventListener("pagehide", keepTyped);
    // Gradio's panels in the footer record in the address that they are open, and drop its state.
    const replace = history.replaceState.bind(history);
    history.replaceState = (state, ...rest) => replace(state ?? history.state, ...rest);
    document.addEventListener("textvae-result", update);
    document.addEventListener("textvae-place", update);
    new MutationObserver(update).observe(document.querySelector("#tabs"), { subtree: true, attributeFilter: ["aria-selected"] });
    new MutationObserver(update).observe(document.querySelector("#status"), { subtree: true, attributeFilter: ["data-model"] });
    for (const [act, is] of Object.entries(isDone)) {
      document.addEventListener(act, (event) => is(event) && ([restoring, touched] = [null, true]), { capture: true });
    }
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

  // The tab is shown before its result; its earlier contents are not a step of the visit.
  function openAgain(link) {
    restoring = link;
    open(link);
  }

  const isOpened = (link) => link === restoring;

  return { start, absolute, openAgain, isMove, isOpened, next: () => wanted };
})();
