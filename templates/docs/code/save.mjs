import { writeFile } from "node:fs/promises";
import OpenAI from "openai";

const client = new OpenAI({ baseURL: "https://aurora.example/v1", apiKey: process.env.AURORA_API_KEY });
const made = await client.images.generate({
  prompt: "a blue house",
  response_format: "b64_json",
  output_format: "webp",
  seed: 7, // TypeScript: put @ts-expect-error above what OpenAI's types do not know
});
await writeFile("house.webp", Buffer.from(made.data[0].b64_json, "base64"));
