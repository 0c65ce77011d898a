// Pictures of a collection are dragged into their order. Without this script the arrows below them do the same.

const list = document.querySelector("[data-arrange]");
const said = document.querySelector("[data-said]");
let held = null;

const items = () => [...list.querySelectorAll("[data-picture]")];
const over = (event) => event.target.closest?.("[data-picture]");
const isLater = (item, event) => {
  const box = item.getBoundingClientRect();
  return event.clientX > box.left + box.width / 2;
};

function clear() {
  for (const item of items()) item.classList.remove("is-before", "is-after");
}

list.addEventListener("dragstart", (event) => {
  held = over(event);
  held?.classList.add("is-held");
  event.dataTransfer.effectAllowed = "move";
  event.dataTransfer.setData("text/plain", held?.dataset.picture ?? "");
});
list.addEventListener("dragover", (event) => {
  const item = over(event);
  if (!held || !item) return;
  event.preventDefault();
  clear();
  if (item !== held) item.classList.add(isLater(item, event) ? "is-after" : "is-before");
});
list.addEventListener("dragend", () => {
  held?.classList.remove("is-held");
  held = null;
  clear();
});
list.addEventListener("drop", (event) => {
  const item = over(event);
  if (!held || !item) return;
  event.preventDefault();
  if (item !== held) item[isLater(item, event) ? "after" : "before"](held);
  save(held);
});

/** Tell the site, and the arrows their new neighbours. */
async function save(item) {
  const body = new URLSearchParams({
    picture: item.dataset.picture,
    after: item.previousElementSibling?.dataset.picture ?? "",
    csrfmiddlewaretoken: item.querySelector("[name=csrfmiddlewaretoken]").value,
  });
  const answer = await fetch(list.dataset.arrange, { method: "POST", body, headers: { "HX-Request": "true" } }).catch(() => null);
  if (!answer?.ok) return location.reload();
  said.textContent = `Moved to place ${items().indexOf(item) + 1}.`;
  const all = items();
  all.forEach((one, index) => {
    const [up, down] = one.querySelectorAll("[name=after]");
    up.disabled = index === 0;
    up.value = all[index - 2]?.dataset.picture ?? "";
    down.disabled = index === all.length - 1;
    down.value = all[index + 1]?.dataset.picture ?? "";
  });
}
