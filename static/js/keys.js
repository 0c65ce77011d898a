// The page that shows a key once: copies it, and does not make another one when the page is loaded again.

const said = document.querySelector("[data-said]");

/** Clipboards exist on https and on this machine only; elsewhere the text is selected and copied as by hand. */
async function copy(source) {
  try {
    await navigator.clipboard.writeText((source.value ?? source.textContent).trim());
    return true;
  } catch {
    if (source.select) source.select();
    else getSelection().selectAllChildren(source);
    return document.execCommand("copy");
  }
}

for (const button of document.querySelectorAll("[data-copy]")) {
  const words = button.textContent;
  button.hidden = false;
  button.addEventListener("click", async () => {
    const done = await copy(document.getElementById(button.dataset.copy));
    button.textContent = done ? "Copied" : "Press Ctrl+C";
    said.textContent = done ? "Copied." : "It is selected: press Ctrl+C to copy it.";
    setTimeout(() => { button.textContent = words; }, 2000);
  });
}

history.replaceState(null, "", document.querySelector("[data-once]").dataset.once);
