// What is to be drawn anew, as strokes and rectangles in the order they were made: undoing one draws the others again.

export class Mask {
  /** Of a picture so large, whose positions are squares of `cell` that begin `left` and `top` before its edges. */
  constructor({ width, height, cell, columns, rows, left, top }) {
    Object.assign(this, { width, height, cell, columns, rows, left, top, steps: [], done: 0 });
    this.canvas = Object.assign(document.createElement("canvas"), { width, height });
    this.context = this.canvas.getContext("2d", { willReadFrequently: true });
  }

  get canUndo() {
    return this.done > 0;
  }

  get canRedo() {
    return this.done < this.steps.length;
  }

  /** The rectangle that was made last, while it is the last thing that was done. */
  get rectangle() {
    const last = this.steps[this.done - 1];
    return last?.kind === "rectangle" ? last : null;
  }

  add(step) {
    this.steps.length = this.done;
    this.steps.push(step);
    this.done += 1;
    this.draw(step);
    return step;
  }

  /** The stroke that is being made goes on to here. */
  extend(step, point) {
    const from = step.points.at(-1);
    step.points.push(point);
    this.stroke({ ...step, points: [from, point] });
  }

  undo() {
    this.done -= Number(this.canUndo);
    this.again();
  }

  redo() {
    if (this.canRedo) this.draw(this.steps[this.done++]);
  }

  again() {
    this.context.clearRect(0, 0, this.width, this.height);
    for (const step of this.steps.slice(0, this.done)) this.draw(step);
  }

  draw(step) {
    const { context, width, height } = this;
    if (step.kind === "clear") return context.clearRect(0, 0, width, height);
    if (step.kind === "stroke") return this.stroke(step);
    context.globalCompositeOperation = step.kind === "invert" ? "xor" : "source-over";
    if (step.kind === "invert") context.fillRect(0, 0, width, height);
    else context.fillRect(step.x, step.y, step.width, step.height);
    context.globalCompositeOperation = "source-over";
  }

  stroke({ points, size, erases }) {
    const { context } = this;
    context.globalCompositeOperation = erases ? "destination-out" : "source-over";
    Object.assign(context, { lineWidth: size, lineCap: "round", lineJoin: "round" });
    context.beginPath();
    context.moveTo(...points[0]);
    for (const point of points) context.lineTo(...point);
    context.stroke();
    context.globalCompositeOperation = "source-over";
  }

  /** The squares that it touches, as [column, row]. */
  squares() {
    const { data } = this.context.getImageData(0, 0, this.width, this.height);
    const touched = new Uint8Array(this.columns * this.rows);
    for (let y = 0, at = 3; y < this.height; y += 1) {
      const row = Math.floor((y + this.top) / this.cell) * this.columns;
      for (let x = 0; x < this.width; x += 1, at += 4) {
        if (data[at] > 127) touched[row + Math.floor((x + this.left) / this.cell)] = 1;
      }
    }
    return [...touched.keys()].filter((index) => touched[index]).map((index) => [index % this.columns, Math.floor(index / this.columns)]);
  }

  /** As the server takes it: transparent where the picture is drawn anew. */
  file() {
    const { width, height } = this;
    const sheet = Object.assign(document.createElement("canvas"), { width, height });
    const context = sheet.getContext("2d");
    context.fillRect(0, 0, width, height);
    context.globalCompositeOperation = "destination-out";
    context.drawImage(this.canvas, 0, 0);
    return new Promise((resolve) => { sheet.toBlob(resolve, "image/png"); });
  }
}
