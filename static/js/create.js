// The create page: the composer below, the generations above it, newest first.

import { Composer } from "./composer.js";
import { Generation } from "./generation.js";
import { localTimes } from "./page.js";

// A browser opens six connections to a host at most: leave some for the pictures.
const STREAMS = 3;
const LOOK = 3_000;

const form = document.querySelector("[data-composer]");
const recent = document.querySelector("[data-recent]");
const composer = new Composer(form);
const go = form.querySelector("[data-go]");
const generations = [];
let sentPrompt = composer.prompt.value;
let sending = false;

function announce(words) {
  document.querySelector("[data-announce]").textContent = words;
}

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
  update();
}

function show(html) {
  const page = new DOMParser().parseFromString(html, "text/html");
  const article = document.importNode(page.querySelector("[data-generation]"), true);
  document.querySelector("[data-empty]").hidden = true;
  recent.hidden = false;
  recent.prepend(article);
  localTimes(article);
  adopt(article, "unshift");
  sentPrompt = composer.prompt.value;
  announce("Queued.");
  scrollTo({ top: 0, behavior: "smooth" });
}

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
  const cancelForm = event.target.closest("[data-cancel]");
  if (!cancelForm) return;
  event.preventDefault();
  generations.find((generation) => generation.article.contains(cancelForm)).cancel(cancelForm);
});

document.addEventListener("click", (event) => {
  const link = event.target.closest("[data-use]");
  if (!link || event.metaKey || event.ctrlKey || event.shiftKey) return;
  event.preventDefault();
  composer.use({ ...link.dataset });
  update();
});

const typing = (target) => target.closest("input, textarea, select, [contenteditable]");

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.key === "Escape") composer.prompt.blur();
  if (typing(event.target)) return;
  if (event.key === "/") {
    event.preventDefault();
    composer.prompt.focus();
  }
  const radio = form.querySelectorAll("[name=mode]")[Number(event.key) - 1];
  if (/^[1-9]$/.test(event.key) && radio) radio.click();
});

/** One after the other, for the same reason. */
async function lookAtUnheard() {
  for (const generation of generations.filter((one) => one.unheard)) await generation.refresh().catch(() => {});
  setTimeout(lookAtUnheard, LOOK);
}

for (const article of recent.querySelectorAll("[data-generation]")) adopt(article);
update();
setTimeout(lookAtUnheard, LOOK);
