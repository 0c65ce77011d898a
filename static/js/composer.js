// The composer: it grows with its text, keeps what was typed, sends it, and shows each error beside its field.

import { Cost } from "./cost.js";
import { ask } from "./server.js";

const FIELDS = ["prompt", "mode", "size", "n", "seed", "share"];

export class Composer {
  /** @param {HTMLFormElement} form */
  constructor(form) {
    this.form = form;
    this.prompt = form.elements.prompt;
    this.draft = `draft:${form.dataset.key}`;
    this.limit = Number(this.prompt.dataset.limit);
    this.count = form.querySelector("[data-count]");
    this.recall();
    this.keep();
    this.grow();
    this.prompt.addEventListener("input", () => this.typed());
    form.addEventListener("change", (event) => this.changed(event.target));
    this.offerSizes();
    // After the listener above, which sets the number of pictures.
    this.cost = new Cost(form);
  }

  /** What was typed and not sent comes back on the next page; what the server or a link put here goes first. */
  recall() {
    try {
      if (!this.prompt.value) this.prompt.value = sessionStorage.getItem(this.draft) ?? "";
    } catch { /* storage may be switched off */ }
  }

  keep() {
    try {
      sessionStorage.setItem(this.draft, this.prompt.value);
    } catch { /* storage may be switched off */ }
  }

  typed() {
    this.grow();
    this.keep();
    if (this.form.querySelector("#id_prompt_error").textContent) this.showErrors({});
  }

  grow() {
    const length = [...this.prompt.value.trim()].length;
    this.count.querySelector("[data-typed]").textContent = length.toLocaleString("en");
    this.count.classList.toggle("is-over", length > this.limit);
    if (CSS.supports("field-sizing", "content")) return;
    this.prompt.style.height = "auto";
    this.prompt.style.height = `${this.prompt.scrollHeight}px`;
  }

  /** Each mode has its own sizes, and its own usual number of pictures. */
  changed(field) {
    if (field.name === "mode") {
      this.form.elements.n.value = field.dataset.n;
      this.offerSizes();
    }
    if (field.name === "size") this.drawShape();
  }

  offerSizes() {
    const mode = this.form.querySelector("[name=mode]:checked");
    if (!mode) return;
    const { size } = this.form.elements;
    const offered = mode.dataset.sizes.split(" ");
    for (const option of size.options) option.hidden = option.disabled = !offered.includes(option.value);
    if (!offered.includes(size.value)) size.value = mode.dataset.size;
    this.drawShape();
  }

  /** The chosen size as a small rectangle. */
  drawShape() {
    const [width, height] = this.form.elements.size.value.split("x").map(Number);
    const shape = this.form.querySelector("[data-shape]");
    shape.hidden = false;
    shape.firstElementChild.style.aspectRatio = `${width} / ${height}`;
    shape.classList.toggle("is-tall", height > width);
  }

  use({ prompt, mode, size, n, seed }) {
    const { elements } = this.form;
    if (prompt !== undefined) elements.prompt.value = prompt;
    if (mode) elements.mode.value = mode;
    if (size) elements.size.value = size;
    this.offerSizes();
    if (n && elements.n.querySelector(`[value="${n}"]`)) elements.n.value = n;
    if (seed !== undefined) {
      elements.seed.value = seed;
      this.form.querySelector(".composer-more").open = true;
    }
    this.cost.show();
    this.typed();
    this.focus();
  }

  /** Let the keyboard go on after what is written. */
  focus() {
    this.prompt.focus();
    this.prompt.setSelectionRange(this.prompt.value.length, this.prompt.value.length);
  }

  /** Resolves to the answer, or to null when something has to be put right first. */
  async send(action = this.form.action) {
    this.showErrors({});
    let answer;
    try {
      answer = await ask(action, { method: "POST", body: new FormData(this.form) });
    } catch {
      this.showErrors({ form: "The studio could not be reached. Nothing was charged. Try again in a moment." });
      return null;
    }
    if (answer.ok && !answer.redirected) return answer;
    this.showErrors(await problems(answer));
    return null;
  }

  showErrors(errors) {
    for (const name of [...FIELDS, "form"]) {
      const message = errors[name] ?? "";
      const place = this.form.querySelector(`#id_${name}_error`);
      if (place) place.textContent = message;
      const field = this.form.querySelector(`#id_${name}`);
      if (message) field?.setAttribute("aria-invalid", "true");
      else field?.removeAttribute("aria-invalid");
    }
    if (errors.seed) this.form.querySelector(".composer-more").open = true;
    this.form.querySelector("[aria-invalid=true]")?.focus();
  }
}

async function problems(answer) {
  if (answer.status === 422) return (await answer.json()).errors;
  if (answer.status === 403 || answer.redirected) return { form: "You are no longer logged in, or may no longer make pictures here. Reload the page; your prompt is kept." };
  return { form: "Something went wrong on our side. Nothing was charged. Try again in a moment." };
}
