// The page on which a region of a picture is drawn anew: the mask, the request, and the results over the picture.

import { Compare } from "./compare.js";
import { Cost } from "./cost.js";
import { Generation } from "./generation.js";
import { Mask } from "./mask.js";
import { Painting } from "./painting.js";
import { ask } from "./server.js";

const region = document.querySelector("[data-region]");
const find = (name) => region.querySelector(`[data-${name}]`);
const form = find("form");
const numbers = ["x", "y", "width", "height"].map((name) => form.elements[name]);
const size = Object.fromEntries(["width", "height", "cell", "columns", "rows", "left", "top"].map((name) => [name, Number(region.dataset[name])]));
const mask = new Mask(size);
const painting = new Painting(find("mask"), mask, { tool: () => region.querySelector("[name=tool]:checked").value, size: find("size"), changed });
const compare = new Compare(region, size, painting);
const cost = new Cost(form);
let generation = null;

function changed(squares) {
  for (const name of ["undo", "redo"]) region.querySelector(`[data-act=${name}]`).disabled = !mask[name === "undo" ? "canUndo" : "canRedo"];
  const all = size.columns * size.rows;
  find("said").textContent = squares.length ? `${squares.length} of ${all} squares will be drawn anew.` : "Nothing is marked yet.";
  if (squares.length) say("mask", "");
  if (numbers.includes(document.activeElement)) return;
  for (const field of numbers) field.value = mask.rectangle ? Math.round(mask.rectangle[field.name]) : "";
}

function say(name, words) {
  const place = region.querySelector(`[data-error=${name}]`);
  if (place) place.textContent = words;
  const field = form.elements[name];
  if (name === "prompt") field.toggleAttribute("aria-invalid", Boolean(words));
  if (name === "prompt" && words) field.setAttribute("aria-invalid", "true");
}

function sayAll(errors) {
  for (const { dataset } of region.querySelectorAll("[data-error]")) say(dataset.error, errors[dataset.error] ?? "");
}

const PLAIN = "Nothing was charged. Try again in a moment; your mask is kept.";

async function send() {
  const body = new FormData(form);
  for (const field of numbers) body.delete(field.name);
  body.set("mask", await mask.file(), "mask.png");
  const answer = await ask(form.action, { method: "POST", body }).catch(() => null);
  if (!answer) return sayAll({ form: `The studio could not be reached. ${PLAIN}` });
  if (answer.status === 422) return sayAll((await answer.json()).errors);
  if (answer.status === 403 || answer.redirected) return sayAll({ form: "You are no longer logged in, or may no longer make pictures here." });
  if (answer.status !== 201) return sayAll({ form: `Something went wrong on our side. ${PLAIN}` });
  return adopt(new DOMParser().parseFromString(await answer.text(), "text/html").querySelector("[data-generation]"));
}

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  sayAll({});
  const marked = mask.squares().length;
  if (!marked) return say("mask", "Mark what is to be drawn anew, with the brush or a rectangle.");
  if (marked === size.columns * size.rows) return say("mask", "The mask touches every square, so nothing of the picture would stay. Leave some, or make a variation.");
  const go = find("go");
  if (go.ariaDisabled === "true") return undefined;
  go.ariaDisabled = "true";
  await send();
  go.ariaDisabled = null;
  return cost.show();
});

/** What was asked for grows in the list of results, and over the picture. */
function adopt(fresh) {
  generation?.end();
  const article = document.importNode(fresh, true);
  find("result").replaceChildren(article);
  find("results").hidden = false;
  const address = new URL(location);
  address.searchParams.set("made", article.dataset.generation);
  history.replaceState(null, "", address);
  find("layers").scrollIntoView({ block: "nearest" });
  follow(article);
}

function follow(article) {
  generation = new Generation(article, (words) => { find("announce").textContent = words; }, () => compare.follow(generation));
  find("hint").hidden = article.querySelectorAll("[data-box]").length < 2;
  if (generation.live) generation.start();
  compare.show(generation);
}

find("result").addEventListener("submit", (event) => {
  if (!event.target.matches("[data-cancel]")) return;
  event.preventDefault();
  generation.cancel(event.target);
});
find("result").addEventListener("click", (event) => {
  const box = event.target.closest("[data-box]");
  if (!box || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  compare.choose(box);
});

// A rectangle that is typed is the one that is drawn.
for (const field of numbers) {
  field.addEventListener("input", () => {
    const [x, y, width, height] = numbers.map((one) => one.valueAsNumber);
    if (![x, y, width, height].every(Number.isFinite) || width < 1 || height < 1) return;
    painting.place({ x, y, width, height });
  });
}

const KEYS = { b: "brush", m: "rectangle", x: "eraser" };
const typing = (target) => target.closest("input:not([type=radio], [type=range]), textarea, select, details.menu[open]");

document.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && !typing(event.target)) find("back").click();
  if (typing(event.target) || event.altKey) return;
  const key = event.key.toLowerCase();
  if (event.ctrlKey || event.metaKey) {
    if (key !== "z" && key !== "y") return;
    event.preventDefault();
    return painting.act(key === "y" || event.shiftKey ? "redo" : "undo");
  }
  if (KEYS[key]) region.querySelector(`[name=tool][value=${KEYS[key]}]`).click();
  else if (key === "i") painting.act("invert");
  else if (key === "[" || key === "]") painting.grow(key === "]" ? 1 : -1);
  else if (key === "/") {
    event.preventDefault();
    form.elements.prompt.focus();
  }
});

for (const button of region.querySelectorAll("[data-act]")) {
  button.addEventListener("click", () => painting.act(button.dataset.act));
}
for (const bar of region.querySelectorAll(".region-bar")) bar.classList.add("is-ready");
if (numbers.every((field) => field.value)) numbers[0].dispatchEvent(new Event("input"));
else painting.finish();
const there = find("result").querySelector("[data-generation]");
if (there) follow(there);
