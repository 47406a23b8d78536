// The Map tab, first part: its state, and what is drawn of it. The scripts of the tab share one
// scope and run in this order: captions.js, map_view.js, map_controls.js, map_input.js, map.js.
// `element`, `trigger`, `props`, `server` and `watch` come from gr.HTML.

const { Plane, onTheme, clamp } = window.textvaePlane;
const find = (selector) => element.querySelector(selector);
const root = find(".tv-map");
const canvas = find("canvas");
const texts = JSON.parse(root.dataset.texts);
const SETTLED = 250; // ms without a change, after which a caption is announced and can be linked

let model = null; // the name of the model that is shown, once its map is loaded
let map = null;
let plane = null;
let onlyKinds = new Set(); // kinds to show; empty means all
let matches = null; // for each point whether the search found it; null means no search
let cursor = null; // where the keyboard is
let hovered = -1; // the point below the pointer
let current = null; // the last answer of the server, `at` its place, and `base`, see show()
let labels = []; // the names of the kinds, and where they are written

// --- places as text, as in links: "1.5,-0.25;45:1.2;5:-0.3" ------------------------------------

const short = (value) => String(Math.round(value * 1000) / 1000);

function formatPlace({ x, y, moves }) {
  const units = Object.entries(moves).map(([unit, value]) => `;${unit}:${short(value)}`);
  return `${short(x)},${short(y)}${units.join("")}`;
}

function parsePlace(text) {
  const [place, ...units] = text.split(";");
  const [x, y] = place.split(",").map(Number);
  return { x, y, moves: Object.fromEntries(units.map((each) => each.split(":").map(Number))) };
}

// --- drawing -----------------------------------------------------------------------------------

const isShown = (i) => (!onlyKinds.size || onlyKinds.has(map.kind[i])) && (!matches || matches[i]);
const isFiltered = () => onlyKinds.size > 0 || matches !== null;

let isDrawDue = false;

function draw() {
  if (isDrawDue) return;
  isDrawDue = true;
  requestAnimationFrame(() => {
    isDrawDue = false;
    if (!plane || !plane.resize()) return;
    plane.clear();
    const count = plane.drawPoints(isFiltered() ? isShown : null);
    const taken = [];
    drawLabels(taken);
    if (count < 120) drawCaptions(taken);
    if (hovered >= 0) plane.drawMark(map.x[hovered], map.y[hovered], { size: 4, fill: plane.colours.kinds[plane.points.kind[hovered]] });
    if (cursor && document.activeElement === canvas) drawCursor();
    if (current) plane.drawMark(current.x, current.y, { size: 8 });
    Object.assign(root.dataset, { drawn: count, zoom: short(plane.zoom) });
  });
}

// The name of a kind is written at the median of its points.
function placeLabels() {
  const median = (values) => values.sort((a, b) => a - b)[values.length >> 1];
  return map.kinds.flatMap((kind, k) => {
    const mine = map.kind.flatMap((of, i) => (of === k ? [i] : []));
    if (kind.other || !mine.length) return [];
    return [{ name: kind.name, kind: k, count: mine.length, x: median(mine.map((i) => map.x[i])), y: median(mine.map((i) => map.y[i])) }];
  }).sort((a, b) => b.count - a.count);
}

function drawLabels(taken) {
  if (current) {
    const [px, py] = plane.toScreen(current.x, current.y);
    taken.push([px - 12, py - 12, px + 12, py + 12]);
  }
  for (const label of labels) {
    if (onlyKinds.size && !onlyKinds.has(label.kind)) continue;
    const [px, py] = plane.toScreen(label.x, label.y);
    const shifts = [0, -20, 20, -40, 40];
    shifts.some((dy) => plane.drawText(label.name, px, py + dy, taken, { weight: 700, size: 14 }));
  }
}

// Zoomed in far enough, points have their captions beside them.
function drawCaptions(taken) {
  for (let i = 0; i < map.x.length; i++) {
    if (!isShown(i)) continue;
    const [px, py] = plane.toScreen(map.x[i], map.y[i]);
    if (px < 0 || py < 0 || px > plane.width || py > plane.height) continue;
    plane.drawText(map.captions[i], px + 9, py, taken, { size: 12, align: "left", colour: plane.colours.muted });
  }
}

function drawCursor() {
  const [px, py] = plane.toScreen(cursor.x, cursor.y);
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

// --- the caption at the current place ----------------------------------------------------------

// An answer of the server. `base` is the caption before units were moved.
function show(place, answer) {
  const isNew = !current || !Object.keys(place.moves).length;
  current = { ...answer, at: place, base: isNew ? answer.caption : current.base };
  find(".tv-map-notice").hidden = true;
  drawCaption();
  setSliders();
  settle();
  draw();
}

const captionButtons = [...element.querySelectorAll(".tv-map-point .tv-actions button")].map((button) => {
  const label = button.querySelector(".tv-hidden");
  return { button, label, template: label?.textContent };
});

// Words that the caption did not have before units were moved are underlined.
function drawCaption() {
  const before = new Set(current.base.split(" "));
  const parts = current.caption.split(" ").map((word) => {
    const part = document.createElement(before.has(word) ? "span" : "ins");
    part.textContent = word;
    return part;
  });
  find(".tv-current").lang = window.textvae.language();
  find(".tv-current").replaceChildren(...parts.flatMap((part, i) => (i ? [" ", part] : [part])));
  for (const { button, label, template } of captionButtons) {
    for (const name of ["copy", "caption"]) if (name in button.dataset) button.dataset[name] = current.caption;
    if (label) label.textContent = template.replace("{caption}", current.caption);
  }
  Object.assign(root.dataset, { caption: current.caption, place: formatPlace(current.at) });
}

let settling = 0;

function settle() {
  clearTimeout(settling);
  settling = setTimeout(() => {
    page()?.announce(current.caption);
    window.textvaePlane.place = formatPlace(current.at);
    trigger("place");
  }, SETTLED);
}
