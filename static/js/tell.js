// Says what was done, for a while, with a way back; and sends what is done.

const SHOWN = 8_000;
const box = document.querySelector("[data-toast]");
const token = document.querySelector("#chosen [name=csrfmiddlewaretoken]").value;
let timer;

/** Show a text, which stays until the next one; returns the box. */
export function toast(words) {
  clearTimeout(timer);
  const said = document.createElement("span");
  said.textContent = words;
  box.replaceChildren(said);
  box.classList.remove("is-error");
  box.hidden = false;
  return box;
}

export function tell(words, { undo, isError = false } = {}) {
  const shown = toast(words);
  shown.classList.toggle("is-error", isError);
  if (undo) {
    const button = Object.assign(document.createElement("button"), { className: "link", type: "button", textContent: "Undo" });
    button.addEventListener("click", undo, { once: true });
    shown.append(button);
  }
  timer = setTimeout(() => (shown.hidden = true), SHOWN);
}

/** Post it; the answer, {} where there is nothing to say, or null after saying that it failed. */
export async function send(url, values) {
  const body = new URLSearchParams({ csrfmiddlewaretoken: token });
  for (const [name, value] of Object.entries(values)) for (const one of [value].flat()) body.append(name, one);
  try {
    const answer = await fetch(url, { method: "POST", body, headers: { "HX-Request": "true" } });
    if (answer.status === 204) return {};
    if (answer.ok || answer.status === 422) return await answer.json();
    tell(answer.status === 403 ? "Your role in this workspace does not allow that." : "That did not work. Nothing was changed.", { isError: true });
  } catch {
    tell("The connection is lost. Nothing was changed; try again.", { isError: true });
  }
  return null;
}

if (!box.hidden) timer = setTimeout(() => (box.hidden = true), SHOWN);
