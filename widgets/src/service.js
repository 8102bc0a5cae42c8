/** The wire: one question to the service, and events to it. Nothing here throws into the page. */
import { api, key, previewToken } from "./page.js";
import { consented, newId, visitorId } from "./visitor.js";

const ANSWER_SECONDS = 10;

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

/** Have the service do what `body` says, even if the page is left meanwhile; resolves to its `Response`, good or not. */
export function post(path, body) {
  const text = JSON.stringify({ key, ...body }); // a string goes out as text/plain: no preflight
  const signal = AbortSignal.timeout(ANSWER_SECONDS * 1000);
  return fetch(`${api}/v1/${path}`, { method: "POST", body: text, credentials: "omit", keepalive: true, signal });
}

/** Send events, so that they outlive the page. A preview counts nothing; without consent there is no id in them. */
export function send(consent, ...events) {
  if (!key || previewToken()) return;
  const id = consented(consent) ? visitorId() : undefined;
  const at = new Date().toISOString();
  const whole = events.map((event) => ({ event_id: newId(), at, visitor_id: id, ...event }));
  if (navigator.sendBeacon?.(`${api}/v1/events`, JSON.stringify({ key, events: whole }))) return;
  post("events", { events: whole }).catch(() => {});
}

let said = false;

/** One quiet word for whoever develops the shop, and only one a page. */
export function explain(reason) {
  if (!said) console.debug(`encore: the fallback content stays (${reason})`);
  said = true;
}
