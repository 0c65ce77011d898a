// The sheet of keys: "?" opens it, Esc or Close shuts it. While it is open no other key of the page does anything.

const sheet = document.querySelector("[data-keys]");
const doors = document.querySelectorAll("[data-open-keys]");

function open() {
  for (const menu of document.querySelectorAll("details.menu[open]")) menu.open = false;
  sheet.showModal();
}

for (const door of doors) {
  door.hidden = false;
  door.addEventListener("click", open);
}

// What keys do by themselves, such as Esc here, they still do.
document.addEventListener("keydown", (event) => {
  if (sheet.open) event.stopPropagation();
}, true);
sheet.addEventListener("click", (event) => {
  if (event.target === sheet) sheet.close();
});

document.addEventListener("keydown", (event) => {
  if (event.key !== "?" || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.target.closest("input, textarea, select, [contenteditable]")) return;
  event.preventDefault();
  open();
});
