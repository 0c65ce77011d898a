// The create page: the composer below, the generations above it, newest first.

import { acts, isTyping, press } from "./acts.js";
import { Composer } from "./composer.js";
import { Generation } from "./generation.js";
import { Own } from "./own.js";
import { localTimes } from "./page.js";
import { ask } from "./server.js";
import { Start } from "./start.js";

// A browser opens six connections to a host at most: leave some for the pictures.
const STREAMS = 3;
const LOOK = 3_000;

const form = document.querySelector("[data-composer]");
const recent = document.querySelector("[data-recent]");
const composer = new Composer(form);
const start = new Start(composer);
new Own(composer);
const go = form.querySelector("[data-go]");
const generations = [];
let sentPrompt = composer.prompt.value;
let sending = false;

function announce(words) {
  document.querySelector("[data-announce]").textContent = words;
}

const byId = (id) => generations.find(({ article }) => article.dataset.generation === id);

const newestLive = () => generations.find((generation) => generation.live);
const wantsStop = () => !sending && newestLive() && composer.prompt.value === sentPrompt;

function update() {
  const stop = Boolean(wantsStop());
  go.classList.toggle("is-stop", stop);
  go.classList.toggle("is-primary", !stop);
  go.querySelector("[data-go-stop]").hidden = !stop;
  go.querySelector("[data-go-icon]").hidden = stop;
  go.querySelector("[data-go-word]").textContent = stop ? "Stop" : "Create";
  form.querySelector("[data-line]").style.transform = `scaleX(${newestLive()?.progress ?? 0})`;
  openStreams();
}

function openStreams() {
  const live = generations.filter((generation) => generation.live);
  let open = live.filter((generation) => generation.stop).length;
  for (const generation of live.reverse()) {
    if (open < STREAMS && !generation.stop) {
      generation.start();
      open += 1;
    }
  }
}

function adopt(article, where = "push") {
  const generation = new Generation(article, announce, update);
  generations[where](generation);
  return generation;
}

async function create() {
  if (sending) return;
  sending = true;
  go.setAttribute("aria-disabled", "true");
  const answer = await composer.send();
  sending = false;
  go.removeAttribute("aria-disabled");
  if (answer?.headers.has("Location")) return location.assign(answer.headers.get("Location"));
  if (answer) show(await answer.text());
  if (answer) start.clear();
  update();
}

function show(html) {
  const page = new DOMParser().parseFromString(html, "text/html");
  put(document.importNode(page.querySelector("[data-generation]"), true));
  sentPrompt = composer.prompt.value;
  announce("Queued.");
  scrollTo({ top: 0, behavior: "smooth" });
}

/** Once: a look at the page may have found it first. */
function put(article, before = recent.firstElementChild) {
  if (byId(article.dataset.generation)) return;
  document.querySelector("[data-empty]").hidden = true;
  recent.hidden = false;
  recent.insertBefore(article, before);
  localTimes(article);
  adopt(article, "unshift");
}

/** What other tabs asked for, or a click whose answer was lost; and how what is alive has gone on. */
async function lookAgain() {
  if (document.visibilityState !== "visible") return;
  const answer = await ask(form.action);
  if (!answer.ok || answer.redirected) return;
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const known = recent.querySelector("[data-generation]");
  const fresh = [];
  for (const article of page.querySelectorAll("[data-recent] > [data-generation]")) {
    if (known && article.dataset.generation === known.dataset.generation) break;
    fresh.unshift(article);
  }
  for (const article of fresh) put(document.importNode(article, true));
  await Promise.all(generations.filter(({ live }) => live).map((one) => one.refresh()));
  update();
}

const look = () => lookAgain().catch(() => {});

function stop() {
  const generation = newestLive();
  return generation.cancel(generation.article.querySelector("[data-cancel]"));
}

form.addEventListener("submit", (event) => {
  event.preventDefault();
  if (wantsStop() && event.submitter === go) stop();
  else create();
});

composer.prompt.addEventListener("input", update);
composer.prompt.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
  event.preventDefault();
  create();
});

recent.addEventListener("submit", (event) => {
  const { target } = event;
  if (!target.matches("[data-cancel], [data-again]")) return;
  event.preventDefault();
  if ("again" in target.dataset) again(target);
  else generations.find((generation) => generation.article.contains(target)).cancel(target);
});

async function again(retry) {
  const [button] = retry.querySelectorAll("button");
  if (button.disabled) return;
  button.disabled = true;
  const answer = await composer.send(retry.action, new FormData(retry));
  if (answer) show(await answer.text());
  button.disabled = false;
  update();
}

function made(html) {
  show(html);
  update();
}

/** What cannot be done is said where everybody looks. */
function say(words) {
  announce(words);
  const isTrouble = !/^(Kept|No longer|Skipped|Shown)/.test(words);
  if (isTrouble) composer.showErrors({ form: words });
}

document.addEventListener("click", (event) => {
  const clicked = event.target.closest("[data-use], [data-remix]");
  const link = clicked?.matches("[data-remix]") ? clicked.closest("article") : clicked;
  if (!link || event.metaKey || event.ctrlKey || event.shiftKey) return;
  event.preventDefault();
  clicked.closest("details")?.removeAttribute("open");
  composer.use({ ...link.dataset });
  update();
});

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.key === "Escape") composer.prompt.blur();
  if (isTyping(event)) return;
  if (event.key === "/") {
    event.preventDefault();
    composer.prompt.focus();
  }
  if (press(event.target.closest("[data-box]"), event.key)) return event.preventDefault();
  const radio = form.querySelectorAll("[name=mode]")[Number(event.key) - 1];
  if (/^[1-9]$/.test(event.key) && radio) radio.click();
});

/** One after the other, for the same reason. */
async function lookAtUnheard() {
  for (const generation of generations.filter((one) => one.unheard)) await generation.refresh().catch(() => {});
  setTimeout(lookAtUnheard, LOOK);
}

acts(made, say);
addEventListener("online", look);
addEventListener("pageshow", ({ persisted }) => persisted && look());
document.addEventListener("visibilitychange", look);
for (const article of recent.querySelectorAll("[data-generation]")) adopt(article);
update();
setTimeout(lookAtUnheard, LOOK);
