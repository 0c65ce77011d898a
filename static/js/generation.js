// One generation on the page: it follows its stream while it is alive, and asks the server for the truth at each end.

import { finish, paint, restart } from "./box.js";
import { localTimes } from "./page.js";
import { ask } from "./server.js";
import { follow } from "./stream.js";

const OVER = new Set(["succeeded", "failed", "canceled", "blocked"]);
const SILENCE = 10_000;

export class Generation {
  /**
   * @param {HTMLElement} article
   * @param {(words: string) => void} announce to people who listen rather than look
   * @param {() => void} changed something about its progress is new
   */
  constructor(article, announce, changed) {
    Object.assign(this, { article, announce, changed, heardAt: Date.now(), row: 0, rows: 0 });
    this.url = article.dataset.url;
  }

  get live() {
    return "events" in this.article.dataset;
  }

  /** No event tells how it moves up in the queue, nor anything where it has no stream. */
  get unheard() {
    return this.live && (this.article.dataset.state === "queued" || !this.stop);
  }

  get prompt() {
    return this.article.querySelector(".label-prompt").textContent;
  }

  /** Share of the work that is done, 0 to 1. */
  get progress() {
    const boxes = [...this.article.querySelectorAll("[data-box]")];
    const drawn = boxes.map((box) => (box.dataset.state === "done" ? 1 : this.rows ? Number(box.dataset.row ?? 0) / this.rows : 0));
    return drawn.reduce((sum, share) => sum + share, 0) / boxes.length;
  }

  start() {
    this.stop = follow(this.article.dataset.events, (name, data) => this.hear(name, data), () => this.renew());
    this.watch = setInterval(() => Date.now() - this.heardAt > SILENCE && this.refresh().catch(() => {}), SILENCE / 2);
  }

  end() {
    this.stop?.();
    clearInterval(this.watch);
  }

  hear(name, data) {
    this.heardAt = Date.now();
    if (name === "started") this.started(data);
    else if (name === "preview") this.preview(data);
    else if (name !== "queued" || this.article.dataset.state === "running") this.refresh(OVER.has(name)).catch(() => {});
    this.changed();
  }

  started({ attempt }) {
    for (const box of this.article.querySelectorAll("[data-box] canvas")) restart(box.parentElement, attempt);
    if (this.article.dataset.state !== "running") this.announce("Drawing.");
    this.article.dataset.state = "running";
    this.say("Drawing");
  }

  preview(data) {
    const box = this.article.querySelector(`[data-box][data-index="${data.index}"]`);
    if (!box) return;
    Object.assign(this, { row: data.row, rows: data.rows });
    this.say(`Drawing row ${data.row} of ${data.rows}${this.doneWords()}`);
    paint(box, data).then(() => { this.tellHalf(); this.changed(); }, () => {});
  }

  /** Those who listen hear when it begins, once on the way, and when it is over: not every row. */
  tellHalf() {
    if (this.toldHalf || this.progress < 0.5 || !this.live) return;
    this.toldHalf = true;
    this.announce("Half of it is drawn.");
  }

  doneWords() {
    const boxes = this.article.querySelectorAll("[data-box]").length;
    const done = this.article.querySelectorAll('[data-box][data-state="done"]').length;
    return done ? `, ${done} of ${boxes} pictures done` : "";
  }

  say(words) {
    const place = this.article.querySelector("[data-words]");
    if (this.live && place.textContent !== words) place.textContent = words;
  }

  async cancel(form) {
    this.say("Stopping");
    for (const button of form.querySelectorAll("button")) button.disabled = true;
    await ask(form.action, { method: "POST", body: new FormData(form) }).catch(() => {});
    await this.refresh().catch(() => {});
    for (const button of form.querySelectorAll("button")) button.disabled = false;
  }

  async renew() {
    await this.refresh();
    return this.live ? this.article.dataset.events : null;
  }

  /** Take what the server knows: finished pictures, the state in words, a new ticket. */
  async refresh() {
    const answer = await ask(this.url);
    if (!answer.ok) throw new Error(`The generation could not be read: ${answer.status}`);
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    await this.adopt(document.importNode(page.querySelector("[data-generation]"), true));
    this.heardAt = Date.now();
    this.changed();
  }

  async adopt(fresh) {
    const done = [...fresh.querySelectorAll('[data-box][data-state="done"]')];
    await Promise.all(done.map((box) => this.adoptBox(box)));
    // Answers may overtake each other: once it is over, an older one must not bring it back to life.
    if (!this.live) return;
    if (!("events" in fresh.dataset)) return this.over(fresh);
    this.article.dataset.events = fresh.dataset.events;
    const drawing = [this.article, fresh].every((article) => article.dataset.state === "running");
    if (!drawing || !this.stop) this.stand(fresh);
  }

  async adoptBox(fresh) {
    const box = this.article.querySelector(`[data-box][data-index="${fresh.dataset.index}"]`);
    if (box.dataset.state !== "done") await finish(box, fresh);
  }

  /** What the server says of a generation that waits, or that has no stream which would know better. */
  stand(fresh) {
    this.article.dataset.state = fresh.dataset.state;
    this.say(fresh.querySelector("[data-words]").textContent);
  }

  over(fresh) {
    this.end();
    delete this.article.dataset.events;
    this.article.dataset.state = fresh.dataset.state;
    // Rows that were drawn before it was cut short stay for as long as the page does.
    for (const box of this.article.querySelectorAll('[data-box]:not([data-state="done"])')) box.dataset.state = "cut";
    const label = fresh.querySelector("[data-label]");
    const focused = this.article.querySelector("[data-label]").contains(document.activeElement);
    this.article.querySelector("[data-label]").replaceWith(label);
    localTimes(label);
    if (focused) label.querySelector("a, button")?.focus();
    this.announce(label.querySelector("[data-words]").textContent);
  }
}
