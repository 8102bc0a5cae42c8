/** The wire: one question to the service, and events to it. Nothing here throws into the page. */
import { api, key, previewToken } from "./page.js";
import { consented, newId, visitorId } from "./visitor.js";

/** The whole address of a question; parameters without a value are left out. */
export function addressOf(path, parameters) {
  const given = Object.entries({ key, ...parameters, preview: previewToken() }).filter(([, value]) => value);
  return `${api}/v1/${path}?${new URLSearchParams(given)}`;
}

/** Ask, simply (no credentials, no header of our own, so no preflight). Rejects on anything but a good answer. */
export async function ask(address, signal) {
  const response = await fetch(address, { credentials: "omit", signal });
  if (!response.ok) throw new Error(`answered ${response.status}`);
  return response.json();
}

/** Send events, so that they outlive the page. A preview counts nothing; without consent there is no id in them. */
export function send(consent, ...events) {
  if (!key || previewToken()) return;
  const id = consented(consent) ? visitorId() : undefined;
  const at = new Date().toISOString();
  const whole = events.map((event) => ({ event_id: newId(), at, visitor_id: id, ...event }));
  const body = JSON.stringify({ key, events: whole }); // a string goes out as text/plain: no preflight
  const address = `${api}/v1/events`;
  if (navigator.sendBeacon?.(address, body)) return;
  fetch(address, { method: "POST", body, keepalive: true, credentials: "omit" }).catch(() => {});
}

let said = false;

/** One quiet word for whoever develops the shop, and only one a page. */
export function explain(reason) {
  if (!said) console.debug(`encore: the fallback content stays (${reason})`);
  said = true;
}
