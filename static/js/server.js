/** Ask our server as a script: it answers with a fragment or with data instead of a whole page. */
export async function ask(url, options = {}) {
  const answer = await fetch(url, { ...options, headers: { "HX-Request": "true" } });
  const day = answer.headers.get("X-Aurora-Day");
  if (day) document.dispatchEvent(new CustomEvent("day", { detail: JSON.parse(day) }));
  return answer;
}
