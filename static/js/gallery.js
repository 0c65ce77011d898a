// The gallery: keys, selection, marks, stacks, and the toast that undoes. Everything works without, only slower.

import { chosen, clear, pick, picked, toggle, watch } from "./choosing.js";
import { send } from "./send.js";
import { toast } from "./toast.js";

const main = document.getElementById("main");
const bar = document.querySelector("[data-bar]");
const filters = document.querySelector("[data-filters]");
const tiles = () => [...main.querySelectorAll("[data-tile]:not([hidden])")];
const current = () => document.activeElement?.closest?.("[data-tile]");
const link = (tile) => tile.querySelector(".shot-picture");

watch(main, bar);

// An address without the filters that say nothing.
document.addEventListener("htmx:configRequest", (event) => {
  if (event.detail.elt !== filters) return;
  for (const [name, value] of Object.entries(event.detail.parameters)) if (value === "") delete event.detail.parameters[name];
});
// After "Show more" the keyboard goes on at the first new picture.
let known = 0;
document.addEventListener("htmx:beforeSwap", () => {
  known = document.activeElement.closest(".shots-more") ? tiles().length : 0;
});
document.addEventListener("htmx:afterSettle", () => {
  if (known) link(tiles()[known]).focus({ preventScroll: true });
  known = 0;
});
document.addEventListener("htmx:afterSwap", (event) => {
  if (event.detail.target.id === "library") clear(main);
});

function open(id) {
  const lead = main.querySelector(`[data-open="${id}"]`).closest("[data-tile]");
  const behind = [...main.querySelectorAll(`[data-behind="${id}"]`)];
  const opens = behind[0].hidden;
  for (const tile of behind) tile.hidden = !opens;
  for (const tile of [lead, ...behind]) tile.classList.toggle("is-opened", opens);
  // Of an open stack each picture is selected by itself.
  const box = pick(lead);
  box.dataset.all ??= box.value;
  box.value = opens ? lead.dataset.tile : box.dataset.all;
  lead.querySelector("[data-open]").setAttribute("aria-expanded", String(opens));
}

async function mark(tile, said) {
  const heart = tile.querySelector("[data-heart]");
  if ("favourite" in said) {
    heart.setAttribute("aria-pressed", String(said.favourite === "1"));
    heart.value = said.favourite === "1" ? "0" : "1";
  } else {
    link(tile).dataset.rating = said.rating;
    const stars = tile.querySelector("[data-stars]");
    stars.textContent = `${said.rating} ★`;
    stars.hidden = said.rating === "0";
    toast(said.rating === "0" ? "Rating taken back." : `Rated ${said.rating} of 5.`);
  }
  await send(heart.formAction, said);
}

/** What the buttons of the bar do, with what is selected, or with one tile. */
async function act(name, ids, values = {}) {
  const answer = await send(bar.action, { ...values, do: name, picture: ids });
  const error = bar.querySelector("[data-error]");
  if (error) error.textContent = "";
  if (!answer) return;
  if (answer.error && name.endsWith("tag") && error) return void (error.textContent = answer.error);
  if (answer.error) return toast(answer.error, { error: true });
  for (const menu of bar.querySelectorAll("details[open]")) menu.open = false;
  if (answer.url) {
    document.querySelector("[data-toast]").hidden = false;
    globalThis.htmx.ajax("GET", answer.url, { target: "[data-toast]", swap: "innerHTML" });
    return clear(main);
  }
  const gone = new Set(answer.ids);
  if (name === "bin") take(gone);
  if (name.endsWith("favourite")) for (const tile of chosen(main)) paint(tile, name === "favourite");
  clear(main);
  toast(answer.said, answer.undo ? { undo: () => undo(answer.ids) } : {});
}

function paint(tile, on) {
  const heart = tile.querySelector("[data-heart]");
  heart.setAttribute("aria-pressed", String(on));
  heart.value = on ? "0" : "1";
}

/** Hide what went to the bin, and go on beside it. A stack that was closed went as a whole. */
function take(gone) {
  const all = tiles();
  const here = current();
  const next = all.slice(all.indexOf(here)).find((tile) => !gone.has(tile.dataset.tile)) ?? all.findLast((tile) => !gone.has(tile.dataset.tile));
  for (const tile of main.querySelectorAll("[data-tile]")) {
    if (!gone.has(tile.dataset.tile)) continue;
    tile.dataset.gone = tile.hidden ? "behind" : "shown";
    tile.hidden = true;
  }
  if (here?.hidden && next) link(next).focus();
}

async function undo(ids) {
  const answer = await send(bar.action, { do: "restore", picture: ids });
  if (!answer || answer.error) return answer && toast(answer.error, { error: true });
  for (const tile of main.querySelectorAll("[data-gone]")) {
    if (answer.ids.includes(tile.dataset.tile)) tile.hidden = tile.dataset.gone === "behind";
  }
  // The keyboard goes on at what came back.
  const back = tiles().find((tile) => answer.ids.includes(tile.dataset.tile));
  if (back) link(back).focus({ preventScroll: true });
  toast(answer.said);
}

bar.addEventListener("submit", (event) => {
  if (event.submitter.hasAttribute("formaction")) return;
  event.preventDefault();
  act(event.submitter.value, picked(main), { tag: bar.elements.tag?.value ?? "" });
});

main.addEventListener("click", (event) => {
  const tile = event.target.closest("[data-tile]");
  if (!tile || event.metaKey || event.ctrlKey) return;
  const opener = event.target.closest("[data-open]");
  const heart = event.target.closest("[data-heart]");
  if (opener || heart) event.preventDefault();
  if (opener) open(opener.dataset.open);
  if (heart) mark(tile, { favourite: heart.value });
});

/** The tile above or below: the one whose middle is nearest in the next row. */
function beside(tile, down) {
  const here = tile.getBoundingClientRect();
  const middle = here.left + here.width / 2;
  let row = null;
  let best = null;
  const all = tiles();
  const from = all.indexOf(tile);
  for (let at = from + (down ? 1 : -1); at >= 0 && at < all.length; at += down ? 1 : -1) {
    const box = all[at].getBoundingClientRect();
    if (Math.abs(box.top - here.top) < 4) continue;
    row ??= box.top;
    if (Math.abs(box.top - row) > 4) break;
    const far = Math.abs(box.left + box.width / 2 - middle);
    if (!best || far < best.far) best = { far, tile: all[at] };
  }
  return best?.tile;
}

function go(key) {
  const all = tiles();
  const here = current();
  if (!here) return all[0];
  if (key === "ArrowDown" || key === "ArrowUp") return beside(here, key === "ArrowDown");
  return all[all.indexOf(here) + (key === "ArrowRight" || key === "j" ? 1 : -1)];
}

const KEYS = {
  x: (tile) => toggle(main, tile),
  f: (tile) => mark(tile, { favourite: tile.querySelector("[data-heart]").value }),
  o: (tile) => tile.querySelector("[data-open]")?.click(),
  d: (tile) => (picked(main).length ? act("download", picked(main)) : location.assign(link(tile).dataset.download)),
  Backspace: (tile) => act("bin", picked(main).length ? picked(main) : pick(tile).value.split(",")),
};

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.target.closest("input:not([type=checkbox]), textarea, select, details[open]")) return;
  if (event.key === "Escape") return clear(main);
  if (event.key === "/") {
    event.preventDefault();
    return filters.elements.q.focus();
  }
  if (/^(Arrow(Left|Right|Up|Down)|j|k)$/.test(event.key)) {
    if (event.key.startsWith("Arrow") && !current()) return;
    const next = go(event.key);
    if (!next) return;
    event.preventDefault();
    link(next).focus();
    return next.scrollIntoView({ block: "nearest" });
  }
  const tile = current();
  if (!tile) return;
  if (/^[0-5]$/.test(event.key)) mark(tile, { rating: event.key });
  else if (KEYS[event.key]) {
    event.preventDefault();
    KEYS[event.key](tile);
  }
});

// The timeline shows the month that is read.
const seen = new IntersectionObserver((entries) => {
  const day = entries.find((entry) => entry.isIntersecting)?.target.dataset.day;
  if (!day) return;
  for (const month of main.querySelectorAll("[data-month]")) {
    if (month.dataset.month === day) month.setAttribute("aria-current", "true");
    else month.removeAttribute("aria-current");
  }
}, { rootMargin: "-20% 0px -70% 0px" });
const follow = () => main.querySelectorAll("[data-day]").forEach((day) => seen.observe(day));
follow();
document.addEventListener("htmx:afterSettle", follow);
