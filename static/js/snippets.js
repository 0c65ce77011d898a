// The same request as code, for the clients that developers have. The key is never part of it.

/** Fields that OpenAI's clients do not know by name: in Python they go into `extra_body`. */
const OURS = ["mode", "seed"];

/** A JSON string is one in Python and JavaScript too. */
const quoted = (value) => JSON.stringify(value);

export function curl(url, body) {
  const json = JSON.stringify(body, null, 2).replaceAll("'", "'\\''");
  return [
    `curl -N ${url}/images/generations`,
    '-H "Authorization: Bearer $AURORA_API_KEY"',
    '-H "Content-Type: application/json"',
    `-d '${json}'`,
  ].join(" \\\n  ");
}

export function python(url, body) {
  const known = Object.entries(body).filter(([name]) => !OURS.includes(name));
  const ours = Object.entries(body).filter(([name]) => OURS.includes(name));
  const value = (given) => (given === true ? "True" : quoted(given));
  const extra = ours.map(([name, given]) => `${quoted(name)}: ${value(given)}`).join(", ");
  return `import base64
import os

from openai import OpenAI

client = OpenAI(
    base_url=${quoted(url)},
    api_key=os.environ["AURORA_API_KEY"],
)
stream = client.images.generate(
${known.map(([name, given]) => `    ${name}=${value(given)},`).join("\n")}
    extra_body={${extra}},
)
for event in stream:
    # Partial pictures come before the finished one.
    print(event.type)
    if event.type == "image_generation.completed":
        with open(f"picture-{event.image_index}.${body.output_format}", "wb") as file:
            file.write(base64.b64decode(event.b64_json))
`;
}

export function javascript(url, body) {
  return `import { writeFile } from "node:fs/promises";
import OpenAI from "openai";

const client = new OpenAI({
  baseURL: ${quoted(url)},
  apiKey: process.env.AURORA_API_KEY,
});
const stream = await client.images.generate({
${Object.entries(body).map(([name, given]) => `  ${name}: ${quoted(given)},`).join("\n")}
});
for await (const event of stream) {
  // Partial pictures come before the finished one.
  console.log(event.type);
  if (event.type === "image_generation.completed") {
    await writeFile(\`picture-\${event.image_index}.${body.output_format}\`, Buffer.from(event.b64_json, "base64"));
  }
}
`;
}
