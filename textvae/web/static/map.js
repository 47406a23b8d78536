// The Map tab, last part: asking the server, and following the model and place of the page.
// The markup never changes; the value of the gr.HTML gives the model and place to show.

const maps = {}; // of the models that were shown
let isAsking = false;
let waiting = null; // the next request: a place, or a sentence

// One request is in progress at a time, and only the newest of those that wait is kept.
async function ask(request) {
  waiting = request;
  if (isAsking) return;
  isAsking = true;
  try {
    while (waiting) {
      const next = waiting;
      waiting = null;
      const asked = model;
      const { sentence } = next;
      const question = sentence === undefined ? server.decode_place({ model: asked, place: formatPlace(next) }) : server.find_sentence({ model: asked, sentence });
      const answer = await answered(question, texts.unanswered);
      root.dataset.answers = Number(root.dataset.answers ?? 0) + 1;
      if (asked !== model) continue; // another model was chosen meanwhile
      if (answer.again) return openAgain(next);
      if (answer.error) showError(answer.error);
      else show(next, answer);
    }
  } finally {
    isAsking = false;
  }
}

// The server was restarted, and makes the small map of this model again.
function openAgain({ sentence = "", ...at }) {
  delete maps[model];
  open(model, { place: sentence ? "" : formatPlace(at), pin: sentence });
}

// A failed request is handled like one that the server rejects.
async function answered(request, failure = texts.failed) {
  try {
    return (await request) ?? { error: failure };
  } catch {
    return { error: failure };
  }
}

let last = ""; // the last requested model
let opening = null; // the model whose map is being loaded, and what to show on it

async function open(name, wish) {
  const mine = { name, ...wish }; // requests meanwhile are recorded here, see follow()
  [opening, last] = [mine, name];
  if (map && model !== name) searchBox.value = "";
  plane?.clear();
  clearTimeout(settling);
  [model, map, plane, current, waiting, hovered] = [null, null, null, null, null, -1];
  for (const name of ["caption", "place", "sentence", "result"]) delete root.dataset[name];
  root.dataset.state = "loading";
  find(".tv-map-notice").hidden = true;
  find(".tv-kinds").replaceChildren();
  for (const each of [".tv-found", ".tv-kept"]) find(each).textContent = "";
  Object.assign(find(".tv-map-wait"), { hidden: false, textContent: texts.wait });
  let answer = maps[name];
  while (!answer?.captions && !answer?.error) {
    answer = await answered(server.open_map({ model: name }));
    if (opening !== mine) return; // another model was chosen meanwhile
    if (answer.total) showProgress(answer);
  }
  opening = null;
  if (answer.error) {
    find(".tv-map-wait").hidden = true;
    return showError(answer.error);
  }
  maps[name] = answer;
  begin(name, answer, mine);
}

function showError(sentence) {
  const notice = find(".tv-map-notice");
  notice.textContent = sentence;
  notice.hidden = false;
  if (isVisible()) notice.scrollIntoView({ block: "nearest" });
}

function showProgress({ done, total }) {
  const text = find(".tv-map-wait");
  text.hidden = false;
  text.textContent = texts.building.replace("{done}", done).replace("{total}", total);
}

function begin(name, answer, { place, pin }) {
  [model, map] = [name, answer];
  map.words ??= map.captions.map(wordsOf);
  plane = new Plane(canvas, { x: map.x, y: map.y, kind: map.kind.map((k) => map.kinds[k].colour) });
  labels = placeLabels();
  [onlyKinds, matches, hovered, cursor, current] = [new Set(), null, -1, null, null];
  find(".tv-map-wait").hidden = true;
  find(".tv-map-notice").hidden = true;
  drawLegend();
  find(".tv-kept").textContent = map.kept;
  root.dataset.state = "ready";
  root.dataset.points = map.captions.length;
  search(searchBox.value);
  ask(early ?? (pin ? pinned(pin) : place ? parsePlace(place) : { x: map.x[map.start], y: map.y[map.start] }));
  early = null;
}

function pinned(sentence) {
  sentenceForm.elements.sentence.value = sentence;
  return { sentence };
}

const wanted = () => JSON.parse(props.value || "{}");

document.addEventListener("textvae-open", () => {
  own.clear();
  props.value = ""; // so that a new value is followed even if it equals the last one
});

// A selection made here is already shown, or something newer; for another model it is meaningless.
function follow() {
  const { model: name, place, pin } = wanted();
  const isOurs = own.has(keyOf(place, pin));
  const wish = { place: isOurs ? "" : place, pin };
  if (!name) return;
  if (name === opening?.name) Object.assign(opening, wish);
  else if (name !== model) open(name, wish);
  else if (isOurs) return;
  else if (pin && pin !== current?.sentence) ask(pinned(pin));
  else if (place && !pin) ask(parsePlace(place));
}

new ResizeObserver(draw).observe(canvas);
onTheme(() => {
  plane?.repaint();
  draw();
});
watch("value", follow);
// A map that could not be loaded is requested again once there is a network, and by a click on it.
const again = () => !map && !opening && follow();
addEventListener("online", again);
canvas.addEventListener("pointerdown", again);
follow();
