// A picture that can be looked at closely: by wheel, two fingers, double click, buttons and keys. Its stage never moves.

const STEPS = [1, 2, 4, 8];
const PIXELS_SEEN = 4;

export class Zoom {
  /**
   * @param {HTMLElement} stage holds the picture, which fits it
   * @param {(share: number, fits: boolean) => void} told pixels of the screen for each of the picture
   * @param {(way: number) => void} swiped sideways while it fits: 1 to the left, -1 to the right
   */
  constructor(stage, told, swiped) {
    Object.assign(this, { stage, told, swiped, fingers: new Map(), scale: 1, x: 0, y: 0 });
    this.image = stage.querySelector("img");
    stage.addEventListener("wheel", (event) => this.wheel(event), { passive: false });
    stage.addEventListener("pointerdown", (event) => this.down(event));
    stage.addEventListener("pointermove", (event) => this.move(event));
    for (const name of ["pointerup", "pointercancel"]) stage.addEventListener(name, (event) => this.up(event));
    stage.addEventListener("dblclick", (event) => this.toggle(event));
    new ResizeObserver(() => this.show()).observe(stage);
  }

  /** Of the whole picture: pixels of the screen for each of its own. */
  get fitting() {
    const { clientWidth, clientHeight } = this.image;
    return Math.min(clientWidth / this.image.getAttribute("width"), clientHeight / this.image.getAttribute("height")) || 1;
  }

  get share() {
    return this.fitting * this.scale;
  }

  get fits() {
    return this.scale === 1;
  }

  fit() {
    Object.assign(this, { scale: 1, x: 0, y: 0 });
    this.show();
  }

  /** The whole of it, or its own pixels; twice those where they already fit. */
  toggle(event) {
    if (!this.fits) return this.fit();
    return this.to(this.fitting < 0.95 ? 1 : Math.ceil(this.fitting * 1.01), event);
  }

  /** One step nearer (1) or farther (-1). */
  by(way) {
    const near = STEPS.find((step) => step > this.share * 1.01) ?? STEPS.at(-1);
    const far = STEPS.findLast((step) => step < this.share * 0.99) ?? 0;
    this.to(way > 0 ? near : far);
  }

  /** So many pixels of the screen for each of the picture; what is under the pointer stays there. */
  to(share, at) {
    const scale = Math.min(Math.max(share, this.fitting), Math.max(STEPS.at(-1), this.fitting)) / this.fitting;
    const box = this.stage.getBoundingClientRect();
    const x = at ? at.clientX - box.x - box.width / 2 : 0;
    const y = at ? at.clientY - box.y - box.height / 2 : 0;
    this.x = x - ((x - this.x) * scale) / this.scale;
    this.y = y - ((y - this.y) * scale) / this.scale;
    this.scale = scale < 1.001 ? 1 : scale;
    this.show();
  }

  pan(x, y) {
    this.x += x;
    this.y += y;
    this.show();
  }

  show() {
    const { clientWidth: width, clientHeight: height } = this.stage;
    // No farther than to its edges.
    const spare = (size, room) => Math.max(0, (size * this.share - room) / 2);
    const across = spare(this.image.getAttribute("width"), width);
    const down = spare(this.image.getAttribute("height"), height);
    this.x = Math.min(Math.max(this.x, -across), across);
    this.y = Math.min(Math.max(this.y, -down), down);
    this.image.style.transform = this.fits ? "" : `translate(${this.x}px, ${this.y}px) scale(${this.scale})`;
    this.image.classList.toggle("is-pixels", this.share >= PIXELS_SEEN);
    this.stage.classList.toggle("is-near", !this.fits);
    this.told(this.share, this.fits);
  }

  wheel(event) {
    // Where the page itself scrolls, the wheel is for that.
    if (!event.ctrlKey && document.documentElement.scrollHeight > innerHeight + 1) return;
    event.preventDefault();
    const turn = event.deltaMode ? event.deltaY * 16 : event.deltaY;
    this.to(this.share * Math.exp(-Math.max(-200, Math.min(200, turn)) / (event.ctrlKey ? 100 : 400)), event);
  }

  down(event) {
    if (event.button) return;
    this.fingers.set(event.pointerId, event);
    this.from = event;
    if (!this.fits || event.pointerType !== "mouse") this.stage.setPointerCapture(event.pointerId);
  }

  move(event) {
    const before = this.fingers.get(event.pointerId);
    if (!before) return;
    const other = [...this.fingers.values()].find((finger) => finger.pointerId !== event.pointerId);
    this.fingers.set(event.pointerId, event);
    if (other) this.pinch(before, event, other);
    else if (!this.fits) this.pan(event.clientX - before.clientX, event.clientY - before.clientY);
  }

  pinch(before, now, other) {
    const apart = (finger) => Math.hypot(finger.clientX - other.clientX, finger.clientY - other.clientY) || 1;
    const middle = { clientX: (now.clientX + other.clientX) / 2, clientY: (now.clientY + other.clientY) / 2 };
    this.from = null;
    this.to((this.share * apart(now)) / apart(before), middle);
    if (!this.fits) this.pan((now.clientX - before.clientX) / 2, (now.clientY - before.clientY) / 2);
  }

  up(event) {
    const known = this.fingers.delete(event.pointerId);
    if (!known || !this.from || !this.fits || event.type !== "pointerup" || event.pointerType === "mouse") return;
    const across = event.clientX - this.from.clientX;
    if (Math.abs(across) > 60 && Math.abs(across) > 2 * Math.abs(event.clientY - this.from.clientY)) this.swiped(-Math.sign(across));
  }
}
