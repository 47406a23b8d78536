// The Map tab, first part: its state, and how it is drawn. The scripts of the tab share one
// scope and run in this order: captions.js, map_view.js, map_controls.js, map_input.js, map.js.
// `element`, `trigger`, `props`, `server` and `watch` come from gr.HTML.

const { Plane, onTheme, clamp } = window.textvaePlane;
const find = (selector) => element.querySelector(selector);
const root = find(".tv-map");
const canvas = find("canvas");
const texts = JSON.parse(root.dataset.texts);
const SETTLED = 250; // ms without a change until a caption is announced and can be linked

let model = null; // the name of the model that is shown, once its map is loaded
let map = null;
let plane = null;
let onlyKinds = new Set(); // kinds to show; empty means all
let matches = null; // for each point whether the search found it; null means no search
let cursor = null; // where the keyboard is
let hovered = -1; // the point below the pointer
let current = null; // the last answer of the server, see show()
let labels = []; // the names of the kinds, and where they are written

// --- places as text, as in links: "1.5,-0.25" --------------------------------------------------

const short = (value) => String(Math.round(value * 1000) / 1000);

const formatPlace = ({ x, y }) => `${short(x)},${short(y)}`;

function parsePlace(text) {
  const [x, y] = text.split(",").map(Number);
  return { x, y };
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

// The name of a kind is written near its dot closest to their median.
function placeLabels() {
  const median = (values) => values.sort((a, b) => a - b)[values.length >> 1];
  return map.kinds.flatMap((kind, k) => {
    const mine = map.kind.flatMap((of, i) => (of === k ? [i] : []));
    if (kind.other || !mine.length) return [];
    const [x, y] = [median(mine.map((i) => map.x[i])), median(mine.map((i) => map.y[i]))];
    const apart = (i) => Math.hypot(map.x[i] - x, map.y[i] - y);
    const middle = mine.reduce((best, i) => (apart(i) < apart(best) ? i : best));
    return [{ name: kind.name, kind: k, count: mine.length, x: map.x[middle], y: map.y[middle] }];
  }).sort((a, b) => b.count - a.count);
}

function drawLabels(taken) {
  taken.push(zoomButtons());
  if (current) {
    const [px, py] = plane.toScreen(current.x, current.y);
    taken.push([px - 12, py - 12, px + 12, py + 12]);
  }
  const dots = dotsOnScreen();
  const drawn = [];
  for (const label of labels) {
    if (onlyKinds.size && !onlyKinds.has(label.kind)) continue;
    const [px, py] = plane.toScreen(label.x, label.y);
    const spot = spotFor(label.name, px, py, taken, dots);
    if (!spot) continue;
    if (Math.hypot(spot[0] - px, spot[1] - py) > FAR) drawLeader([px, py], spot);
    drawn.push(plane.textBox(label.name, ...spot, LABEL));
    plane.drawText(label.name, ...spot, taken, LABEL);
  }
  root.dataset.labels = JSON.stringify(drawn.map((box) => box.map(Math.round)));
}

// The area of the map covered by the zoom buttons.
function zoomButtons() {
  const [box, own] = [find(".tv-zoom"), canvas].map((each) => each.getBoundingClientRect());
  return [box.left - own.left, box.top - own.top, box.right - own.left, box.bottom - own.top];
}

const LABEL = { weight: 700, size: 14 };
const FAR = 44; // pixels from its kind beyond which a line connects a label to it
const [RING, TURNS] = [11, 20]; // pixels between rings of places to try, and how many in a ring
const REACH_OF_NAMES = 0.18; // of the map; farther away, a name would not seem to belong to its kind
const CELL = 12; // pixels of a square for looking up dots

// The visible dots, by the square of the screen that they are in.
function dotsOnScreen() {
  const found = new Map();
  map.x.forEach((x, i) => {
    if (!isShown(i)) return;
    const at = plane.toScreen(x, map.y[i]);
    const key = at.map((value) => Math.floor(value / CELL)).join();
    if (found.has(key)) found.get(key).push(at);
    else found.set(key, [at]);
  });
  return found;
}

function coversDots([left, top, right, bottom], dots) {
  const reach = 3; // the radius of a dot
  const [first, last] = [left - reach, right + reach].map((x) => Math.floor(x / CELL));
  for (let column = first; column <= last; column++) {
    for (let row = Math.floor((top - reach) / CELL); row <= Math.floor((bottom + reach) / CELL); row++) {
      const inside = ([x, y]) => x > left - reach && x < right + reach && y > top - reach && y < bottom + reach;
      if (dots.get(`${column},${row}`)?.some(inside)) return true;
    }
  }
  return false;
}

// The place nearest to a kind's middle at which its name covers no dot; null if there is none.
function spotFor(name, px, py, taken, dots) {
  const rings = (REACH_OF_NAMES * Math.min(plane.width, plane.height)) / RING;
  for (let ring = 0; ring <= rings; ring++) {
    for (let turn = 0; turn < (ring ? TURNS : 1); turn++) {
      const angle = (2 * Math.PI * turn) / TURNS - Math.PI / 2;
      const spot = [px + 1.6 * ring * RING * Math.cos(angle), py + ring * RING * Math.sin(angle)];
      const box = plane.textBox(name, ...spot, LABEL);
      if (plane.isFree(box, taken) && !coversDots(box, dots)) return spot;
    }
  }
  return null;
}

function drawLeader(from, to) {
  const { context, colours } = plane;
  context.lineWidth = 1;
  context.strokeStyle = colours.ink;
  context.globalAlpha = 0.45;
  context.beginPath();
  context.moveTo(...from);
  context.lineTo(...to);
  context.stroke();
  context.globalAlpha = 1;
}

// When zoomed in far enough, points have captions next to them that cover no other point.
function drawCaptions(taken) {
  const inView = map.x.flatMap((x, i) => {
    const [px, py] = plane.toScreen(x, map.y[i]);
    const isInView = px >= 0 && py >= 0 && px <= plane.width && py <= plane.height;
    return isInView && isShown(i) ? [[i, px, py]] : [];
  });
  for (const [, px, py] of inView) taken.push([px - 3, py - 3, px + 3, py + 3]);
  for (const [i, px, py] of inView) plane.drawText(map.captions[i], px + 9, py, taken, { size: 12, align: "left", colour: plane.colours.muted });
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

// An answer of the server: about a typed sentence, or about a place. On a dot that is the
// caption of the dot, together with its code decoded to the most probable words.
function show({ sentence = "" }, answer) {
  const dot = sentence ? -1 : map.x.findIndex((x, i) => x === answer.x && map.y[i] === answer.y);
  const caption = dot < 0 ? answer.caption : map.captions[dot];
  current = { ...answer, caption, sentence, decoded: answer.caption, isDot: dot >= 0 };
  find(".tv-map-notice").hidden = true;
  if (sentence && plane.width) plane.show(current.x, current.y);
  drawCaption();
  drawNear();
  offer();
  settle();
  draw();
}

const captionButtons = [...element.querySelectorAll(".tv-map-point .tv-actions :is(button, summary)")].map((button) => {
  const label = button.querySelector(".tv-hidden");
  return { button, label, template: label?.textContent };
});

function drawCaption() {
  const { caption, sentence, decoded, isDot, unread = [] } = current;
  find(".tv-here").textContent = sentence ? [texts.yours, ...unread].join(" · ") : isDot ? texts.dot : texts.between;
  find(".tv-current").lang = window.textvae.language();
  find(".tv-current").textContent = caption;
  const also = find(".tv-also");
  also.hidden = decoded === caption;
  Object.assign(also.querySelector("span"), { textContent: decoded, lang: window.textvae.language() });
  for (const { button, label, template } of captionButtons) {
    for (const name of ["copy", "caption"]) if (name in button.dataset) button.dataset[name] = caption;
    if (label) label.textContent = template.replace("{caption}", caption);
  }
  Object.assign(root.dataset, { caption, place: formatPlace(current), sentence });
}

// Those nearest in the space with their distances, and those nearest on the plane.
function drawNear() {
  const { near, distances, x, y } = current;
  const apart = map.x.map((at, i) => (at - x) ** 2 + (map.y[i] - y) ** 2);
  const beside = map.x.map((_, i) => i).sort((a, b) => apart[a] - apart[b] || a - b).slice(0, near.length);
  refill(find(".tv-near-space"), near.map((i, k) => nearRow(i, distances[k].toFixed(2))));
  refill(find(".tv-near-plane"), beside.map((i) => nearRow(i, near.includes(i) ? texts.both : "")));
}

// Keyboard focus on one of them stays at its place in the list.
function refill(list, rows) {
  const at = [...list.children].findIndex((row) => row.contains(document.activeElement));
  list.replaceChildren(...rows);
  rows[Math.min(at, rows.length - 1)]?.firstElementChild.focus({ preventScroll: true });
}

function nearRow(i, note) {
  const row = document.createElement("li");
  const button = document.createElement("button");
  button.type = "button";
  button.dataset.point = i;
  button.textContent = map.captions[i];
  Object.assign(button, { lang: window.textvae.language(), dir: "auto" });
  row.append(button, Object.assign(document.createElement("small"), { textContent: note }));
  return row;
}

// The data that the buttons below the lists copy, link to and save.
function offer() {
  const { caption, sentence, near, distances } = current;
  const query = { tab: "map", model, place: formatPlace(current), ...(sentence && { pin: sentence }) };
  const link = new URLSearchParams(query).toString();
  const rows = near.map((i, k) => `${distances[k].toFixed(2)}\t${map.captions[i]}`);
  find(".tv-shares [data-copy]").dataset.copy = [caption, ...rows].join("\n");
  find(".tv-shares [data-link]").dataset.link = link;
  root.dataset.result = JSON.stringify({ tab: "map", model, link: `?${link}`, captions: [caption] });
}

let settling = 0;
const own = new Set(); // places with their pins that were picked here, until a link is opened
const keyOf = (place, pin) => JSON.stringify([place, pin]);

function settle() {
  clearTimeout(settling);
  settling = setTimeout(() => {
    if (isVisible()) page()?.announce([...(current.unread ?? []), current.caption].join(" "));
    Object.assign(window.textvaePlane, { place: formatPlace(current), pin: current.sentence });
    own.add(keyOf(formatPlace(current), current.sentence));
    trigger("place");
    document.dispatchEvent(new CustomEvent("textvae-place"));
  }, SETTLED);
}
