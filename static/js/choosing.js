// Selecting tiles as in a photo library: click the box, shift-click for all between, or press long.

const LONG = 450;
let last = null;
let held = false;

export const pick = (tile) => tile.querySelector(".pick input");
export const chosen = (root) => [...root.querySelectorAll("[data-tile]")].filter((tile) => !tile.hidden && pick(tile).checked);
export const picked = (root) => chosen(root).flatMap((tile) => pick(tile).value.split(","));

let bar;

function count(root) {
  const many = picked(root).length;
  bar.querySelector("[data-count]").textContent = `${many} selected`;
  root.classList.toggle("is-choosing", many > 0);
}

export function clear(root) {
  for (const tile of chosen(root)) pick(tile).checked = false;
  last = null;
  count(root);
}

export function toggle(root, tile, { shift = false, on = !pick(tile).checked } = {}) {
  const all = [...root.querySelectorAll("[data-tile]:not([hidden])")];
  const from = shift && last ? all.indexOf(last) : all.indexOf(tile);
  const [low, high] = [from, all.indexOf(tile)].sort((one, other) => one - other);
  for (const between of all.slice(Math.max(low, 0), high + 1)) pick(between).checked = on;
  last = tile;
  count(root);
}

export function watch(root, form) {
  bar = form;
  // While something is selected, a click on a picture selects too.
  root.addEventListener("click", (event) => {
    const tile = event.target.closest("[data-tile]");
    if (!tile || event.ctrlKey || event.metaKey) return;
    if (event.target.matches(".pick input")) return toggle(root, tile, { shift: event.shiftKey, on: event.target.checked });
    if (!event.target.closest(".shot-picture")) return;
    if (held || root.classList.contains("is-choosing")) {
      event.preventDefault();
      if (!held) toggle(root, tile, { shift: event.shiftKey });
      held = false;
    }
  });
  let timer;
  root.addEventListener("pointerdown", (event) => {
    held = false;
    const tile = event.target.closest("[data-tile]");
    if (event.pointerType === "mouse" || !tile || !event.target.closest(".shot-picture")) return;
    timer = setTimeout(() => {
      held = true;
      toggle(root, tile, { on: true });
    }, LONG);
  });
  for (const name of ["pointerup", "pointercancel", "pointermove"]) root.addEventListener(name, (event) => (name !== "pointermove" || event.movementX || event.movementY) && clearTimeout(timer));
  root.addEventListener("contextmenu", (event) => held && event.preventDefault());
  form.addEventListener("reset", () => setTimeout(() => clear(root)));
  // A browser that comes back keeps what was checked.
  count(root);
}
