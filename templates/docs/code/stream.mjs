import { writeFile } from "node:fs/promises";
import OpenAI from "openai";

const client = new OpenAI({ baseURL: "https://aurora.example/v1", apiKey: process.env.AURORA_API_KEY });
const events = await client.images.generate({ prompt: "a red apple", stream: true, partial_images: 2 });
for await (const event of events) {
  const name = event.type === "image_generation.partial_image" ? `apple-${event.partial_image_index}` : "apple-done";
  await writeFile(`${name}.png`, Buffer.from(event.b64_json, "base64"));
}
