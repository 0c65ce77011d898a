// Says what the amount that is being typed buys.

const form = document.querySelector("form[data-price]");

if (form) {
  const price = Number(form.dataset.price);
  const amount = form.elements.amount;
  const said = form.querySelector("[data-buys]");
  const other = form.querySelector('[name="pack"][value="other"]');
  const tell = () => {
    const micros = Math.round(Number(amount.value.replace(/[$,\s]/g, "")) * 1e6);
    const pictures = Math.floor(micros / price);
    said.textContent = pictures > 0 ? `${pictures.toLocaleString("en")} picture${pictures === 1 ? "" : "s"}` : "";
  };
  amount.addEventListener("input", tell);
  other.addEventListener("change", () => amount.focus());
  tell();
}
