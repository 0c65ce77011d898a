// A result over the picture it was made from: it grows there row by row, and a slider shows what was there before.

export class Compare {
  /**
   * @param {HTMLElement} region the page
   * @param {{ width: number, height: number }} size of the picture
   * @param {{ rest: (off: boolean) => void }} painting lets go of the canvas meanwhile
   */
  constructor(region, { width, height }, painting) {
    Object.assign(this, { region, width, height, painting, chosen: 0 });
    const find = (name) => region.querySelector(`[data-${name}]`);
    Object.assign(this, { after: find("after"), mask: find("mask"), slider: find("slider"), open: find("open"), link: find("open-link") });
    this.bars = { mark: find("tools"), compare: find("compare") };
    this.slider.addEventListener("input", () => this.slide());
    find("mark-again").addEventListener("click", () => this.leave());
    this.mask.addEventListener("pointerdown", (event) => this.drag(event));
    this.mask.addEventListener("pointermove", (event) => event.buttons && this.drag(event));
    this.mask.addEventListener("keydown", (event) => this.key(event));
    new ResizeObserver(() => this.slide()).observe(this.after);
  }

  get on() {
    return !this.after.hidden;
  }

  get boxes() {
    return [...this.region.querySelectorAll("[data-result] [data-box]")];
  }

  /** A generation that was just asked for, or was there when the page came. */
  show(generation) {
    this.generation = generation;
    this.chosen = 0;
    this.seen = false;
    this.after.getContext("2d").clearRect(0, 0, this.width, this.height);
    this.enter();
    this.slider.value = 0;
    this.follow(generation);
  }

  choose(box) {
    this.chosen = this.boxes.indexOf(box);
    this.after.getContext("2d").clearRect(0, 0, this.width, this.height);
    this.enter();
    this.follow(this.generation);
  }

  /** Something of it is new. */
  follow(generation) {
    if (generation !== this.generation || !generation) return;
    const { boxes } = this;
    boxes.forEach((box, index) => box.classList.toggle("is-chosen", boxes.length > 1 && index === this.chosen));
    const box = boxes[this.chosen];
    if (!box) return this.leave();
    const picture = box.querySelector("img");
    this.open.hidden = !picture;
    if (picture) return this.showPicture(box, picture);
    return this.showRows(box, generation);
  }

  async showPicture(box, picture) {
    this.link.href = picture.closest("a").href;
    await picture.decode().catch(() => {});
    if (this.boxes[this.chosen] !== box) return;
    this.after.getContext("2d").drawImage(picture, 0, 0, this.width, this.height);
    if (this.seen) return;
    this.seen = true;
    this.slider.value = 50;
    this.slide();
  }

  showRows(box, { rows }) {
    const canvas = box.querySelector("canvas");
    const share = rows ? Number(box.dataset.row ?? 0) / rows : 0;
    if (!canvas || !share) return;
    const context = this.after.getContext("2d");
    context.drawImage(canvas, 0, 0, canvas.width, canvas.height * share, 0, 0, this.width, this.height * share);
  }

  enter() {
    this.turn(true);
    this.slide();
  }

  leave() {
    this.turn(false);
  }

  turn(on) {
    this.after.hidden = !on;
    this.mask.classList.toggle("is-comparing", on);
    this.bars.mark.hidden = on;
    this.bars.compare.hidden = !on;
    this.painting.rest(on);
  }

  /** Clip the result to the right of the slider, and draw the line between. */
  slide() {
    if (!this.on) return;
    const share = Number(this.slider.value) / 100;
    this.slider.setAttribute("aria-valuetext", `${this.slider.value} % before, ${100 - this.slider.value} % after`);
    const { clientWidth, clientHeight } = this.after;
    const shown = this.width * Math.min(clientWidth / this.width, clientHeight / this.height);
    this.after.style.clipPath = `inset(0 0 0 ${(clientWidth - shown) / 2 + shown * share}px)`;
    const context = this.mask.getContext("2d");
    context.clearRect(0, 0, this.width, this.height);
    if (share <= 0 || share >= 1) return;
    const pixel = this.width / shown;
    // White within black is seen on any picture.
    for (const [color, more] of [["black", 1], ["white", 0]]) {
      Object.assign(context, { globalAlpha: 1, fillStyle: color });
      context.fillRect(this.width * share - (1 + more) * pixel, 0, 2 * (1 + more) * pixel, this.height);
      context.beginPath();
      context.arc(this.width * share, this.height / 2, (9 + more) * pixel, 0, 2 * Math.PI);
      context.fill();
    }
  }

  drag(event) {
    if (!this.on) return;
    const box = this.mask.getBoundingClientRect();
    const shown = this.width * Math.min(box.width / this.width, box.height / this.height);
    this.slider.value = (100 * (event.clientX - box.x - (box.width - shown) / 2)) / shown;
    if (event.type === "pointerdown") this.mask.setPointerCapture(event.pointerId);
    this.slide();
  }

  key(event) {
    const step = { ArrowLeft: -2, ArrowRight: 2 }[event.key];
    if (!this.on || !step) return;
    event.preventDefault();
    this.slider.valueAsNumber += step;
    this.slide();
  }
}
