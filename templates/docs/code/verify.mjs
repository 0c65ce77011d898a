import { createHmac, timingSafeEqual } from "node:crypto";

/** Whether a webhook was signed with the endpoint's secret in the last five minutes; `body` as it came, not parsed. */
export function isFromAurora(secret, headers, body) {
  const sentAt = headers["webhook-timestamp"];
  if (!(Math.abs(Date.now() / 1000 - Number(sentAt)) <= 300)) return false;
  const key = Buffer.from(secret.replace("whsec_", ""), "base64");
  const signature = createHmac("sha256", key).update(`${headers["webhook-id"]}.${sentAt}.`).update(body).digest("base64");
  const expected = Buffer.from(`v1,${signature}`);
  return headers["webhook-signature"].split(" ").some((given) => {
    const one = Buffer.from(given);
    return one.length === expected.length && timingSafeEqual(one, expected);
  });
}
