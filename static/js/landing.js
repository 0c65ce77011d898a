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

// The price of as many pictures as the visitor likes; the table beside it stands there without this script.
const own = document.querySelector("[data-calculator]");
const pictures = own.querySelector("input");
const price = Number(own.closest("[data-price]").dataset.price);
const dollars = new Intl.NumberFormat("en-US", { style: "currency", currency: "USD" });

function reckon() {
  const number = pictures.validity.valid ? Number(pictures.value) : 0;
  own.querySelector("[data-total]").textContent = number ? dollars.format((price * number) / 1e6) : "";
}

own.addEventListener("submit", (event) => event.preventDefault());
pictures.addEventListener("input", reckon);
reckon();
own.hidden = false;
