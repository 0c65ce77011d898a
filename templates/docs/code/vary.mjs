import fs from "node:fs";
import OpenAI from "openai";

const client = new OpenAI({ baseURL: "https://aurora.example/v1", apiKey: process.env.AURORA_API_KEY });
const made = await client.images.createVariation({
  image: fs.createReadStream("apple.png"),
  prompt: "a red apple",
  strength: "strong",
});
console.log(made.data[0].url);
