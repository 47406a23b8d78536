// The results of the visit, kept only by this browser tab and listed in a dialog.
// `element` and `trigger` come from gr.HTML.

const KEY = "textvae-history";
const root = element.querySelector(".tv-history");
const dialog = root.querySelector("dialog");
const texts = JSON.parse(root.dataset.texts);
const limit = Number(root.dataset.limit);

// Storage may be full or forbidden; the list then lasts as long as the page.
function stored() {
  try {
    return JSON.parse(sessionStorage.getItem(KEY)) ?? [];
  } catch {
    return [];
  }
}

let entries = stored();

function keep(list) {
  entries = list.slice(0, limit);
  try {
    sessionStorage.setItem(KEY, JSON.stringify(entries));
  } catch {}
  root.querySelector(".tv-count").textContent = entries.length;
}

function make(tag, text, ...classes) {
  const made = document.createElement(tag);
  made.textContent = text;
  made.classList.add(...classes);
  return made;
}

function button(text, act) {
  const made = make("button", text, "tv-button");
  made.type = "button";
  made.addEventListener("click", () => act(made));
  return made;
}

function row(entry) {
  const tab = texts.tabs[entry.tab] ?? entry.tab;
  const time = new Date(entry.made).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });
  const captions = make("p", entry.captions.slice(0, 2).join(" / "), "tv-history-captions");
  captions.lang = entry.language ?? ""; // another model may be shown now
  captions.dir = "auto";
  const more = entry.captions.length - 2;
  if (more > 0) captions.append(make("span", " " + texts.more.replace("{count}", more), "tv-info"));
  const actions = make("span", "", "tv-actions");
  const open = button(texts.open, () => {
    dialog.close();
    window.textvaeAddress.openAgain(entry.link);
  });
  const copy = button(texts.copy, async () => {
    await window.textvae.copy(entry.captions.join("\n"));
    window.textvae.announce(texts.copied);
    copy.textContent = texts.copied;
    setTimeout(() => (copy.textContent = texts.copy), 1400);
  });
  actions.append(open, copy);
  const item = document.createElement("li");
  item.append(make("p", `${tab} · ${entry.model} · ${time}`, "tv-info"), captions, actions);
  return item;
}

function draw() {
  dialog.querySelector("ol").replaceChildren(...entries.map(row));
  dialog.querySelector(".tv-empty").hidden = entries.length > 0;
  for (const each of dialog.querySelectorAll("[data-do=json], [data-do=csv], [data-do=clear]")) {
    each.disabled = entries.length === 0;
  }
}

function exported(format) {
  const page = window.textvae;
  const saved = entries.map((entry) => ({ ...entry, link: page.absolute(entry.link) }));
  if (format === "json") return page.json(saved);
  const columns = ["made", "tab", "model", "link"];
  const shown = ["number", "caption", "kind"]; // the last only of some tabs
  const rows = saved.flatMap((entry) => {
    const { head, rows: lines } = page.table(entry);
    return lines.map((line) => [...columns.map((name) => entry[name]), ...shown.map((name) => line[head.indexOf(name)] ?? "")]);
  });
  return page.csv([[...columns, ...shown], ...rows]);
}

const actions = {
  show() {
    draw();
    dialog.showModal();
  },
  close: () => dialog.close(),
  json: () => window.textvae.download("textvae-history.json", exported("json")),
  csv: () => window.textvae.download("textvae-history.csv", exported("csv")),
  clear() {
    keep([]);
    draw();
    dialog.querySelector("[data-do=close]").focus(); // the pressed button is disabled
    window.textvae.announce(texts.cleared);
  },
};

let pressedOn = null;
root.addEventListener("pointerdown", ({ target }) => (pressedOn = target));
root.addEventListener("click", (event) => {
  // A click outside the content; not the second of two, nor the end of a selection.
  if (event.target === dialog && pressedOn === dialog && event.detail < 2) dialog.close();
  const action = event.target.closest("[data-do]")?.dataset.do;
  if (action) actions[action]();
});

document.addEventListener("textvae-open", () => trigger("pick"));

// The same settings give the same captions, so a result is listed once. Of a dragged slider,
// only the last position is.
document.addEventListener("textvae-result", ({ detail }) => {
  const { isMove, isOpened } = window.textvaeAddress;
  const isPassed = (entry, i) => i === 0 && !isOpened(detail.link) && isMove(entry.link, detail.link);
  const others = entries.filter((entry, i) => entry.link !== detail.link && !isPassed(entry, i));
  keep([{ made: new Date().toISOString(), ...detail }, ...others]);
});

keep(entries);
