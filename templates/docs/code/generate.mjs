import OpenAI from "openai";

const client = new OpenAI({ baseURL: "https://aurora.example/v1", apiKey: process.env.AURORA_API_KEY });
const made = await client.images.generate({ prompt: "a red apple", size: "512x512" });
console.log(made.data[0].url);
