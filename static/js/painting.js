// Draws on the mask with a mouse, a finger, a pen or the keyboard, and shows it over the picture with its squares.

const STEP = 8;

export class Painting {
  /**
   * @param {HTMLCanvasElement} canvas lies over the picture
   * @param {import("./mask.js").Mask} mask
   * @param {{ tool: () => string, size: HTMLInputElement, changed: (squares: number[][]) => void }} page
   */
  constructor(canvas, mask, page) {
    Object.assign(this, { canvas, mask, page, squares: [], off: false });
    this.context = canvas.getContext("2d");
    this.tint = document.createElement("canvas");
    Object.assign(this.tint, { width: mask.width, height: mask.height });
    canvas.addEventListener("pointerdown", (event) => this.down(event));
    canvas.addEventListener("pointermove", (event) => this.move(event));
    for (const name of ["pointerup", "pointercancel"]) canvas.addEventListener(name, () => this.up());
    canvas.addEventListener("pointerleave", () => { this.pointer = null; this.show(); });
    canvas.addEventListener("keydown", (event) => this.key(event));
    new ResizeObserver(() => this.show()).observe(canvas);
  }

  /** Pixels of the picture for each of the screen. */
  get scale() {
    return Math.max(this.mask.width / this.canvas.clientWidth, this.mask.height / this.canvas.clientHeight);
  }

  /** Where the pointer is in the picture, which stands in the middle of its canvas. */
  at(event) {
    const box = this.canvas.getBoundingClientRect();
    const place = (from, room, size) => (from - room / 2) * this.scale + size / 2;
    return [place(event.clientX - box.x, box.width, this.mask.width), place(event.clientY - box.y, box.height, this.mask.height)];
  }

  down(event) {
    if (this.off || event.button) return;
    this.canvas.setPointerCapture(event.pointerId);
    const point = this.at(event);
    const tool = this.page.tool();
    if (tool === "rectangle") this.from = point;
    else this.step = this.mask.add({ kind: "stroke", points: [point], size: Number(this.page.size.value), erases: tool === "eraser" });
    this.move(event);
  }

  move(event) {
    if (this.off) return;
    this.pointer = this.at(event);
    if (this.step) for (const one of event.getCoalescedEvents?.() ?? [event]) this.mask.extend(this.step, this.at(one));
    this.show();
  }

  up() {
    if (this.from) {
      const made = this.spanned();
      this.from = null;
      if (made.width > 2 && made.height > 2) this.mask.add(made);
    }
    if (this.step || !this.off) this.finish();
    this.step = null;
  }

  /** The rectangle between where the pointer went down and where it is. */
  spanned() {
    const [[x, y], [to, below]] = [this.from, this.pointer];
    return this.inside({ kind: "rectangle", x: Math.min(x, to), y: Math.min(y, below), width: Math.abs(to - x), height: Math.abs(below - y) });
  }

  inside({ kind, x, y, width, height }) {
    const [left, top] = [Math.max(0, x), Math.max(0, y)];
    const [right, bottom] = [Math.min(this.mask.width, x + width), Math.min(this.mask.height, y + height)];
    return { kind, x: Math.round(left), y: Math.round(top), width: Math.round(Math.max(0, right - left)), height: Math.round(Math.max(0, bottom - top)) };
  }

  /** Put the rectangle that was made last here, or a new one. */
  place(rectangle) {
    const { rectangle: last } = this.mask;
    if (last) {
      Object.assign(last, rectangle);
      this.mask.again();
    } else this.mask.add({ kind: "rectangle", ...rectangle });
    this.finish();
  }

  key(event) {
    const way = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key];
    if (!way || this.off || this.page.tool() !== "rectangle") return;
    event.preventDefault();
    const { width, height } = this.mask;
    const now = this.mask.rectangle ?? { x: width / 4, y: height / 4, width: width / 2, height: height / 2 };
    const [across, down] = way.map((one) => one * STEP);
    const moved = event.shiftKey
      ? { ...now, width: Math.max(STEP, Math.min(width - now.x, now.width + across)), height: Math.max(STEP, Math.min(height - now.y, now.height + down)) }
      : { ...now, x: Math.max(0, Math.min(width - now.width, now.x + across)), y: Math.max(0, Math.min(height - now.height, now.y + down)) };
    this.place(moved);
  }

  act(name) {
    if (this.off) return;
    if (name === "undo" || name === "redo") this.mask[name]();
    else this.mask.add({ kind: name });
    this.finish();
  }

  grow(way) {
    this.page.size.valueAsNumber += way * 12;
    this.show();
  }

  /** Something is done: count what it touches. */
  finish() {
    this.squares = this.mask.squares();
    this.show();
    this.page.changed(this.squares);
  }

  /** Once a frame, however often it is asked for. */
  show() {
    this.frame ??= requestAnimationFrame(() => {
      this.frame = null;
      if (!this.off) this.paint();
    });
  }

  paint() {
    const { context, mask } = this;
    const color = getComputedStyle(this.canvas).color;
    context.clearRect(0, 0, mask.width, mask.height);
    this.paintGrid(color);
    this.paintTint(color);
    Object.assign(context, { strokeStyle: color, globalAlpha: 1, lineWidth: 1.5 * this.scale });
    if (this.from && this.pointer) {
      const { x, y, width, height } = this.spanned();
      context.strokeRect(x, y, width, height);
    } else if (this.pointer && this.page.tool() !== "rectangle") {
      context.beginPath();
      context.arc(...this.pointer, this.page.size.value / 2, 0, 2 * Math.PI);
      context.stroke();
    }
  }

  paintTint(color) {
    const tint = this.tint.getContext("2d");
    tint.globalCompositeOperation = "copy";
    tint.drawImage(this.mask.canvas, 0, 0);
    tint.globalCompositeOperation = "source-in";
    tint.fillStyle = color;
    tint.fillRect(0, 0, this.mask.width, this.mask.height);
    this.context.globalAlpha = 0.55;
    this.context.drawImage(this.tint, 0, 0);
  }

  /** All squares softly, and those that will be drawn anew a little less so. */
  paintGrid(color) {
    const { context, mask } = this;
    const { cell, left, top, width, height } = mask;
    Object.assign(context, { strokeStyle: color, fillStyle: color, lineWidth: this.scale, globalAlpha: 0.16 });
    context.beginPath();
    for (let x = cell - left; x < width; x += cell) { context.moveTo(x, 0); context.lineTo(x, height); }
    for (let y = cell - top; y < height; y += cell) { context.moveTo(0, y); context.lineTo(width, y); }
    context.stroke();
    context.globalAlpha = 0.2;
    for (const [column, row] of this.squares) context.fillRect(column * cell - left, row * cell - top, cell, cell);
  }

  /** Let another use the canvas, or take it back. */
  rest(off) {
    this.off = off;
    this.show();
  }
}
