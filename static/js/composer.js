// The composer: it grows with its text, keeps what was typed, sends it, and shows each error beside its field.

import { Cost } from "./cost.js";
import { ask } from "./server.js";

const FIELDS = ["prompt", "mode", "size", "n", "seed", "share", "negative", "guidance", "variety", "image"];
const MORE = ["seed", "negative", "guidance", "variety"];
const DIALS = ["guidance", "variety"];

/** Names one click, so that it makes one generation even if its answer is lost. (`randomUUID` wants https.) */
function name() {
  const hex = [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
}

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
    this.renew();
    this.prompt.addEventListener("input", () => this.typed());
    form.addEventListener("input", () => this.renew());
    form.addEventListener("change", (event) => this.changed(event.target));
    this.offerSizes();
    this.offerMore();
    // After the listener above, which sets the number of pictures.
    this.cost = new Cost(form);
  }

  get mode() {
    return this.form.querySelector("[name=mode]:checked");
  }

  /** Another click is meant from now on. */
  renew() {
    if (this.form.elements.once) this.form.elements.once.value = name();
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

  /** Write something else into the prompt. */
  write(text) {
    this.prompt.value = text;
    this.prompt.dispatchEvent(new Event("input", { bubbles: true }));
  }

  /** Each mode has its own sizes, its own usual number of pictures, and its own way to be led. */
  changed(field) {
    if (field.name === "mode") {
      this.form.elements.n.value = field.dataset.n;
      this.offerSizes();
      for (const dial of DIALS) if (!this.isMoved(dial)) this.setDial(dial, "");
    }
    if (field.name === "size") this.drawShape();
  }

  offerSizes() {
    if (!this.mode) return;
    const offered = this.mode.dataset.sizes.split(" ");
    const sizes = [...this.form.querySelectorAll("[name=size]")];
    for (const size of sizes) size.closest("label").hidden = size.disabled = !offered.includes(size.value);
    if (!offered.includes(this.form.elements.size.value)) this.form.elements.size.value = this.mode.dataset.size;
    this.drawShape();
  }

  /** The chosen size as a small rectangle, and in words. */
  drawShape() {
    const chosen = this.form.querySelector("[name=size]:checked").closest("label");
    const [shape, words] = [chosen.querySelector("svg").cloneNode(true), chosen.querySelector("small").textContent];
    this.form.querySelector("[data-shape]").replaceChildren(shape, words);
  }

  /** Sliders that nobody moves send nothing; without scripts they are locked, so that no mode gets another's value. */
  offerMore() {
    const dice = this.form.querySelector("[data-dice]");
    if (!dice) return;
    for (const dial of DIALS) {
      const slider = this.form.elements[dial];
      this.setDial(dial, slider.disabled ? "" : slider.value);
      slider.disabled = false;
      slider.addEventListener("input", () => this.setDial(dial, slider.value));
      slider.addEventListener("dblclick", () => this.setDial(dial, ""));
    }
    this.form.addEventListener("formdata", ({ formData }) => {
      for (const dial of DIALS) if (!this.isMoved(dial)) formData.set(dial, "");
    });
    const lock = this.form.querySelector("[data-lock]");
    dice.hidden = lock.hidden = false;
    dice.addEventListener("click", () => this.setSeed(crypto.getRandomValues(new Uint32Array(1))[0]));
    lock.addEventListener("click", () => lock.setAttribute("aria-pressed", lock.ariaPressed !== "true"));
  }

  isMoved(dial) {
    return "moved" in this.form.elements[dial].dataset;
  }

  /** "" is the mode's own. */
  setDial(dial, value) {
    const slider = this.form.elements[dial];
    const own = this.mode?.dataset[dial] ?? slider.value;
    slider.value = value === "" ? own : value;
    if (Number(slider.value) === Number(own)) delete slider.dataset.moved;
    else slider.dataset.moved = "";
    const words = Number(slider.value).toFixed(2).replace(/\.?0+$/, "");
    this.form.querySelector(`[data-dial=${dial}]`).textContent = this.isMoved(dial) ? words : `${words}, as usual`;
  }

  setSeed(seed, isKept = true) {
    this.form.elements.seed.value = seed;
    this.form.querySelector("[data-lock]").setAttribute("aria-pressed", isKept);
    this.renew();
  }

  use({ prompt, mode, size, n, seed, ...led }) {
    const { elements } = this.form;
    if (mode && this.form.querySelector(`[name=mode][value="${mode}"]`)) elements.mode.value = mode;
    this.offerSizes();
    if (size && this.form.querySelector(`[name=size][value="${size}"]:enabled`)) elements.size.value = size;
    this.drawShape();
    if (n && elements.n.querySelector(`[value="${n}"]`)) elements.n.value = n;
    if (led.negative !== undefined) elements.negative.value = led.negative;
    for (const dial of DIALS) if (led[dial] !== undefined) this.setDial(dial, led[dial]);
    if (seed !== undefined) this.setSeed(seed);
    if (seed !== undefined) this.form.querySelector(".composer-more").open = true;
    this.cost.show();
    if (prompt !== undefined) this.write(prompt);
    this.focus();
  }

  /** Let the keyboard go on after what is written. */
  focus() {
    this.prompt.focus();
    this.prompt.setSelectionRange(this.prompt.value.length, this.prompt.value.length);
  }

  /** Resolves to the answer, or to null when something has to be put right first. */
  async send(action = this.form.action, body = new FormData(this.form)) {
    this.showErrors({});
    let answer;
    try {
      answer = await ask(action, { method: "POST", body });
    } catch {
      this.showErrors({ form: "The studio could not be reached. Try again in a moment: nothing is drawn or charged twice." });
      return null;
    }
    if (answer.ok && !answer.redirected) {
      if (body.has("prompt") && this.form.querySelector("[data-lock]")?.ariaPressed === "false") this.form.elements.seed.value = "";
      this.renew();
      return answer;
    }
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
    if (MORE.some((name) => errors[name])) this.form.querySelector(".composer-more").open = true;
    this.form.querySelector("[aria-invalid=true]")?.focus();
  }
}

export async function problems(answer) {
  if (answer.status === 422) return (await answer.json()).errors;
  if (answer.status === 403 || answer.redirected) return { form: "You are no longer logged in, or may no longer make pictures here. Reload the page; your prompt is kept." };
  return { form: "Something went wrong on our side. Nothing was charged. Try again in a moment." };
}
