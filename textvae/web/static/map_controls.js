// The Map tab, second part: the kinds of scene, the search, and a sentence to place.

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

// Apostrophes are dropped as in textvae/data/cleaning.py, on both sides.
const APOSTROPHES = /['\u2018\u2019\u02bc\uff07]/g;
const wordsOf = (text) => text.toLowerCase().replace(APOSTROPHES, "").split(/[^\p{L}\p{M}\p{N}]+/u).filter(Boolean);
// Scripts without spaces between words, see textvae/words.py.
const SPACELESS = /[\p{sc=Han}\p{sc=Hiragana}\p{sc=Katakana}\p{sc=Thai}\p{sc=Lao}\p{sc=Khmer}\p{sc=Myanmar}\p{sc=Tibetan}\p{sc=Yi}]/u;

// A caption matches if each part of the search is the beginning of one of its words, or, without
// spaces between words, occurs anywhere in it.
function search(text) {
  const parts = wordsOf(text);
  const isIn = (word, part) => (SPACELESS.test(part) ? word.includes(part) : word.startsWith(part));
  matches = parts.length ? map.words.map((words) => parts.every((part) => words.some((word) => isIn(word, part)))) : null;
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
  const last = hits.findIndex((i) => current && map.x[i] === current.x && map.y[i] === current.y);
  goToPoint(hits[(last + 1) % hits.length]);
}

function goToPoint(i) {
  cursor = { x: map.x[i], y: map.y[i] };
  plane.show(cursor.x, cursor.y);
  ask({ ...cursor });
  draw();
}

const searchBox = find(".tv-map-search input");
searchBox.addEventListener("input", () => map && search(searchBox.value));
searchBox.addEventListener("keydown", (event) => {
  // Ignore the Enter that commits an IME composition (Safari reports only keyCode 229).
  if (event.key !== "Enter" || !map || event.isComposing || event.keyCode === 229) return;
  event.preventDefault();
  goToNextMatch();
});

for (const list of element.querySelectorAll(".tv-near-space, .tv-near-plane")) {
  list.addEventListener("click", ({ target }) => {
    const point = target.closest("[data-point]")?.dataset.point;
    if (point !== undefined && map) goToPoint(Number(point));
  });
}

// A typed sentence drops as a pin.
const sentenceForm = find(".tv-map-sentence");
let early = null; // requested before there was a map
sentenceForm.addEventListener("submit", (event) => {
  event.preventDefault();
  const asked = { sentence: sentenceForm.elements.sentence.value };
  if (map) return void ask(asked);
  if (asked.sentence.trim()) early = asked;
  const name = wanted().model ?? last;
  if (name && !opening) open(name, {}); // its map could not be loaded; try again
});
