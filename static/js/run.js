// One run of the playground: a request, its stream of events, and the pictures as they grow.

import { events } from "./sse.js";

const SHOWN = 60;
/** Characters of base64 that the raw events show. */
const KEPT = 500;
/** Events that are shown, so that the page stays quick. */

const seconds = (milliseconds) => (milliseconds < 1000 ? `${Math.round(milliseconds)} ms` : `${(milliseconds / 1000).toFixed(1)} s`);

function shortened(name, value) {
  if (name !== "b64_json") return value;
  return `${value.slice(0, SHOWN)}… (${value.length.toLocaleString("en")} characters)`;
}

function form(values) {
  const made = new FormData();
  for (const [name, value] of Object.entries(values)) made.append(name, value);
  return made;
}

export class Run {
  constructor(root) {
    this.root = root;
    this.control = new AbortController();
    this.places = new Map();
    this.count = 0;
    this.first = null;
  }

  one(name) {
    return this.root.querySelector(`[data-${name}]`);
  }

  fact(name, words) {
    this.one(`fact="${name}"`).textContent = words;
  }

  say(words) {
    this.one("state").textContent = words;
  }

  stop() {
    this.control.abort();
  }

  /** With `files` it is a form. Returns the error that the API told, if any. */
  async send(url, key, body, files) {
    this.clear(body);
    this.begun = performance.now();
    try {
      const answer = await fetch(url, {
        method: "POST",
        headers: { Authorization: `Bearer ${key}`, ...(files ? {} : { "Content-Type": "application/json" }) },
        body: files ? form({ ...body, ...files }) : JSON.stringify(body),
        // As a program would: this browser's session has no part in it.
        credentials: "omit",
        cache: "no-store",
        signal: this.control.signal,
      });
      this.tellHead(answer);
      const error = answer.ok ? await this.follow(answer) : (await answer.json()).error;
      return this.end(error);
    } catch (failure) {
      return this.end(null, this.control.signal.aborted ? "Stopped" : `Connection lost: ${failure.message}`);
    }
  }

  clear(body) {
    this.body = body;
    this.say("Sending");
    this.one("alert").hidden = true;
    this.one("pictures").replaceChildren();
    this.one("events").textContent = this.one("headers").textContent = "";
    this.one("count").textContent = "0";
    for (const name of ["status", "request", "first", "total", "rate"]) this.fact(name, "–");
    this.one('fact="request"').removeAttribute("href");
    this.one("facts").hidden = false;
    for (const details of this.root.querySelectorAll("[data-raw]")) details.hidden = false;
  }

  tellHead(answer) {
    const id = answer.headers.get("x-request-id") ?? "";
    const left = answer.headers.get("x-ratelimit-remaining-requests");
    this.fact("status", `${answer.status} ${answer.statusText}`);
    this.fact("request", id);
    this.one('fact="request"').href = `${this.root.dataset.log}?request_id=${encodeURIComponent(id)}`;
    if (left) {
      const whole = answer.headers.get("x-ratelimit-reset-requests");
      this.fact("rate", `${left} of ${answer.headers.get("x-ratelimit-limit-requests")}, all again in ${whole}`);
    }
    this.one("headers").textContent = [...answer.headers].map(([name, value]) => `${name}: ${value}`).join("\n");
    if (answer.ok) this.say("Queued");
  }

  async follow(answer) {
    let error = null;
    for await (const event of events(answer.body)) {
      const data = JSON.parse(event.data);
      this.note(event.name, data);
      if (event.name === "error") error = data.error;
      else if (data.b64_json) this.show(data);
    }
    return error;
  }

  note(name, data) {
    this.count += 1;
    this.one("count").textContent = String(this.count);
    if (this.count > KEPT) return;
    this.one("events").append(`event: ${name}\ndata: ${JSON.stringify(data, shortened)}\n\n`);
  }

  show(data) {
    const place = this.place(data.image_index);
    const isPartial = data.type.endsWith(".partial_image");
    if (isPartial && this.first === null) {
      this.first = performance.now() - this.begun;
      this.fact("first", seconds(this.first));
    }
    place.image.src = `data:image/${data.output_format};base64,${data.b64_json}`;
    const words = isPartial ? `Partial ${data.partial_image_index + 1} of ${this.body.partial_images}` : "Finished";
    place.image.alt = `Picture ${data.image_index + 1}, ${words.toLowerCase()}`;
    place.words.textContent = `${words}, ${seconds(performance.now() - this.begun)}`;
    this.say("Drawing");
  }

  place(index) {
    if (!this.places.has(index)) {
      const item = document.createElement("li");
      const image = document.createElement("img");
      const words = document.createElement("p");
      words.className = "numbers";
      [image.width, image.height] = this.body.size.split("x").map(Number);
      item.append(image, words);
      this.places.set(index, { item, image, words });
      this.one("pictures").hidden = false;
      // In their order, whichever comes first.
      this.one("pictures").replaceChildren(...[...this.places].sort(([a], [b]) => a - b).map(([, place]) => place.item));
      if (this.places.size === 1) item.scrollIntoView({ block: "nearest" });
    }
    return this.places.get(index);
  }

  end(error, words = "Done") {
    this.fact("total", seconds(performance.now() - this.begun));
    this.one("pictures").hidden = this.places.size === 0;
    if (error) {
      this.one("alert").textContent = `${error.message} (${error.code})`;
      this.one("alert").hidden = false;
    }
    this.say(error ? "Refused" : words);
    return error;
  }
}
