// The page of a feed. It tells the server every few seconds where its reader is, which is what keeps pictures coming;
// in a hidden tab it falls silent, and the server stops drawing.

import { acts, isTyping, press as pressOn } from "./acts.js";
import { Composer } from "./composer.js";
import { River } from "./river.js";
import { ask } from "./server.js";
import { follow } from "./stream.js";

const BEAT = 3000;
const ANNOUNCE = 15_000;
const STEPS = { j: 1, ArrowDown: 1, ArrowRight: 1, ArrowUp: -1, ArrowLeft: -1 };
const DECIDE = { k: "f", s: "s" };
const UNREACHED = "The studio could not be reached. It is tried again.";

const form = document.querySelector("[data-composer]");
const place = document.querySelector("[data-words]");
const composer = new Composer(form);
const river = new River(document.querySelector("[data-feed]"), beat);
const title = document.title;

let held = false;
let stop = null;
let beating = false;
let turn = Promise.resolve();
let announced = { state: river.state, done: river.done, at: 0 };

const isThere = () => document.visibilityState === "visible" && !held && river.state !== "ended";

/** One request after the other, so that no answer overtakes a later one. */
function inTurn(request) {
  turn = turn.then(() => exchange(request)).catch(() => say(UNREACHED));
}

async function exchange(request) {
  const since = river.since;
  form.elements.since.value = since;
  form.elements.seen.value = river.seen;
  const answer = await request(since);
  if (!answer) return;
  if (answer.headers.has("Location")) return location.assign(answer.headers.get("Location"));
  await river.adopt(await answer.text(), since);
  if (document.visibilityState === "visible") show(river.state, river.words);
}

/** Say where the reader is, or only look when nobody reads; what is asked for meanwhile waits for the next. */
function beat() {
  if (beating) return;
  beating = true;
  inTurn(async (since) => {
    beating = false;
    const answer = isThere()
      ? await ask(button("read").formAction, { method: "POST", body: new FormData(form) })
      : await ask(`${river.section.dataset.url}?since=${since}`);
    if (!answer.ok || answer.redirected) throw new Error(`The feed could not be read: ${answer.status}`);
    return answer;
  });
}

const button = (act) => form.querySelector(`[data-act="${act}"]`);
const say = (words) => { if (place.textContent !== words) place.textContent = words; };

function show(state, words) {
  const focused = document.activeElement;
  for (const one of form.querySelectorAll("[data-when]")) one.hidden = !one.dataset.when.split(" ").includes(state);
  if (focused.hidden) form.querySelector("button:not([hidden])").focus();
  say(words);
  document.title = state === "paused" ? `Paused – ${title}` : title;
  form.querySelector("[data-line]").style.transform = `scaleX(${state === "ended" ? 0 : river.lead})`;
  announce(state, words);
  listen();
}

/** For people who listen rather than look: what changed, and now and then how many pictures there are. */
function announce(state, words) {
  const { done } = river;
  const late = done > announced.done && Date.now() - announced.at > ANNOUNCE;
  if (state === announced.state && !late) return;
  const told = state === announced.state ? `${done} pictures are there.` : words;
  document.querySelector("[data-announce]").textContent = told;
  announced = { state, done, at: Date.now() };
}

/** One stream for all pictures, and none in a hidden tab: a browser opens six connections to a host. */
function listen() {
  const wanted = document.visibilityState === "visible" && river.state !== "ended";
  if (wanted && !stop) stop = follow(river.events, hear, renew);
  if (!wanted) stop?.();
  if (!wanted) stop = null;
}

function hear(name, data) {
  if (name === "started") river.started(data);
  else if (name === "preview") river.preview(data);
  else if (name === "over") beat();
}

async function renew() {
  beat();
  await turn;
  return river.state === "ended" ? null : river.events;
}

function act(name) {
  held = name === "pause";
  if (name === "read") return beat();
  inTurn(() => composer.send(button(name).formAction));
}

function visible() {
  if (document.visibilityState === "visible") return beat();
  if (river.state === "running") show("paused", "Paused while this tab is hidden.");
  else listen();
}

form.addEventListener("submit", (event) => {
  event.preventDefault();
  act(event.submitter.dataset.act);
});

composer.prompt.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
  event.preventDefault();
  form.requestSubmit(form.querySelector(".is-primary:not([hidden])"));
});

const press = (...acts) => acts.map(button).find((one) => !one.hidden)?.click();
const KEYS = {
  "/": () => composer.focus(),
  Escape: () => press("end"),
  " ": () => press("pause", "read"),
};

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  if (isTyping(event)) {
    if (event.key === "Escape") event.target.blur();
    return;
  }
  if (event.key in DECIDE) return decide(DECIDE[event.key]);
  if (pressOn(river.here, event.key)) return event.preventDefault();
  const does = event.key in STEPS ? () => river.step(STEPS[event.key]) : KEYS[event.key];
  // The space bar presses a button that has the focus.
  if (!does || (event.key === " " && event.target.closest("button, summary"))) return;
  event.preventDefault();
  does();
});

/** Keep or skip the picture that the keyboard is at, and go on to the next; the first press only shows which it is. */
function decide(key) {
  const { here } = river;
  const isKept = here?.querySelector('[data-act="mark"]')?.ariaPressed === "true";
  if (here && !(key === "f" && isKept)) pressOn(here, key);
  river.step(1);
}

/** Variations are drawn on the create page. */
function made(html) {
  const page = new DOMParser().parseFromString(html, "text/html");
  location.assign(`${form.dataset.create}#generation-${page.querySelector("[data-generation]").dataset.generation}`);
}

function tell(words) {
  document.querySelector("[data-announce]").textContent = words;
  if (!/^(Kept|No longer|Skipped|Shown)/.test(words)) composer.showErrors({ form: words });
}

acts(made, tell);
addEventListener("online", beat);
document.addEventListener("visibilitychange", visible);
setInterval(() => isThere() && beat(), BEAT);
show(river.state, river.words);
beat();
