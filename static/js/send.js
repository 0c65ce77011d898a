// The gallery says what was done, with a way back, and sends what is done.

import { toast } from "./toast.js";

const token = document.querySelector("#chosen [name=csrfmiddlewaretoken]").value;

/** Post it; the answer, {} where there is nothing to say, or null after saying that it failed. */
export async function send(url, values) {
  const body = new URLSearchParams({ csrfmiddlewaretoken: token });
  for (const [name, value] of Object.entries(values)) for (const one of [value].flat()) body.append(name, one);
  try {
    const answer = await fetch(url, { method: "POST", body, headers: { "HX-Request": "true" } });
    if (answer.status === 204) return {};
    if (answer.ok || answer.status === 422) return await answer.json();
    const why = answer.status === 403 ? "Your role in this workspace does not allow that." : "That did not work. Nothing was changed.";
    toast(why, { error: true });
  } catch {
    toast("The connection is lost. Nothing was changed; try again.", { error: true });
  }
  return null;
}
