// What can be done with a finished picture where it stands: keep it, vary it, skip it; by its buttons or their keys.

import { problems } from "./composer.js";
import { ask } from "./server.js";

const typing = (target) => target.closest("input:not([type=radio], [type=checkbox]), textarea, select, [contenteditable]");
export const isTyping = (event) => Boolean(typing(event.target));

/**
 * @param {(html: string) => void} made variations that were asked for
 * @param {(words: string) => void} say to people, also to those who listen
 */
export function acts(made, say) {
  document.addEventListener("submit", async (event) => {
    if (event.target.id !== "acts") return;
    event.preventDefault();
    const button = event.submitter;
    if (button.ariaBusy === "true") return;
    button.ariaBusy = "true";
    try {
      await act(button, new FormData(event.target, button), made, say);
    } catch {
      say("The studio could not be reached. Nothing was changed; try again in a moment.");
    }
    button.removeAttribute("aria-busy");
  });
}

async function act(button, body, made, say) {
  // Whether credit may be used is chosen in the composer.
  const credit = document.querySelector("[type=checkbox][name=credit]:enabled");
  if (credit && button.dataset.act === "vary") body.set("credit", credit.checked ? "1" : "0");
  const answer = await ask(button.formAction, { method: "POST", body });
  if (!answer.ok) return say(Object.values(await problems(answer)).join(" "));
  if (button.dataset.act === "vary") return made(await answer.text());
  if (button.dataset.act === "skip") return skip(button, say);
  if (button.dataset.act === "unskip") return unskip(button, say);
  const isKept = button.value === "1";
  button.ariaPressed = String(isKept);
  button.value = isKept ? "0" : "1";
  say(isKept ? "Kept as a favourite." : "No longer a favourite.");
}

/** It leaves its place empty, so that nothing that stands behind it moves. */
function skip(button, say) {
  const box = button.closest("[data-box]");
  box.dataset.state = "skipped";
  const note = document.createElement("span");
  note.className = "box-note";
  const undo = button.cloneNode();
  undo.className = "chip";
  undo.removeAttribute("aria-busy");
  undo.textContent = "Undo";
  undo.ariaLabel = "Show the skipped picture again";
  undo.dataset.act = "unskip";
  undo.dataset.key = "Backspace";
  undo.setAttribute("formaction", `${button.getAttribute("formaction")}?wanted=1`);
  note.append("Skipped", undo);
  box.append(note);
  say("Skipped.");
}

function unskip(button, say) {
  const box = button.closest("[data-box]");
  box.dataset.state = "done";
  box.querySelector(".box-note").remove();
  box.querySelector("a").focus();
  say("Shown again.");
}

/** Press what a box has under a key. Returns whether there was anything. */
export function press(box, key) {
  const found = box?.querySelector(`[data-key="${CSS.escape(key)}"]`);
  found?.click();
  return Boolean(found);
}
