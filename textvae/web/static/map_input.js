// The Map tab, third part: the pointer, the wheel and the keyboard on the map.

const REACH = 14; // pixels from the pointer to a point
const ON_POINT = 4; // pixels within which a click selects the point itself

const positionOf = (event) => {
  const box = canvas.getBoundingClientRect();
  return [event.clientX - box.left - canvas.clientLeft, event.clientY - box.top - canvas.clientTop];
};

// On a point, its own caption is decoded; elsewhere, that of the place.
function decodeAt(px, py, reach = ON_POINT) {
  const i = plane.nearest(px, py, reach, isShown);
  const [x, y] = i < 0 ? plane.toPlane(px, py) : [map.x[i], map.y[i]];
  cursor = { x, y };
  ask({ x, y });
}

function hover(px, py) {
  const i = plane.nearest(px, py, REACH, isShown);
  if (i !== hovered) draw();
  hovered = i;
  const tip = find(".tv-tip");
  tip.hidden = i < 0;
  if (i < 0) return;
  const kind = map.kinds[map.kind[i]].name;
  tip.replaceChildren(Object.assign(document.createElement("span"), { textContent: map.captions[i], lang: window.textvae.language(), dir: "auto" }), Object.assign(document.createElement("small"), { textContent: kind }));
  const [x, y] = plane.toScreen(map.x[i], map.y[i]);
  const side = clamp(x - tip.offsetWidth / 2, 6, Math.max(6, plane.width - tip.offsetWidth - 6));
  const above = y - tip.offsetHeight - 12;
  tip.style.transform = `translate(${side}px, ${above > 4 ? above : y + 14}px)`;
}

function stopHovering() {
  find(".tv-tip").hidden = true;
  hovered = -1;
  draw();
}

const pointers = new Map(); // the positions of the fingers or buttons that are down
let tapped = null; // where a single finger went down
let pinch = 0; // the distance between two fingers
let isPanning = false;
let isPanMode = false; // whether every drag pans

function fingers() {
  const [a, b] = [...pointers.values()];
  return { distance: Math.hypot(a[0] - b[0], a[1] - b[1]), middle: [(a[0] + b[0]) / 2, (a[1] + b[1]) / 2] };
}

canvas.addEventListener("pointerdown", (event) => {
  if (!plane) return;
  canvas.setPointerCapture(event.pointerId);
  pointers.set(event.pointerId, positionOf(event));
  isPanning = isPanMode || event.shiftKey || event.button > 0 || pointers.size > 1;
  canvas.dataset.does = isPanning ? "pan" : "decode";
  find(".tv-tip").hidden = true;
  if (pointers.size === 2) pinch = fingers().distance;
  const isFinger = event.pointerType === "touch";
  tapped = isFinger && !isPanning ? positionOf(event) : null;
  if (!isPanning && !isFinger) decodeAt(...positionOf(event));
});

canvas.addEventListener("pointermove", (event) => {
  if (!plane) return;
  const at = positionOf(event);
  const before = pointers.get(event.pointerId);
  if (!before) return event.pointerType === "touch" ? undefined : hover(...at);
  pointers.set(event.pointerId, at);
  if (tapped && Math.hypot(at[0] - tapped[0], at[1] - tapped[1]) > REACH) tapped = null;
  if (event.pointerType === "touch" && !isPanning) return;
  if (!isPanning) return decodeAt(...at);
  plane.moveBy((at[0] - before[0]) / pointers.size, (at[1] - before[1]) / pointers.size);
  if (pointers.size === 2) {
    const { distance, middle } = fingers();
    plane.zoomAt(distance / pinch, ...middle);
    pinch = distance;
  }
  draw();
});

for (const end of ["pointerup", "pointercancel"]) {
  canvas.addEventListener(end, (event) => {
    if (end === "pointerup" && tapped) decodeAt(...positionOf(event), REACH);
    tapped = null;
    pointers.delete(event.pointerId);
    delete canvas.dataset.does;
  });
}

// One finger scrolls the page, as set by `touch-action`; two belong to the map.
canvas.addEventListener("touchmove", (event) => event.touches.length > 1 && event.preventDefault(), { passive: false });
canvas.addEventListener("pointerleave", stopHovering);
canvas.addEventListener("contextmenu", (event) => event.preventDefault());

// While the whole map is shown, scrolling down scrolls the page.
canvas.addEventListener("wheel", (event) => {
  if (!plane || (plane.zoom === 1 && event.deltaY > 0)) return;
  event.preventDefault();
  const pixels = event.deltaY * (event.deltaMode ? 33 : 1);
  zoom(Math.exp(-pixels * (event.ctrlKey ? 0.01 : 0.0018)), ...positionOf(event));
}, { passive: false });

function zoom(factor, ...at) {
  plane.zoomAt(factor, ...at);
  find(".tv-tip").hidden = true;
  draw();
}

const ZOOM = 1.6;
const ZOOMS = { in: (...at) => zoom(ZOOM, ...at), out: (...at) => zoom(1 / ZOOM, ...at), whole: () => (plane.whole(), draw()) };
find(".tv-zoom").addEventListener("click", (event) => {
  const button = event.target.closest("button");
  if (!button || !plane) return;
  if (button.dataset.zoom !== "move") return ZOOMS[button.dataset.zoom]();
  isPanMode = !isPanMode;
  button.setAttribute("aria-pressed", isPanMode);
  canvas.classList.toggle("tv-moving", isPanMode);
});

const STEPS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
const STEP = 12; // pixels that an arrow key moves the cursor
const LARGE_STEP = 60; // with Shift
const KEYS = { "+": "in", "=": "in", "-": "out", _: "out", 0: "whole", Home: "whole" };
let announcing = 0;

function moveCursor(px, py) {
  const [x, y] = plane.toPlane(px, py);
  cursor = { x, y };
  plane.show(x, y);
  hover(...plane.toScreen(x, y));
  clearTimeout(announcing);
  announcing = setTimeout(() => {
    const i = plane && cursor ? plane.nearest(...plane.toScreen(cursor.x, cursor.y), Infinity, isShown) : -1;
    if (i >= 0) page()?.announce(map.captions[i]);
  }, SETTLED);
}

canvas.addEventListener("keydown", (event) => {
  if (!plane || event.ctrlKey || event.altKey || event.metaKey) return;
  cursor ??= { ...(current ?? plane.at) };
  const [px, py] = plane.toScreen(cursor.x, cursor.y);
  if (STEPS[event.key]) {
    const [dx, dy] = STEPS[event.key].map((step) => step * (event.shiftKey ? LARGE_STEP : STEP));
    moveCursor(px + dx, py + dy);
  } else if (KEYS[event.key]) ZOOMS[KEYS[event.key]](px, py);
  else if (event.key === "Enter" || event.key === " ") decodeAt(px, py, REACH);
  else return;
  event.preventDefault();
  draw();
});
canvas.addEventListener("focus", draw);
canvas.addEventListener("blur", stopHovering);
