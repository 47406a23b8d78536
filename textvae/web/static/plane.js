// Captions as points on a plane: drawing, zooming and finding them. The Map tab has a large plane,
// results have small ones. Loaded before all other scripts; defines only `window.textvaePlane`.

window.textvaePlane = (() => {
  const MAX_ZOOM = 60;
  const KINDS = 14; // colours in map.css
  const EDGE = 0.01; // the share of points on each side that may be outside the whole map
  const FONT = '"IBM Plex Sans", system-ui, sans-serif';
  const FULL_CIRCLE = 2 * Math.PI;
  const RIGHT_TO_LEFT = /[\p{sc=Arab}\p{sc=Hebr}\p{sc=Syrc}\p{sc=Thaa}\p{sc=Nkoo}\p{sc=Adlm}]/u;
  const directionOf = (text) => (RIGHT_TO_LEFT.test(text.match(/\p{L}/u)?.[0] ?? "") ? "rtl" : "ltr");
  const clamp = (value, low, high) => Math.min(high, Math.max(low, value));

  // Colours come from the style sheets; they are read again when the theme changes.
  function colours(canvas) {
    const style = getComputedStyle(canvas);
    const read = (name) => style.getPropertyValue(name).trim();
    const kinds = Array.from({ length: KINDS }, (_, i) => read(`--tv-kind-${i}`));
    return { kinds, paper: read("--tv-card"), ink: read("--tv-ink"), muted: read("--tv-muted"), accent: read("--tv-accent") };
  }

  class Plane {
    // points: {x, y, kind}, three arrays of equal length; kind is the number of a colour.
    constructor(canvas, points, { padding = 22, radius = 2.5, edge = EDGE } = {}) {
      Object.assign(this, { canvas, points, padding, radius, zoom: 1 });
      this.context = canvas.getContext("2d");
      this.colours = colours(canvas);
      this.bounds = bounds(points, edge);
      this.middle = { x: (this.bounds.left + this.bounds.right) / 2, y: (this.bounds.low + this.bounds.high) / 2 };
      this.at = { ...this.middle };
    }

    // Give the canvas as many pixels as it covers on the screen; false if it covers none.
    resize() {
      const { clientWidth: width, clientHeight: height } = this.canvas;
      const sharp = Math.min(window.devicePixelRatio || 1, 2);
      this.width = width;
      this.height = height;
      if (this.canvas.width !== Math.round(width * sharp) || this.canvas.height !== Math.round(height * sharp)) {
        this.canvas.width = Math.round(width * sharp);
        this.canvas.height = Math.round(height * sharp);
      }
      this.context.setTransform(sharp, 0, 0, sharp, 0, 0);
      return width > 0 && height > 0;
    }

    repaint() {
      this.colours = colours(this.canvas);
    }

    get scale() {
      const { left, right, low, high } = this.bounds;
      const room = (size) => Math.max(20, size - 2 * this.padding);
      return this.zoom * Math.min(room(this.width) / (right - left), room(this.height) / (high - low));
    }

    toScreen(x, y) {
      const scale = this.scale;
      return [this.width / 2 + (x - this.at.x) * scale, this.height / 2 - (y - this.at.y) * scale];
    }

    toPlane(px, py) {
      const scale = this.scale;
      return [this.at.x + (px - this.width / 2) / scale, this.at.y - (py - this.height / 2) / scale];
    }

    // Zoom around a point of the screen.
    zoomAt(factor, px = this.width / 2, py = this.height / 2) {
      const [x, y] = this.toPlane(px, py);
      this.zoom = clamp(this.zoom * factor, 1, MAX_ZOOM);
      if (this.zoom === 1) this.at = { ...this.middle };
      else {
        const [newX, newY] = this.toPlane(px, py);
        this.moveTo(this.at.x + x - newX, this.at.y + y - newY);
      }
    }

    moveBy(px, py) {
      const scale = this.scale;
      this.moveTo(this.at.x - px / scale, this.at.y + py / scale);
    }

    moveTo(x, y) {
      const { left, right, low, high } = this.bounds;
      this.at = { x: clamp(x, left, right), y: clamp(y, low, high) };
    }

    // Move as little as needed to bring a place into view.
    show(x, y, margin = 30) {
      const [px, py] = this.toScreen(x, y);
      const over = (value, size) => Math.min(0, value - margin) + Math.max(0, value - size + margin);
      this.moveBy(-over(px, this.width), -over(py, this.height));
    }

    whole() {
      this.zoom = 1;
      this.at = { ...this.middle };
    }

    // The index of the nearest point within `reach` pixels, or -1.
    nearest(px, py, reach, isShown = () => true) {
      const { x, y } = this.points;
      const [planeX, planeY] = this.toPlane(px, py);
      let best = (reach / this.scale) ** 2;
      let found = -1;
      for (let i = 0; i < x.length; i++) {
        const distance = (x[i] - planeX) ** 2 + (y[i] - planeY) ** 2;
        if (distance < best && isShown(i)) [best, found] = [distance, i];
      }
      return found;
    }

    clear() {
      this.context.clearRect(0, 0, this.width, this.height);
    }

    // Points that are filtered out stay as a shadow, which keeps the shape of the whole. Returns
    // the number of the others in view.
    drawPoints(isShown = null, strength = 0.8) {
      const { context, points, colours } = this;
      const fit = clamp(this.width / 640, 0.7, 1.1);
      const radius = Math.min(6, this.radius * fit * this.zoom ** 0.35);
      let drawn = 0;
      for (const shown of isShown ? [false, true] : [true]) {
        context.globalAlpha = shown ? strength : 0.1;
        for (let i = 0; i < points.x.length; i++) {
          if (isShown && isShown(i) !== shown) continue;
          const [px, py] = this.toScreen(points.x[i], points.y[i]);
          if (px < -9 || py < -9 || px > this.width + 9 || py > this.height + 9) continue;
          drawn += shown;
          context.fillStyle = shown ? colours.kinds[points.kind[i]] : colours.muted;
          context.beginPath();
          context.arc(px, py, shown && isShown ? radius * 1.25 : radius, 0, FULL_CIRCLE);
          context.fill();
        }
      }
      context.globalAlpha = 1;
      return drawn;
    }

    // The box of a text on the screen: left, top, right, bottom.
    textBox(text, px, py, { size = 13, weight = 400, align = "center" } = {}) {
      const { context } = this;
      context.font = `${weight} ${size}px ${FONT}`;
      const wide = context.measureText(text).width;
      const left = align === "center" ? px - wide / 2 : px;
      return [left - 3, py - size * 0.7, left + wide + 3, py + size * 0.7];
    }

    // Whether a box is within the canvas and does not overlap those in `taken`.
    isFree(box, taken) {
      if (box[0] < 0 || box[2] > this.width || box[1] < 0 || box[3] > this.height) return false;
      return !taken.some((b) => box[0] < b[2] && b[0] < box[2] && box[1] < b[3] && b[1] < box[3]);
    }

    // Text with a halo, unless it would cover a box in `taken`; returns whether it was drawn.
    drawText(text, px, py, taken, options = {}) {
      const { context } = this;
      const box = this.textBox(text, px, py, options);
      if (!this.isFree(box, taken)) return false;
      const { align = "center", colour = this.colours.ink } = options;
      context.textAlign = align;
      context.textBaseline = "middle";
      context.direction = directionOf(text); // the box stays, as `align` is left or centre
      taken.push(box);
      context.lineWidth = 4;
      context.lineJoin = "round";
      context.strokeStyle = this.colours.paper;
      context.strokeText(text, px, py);
      context.fillStyle = colour;
      context.fillText(text, px, py);
      return true;
    }

    // A ring around a place, with a name next to it if there is room.
    drawMark(x, y, { name = "", fill = this.colours.accent, size = 6, taken = [] } = {}) {
      const [px, py] = this.toScreen(x, y);
      const { context, colours } = this;
      context.beginPath();
      context.arc(px, py, size, 0, FULL_CIRCLE);
      context.fillStyle = fill;
      context.fill();
      context.lineWidth = 2.5;
      context.strokeStyle = colours.paper;
      context.stroke();
      context.beginPath();
      context.arc(px, py, size + 2, 0, FULL_CIRCLE);
      context.lineWidth = 1.5;
      context.strokeStyle = colours.ink;
      context.stroke();
      if (!name) return;
      const options = { size: 13, weight: 700, align: "left" };
      const wide = 8 * name.length;
      const sides = [[-5, -1], [-5, 1], [size + 8, 0], [-size - 8 - wide, 0], [10, -1], [10, 1], [-wide, -1], [-wide, 1]];
      sides.some(([dx, side]) => this.drawText(name, px + dx, py + side * (size + 13), taken, options));
    }

    drawLine(places, { dashed = false, width = 2.5 } = {}) {
      const { context, colours } = this;
      context.lineJoin = context.lineCap = "round";
      for (const [colour, extra] of [[colours.paper, 3], [colours.ink, 0]]) {
        context.beginPath();
        places.forEach(([x, y], i) => {
          const [px, py] = this.toScreen(x, y);
          if (i) context.lineTo(px, py);
          else context.moveTo(px, py);
        });
        context.setLineDash(dashed && !extra ? [5, 6] : []);
        context.lineWidth = width + extra;
        context.strokeStyle = colour;
        context.stroke();
      }
      context.setLineDash([]);
    }
  }

  function bounds({ x, y }, edge) {
    const ends = (values) => {
      const sorted = Float32Array.from(values).sort();
      const last = sorted.length - 1;
      return [sorted[Math.floor(last * edge)], sorted[Math.ceil(last * (1 - edge))]];
    };
    const [left, right] = ends(x);
    const [low, high] = ends(y);
    const margin = 1e-3; // so that a map of one point has a size
    return { left: left - margin, right: right + margin, low: low - margin, high: high + margin };
  }

  // Points as packed by rendering/small_map.py: x and y in thousandths, 16 bits each, for all
  // points, then one colour byte per point.
  function unpack(text) {
    const bytes = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
    const count = bytes.length / 5;
    const places = new Int16Array(bytes.buffer, 0, 2 * count);
    const x = new Float32Array(count);
    const y = new Float32Array(count);
    for (let i = 0; i < count; i++) [x[i], y[i]] = [places[2 * i] / 1000, places[2 * i + 1] / 1000];
    return { x, y, kind: bytes.subarray(4 * count) };
  }

  // Make the whole map include these places, which may be outside the points.
  function widen(plane, places) {
    for (const [x, y] of places) {
      plane.bounds.left = Math.min(plane.bounds.left, x);
      plane.bounds.right = Math.max(plane.bounds.right, x);
      plane.bounds.low = Math.min(plane.bounds.low, y);
      plane.bounds.high = Math.max(plane.bounds.high, y);
    }
    const { left, right, low, high } = plane.bounds;
    plane.middle = { x: (left + right) / 2, y: (low + high) / 2 };
    plane.whole();
  }

  const around = ([px, py]) => [px - 8, py - 8, px + 8, py + 8];

  // A small map inside a result: lines and marks over the points, and on a path a mark that
  // follows the slider of the result.
  function drawSmall(box) {
    const canvas = box.querySelector("canvas");
    const lines = JSON.parse(box.dataset.lines);
    const marks = JSON.parse(box.dataset.marks);
    const plane = new Plane(canvas, unpack(box.dataset.points), { padding: 26, radius: 2.2 });
    widen(plane, [...lines.flatMap((line) => line.places), ...marks.map((mark) => [mark.x, mark.y])]);
    const slider = box.closest(".tv-result")?.querySelector(".tv-path input");
    const draw = () => {
      if (!plane.resize()) return;
      plane.clear();
      plane.drawPoints(null, 0.42);
      for (const line of lines) plane.drawLine(line.places, line);
      const taken = marks.map((mark) => around(plane.toScreen(mark.x, mark.y)));
      for (const mark of marks) plane.drawMark(mark.x, mark.y, { size: 5, taken, ...mark, fill: mark.isMain ? plane.colours.accent : plane.colours.ink });
      if (!slider || !lines.length) return;
      const at = lines[0].places[Number(slider.value)];
      if (!at) return;
      plane.drawMark(...at, { size: 8 });
      box.dataset.at = at.join(",");
    };
    draw();
    return { draw, repaint: () => (plane.repaint(), draw()) };
  }

  // Draw the small maps of a panel, now and when its size, its slider or the theme changes.
  // Returns a function that draws those of new content.
  function small(element) {
    let drawn = [];
    const sizes = new ResizeObserver(() => drawn.forEach((each) => each.draw()));
    const update = () => {
      sizes.disconnect();
      const boxes = [...element.querySelectorAll(".tv-small")];
      drawn = boxes.map(drawSmall);
      boxes.forEach((box) => sizes.observe(box));
    };
    element.addEventListener("input", () => drawn.forEach((each) => each.draw()));
    onTheme(() => drawn.forEach((each) => each.repaint()));
    update();
    return update;
  }

  function onTheme(act) {
    const watch = new MutationObserver(() => requestAnimationFrame(act));
    for (const root of [document.documentElement, document.body]) watch.observe(root, { attributeFilter: ["class"] });
  }

  return { Plane, small, onTheme, clamp };
})();
