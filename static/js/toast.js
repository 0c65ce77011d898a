// Short notes at the top of the page, with or without an Undo. They wait while somebody points at them or reads them by
// keyboard, or looks at another tab. Messages that came with the page are notes too.

import { ask } from "./server.js";

const SECONDS = 6;
const UNDO_SECONDS = 12;
const CARRIED = "toast";
const place = document.querySelector("[data-toasts]");

/**
 * @param {string} words
 * @param {{ undo?: () => Promise<unknown>, error?: boolean }} [options] `undo` takes it back; it is also done by Ctrl+Z
 */
export function toast(words, { undo, error = false } = {}) {
  const note = document.createElement("p");
  note.className = error ? "notice is-error" : "notice";
  note.append(words);
  if (undo) note.append(button("Undo", () => takeBack(note, undo)));
  place.append(note);
  keep(note);
  return note;
}

/** A note that the next page shows. `undoAt` is an address that takes it back by POST, `then` where that leads. */
export function toastNext(words, { undoAt = "", then = "" } = {}) {
  try {
    sessionStorage.setItem(CARRIED, JSON.stringify({ words, undoAt, then }));
  } catch { /* storage may be switched off */ }
}

/** POST as the forms of this page do; resolves to whether it was done. */
export async function post(url, fields = {}) {
  const body = new FormData();
  body.set("csrfmiddlewaretoken", document.querySelector("[name=csrfmiddlewaretoken]").value);
  for (const [name, value] of Object.entries(fields)) body.set(name, value);
  const answer = await ask(url, { method: "POST", body }).catch(() => null);
  return Boolean(answer?.ok);
}

function button(words, act) {
  const made = document.createElement("button");
  Object.assign(made, { type: "button", className: "link", textContent: words });
  made.addEventListener("click", act);
  return made;
}

async function takeBack(note, undo) {
  note.remove();
  try {
    if ((await undo()) === false) throw new Error("refused");
  } catch {
    toast("That could not be undone. Try again in a moment.", { error: true });
  }
}

/** Let it go after a while: not while it is pointed at, focused or out of sight. Errors stay until they are closed. */
function keep(note) {
  if (note.classList.contains("is-error")) {
    note.append(button("Close", () => note.remove()));
    return;
  }
  const seconds = note.querySelector("button") ? UNDO_SECONDS : SECONDS;
  let timer;
  const wait = () => clearTimeout(timer);
  const go = () => {
    wait();
    if (!document.hidden) timer = setTimeout(() => note.remove(), seconds * 1000);
  };
  for (const name of ["pointerenter", "focusin"]) note.addEventListener(name, wait);
  for (const name of ["pointerleave", "focusout"]) note.addEventListener(name, go);
  document.addEventListener("visibilitychange", () => (document.hidden ? wait() : go()));
  go();
}

function carried() {
  try {
    const kept = JSON.parse(sessionStorage.getItem(CARRIED));
    sessionStorage.removeItem(CARRIED);
    return kept;
  } catch {
    return null;
  }
}

for (const note of place?.querySelectorAll(".notice") ?? []) {
  keep(note);
  if (!note.classList.contains("is-error")) document.addEventListener("submit", () => note.remove());
}

const kept = place && carried();
if (kept) {
  const undo = async () => {
    if (!(await post(kept.undoAt))) return false;
    if (kept.then) location.assign(kept.then);
    return true;
  };
  toast(kept.words, { undo: kept.undoAt ? undo : undefined });
}

document.addEventListener("keydown", (event) => {
  if (event.key.toLowerCase() !== "z" || !(event.ctrlKey || event.metaKey) || event.shiftKey || event.defaultPrevented) return;
  if (event.target.closest("input, textarea, select, [contenteditable]")) return;
  const undo = [...document.querySelectorAll("[data-toasts] .notice:not(.is-error) button")].pop();
  if (!undo) return;
  event.preventDefault();
  undo.click();
});
