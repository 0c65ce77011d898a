// After "Show more" the keyboard goes on at the first new picture.

const shots = document.querySelector("[data-shots]");
let known = 0;

document.addEventListener("htmx:beforeSwap", () => {
  known = shots.querySelectorAll(".shot").length;
});
document.addEventListener("htmx:afterSettle", () => {
  shots.querySelectorAll(".shot-picture")[known]?.focus({ preventScroll: true });
});
