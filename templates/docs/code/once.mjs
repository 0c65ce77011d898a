import OpenAI from "openai";

const client = new OpenAI({ baseURL: "https://aurora.example/v1", apiKey: process.env.AURORA_API_KEY });
const headers = { "Idempotency-Key": "order-5678" };
for (let send = 0; send < 2; send++) { // drawn once, paid once
  const made = await client.images.generate({ prompt: "a red apple" }, { headers });
  console.log(made.data[0].seed);
}
