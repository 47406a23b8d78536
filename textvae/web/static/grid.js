// The Grid tab: choosing a cell by pointer or arrow keys, and playing all of them.
// Runs after captions.js, in its scope. A new result may be shown in the same cells.

const WALK_STEP = 900; // ms on a cell
let walking = 0;

const cellsOf = () => [...element.querySelectorAll("[data-cell]")];
const chosen = (cells) => cells.findIndex((cell) => cell.getAttribute("aria-selected") === "true");

// On a phone not all columns are in view.
function bring(cell) {
  const box = cell.closest(".tv-cells");
  const [inner, outer] = [cell.getBoundingClientRect(), box.getBoundingClientRect()];
  if (inner.left >= outer.left && inner.right <= outer.right) return;
  box.scrollLeft += inner.left + inner.width / 2 - outer.left - outer.width / 2;
}

// If not all columns fit, a grid begins near a typed corner rather than in its
// middle. A result that comes while its tab is hidden has no size yet.
new ResizeObserver(() => {
  const box = element.querySelector(".tv-cells:not([data-seen])");
  if (!box?.clientWidth) return;
  box.dataset.seen = "";
  const cells = cellsOf();
  if (box.scrollWidth > box.clientWidth) choose(cells, Math.sqrt(cells.length) + 1);
}).observe(element);

function choose(cells, i) {
  for (const [k, cell] of cells.entries()) {
    cell.setAttribute("aria-selected", k === i);
    cell.tabIndex = k === i ? 0 : -1;
  }
  showIn(cells[i].closest(".tv-grid"), cells[i].textContent);
  bring(cells[i]);
}

const MOVES = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] };

element.addEventListener("keydown", (event) => {
  const cell = event.target.closest?.("[data-cell]");
  if (!cell || !MOVES[event.key]) return;
  event.preventDefault();
  stopWalk();
  const cells = cellsOf();
  const size = Math.sqrt(cells.length);
  const at = cells.indexOf(cell);
  const [down, across] = MOVES[event.key];
  const row = window.textvaePlane.clamp(Math.floor(at / size) + down, 0, size - 1);
  const column = window.textvaePlane.clamp((at % size) + across, 0, size - 1);
  choose(cells, row * size + column);
  cells[row * size + column].focus();
});

element.addEventListener("click", (event) => {
  const cells = cellsOf();
  const cell = event.target.closest("[data-cell]");
  if (cell) {
    stopWalk();
    choose(cells, cells.indexOf(cell));
  } else if (event.target.closest("[data-walk]")) {
    if (walking) stopWalk();
    else startWalk(cells);
  } else if (event.target.closest(".tv-grid .tv-actions")) {
    stopWalk(); // the visible cell is copied or used
  }
});

const walkButton = () => element.querySelector("[data-walk]");

// Row by row, back and forth, so that each step is to a neighbour.
function startWalk(cells) {
  const size = Math.sqrt(cells.length);
  const route = cells.map((_, i) => {
    const row = Math.floor(i / size);
    return row * size + (row % 2 ? size - 1 - (i % size) : i % size);
  });
  let step = chosen(cells) === route.at(-1) ? 0 : route.indexOf(chosen(cells));
  walkButton().firstElementChild.textContent = walkButton().dataset.stop;
  choose(cells, route[step]);
  walking = setInterval(() => {
    step += 1;
    if (step >= route.length) return stopWalk();
    choose(cells, route[step]);
  }, WALK_STEP);
}

function stopWalk() {
  clearInterval(walking);
  walking = 0;
  const button = walkButton();
  if (button) button.firstElementChild.textContent = button.dataset.walk;
}

watch("value", stopWalk);
