// Clears the queue of moderation by key: the arrows move, a letter decides, v shows the picture.

const queue = document.querySelector("[data-queue]");
const cards = () => [...document.querySelectorAll("[data-case]:not(.is-busy)")];
const here = () => document.querySelector("[data-case].is-here");

function go(card) {
  here()?.classList.remove("is-here");
  card?.classList.add("is-here");
  card?.focus();
  card?.scrollIntoView({ block: "nearest" });
}

function step(by) {
  const all = cards();
  go(all[Math.min(Math.max(all.indexOf(here()) + by, 0), all.length - 1)]);
}

function reveal(link) {
  const image = link.querySelector("img");
  const blurred = link.dataset.blurred ?? (link.dataset.blurred = image.src);
  const isClear = image.src === link.href;
  image.src = isClear ? blurred : link.href;
  image.alt = isClear ? "A blurred picture: show it" : "The picture: blur it";
}

async function decide(form, button) {
  const card = form.closest("[data-case]");
  const sent = new FormData(form, button);
  const all = cards();
  const next = all[all.indexOf(card) + 1] ?? all[all.indexOf(card) - 1];
  card.classList.add("is-busy");
  go(next);
  let trouble = "The site did not answer. Nothing was decided; try again.";
  try {
    const answer = await fetch(form.action, { method: "POST", body: sent, headers: { "HX-Request": "true" } });
    if (answer.status === 204) return done(card);
    if (answer.status === 409) trouble = (await answer.json()).message;
  } catch { /* said below */ }
  card.classList.remove("is-busy");
  form.querySelector("[data-trouble]").textContent = trouble;
}

function done(card) {
  if ("alone" in queue.dataset) return location.assign(document.querySelector(".mod-nav a").href);
  card.remove();
  const waiting = document.querySelector("[data-waiting]");
  const left = Math.max(0, Number(waiting.textContent) - 1);
  waiting.textContent = left;
  if (document.querySelector("[data-case]")) return;
  // More than were here wait: the next ones are on the page anew.
  if (left) return location.reload();
  document.querySelector("[data-done]").hidden = false;
}

document.addEventListener("submit", (event) => {
  if (!event.target.matches("[data-decide]")) return;
  event.preventDefault();
  decide(event.target, event.submitter);
});

document.addEventListener("click", (event) => {
  const link = event.target.closest("[data-reveal]");
  if (!link || event.ctrlKey || event.metaKey) return;
  event.preventDefault();
  reveal(link);
});

document.addEventListener("focusin", (event) => {
  const card = event.target.closest("[data-case]:not(.is-busy)");
  if (card && card !== here()) {
    here()?.classList.remove("is-here");
    card.classList.add("is-here");
  }
});

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest("input:not([type=hidden]), textarea, select")) return;
  const card = here();
  if (event.key === "ArrowDown" || event.key === "j") step(1);
  else if (event.key === "ArrowUp" || event.key === "k") step(-1);
  else if (event.key === "v" && card?.querySelector("[data-reveal]")) reveal(card.querySelector("[data-reveal]"));
  else if (card && /^[abrwls]$/.test(event.key)) press(card.querySelector(`[data-key="${event.key}"]`), event);
  else return;
  event.preventDefault();
});

function press(button, event) {
  if (!button || event.repeat) return;
  // An account is not locked by one wrong key.
  if (button.value === "lock" && !button.classList.contains("is-sure")) {
    button.classList.add("is-sure");
    button.addEventListener("blur", () => button.classList.remove("is-sure"), { once: true });
    button.focus();
    return;
  }
  button.form.requestSubmit(button);
}

if (queue && !("alone" in queue.dataset)) go(cards()[0]);
else if (queue) cards()[0]?.classList.add("is-here");
