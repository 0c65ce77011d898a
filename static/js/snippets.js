// The same request as code, for the clients that developers have. The key is never part of it.

const METHODS = {
  draw: { path: "generations", python: "generate", node: "generate", event: "image_generation" },
  edit: { path: "edits", python: "edit", node: "edit", event: "image_edit" },
  vary: { path: "variations", python: "create_variation", node: "createVariation" },
};

/** Fields that OpenAI's clients do not know by name: in Python they go into `extra_body`. */
const OURS = ["mode", "seed"];
const OURS_OF_VARIATIONS = [...OURS, "prompt", "strength", "output_format"];

/** A JSON string is one in Python and JavaScript too. */
const quoted = (value) => JSON.stringify(value);
const shell = (text) => `'${text.replaceAll("'", "'\\''")}'`;
const called = (file) => file?.name ?? "picture.png";
const lines = (fields, line) => fields.map(([name, value]) => line(name, value)).join("\n");

/** Of variations the clients know no streams: their pictures come at once. */
function fieldsOf({ kind, body }) {
  if (kind !== "vary") return body;
  const { stream, partial_images, ...rest } = body;
  return { ...rest, response_format: "b64_json" };
}

export function curl(url, { kind, body, files }) {
  const sent =
    kind === "draw"
      ? ['-H "Content-Type: application/json"', `-d ${shell(JSON.stringify(body, null, 2))}`]
      : [
          ...Object.entries(files).map(([name, file]) => `-F ${shell(`${name}=@"${called(file).replace(/["\\]/g, "\\$&")}"`)}`),
          ...Object.entries(body).map(([name, value]) => `--form-string ${shell(`${name}=${value}`)}`),
        ];
  return [`curl -N ${url}/images/${METHODS[kind].path}`, '-H "Authorization: Bearer $AURORA_API_KEY"', ...sent].join(" \\\n  ");
}

export function python(url, request) {
  const { kind, body, files } = request;
  const { python: method, event } = METHODS[kind];
  const ours = kind === "vary" ? OURS_OF_VARIATIONS : OURS;
  const fields = Object.entries(fieldsOf(request));
  const value = (given) => (given === true ? "True" : quoted(given));
  const known = fields.filter(([name]) => !ours.includes(name));
  const extra = fields.filter(([name]) => ours.includes(name)).map(([name, given]) => `${quoted(name)}: ${value(given)}`);
  const uploads = Object.entries(files);
  const call = `client.images.${method}(
${[lines(uploads, (name, file) => `    ${name}=Path(${quoted(called(file))}),`), lines(known, (name, given) => `    ${name}=${value(given)},`)].filter(Boolean).join("\n")}
    extra_body={${extra.join(", ")}},
)`;
  const file = (index, b64) => `Path(f"picture-{${index}}.${body.output_format}").write_bytes(base64.b64decode(${b64}))`;
  const rest = event
    ? `stream = ${call}
for event in stream:
    # Partial pictures come before the finished one.
    print(event.type)
    if event.type == "${event}.completed":
        ${file("event.image_index", "event.b64_json")}
`
    : `made = ${call}
for index, picture in enumerate(made.data):
    ${file("index", "picture.b64_json")}
`;
  return `import base64
import os
from pathlib import Path

from openai import OpenAI

client = OpenAI(
    base_url=${quoted(url)},
    api_key=os.environ["AURORA_API_KEY"],
)
${rest}`;
}

export function javascript(url, request) {
  const { kind, body, files } = request;
  const { node: method, event } = METHODS[kind];
  const uploads = lines(Object.entries(files), (name, file) => `  ${name}: createReadStream(${quoted(called(file))}),\n`);
  const call = `await client.images.${method}({
${uploads.replaceAll("\n\n", "\n")}${lines(Object.entries(fieldsOf(request)), (name, given) => `  ${name}: ${quoted(given)},`)}
})`;
  const file = (index, b64) => `await writeFile(\`picture-\${${index}}.${body.output_format}\`, Buffer.from(${b64}, "base64"));`;
  const rest = event
    ? `const stream = ${call};
for await (const event of stream) {
  // Partial pictures come before the finished one.
  console.log(event.type);
  if (event.type === "${event}.completed") {
    ${file("event.image_index", "event.b64_json")}
  }
}
`
    : `const made = ${call};
for (const [index, picture] of made.data.entries()) {
  ${file("index", "picture.b64_json")}
}
`;
  return `${kind === "draw" ? "" : 'import { createReadStream } from "node:fs";\n'}import { writeFile } from "node:fs/promises";
import OpenAI from "openai";

const client = new OpenAI({
  baseURL: ${quoted(url)},
  apiKey: process.env.AURORA_API_KEY,
});
${rest}`;
}
