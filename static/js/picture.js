// Keys of the picture page: the arrows go to the next ones, d downloads, Esc goes back to the gallery.

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest("input, textarea, select, details[open]")) return;
  document.querySelector(`[data-key="${CSS.escape(event.key)}"]`)?.click();
});
