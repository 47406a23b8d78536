// The Map tab, second part: the kinds of scene, the search and the sliders of units.

function drawLegend() {
  const buttons = map.kinds.flatMap((kind, k) => {
    const button = document.createElement("button");
    const count = map.kind.reduce((sum, of) => sum + (of === k), 0);
    if (!count) return [];
    button.type = "button";
    button.className = "tv-kind";
    button.dataset.kind = k;
    button.style.setProperty("--tv-kind", `var(--tv-kind-${kind.colour})`);
    button.setAttribute("aria-pressed", "false");
    const text = document.createElement("span");
    const number = document.createElement("small");
    [text.textContent, number.textContent] = [kind.name, count];
    button.append(document.createElement("i"), text, number);
    return button;
  });
  find(".tv-kinds").replaceChildren(...buttons);
}

find(".tv-kinds").addEventListener("click", (event) => {
  const button = event.target.closest("button");
  if (!button || !map) return;
  const kind = Number(button.dataset.kind);
  if (!onlyKinds.delete(kind)) onlyKinds.add(kind);
  for (const each of find(".tv-kinds").children) each.setAttribute("aria-pressed", onlyKinds.has(Number(each.dataset.kind)));
  hovered = -1;
  showCount();
  draw();
});

// A caption matches if each part of the search is the beginning of one of its words.
function search(text) {
  const parts = text.toLowerCase().split(/[^a-z']+/).filter(Boolean);
  matches = parts.length ? map.words.map((of) => parts.every((part) => of.some((word) => word.startsWith(part)))) : null;
  showCount();
  draw();
}

function showCount() {
  const shown = map.captions.reduce((sum, _, i) => sum + isShown(i), 0);
  root.dataset.shown = shown;
  const text = shown ? texts.found : texts.none;
  find(".tv-found").textContent = isFiltered() ? text.replace("{count}", shown).replace("{total}", map.captions.length) : "";
}

// Enter goes from one match to the next.
function goToNextMatch() {
  const hits = map.captions.flatMap((_, i) => (isShown(i) ? [i] : []));
  if (!hits.length) return;
  const last = hits.findIndex((i) => current && map.x[i] === current.at.x && map.y[i] === current.at.y);
  const next = hits[(last + 1) % hits.length];
  cursor = { x: map.x[next], y: map.y[next] };
  plane.show(cursor.x, cursor.y);
  ask({ ...cursor, moves: {} });
  draw();
}

const searchBox = find(".tv-map-search input");
searchBox.addEventListener("input", () => map && search(searchBox.value));
searchBox.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || !map) return;
  event.preventDefault();
  goToNextMatch();
});

function drawSliders() {
  const rows = map.units.map((unit) => {
    const row = find("template").content.firstElementChild.cloneNode(true);
    const slider = row.querySelector("input");
    const reach = 3 * unit.std;
    Object.assign(slider, { min: unit.mean - reach, max: unit.mean + reach, step: reach / 60 });
    slider.dataset.unit = unit.number;
    const ends = [unit.low, unit.high].map((list) => list.join(", "));
    row.querySelectorAll("span").forEach((span, i) => Object.assign(span, { textContent: ends[i], lang: window.textvae.language() }));
    slider.setAttribute("aria-label", texts.unit.replace("{number}", unit.number).replace("{low}", ends[0]).replace("{high}", ends[1]));
    return row;
  });
  find(".tv-units").replaceChildren(...rows);
}

let dragged = null; // the slider that is being moved

// The slider being moved keeps its value, since answers of the server come later.
function setSliders() {
  for (const slider of element.querySelectorAll(".tv-units input")) {
    if (slider !== dragged) slider.value = current.units[slider.dataset.unit];
    slider.setAttribute("aria-valuetext", current.caption);
  }
  find(".tv-reset").hidden = !Object.keys(current.at.moves).length;
}

find(".tv-units").addEventListener("input", ({ target }) => {
  if (!current) return;
  dragged = target;
  const { x, y, moves } = waiting ?? current.at;
  ask({ x, y, moves: { ...moves, [target.dataset.unit]: Number(target.value) } });
});
find(".tv-units").addEventListener("change", () => (dragged = null));
find(".tv-reset").addEventListener("click", () => {
  dragged = null;
  ask({ ...current.at, moves: {} });
});

const boxValue = (id) => document.querySelector(`#${id} input, #${id} textarea`)?.value ?? "";

find(".tv-map-link").addEventListener("click", ({ currentTarget: button }) => {
  if (!current) return;
  const sum = Object.fromEntries(["start", "minus", "plus"].map((name) => [name, boxValue(name)]));
  const link = new URLSearchParams({ tab: "map", model, place: formatPlace(current.at), ...sum });
  page().copyLink(link.toString());
  flash(button);
});
