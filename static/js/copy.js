// Puts a text that is shown once into the clipboard. Without this script it can be selected by hand.

for (const box of document.querySelectorAll("[data-copy]")) {
  const text = box.querySelector("input");
  const go = box.querySelector("[data-copy-go]");
  text.addEventListener("focus", () => text.select());
  if (!navigator.clipboard) continue;
  go.hidden = false;
  go.addEventListener("click", async () => {
    await navigator.clipboard.writeText(text.value);
    go.querySelector("[data-copy-word]").textContent = "Copied";
  });
}
