import fs from "node:fs";
import OpenAI, { toFile } from "openai";

const client = new OpenAI({ baseURL: "https://aurora.example/v1", apiKey: process.env.AURORA_API_KEY });
const made = await client.images.edit({
  image: await toFile(fs.createReadStream("apple.png"), "apple.png", { type: "image/png" }),
  mask: await toFile(fs.createReadStream("mask.png"), "mask.png", { type: "image/png" }),
  prompt: "a yellow star",
});
console.log(made.data[0].url);
