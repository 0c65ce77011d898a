// The page of one picture: zoom, marks, what is copied and downloaded, the bin, and a key for each.

import { post, toast, toastNext } from "./toast.js";
import { Zoom } from "./zoom.js";

const viewer = document.querySelector("[data-viewer]");
const click = (key) => viewer.querySelector(`[data-key="${CSS.escape(key)}"]`)?.click();

const zoom = new Zoom(
  viewer.querySelector("[data-stage]"),
  (share, fits) => {
    viewer.querySelector("[data-zoom-share]").textContent = `${Math.round(share * 100)} %`;
    viewer.querySelector("[data-zoom]").classList.toggle("is-near", !fits);
  },
  (way) => click(way > 0 ? "ArrowRight" : "ArrowLeft"),
);
viewer.querySelector("[data-zoom]").classList.add("is-ready");
for (const button of viewer.querySelectorAll("[data-zoom-by]")) {
  button.addEventListener("click", () => zoom.by(Number(button.dataset.zoomBy)));
}
viewer.querySelector("[data-zoom-toggle]").addEventListener("click", () => zoom.toggle());
viewer.querySelector("[data-zoom-fit]").addEventListener("click", () => zoom.fit());

// A wide family is seen from where one is.
const here = viewer.querySelector(".tree [aria-current] rect");
if (here) {
  const scroller = here.closest(".family-scroll");
  scroller.scrollLeft = here.x.baseVal.value + here.width.baseVal.value / 2 - scroller.clientWidth / 2;
}

// Marks: shown at once, and taken back where they could not be kept.
const marks = viewer.querySelector("[data-marks]");
const stars = [...(marks?.querySelectorAll("[data-star]") ?? [])];
const heart = marks?.querySelector("[data-favourite]");
const rating = () => stars.findIndex((star) => star.getAttribute("aria-pressed") === "true") + 1;

function showRating(number) {
  stars.forEach((star, index) => {
    star.classList.toggle("is-on", index < number);
    star.setAttribute("aria-pressed", index + 1 === number);
  });
}

function showFavourite(is) {
  heart.classList.toggle("is-on", is);
  heart.setAttribute("aria-pressed", is);
  heart.value = is ? "0" : "1";
}

async function rate(number) {
  const before = rating();
  showRating(number);
  if (await post(marks.action, { rating: number })) return;
  showRating(before);
  toast("The rating could not be kept. Try again in a moment.", { error: true });
}

async function favour() {
  const is = heart.value === "1";
  showFavourite(is);
  if (await post(marks.action, { favourite: Number(is) })) return;
  showFavourite(!is);
  toast("That could not be kept. Try again in a moment.", { error: true });
}

marks?.addEventListener("submit", (event) => {
  event.preventDefault();
  if (event.submitter === heart) favour();
  else rate(Number(event.submitter.value) === rating() ? 0 : Number(event.submitter.value));
});

/** Clipboards exist on https and on this machine only; elsewhere it is copied as by hand. */
async function copy(text, said) {
  const sheet = Object.assign(document.createElement("textarea"), { value: text, className: "unseen" });
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    document.body.append(sheet);
    sheet.select();
    document.execCommand("copy");
    sheet.remove();
  }
  toast(said);
}
for (const button of viewer.querySelectorAll("[data-copy]")) {
  button.classList.add("is-ready");
  button.addEventListener("click", () => copy(button.dataset.copy || location.origin + location.pathname, button.dataset.copied));
}

// The format that was chosen last is what a click, or "d", fetches next time.
const go = viewer.querySelector("[data-download-go]");
const choice = viewer.querySelector("[data-download-form]");
const written = () => new URLSearchParams([...new FormData(choice)].filter(([name, value]) => name !== "metadata" || value === (choice.querySelector("[type=checkbox]").checked ? "1" : "0")));

function remember() {
  go.search = written();
  try {
    localStorage.setItem("download", written());
  } catch { /* storage may be switched off */ }
}

function recall() {
  try {
    const kept = new URLSearchParams(localStorage.getItem("download") ?? "");
    const radio = choice.querySelector(`[name=format][value="${CSS.escape(kept.get("format") ?? "")}"]`);
    if (!radio) return;
    radio.checked = true;
    choice.querySelector("[type=checkbox]").checked = kept.get("metadata") !== "0";
    go.search = written();
  } catch { /* storage may be switched off */ }
}

recall();
choice.addEventListener("change", remember);
choice.addEventListener("submit", () => { choice.closest("details").open = false; });

// To the bin, on to the next picture, and back again with one click.
const bin = viewer.querySelector("[data-bin]");
bin?.addEventListener("submit", async (event) => {
  event.preventDefault();
  if (!(await post(bin.action))) return toast("It could not be moved to the bin. Try again in a moment.", { error: true });
  toastNext("Moved to the bin.", { undoAt: bin.dataset.restore, then: location.href });
  return location.replace(viewer.dataset.next ?? viewer.dataset.back);
});

const PANS = { ArrowLeft: [80, 0], ArrowRight: [-80, 0], ArrowUp: [0, 80], ArrowDown: [0, -80] };

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest("input, textarea, select, details[open]")) return;
  const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
  if (event.shiftKey && PANS[key]) zoom.pan(...PANS[key]);
  else if (key === "0" && !zoom.fits) zoom.fit();
  else if (/^[0-5]$/.test(key)) marks && rate(Number(key));
  else click(key === "=" ? "+" : key);
});
