// The playground: sends the request that the form describes to the API itself, and shows what comes back.

import * as snippets from "./snippets.js";
import { Run } from "./run.js";

const root = document.querySelector("[data-playground]");
const one = (name) => root.querySelector(`[data-${name}]`);
const form = one("form");
const key = one("key");
const fields = [...root.querySelectorAll("[data-field]")];
const files = [...root.querySelectorAll("[data-file]")];
const field = (name) => root.querySelector(`[data-field="${name}"], [data-file="${name}"]`);
const asked = (input) => !input.closest("[hidden]");
const kind = () => root.querySelector("[name=kind]:checked");
const NUMBERS = ["n", "seed", "partial_images"];
const MICROS = 1_000_000;
let run = null;

/** What is sent. A number that is none is sent as it was typed, and the API says so. */
function body() {
  const sent = { model: root.dataset.model };
  for (const { value, dataset } of fields.filter(asked)) {
    // A variation of a picture that was drawn here may go by that one's words.
    if (value.trim() === "" && (dataset.field !== "prompt" || kind().value === "vary")) continue;
    sent[dataset.field] = NUMBERS.includes(dataset.field) && /^\d+$/.test(value.trim()) ? Number(value) : value;
  }
  return { ...sent, stream: true };
}

/** Names and files of what is uploaded; with `all` also the picture that is still to be chosen. */
function uploads(all = false) {
  const chosen = files.filter(asked).map((input) => [input.dataset.file, input.files[0]]);
  return Object.fromEntries(chosen.filter(([name, file]) => file || (all && name === "image")));
}

function code() {
  const language = root.querySelector("[name=language]:checked").value;
  return snippets[language](root.dataset.baseUrl, { kind: kind().value, body: body(), files: uploads(true) });
}

function update() {
  for (const part of root.querySelectorAll("[data-only]")) part.hidden = !part.dataset.only.split(" ").includes(kind().value);
  one("code").textContent = code();
  const micros = field("mode").selectedOptions[0].dataset.micros * field("n").value;
  one("cost").textContent = `Costs $${(micros / MICROS).toFixed(2)}`;
}

function offerSizes() {
  const { sizes, usual } = field("mode").selectedOptions[0].dataset;
  const wanted = sizes.split(" ").includes(field("size").value) ? field("size").value : usual;
  field("size").replaceChildren(...sizes.split(" ").map((size) => new Option(size, size, size === usual, size === wanted)));
}

/** Beside the field that is wrong. */
function complain(name, words) {
  const input = name === "key" ? key : field(name);
  input.setAttribute("aria-invalid", "true");
  root.querySelector(`[data-error="${name}"]`).textContent = words;
  input.focus();
}

function settle() {
  for (const input of [key, ...fields, ...files]) input.removeAttribute("aria-invalid");
  for (const place of root.querySelectorAll("[data-error]")) place.textContent = "";
}

function refused({ message, param, code: reason }) {
  if (reason === "invalid_api_key") complain("key", message);
  else if (param && field(param)) complain(param, message);
}

async function send() {
  if (run) return;
  settle();
  // Headers hold nothing else, and no key has it.
  if (!/^[\x21-\x7e]+$/.test(key.value.trim())) return complain("key", "Paste one of your API keys.");
  run = new Run(root);
  one("run").setAttribute("aria-disabled", "true");
  one("stop").hidden = false;
  const error = await run.send(kind().dataset.path, key.value.trim(), body(), asked(files[0]) ? uploads() : null);
  run = null;
  one("run").removeAttribute("aria-disabled");
  one("stop").hidden = true;
  if (error) refused(error);
}

form.addEventListener("submit", (event) => {
  event.preventDefault();
  send();
});
form.addEventListener("input", (event) => {
  if (event.target === field("mode")) offerSizes();
  update();
});
one("languages").addEventListener("change", update);
one("stop").addEventListener("click", () => run?.stop());
addEventListener("pagehide", () => {
  key.value = "";
});

if (navigator.clipboard) {
  const copy = one("copy-code");
  const word = copy.querySelector("[data-copy-word]");
  copy.hidden = false;
  copy.addEventListener("click", async () => {
    await navigator.clipboard.writeText(code());
    word.textContent = "Copied";
    setTimeout(() => { word.textContent = "Copy"; }, 2000);
  });
}
one("run").hidden = false;
update();
