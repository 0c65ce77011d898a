// The visitor's prompt box: Enter sends it, the prompts below fill it.

const form = document.querySelector("[data-hero]");
const prompt = form.elements.prompt;

prompt.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
  event.preventDefault();
  form.requestSubmit();
});

document.addEventListener("keydown", (event) => {
  if (event.key !== "/" || event.target.closest("input, textarea")) return;
  event.preventDefault();
  prompt.focus();
});

for (const button of document.querySelectorAll("[data-fill]")) {
  button.addEventListener("click", () => {
    prompt.value = button.dataset.fill;
    prompt.focus();
  });
}
