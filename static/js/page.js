// What every page has: the theme choice, menus that close, times in the reader's zone, focus on the first error.

import "./toast.js";

const YEAR = 60 * 60 * 24 * 365;

function keepTheme(theme, saveAt) {
  document.documentElement.dataset.theme = theme;
  const secure = location.protocol === "https:" ? "; secure" : "";
  document.cookie = `theme=${theme}; path=/; max-age=${YEAR}; samesite=lax${secure}`;
  if (!saveAt) return;
  // For the user's other browsers. This one has its cookie: nothing is lost when it fails.
  const body = new URLSearchParams({ theme, csrfmiddlewaretoken: document.querySelector("[name=csrfmiddlewaretoken]").value });
  fetch(saveAt, { method: "POST", body, keepalive: true }).catch(() => {});
}

for (const choice of document.querySelectorAll("[data-theme-choice]")) {
  const current = document.documentElement.dataset.theme;
  for (const radio of choice.querySelectorAll("input")) radio.checked = radio.value === current;
  choice.addEventListener("change", (event) => keepTheme(event.target.value, choice.dataset.save));
  choice.hidden = false;
}

const openMenus = () => document.querySelectorAll("details.menu[open]");

document.addEventListener("click", (event) => {
  for (const menu of openMenus()) if (!menu.contains(event.target)) menu.open = false;
});

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  for (const menu of openMenus()) {
    menu.open = false;
    menu.querySelector("summary").focus();
    event.stopImmediatePropagation();
  }
});

// The prompt is one key away from everywhere; pages with a composer of their own go to that.
document.addEventListener("keydown", (event) => {
  if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
  if (document.querySelector("[data-composer]") || event.target.closest("input, textarea, select, [contenteditable]")) return;
  const link = document.querySelector("[data-compose]");
  if (link) event.preventDefault();
  link?.click();
});

export function localTimes(root) {
  const form = new Intl.DateTimeFormat("en-GB", {
    day: "numeric", month: "short", hour: "2-digit", minute: "2-digit", timeZone: document.documentElement.dataset.zone,
  });
  for (const time of root.querySelectorAll("time[data-time]")) time.textContent = form.format(new Date(time.dateTime));
}

localTimes(document);
// On narrow screens the menu of settings, and tabs, are rows that scroll.
for (const here of document.querySelectorAll(":is(.settings-link, .tab)[aria-current]")) {
  here.scrollIntoView({ block: "nearest", inline: "center" });
}
document.addEventListener("htmx:load", (event) => localTimes(event.target));
document.querySelector("main [aria-invalid=true]")?.focus();
