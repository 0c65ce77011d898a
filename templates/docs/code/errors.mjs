import OpenAI from "openai";

const client = new OpenAI({ baseURL: "https://aurora.example/v1", apiKey: process.env.AURORA_API_KEY });
try {
  await client.images.generate({ prompt: "a red apple", size: "7x7" });
} catch (error) {
  if (error instanceof OpenAI.BadRequestError) {
    console.log(error.code, error.param, error.requestID);
  } else if (error instanceof OpenAI.RateLimitError && error.type === "insufficient_quota") {
    console.log("Out of credit: waiting does not help.");
  } else {
    throw error;
  }
}
