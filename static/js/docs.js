// Code in the documentation: one language at a time, the same in all examples and the next time; copies it.

const KEPT = "docs-language";
const said = document.querySelector("[data-said]");

function kept() {
  try { return localStorage.getItem(KEPT); } catch { return null; }
}

function keep(language) {
  try { localStorage.setItem(KEPT, language); } catch { /* Then it is chosen anew on the next page. */ }
}

const groups = [...document.querySelectorAll("[data-codes]")].filter((group) => group.children.length > 1);

function choose(language) {
  for (const group of groups) {
    const blocks = [...group.querySelectorAll("[data-language]")];
    const shown = blocks.find((block) => block.dataset.language === language) ?? blocks[0];
    for (const block of blocks) block.hidden = block !== shown;
    for (const button of group.querySelectorAll("[data-choose]")) {
      button.setAttribute("aria-pressed", String(button.dataset.choose === shown.dataset.language));
    }
  }
}

for (const group of groups) {
  const row = document.createElement("div");
  row.className = "code-languages";
  row.role = "group";
  row.ariaLabel = "Language";
  for (const block of group.querySelectorAll("[data-language]")) {
    const button = document.createElement("button");
    button.type = "button";
    button.dataset.choose = button.textContent = block.dataset.language;
    button.addEventListener("click", () => {
      const before = button.getBoundingClientRect().top;
      choose(button.dataset.choose);
      keep(button.dataset.choose);
      // Examples further up became longer or shorter: what was clicked stays where it is.
      scrollBy(0, button.getBoundingClientRect().top - before);
    });
    row.append(button);
  }
  group.prepend(row);
  group.classList.add("has-choice");
}
choose(kept() ?? "curl");

for (const button of navigator.clipboard ? document.querySelectorAll("[data-copy-code]") : []) {
  const word = button.querySelector("span");
  button.hidden = false;
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(button.closest("figure").querySelector("code").textContent);
    word.textContent = "Copied";
    said.textContent = "Copied";
    setTimeout(() => { word.textContent = "Copy"; said.textContent = ""; }, 2000);
  });
}

document.querySelector(".docs-link[aria-current]")?.scrollIntoView({ block: "nearest", inline: "center" });
