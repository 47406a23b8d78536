// The Map tab: thousands of captions to look around in, and a sentence for every place.
// Runs after captions.js in the same panel; `element`, `trigger`, `props`, `server` and `watch`
// come from gr.HTML. Its markup never changes, its value says which model and place to show.

const { Plane, onTheme, clamp } = window.textvaePlane;
const find = (selector) => element.querySelector(selector);
const root = find(".tv-map");
const canvas = find("canvas");
const words = JSON.parse(root.dataset.words);
const REACH = 14; // pixels from the pointer to a point
const SETTLED = 250; // ms without a change, after which it is said aloud and can be linked

const maps = {}; // of the models that were looked at
let model = null; // the name of the model that is shown, once its map is there
let map = null;
let plane = null;
let only = new Set(); // kinds to show; none means all
let found = null; // which points the search found
let cross = null; // where the keyboard is
let hovered = -1;
let here = null; // what the server said last, `at` which place, and the caption before moves
let moving = false; // whether a drag moves the map

// --- the place as text, as links have it: "1.5,-0.25;45:1.2;5:-0.3" ---------------------------

const short = (value) => String(Math.round(value * 1000) / 1000);

function written({ x, y, moves }) {
  const units = Object.entries(moves).map(([unit, value]) => `;${unit}:${short(value)}`);
  return `${short(x)},${short(y)}${units.join("")}`;
}

function parsed(text) {
  const [place, ...units] = text.split(";");
  const [x, y] = place.split(",").map(Number);
  return { x, y, moves: Object.fromEntries(units.map((each) => each.split(":").map(Number))) };
}

// --- asking the server -------------------------------------------------------------------------

// One request is under way, and of those that wait only the newest is kept.
let isAsking = false;
let waiting = null;

async function ask(place) {
  waiting = place;
  if (isAsking) return;
  isAsking = true;
  while (waiting) {
    const next = waiting;
    waiting = null;
    const of = model;
    const answer = await told(server.read_place({ model: of, place: written(next) }));
    root.dataset.answers = Number(root.dataset.answers ?? 0) + 1;
    if (of === model && !answer.error) show(next, answer);
    if (answer.error) complain(answer.error);
  }
  isAsking = false;
}

// An answer that did not come is told like one that says what was wrong.
async function told(answer) {
  try {
    return (await answer) ?? { error: words.failed };
  } catch {
    return { error: words.failed };
  }
}

let opening = null;

async function open(name, place) {
  opening = name;
  plane?.clear();
  [map, plane, here] = [null, null, null];
  root.dataset.state = "loading";
  let answer = maps[name];
  while (!answer?.captions && !answer?.error) {
    answer = await told(server.open_map({ model: name }));
    if (wanted().model !== name) return; // another model was chosen meanwhile
    if (answer.total) wait(words.building.replace("{done}", answer.done).replace("{total}", answer.total));
  }
  opening = null;
  if (answer.error) return complain(answer.error);
  maps[name] = answer;
  begin(name, answer, place);
}

function complain(sentence) {
  const notice = find(".tv-map-notice");
  notice.textContent = sentence;
  notice.hidden = false;
}

function wait(sentence) {
  const text = find(".tv-map-wait");
  text.hidden = false;
  text.textContent = sentence;
}

// --- what is shown -----------------------------------------------------------------------------

function begin(name, answer, place) {
  [model, map] = [name, answer];
  map.words ??= map.captions.map((caption) => caption.split(" "));
  plane = new Plane(canvas, { x: map.x, y: map.y, kind: map.kind.map((k) => map.kinds[k].colour) });
  labels = middles();
  [only, found, hovered, cross, here] = [new Set(), null, -1, null, null];
  find(".tv-map-wait").hidden = true;
  find(".tv-map-notice").hidden = true;
  find(".tv-map-search input").value = "";
  drawLegend();
  drawSliders();
  root.dataset.state = "ready";
  root.dataset.points = map.captions.length;
  search("");
  draw();
  ask(place ? parsed(place) : { x: map.x[map.start], y: map.y[map.start], moves: {} });
}

let labels = [];

// The name of a kind stands where half of its points are to each side.
function middles() {
  const median = (values) => values.sort((a, b) => a - b)[values.length >> 1];
  return map.kinds.flatMap((kind, k) => {
    const mine = map.kind.flatMap((of, i) => (of === k ? [i] : []));
    if (kind.other || !mine.length) return [];
    return [{ name: kind.name, kind: k, count: mine.length, x: median(mine.map((i) => map.x[i])), y: median(mine.map((i) => map.y[i])) }];
  }).sort((a, b) => b.count - a.count);
}

const isOn = (i) => (!only.size || only.has(map.kind[i])) && (!found || found[i]);
const isFiltered = () => only.size > 0 || found !== null;

let isDue = false;

function draw() {
  if (isDue) return;
  isDue = true;
  requestAnimationFrame(() => {
    isDue = false;
    if (!plane || !plane.resize()) return;
    plane.clear();
    const count = plane.drawPoints(isFiltered() ? isOn : null);
    const taken = [];
    drawNames(taken);
    if (count < 120) drawCaptions(taken);
    if (hovered >= 0) plane.drawMark(map.x[hovered], map.y[hovered], { size: 4, fill: plane.colours.kinds[plane.points.kind[hovered]] });
    if (cross && document.activeElement === canvas) drawCross();
    if (here) plane.drawMark(here.x, here.y, { size: 8 });
    Object.assign(root.dataset, { drawn: count, zoom: short(plane.zoom) });
  });
}

function drawNames(taken) {
  if (here) {
    const [px, py] = plane.toScreen(here.x, here.y);
    taken.push([px - 12, py - 12, px + 12, py + 12]);
  }
  for (const label of labels) {
    if (only.size && !only.has(label.kind)) continue;
    const [px, py] = plane.toScreen(label.x, label.y);
    const shifts = [0, -20, 20, -40, 40];
    shifts.some((dy) => plane.drawText(label.name, px, py + dy, taken, { weight: 700, size: 14 }));
  }
}

// From close by the dots say what they are.
function drawCaptions(taken) {
  for (let i = 0; i < map.x.length; i++) {
    if (!isOn(i)) continue;
    const [px, py] = plane.toScreen(map.x[i], map.y[i]);
    if (px < 0 || py < 0 || px > plane.width || py > plane.height) continue;
    plane.drawText(map.captions[i], px + 9, py, taken, { size: 12, align: "left", colour: plane.colours.muted });
  }
}

function drawCross() {
  const [px, py] = plane.toScreen(cross.x, cross.y);
  const { context, colours } = plane;
  context.lineWidth = 1.5;
  context.strokeStyle = colours.ink;
  context.beginPath();
  for (const [dx, dy] of [[1, 0], [-1, 0], [0, 1], [0, -1]]) {
    context.moveTo(px + 4 * dx, py + 4 * dy);
    context.lineTo(px + 14 * dx, py + 14 * dy);
  }
  context.stroke();
}

// What the server said of a place.
function show(place, answer) {
  const isNew = !here || !Object.keys(place.moves).length;
  here = { ...answer, at: place, base: isNew ? answer.caption : here.base };
  find(".tv-map-notice").hidden = true;
  drawSentence();
  setSliders();
  settle();
  draw();
}

const actions = [...element.querySelectorAll(".tv-map-reading .tv-actions button")].map((button) => {
  const label = button.querySelector(".tv-hidden");
  return { button, label, text: label?.textContent };
});

// Words that the place without moved units does not have are underlined.
function drawSentence() {
  const before = new Set(here.base.split(" "));
  const parts = here.caption.split(" ").map((word) => {
    const part = document.createElement(before.has(word) ? "span" : "ins");
    part.textContent = word;
    return part;
  });
  find(".tv-here").replaceChildren(...parts.flatMap((part, i) => (i ? [" ", part] : [part])));
  for (const { button, label, text } of actions) {
    for (const name of ["copy", "caption"]) if (name in button.dataset) button.dataset[name] = here.caption;
    if (label) label.textContent = text.replace("{caption}", here.caption);
  }
  Object.assign(root.dataset, { caption: here.caption, place: written(here.at) });
}

let settling = 0;

function settle() {
  clearTimeout(settling);
  settling = setTimeout(() => {
    page()?.announce(here.caption);
    window.textvaePlane.place = written(here.at);
    trigger("place");
  }, SETTLED);
}

// --- the legend, the search, the units ---------------------------------------------------------

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
  if (!only.delete(kind)) only.add(kind);
  for (const each of find(".tv-kinds").children) each.setAttribute("aria-pressed", only.has(Number(each.dataset.kind)));
  hovered = -1;
  count();
  draw();
});

// A point is found if each word of the search begins a word of its caption.
function search(text) {
  const parts = text.toLowerCase().split(/[^a-z']+/).filter(Boolean);
  found = parts.length ? map.words.map((of) => parts.every((part) => of.some((word) => word.startsWith(part)))) : null;
  count();
  draw();
}

function count() {
  const shown = map.captions.reduce((sum, _, i) => sum + isOn(i), 0);
  root.dataset.shown = shown;
  const text = shown ? words.found : words.none;
  find(".tv-found").textContent = isFiltered() ? text.replace("{count}", shown).replace("{total}", map.captions.length) : "";
}

// Enter goes from one that was found to the next.
function next() {
  const hits = map.captions.flatMap((_, i) => (isOn(i) ? [i] : []));
  if (!hits.length) return;
  const last = hits.findIndex((i) => here && map.x[i] === here.at.x && map.y[i] === here.at.y);
  pick(hits[(last + 1) % hits.length]);
}

const box = find(".tv-map-search input");
box.addEventListener("input", () => map && search(box.value));
box.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || !map) return;
  event.preventDefault();
  next();
});

function drawSliders() {
  const rows = map.units.map((unit) => {
    const row = find("template").content.firstElementChild.cloneNode(true);
    const slider = row.querySelector("input");
    const reach = 3 * unit.spread;
    Object.assign(slider, { min: unit.mean - reach, max: unit.mean + reach, step: reach / 60 });
    slider.dataset.unit = unit.number;
    const ends = [unit.low, unit.high].map((list) => list.join(", "));
    row.querySelectorAll("span").forEach((span, i) => (span.textContent = ends[i]));
    slider.setAttribute("aria-label", words.unit.replace("{number}", unit.number).replace("{low}", ends[0]).replace("{high}", ends[1]));
    return row;
  });
  find(".tv-units").replaceChildren(...rows);
}

// A slider that is in the hand stays there; the server may be behind it.
function setSliders() {
  for (const slider of element.querySelectorAll(".tv-units input")) {
    if (slider !== held) slider.value = here.units[slider.dataset.unit];
    slider.setAttribute("aria-valuetext", here.caption);
  }
  find(".tv-put-back").hidden = !Object.keys(here.at.moves).length;
}

let held = null;
const units = find(".tv-units");
units.addEventListener("input", ({ target }) => {
  if (!here) return;
  held = target;
  const { x, y, moves } = (waiting ?? here.at);
  ask({ x, y, moves: { ...moves, [target.dataset.unit]: Number(target.value) } });
});
units.addEventListener("change", () => (held = null));
find(".tv-put-back").addEventListener("click", () => {
  held = null;
  ask({ ...here.at, moves: {} });
});

// --- pointer and keyboard ----------------------------------------------------------------------

const spot = (event) => {
  const box = canvas.getBoundingClientRect();
  return [event.clientX - box.left - canvas.clientLeft, event.clientY - box.top - canvas.clientTop];
};

function pick(i) {
  if (i < 0) return;
  cross = { x: map.x[i], y: map.y[i] };
  plane.show(cross.x, cross.y);
  ask({ ...cross, moves: {} });
  draw();
}

// On a dot its own caption is read, elsewhere what is said there.
function readAt(px, py, reach = 4) {
  const i = plane.nearest(px, py, reach, isOn);
  const [x, y] = i < 0 ? plane.toPlane(px, py) : [map.x[i], map.y[i]];
  cross = { x, y };
  ask({ x, y, moves: {} });
}

function hover(px, py) {
  const i = plane.nearest(px, py, REACH, isOn);
  if (i !== hovered) draw();
  hovered = i;
  const tip = find(".tv-tip");
  tip.hidden = i < 0;
  if (i < 0) return;
  const kind = map.kinds[map.kind[i]].name;
  tip.replaceChildren(Object.assign(document.createElement("span"), { textContent: map.captions[i], lang: "en" }), Object.assign(document.createElement("small"), { textContent: kind }));
  const [x, y] = plane.toScreen(map.x[i], map.y[i]);
  const side = clamp(x - tip.offsetWidth / 2, 6, Math.max(6, plane.width - tip.offsetWidth - 6));
  const above = y - tip.offsetHeight - 12;
  tip.style.transform = `translate(${side}px, ${above > 4 ? above : y + 14}px)`;
}

const fingers = new Map(); // where each finger or button is down
let spread = 0; // between two fingers
let isPan = false;

function span() {
  const [a, b] = [...fingers.values()];
  return Math.hypot(a[0] - b[0], a[1] - b[1]);
}

canvas.addEventListener("pointerdown", (event) => {
  if (!plane) return;
  canvas.setPointerCapture(event.pointerId);
  fingers.set(event.pointerId, spot(event));
  isPan = moving || event.shiftKey || event.button > 0 || fingers.size > 1;
  canvas.dataset.does = isPan ? "pan" : "read";
  find(".tv-tip").hidden = true;
  if (fingers.size === 2) spread = span();
  if (!isPan) readAt(...spot(event));
});

canvas.addEventListener("pointermove", (event) => {
  if (!plane) return;
  const at = spot(event);
  const before = fingers.get(event.pointerId);
  if (!before) return event.pointerType === "touch" ? undefined : hover(...at);
  fingers.set(event.pointerId, at);
  if (!isPan) return readAt(...at);
  plane.moveBy((at[0] - before[0]) / fingers.size, (at[1] - before[1]) / fingers.size);
  if (fingers.size === 2) {
    const [a, b] = [...fingers.values()];
    plane.zoomAt(span() / spread, (a[0] + b[0]) / 2, (a[1] + b[1]) / 2);
    spread = span();
  }
  draw();
});

for (const end of ["pointerup", "pointercancel"]) {
  canvas.addEventListener(end, (event) => {
    fingers.delete(event.pointerId);
    delete canvas.dataset.does;
  });
}

canvas.addEventListener("pointerleave", () => {
  find(".tv-tip").hidden = true;
  hovered = -1;
  draw();
});
canvas.addEventListener("contextmenu", (event) => event.preventDefault());

// Fully zoomed out, a turn of the wheel away from the map scrolls the page as everywhere.
canvas.addEventListener("wheel", (event) => {
  if (!plane || (plane.zoom === 1 && event.deltaY > 0)) return;
  event.preventDefault();
  const pixels = event.deltaY * (event.deltaMode ? 33 : 1);
  zoom(Math.exp(-pixels * (event.ctrlKey ? 0.01 : 0.0018)), ...spot(event));
}, { passive: false });

function zoom(factor, ...at) {
  plane.zoomAt(factor, ...at);
  find(".tv-tip").hidden = true;
  draw();
}

const ZOOMS = { in: () => zoom(1.6), out: () => zoom(1 / 1.6), whole: () => (plane.whole(), draw()) };
find(".tv-zoom").addEventListener("click", (event) => {
  const button = event.target.closest("button");
  if (!button || !plane) return;
  if (button.dataset.zoom !== "move") return ZOOMS[button.dataset.zoom]();
  moving = !moving;
  button.setAttribute("aria-pressed", moving);
  canvas.classList.toggle("tv-moving", moving);
});

const STEPS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
const KEYS = { "+": "in", "=": "in", "-": "out", _: "out", 0: "whole", Home: "whole" };
let telling = 0;

canvas.addEventListener("keydown", (event) => {
  if (!plane || event.ctrlKey || event.altKey || event.metaKey) return;
  cross ??= { ...(here ?? plane.at) };
  const [px, py] = plane.toScreen(cross.x, cross.y);
  if (STEPS[event.key]) {
    const [dx, dy] = STEPS[event.key].map((step) => step * (event.shiftKey ? 60 : 12));
    const [x, y] = plane.toPlane(px + dx, py + dy);
    cross = { x, y };
    plane.show(x, y);
    const [newX, newY] = plane.toScreen(x, y);
    hover(newX, newY);
    clearTimeout(telling);
    telling = setTimeout(() => hovered >= 0 && page()?.announce(map.captions[hovered]), SETTLED);
  } else if (KEYS[event.key]) {
    if (KEYS[event.key] === "whole") ZOOMS.whole();
    else zoom(KEYS[event.key] === "in" ? 1.6 : 1 / 1.6, px, py);
  } else if (event.key === "Enter" || event.key === " ") readAt(px, py, REACH);
  else return;
  event.preventDefault();
  draw();
});
canvas.addEventListener("focus", draw);
canvas.addEventListener("blur", () => {
  find(".tv-tip").hidden = true;
  hovered = -1;
  draw();
});

// --- the beginning, and every change from outside ----------------------------------------------

const wanted = () => JSON.parse(props.value || "{}");

// A place that is the one at hand came from here: in another model it means nothing.
function follow() {
  const { model: name, place } = wanted();
  const isOurs = here !== null && place === written(here.at);
  if (!name || name === opening) return;
  if (name !== model) open(name, isOurs ? "" : place);
  else if (place && !isOurs) ask(parsed(place));
}

const boxed = (id) => document.querySelector(`#${id} input, #${id} textarea`)?.value ?? "";

find(".tv-map-link").addEventListener("click", ({ currentTarget: button }) => {
  if (!here) return;
  const sum = Object.fromEntries(["start", "minus", "plus"].map((name) => [name, boxed(name)]));
  const link = new URLSearchParams({ tab: "map", model, place: written(here.at), ...sum });
  page().copyLink(link.toString());
  flash(button);
});

new ResizeObserver(draw).observe(canvas);
onTheme(() => {
  plane?.repaint();
  draw();
});
watch("value", follow);
follow();
