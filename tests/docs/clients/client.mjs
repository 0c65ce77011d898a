// OpenAI's Node package, unmodified but for address and key. Run by test_clients.
import assert from "node:assert/strict";
import fs from "node:fs";
import OpenAI, { toFile } from "openai";
import { VERSION } from "openai/version";

const size = "256x256";
const client = (key = process.env.KEY, maxRetries = 0) => new OpenAI({ baseURL: process.env.BASE, apiKey: key, maxRetries });
const file = (name) => toFile(fs.createReadStream(name), name, { type: "image/png" });

async function gathered(events) {
  const all = [];
  for await (const event of events) all.push(event);
  return all;
}

async function refused(Kind, code, call) {
  const error = await call().then(() => assert.fail(`${code} was not raised`), (error) => error);
  assert.ok(error instanceof Kind, `${code}: ${error}`);
  assert.equal(error.code, code);
  assert.ok(error.requestID && error.message);
}

const steps = {
  async models() {
    assert.deepEqual((await client().models.list()).data.map((model) => model.id), ["aurora-1"]);
    assert.equal((await client().models.retrieve("aurora-1")).owned_by, "aurora");
  },
  async generate() {
    const made = await client().images.generate({ prompt: "a red apple", model: "aurora-1", size, n: 2, seed: 3 });
    assert.deepEqual(made.data.map((item) => item.seed), [3, 4]);
    assert.ok(made.usage.output_tokens > 0);
    const picture = await fetch(made.data[0].url, { headers: { Authorization: `Bearer ${process.env.KEY}` } });
    assert.equal(picture.headers.get("content-type"), "image/png");
    const { data, response } = await client().images
      .generate({ prompt: "a red apple", size, response_format: "b64_json", output_format: "webp", quality: "low" })
      .withResponse();
    assert.ok(response.headers.get("x-request-id") && response.headers.get("x-ratelimit-limit-requests"));
    assert.equal(Buffer.from(data.data[0].b64_json, "base64").toString("latin1", 8, 12), "WEBP");
  },
  async stream() {
    const asked = { prompt: "a red apple", size, stream: true, partial_images: 2 };
    const events = await gathered(await client().images.generate(asked));
    const last = events.pop();
    assert.ok(events.length && events.every((event) => event.type === "image_generation.partial_image"));
    assert.deepEqual(events.map((event) => event.partial_image_index), events.map((_, place) => place));
    assert.equal(last.type, "image_generation.completed");
    assert.ok(last.usage.output_tokens > 0);
  },
  async edit() {
    const files = { image: await file("apple.png"), mask: await file("mask.png") };
    const made = await client().images.edit({ ...files, prompt: "a yellow star", size, input_fidelity: "high" });
    assert.ok(made.data[0].url);
    assert.ok((await client().images.edit({ image: [await file("apple.png")], prompt: "a star", size })).data[0].url);
    const asked = { ...files, prompt: "a star", size, stream: true, partial_images: 1 };
    const events = await gathered(await client().images.edit(asked));
    assert.equal(events.at(-1).type, "image_edit.completed");
  },
  async variation() {
    const image = fs.createReadStream("apple.png");
    const made = await client().images.createVariation({ image, size, response_format: "b64_json" });
    assert.ok(made.data[0].b64_json);
  },
  async xai() {
    const hill = { prompt: "a hill", model: "aurora-1", aspect_ratio: "1:1", resolution: "1k", n: 1 };
    const made = await client().post("/images/generations", { body: hill });
    assert.deepEqual([made.size, made.quality], ["1024x1024", "high"]);
    const url = `data:image/png;base64,${fs.readFileSync("apple.png", "base64")}`;
    const star = { prompt: "a star", image: { url, type: "image_url" }, aspect_ratio: "1:1" };
    assert.ok((await client().post("/images/edits", { body: star })).data[0].url);
  },
  async errors() {
    const draw = (body, options) => () => client().images.generate(body, options);
    await refused(OpenAI.BadRequestError, "invalid_value", draw({ prompt: "a red apple", size: "7x7" }));
    await refused(OpenAI.BadRequestError, "missing_required_parameter", draw({ prompt: "" }));
    await refused(OpenAI.BadRequestError, "unknown_parameter", draw({ prompt: "x", sede: 1 }));
    await refused(OpenAI.AuthenticationError, "invalid_api_key", () => client("sk-wrong").images.generate({ prompt: "x" }));
    await refused(OpenAI.PermissionDeniedError, "plan_required", draw({ prompt: "x", mode: "pro" }));
    await refused(OpenAI.NotFoundError, "not_found", () => client().models.retrieve("dall-e-3"));
    const named = { headers: { "Idempotency-Key": "once-node" } };
    await draw({ prompt: "a red apple", size }, named)();
    await refused(OpenAI.UnprocessableEntityError, "idempotency_key_reused", draw({ prompt: "other" }, named));
    const poor = () => client(process.env.POOR_KEY, 2).images.generate({ prompt: "a red apple" });
    await refused(OpenAI.RateLimitError, "insufficient_quota", poor);
    const hasty = () => client(process.env.HASTY_KEY).models.list();
    await refused(OpenAI.RateLimitError, "rate_limit_exceeded", hasty);
  },
  async server_error() {
    await refused(OpenAI.InternalServerError, "no_worker", () => client().images.generate({ prompt: "a red apple" }));
  },
};

for (const name of process.argv.slice(2)) await steps[name]();
console.log(VERSION);
