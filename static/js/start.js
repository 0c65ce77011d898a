// A picture to start from: chosen, dropped, pasted, or one of the page dragged into the composer.

const SIDE = 96;
const OF_OURS = /\/pictures\/([0-9a-f-]{36})/;

export class Start {
  /** @param {import("./composer.js").Composer} composer */
  constructor(composer) {
    this.composer = composer;
    this.form = composer.form;
    this.place = this.form.querySelector("[data-start]");
    this.file = this.form.querySelector("[data-file]");
    this.file.addEventListener("change", () => this.take(this.file.files));
    this.form.querySelector("[data-unstart]").addEventListener("click", (event) => this.clear(event));
    this.composer.prompt.addEventListener("paste", (event) => this.caught(event, event.clipboardData));
    document.addEventListener("dragover", (event) => this.over(event));
    document.addEventListener("drop", (event) => this.caught(event, event.dataTransfer));
    document.addEventListener("dragend", () => this.mark(false));
    document.addEventListener("dragleave", (event) => event.relatedTarget || this.mark(false));
  }

  mark(isOver) {
    this.form.classList.toggle("is-target", isOver);
  }

  over(event) {
    if (!["Files", "text/uri-list"].some((type) => event.dataTransfer.types.includes(type))) return;
    event.preventDefault();
    this.mark(true);
  }

  caught(event, data) {
    this.mark(false);
    const ours = OF_OURS.exec(data.getData("text/uri-list") || data.getData("text/html"))?.[1];
    if (ours && event.type === "drop") this.takeOurs(ours);
    else if (data.files.length) this.take(data.files);
    else return;
    event.preventDefault();
  }

  async take(files) {
    if (files !== this.file.files) this.file.files = files;
    const [file] = files;
    if (!file) return;
    this.form.elements.reference.value = "";
    try {
      const picture = await createImageBitmap(file, { resizeWidth: SIDE, resizeHeight: SIDE, resizeQuality: "medium" });
      const canvas = document.createElement("canvas");
      canvas.width = canvas.height = SIDE;
      canvas.getContext("2d").drawImage(picture, 0, 0, SIDE, SIDE);
      this.show(canvas);
    } catch {
      this.file.value = "";
      this.composer.showErrors({ image: "This file is no picture that can be read. Choose a PNG, JPEG or WebP." });
    }
  }

  /** A picture of the workspace, which the page shows somewhere. */
  takeOurs(id) {
    this.file.value = "";
    this.form.elements.reference.value = id;
    const shown = document.querySelector(`a[href$="/pictures/${id}"] img`);
    this.show(shown ? shown.cloneNode() : "");
  }

  show(thumb) {
    this.place.querySelector("[data-thumb]").replaceChildren(thumb);
    this.place.hidden = false;
    this.changed();
  }

  clear(event) {
    event?.preventDefault();
    this.file.value = this.form.elements.reference.value = "";
    this.place.hidden = true;
    this.changed();
    if (event) this.composer.focus();
  }

  changed() {
    this.composer.showErrors({});
    this.composer.renew();
  }
}
