// One's own prompts in the composer: the last ones (also by the up arrow), the saved ones, and the expander.

import { problems } from "./composer.js";
import { ask } from "./server.js";

export class Own {
  /** @param {import("./composer.js").Composer} composer */
  constructor(composer) {
    this.composer = composer;
    this.form = composer.form;
    this.menu = this.form.querySelector("[data-own]");
    this.lists = this.menu.querySelector("[data-lists]");
    this.name = this.menu.querySelector("#id_name");
    this.at = -1;
    this.menu.addEventListener("toggle", () => this.menu.open && this.load());
    this.menu.querySelector("[data-save-row]").hidden = false;
    this.menu.querySelector("[data-save]").addEventListener("click", () => this.save());
    this.name.addEventListener("keydown", (event) => {
      if (event.key !== "Enter") return;
      event.preventDefault();
      this.save();
    });
    composer.prompt.addEventListener("keydown", (event) => this.key(event));
    this.expander();
  }

  /** The arrows go through the last prompts, as long as the one that is there is one of them, or none. */
  async key(event) {
    const by = { ArrowUp: 1, ArrowDown: -1 }[event.key];
    const { prompt } = this.composer;
    const isFree = !prompt.value || (this.at >= 0 && prompt.value === this.last?.[this.at]);
    if (!by || !isFree || (this.at < 0 && by < 0)) return;
    event.preventDefault();
    if (!this.last || !prompt.value) await this.load();
    if (!prompt.value) this.at = -1;
    const to = this.at + by;
    if (to >= (this.last?.length ?? 0)) return;
    this.at = to;
    this.composer.write(this.last[to] ?? "");
  }

  async load() {
    try {
      await this.take(await ask(this.menu.dataset.own));
    } catch {
      this.lists.textContent = "Your prompts could not be read. Try again in a moment.";
    }
  }

  async take(answer) {
    if (!answer.ok || answer.redirected) throw new Error(`The prompts could not be read: ${answer.status}`);
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    this.lists.replaceChildren(document.importNode(page.querySelector("[data-own-prompts]"), true));
    this.last = [...this.lists.querySelectorAll("[data-last]")].map((link) => link.dataset.prompt);
  }

  async save() {
    const body = new FormData();
    body.set("csrfmiddlewaretoken", this.form.elements.csrfmiddlewaretoken.value);
    body.set("name", this.name.value);
    body.set("text", this.composer.prompt.value);
    const place = this.menu.querySelector("#id_name_error");
    place.textContent = "";
    try {
      const answer = await ask(this.menu.dataset.own, { method: "POST", body });
      if (answer.ok) await this.take(answer);
      else place.textContent = Object.values(await problems(answer)).join(" ");
      if (answer.ok) this.name.value = "";
    } catch {
      place.textContent = "The studio could not be reached. Try again in a moment.";
    }
  }

  expander() {
    const button = this.form.querySelector("[data-expand]");
    this.added = this.form.querySelector("[data-added]");
    button.hidden = false;
    button.addEventListener("click", () => this.expand(button.dataset.expand));
    this.added.querySelector("[data-unexpand]").addEventListener("click", () => this.takeBack());
    this.composer.prompt.addEventListener("input", () => this.check());
  }

  /** Shows what was added, marked; it is never done without being asked for. */
  async expand(url) {
    const { prompt } = this.composer;
    if (!prompt.value.trim()) return this.composer.focus();
    const answer = await ask(`${url}?prompt=${encodeURIComponent(prompt.value)}`).catch(() => null);
    if (!answer?.ok) return this.composer.showErrors({ form: "The prompt could not be expanded. Try again in a moment." });
    const { prompt: longer, added } = await answer.json();
    const words = added.map((text) => Object.assign(document.createElement("ins"), { textContent: text.replace(/^[ ,]+|\s+$/g, "") }));
    const nothing = "nothing, as it says all of it already.";
    this.pieces = added;
    this.composer.write(longer);
    this.added.querySelector("[data-added-words]").replaceChildren(...(words.length ? words.flatMap((one) => [one, " "]) : [nothing]));
    this.added.querySelector("[data-unexpand]").hidden = !words.length;
    this.added.hidden = false;
    this.composer.focus();
  }

  takeBack() {
    const { prompt } = this.composer;
    this.composer.write(this.pieces.reduce((text, piece) => text.replace(piece, ""), prompt.value));
    this.added.hidden = true;
    this.composer.focus();
  }

  /** What was added is told for as long as it stands there. */
  check() {
    if (!this.pieces?.every((piece) => this.composer.prompt.value.includes(piece))) this.added.hidden = true;
  }
}
