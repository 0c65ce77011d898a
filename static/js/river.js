// The pictures of a feed: they grow in their boxes, and what the server says of them is taken over.

import { finish, paint, restart } from "./box.js";

const UNFINISHED = '[data-box]:is([data-state="waiting"], [data-state="drawing"])';
const FINISHED = '[data-box][data-state="done"]';

const key = (item) => `${item.dataset.index} ${"turn" in item.dataset}`;

export class River {
  /**
   * @param {HTMLElement} section
   * @param {() => void} moved the reader has come to pictures that were not seen before
   */
  constructor(section, moved) {
    this.section = section;
    this.list = section.querySelector("ol");
    this.seen = 0;
    this.watch = new IntersectionObserver((entries) => this.see(entries, moved));
    for (const box of this.list.querySelectorAll("[data-box]")) this.watch.observe(box);
  }

  get state() {
    return this.section.dataset.state;
  }

  get events() {
    return this.section.dataset.events;
  }

  get words() {
    return this.section.dataset.said;
  }

  /** The place from which on the page does not have everything yet. */
  get since() {
    const first = this.list.querySelector(UNFINISHED) ?? this.list.lastElementChild;
    return first ? Number(first.dataset.index) : 0;
  }

  get done() {
    return this.list.querySelectorAll(FINISHED).length;
  }

  /** How much of what the model may draw ahead of the reader it has drawn, 0 to 1. */
  get lead() {
    const ahead = [...this.list.querySelectorAll(FINISHED)].filter((box) => Number(box.dataset.index) >= this.seen);
    return Math.min(1, ahead.length / Number(this.section.dataset.ahead));
  }

  /** A box that is still empty is not seen: else a tall window would ask for more and more of them. */
  see(entries, moved) {
    const places = entries
      .filter(({ isIntersecting, target }) => isIntersecting && !target.matches(UNFINISHED))
      .map(({ target }) => Number(target.dataset.index) + 1);
    const furthest = Math.max(this.seen, ...places);
    if (furthest === this.seen) return;
    this.seen = furthest;
    moved();
  }

  box(place) {
    return this.list.querySelector(`[data-box][data-index="${place}"]`);
  }

  started({ place, attempt }) {
    const box = this.box(place);
    if (box?.querySelector("canvas")) restart(box, attempt);
  }

  preview(data) {
    const box = this.box(data.place);
    if (box) paint(box, data).catch(() => {});
  }

  /** Take over the feed as the server sent it: everything from place `since` on. */
  async adopt(html, since) {
    const page = new DOMParser().parseFromString(html, "text/html");
    const fresh = document.importNode(page.querySelector("[data-feed]"), true);
    this.section.dataset.state = fresh.dataset.state;
    this.section.dataset.said = fresh.dataset.said;
    if (fresh.dataset.events) this.section.dataset.events = fresh.dataset.events;
    const items = new Map([...fresh.querySelector("ol").children].map((item) => [key(item), item]));
    // From the end, so that a prompt goes after its last picture.
    for (const item of [...this.list.children].reverse()) {
      if (Number(item.dataset.index) >= since && !items.has(key(item))) this.drop(item);
    }
    const known = new Map([...this.list.children].map((item) => [key(item), item]));
    await Promise.all([...items].map(([name, item]) => this.take(known.get(name), item)));
  }

  /** Rows that were drawn before the feed was stopped stay for as long as the page does, and their prompt with them. */
  drop(item) {
    if (item.dataset.state === "skipped") return;
    if (item.dataset.row > 0) item.dataset.state = "cut";
    else if (!("turn" in item.dataset) || item === this.list.lastElementChild) item.remove();
  }

  async take(item, fresh) {
    if (!item) this.list.append(fresh);
    else if (item.matches(UNFINISHED) && !fresh.matches(UNFINISHED)) await finish(item, fresh);
    else return;
    if ("box" in fresh.dataset) this.watch.observe(fresh);
  }

  /** Move the keyboard to a finished picture: the next, the previous, or the first in view. */
  step(by) {
    const links = [...this.list.querySelectorAll('[data-state="done"] > .box-picture')];
    const { here } = this;
    const stands = (link, where) => !here.contains(link) && here.compareDocumentPosition(link) & where;
    const inView = () => links.find((link) => link.getBoundingClientRect().bottom > 0);
    const next = () => links.find((link) => stands(link, Node.DOCUMENT_POSITION_FOLLOWING));
    const previous = () => links.findLast((link) => stands(link, Node.DOCUMENT_POSITION_PRECEDING));
    (!here ? inView() : by > 0 ? next() : previous())?.focus();
  }

  /** The picture that the keyboard is at. */
  get here() {
    return document.activeElement.closest("[data-box]");
  }
}
