/** What is kept about a visitor, and only with consent: an id, the last slate clicked, what was refused lately. */

const COOKIE = "encore_visitor";
const SLATE = "encore_slate";
const CHOICE = "encore_consent";
const QUIET = "encore_quiet";
const YEAR_SECONDS = 365 * 24 * 60 * 60;
const DAY_MS = 24 * 60 * 60 * 1000;

let choice;
const refused = new Set();

/** Their own word, said here or by the shop: it is kept, for it counts for more than what pages say later. */
addEventListener("encore:consent", ({ detail }) => {
  choice = detail?.consent === "personal" ? "personal" : "none";
  storage("localStorage")?.setItem(CHOICE, choice);
  if (choice === "none") forgetVisitor();
});

/** May anything about this person be kept and sent? A browser that sends Global Privacy Control says no for them. */
export function consented(value) {
  const said = choice ?? storage("localStorage")?.getItem(CHOICE);
  return value === "personal" && said !== "none" && !navigator.globalPrivacyControl;
}

function keptId() {
  return document.cookie.match(new RegExp(`(?:^|; )${COOKIE}=([\\w-]{22})(?:;|$)`))?.[1];
}

function writeCookie(value, maxAgeSeconds) {
  const secure = location.protocol === "https:" ? "; secure" : "";
  document.cookie = `${COOKIE}=${value}; path=/; max-age=${maxAgeSeconds}; samesite=lax${secure}`;
}

/** 128 random bits in base64url: 22 characters. (`crypto.randomUUID` is missing on plain http pages.) */
export function newId() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return btoa(String.fromCharCode(...bytes)).replaceAll("+", "-").replaceAll("/", "_").slice(0, 22);
}

/** The visitor's id, made on first use; undefined where the browser keeps no cookie. Ask only with consent. */
export function visitorId() {
  if (!keptId()) writeCookie(newId(), YEAR_SECONDS);
  return keptId();
}

/** Consent was taken back: nothing stays. */
export function forgetVisitor() {
  writeCookie("", 0);
  storage("sessionStorage")?.removeItem(SLATE);
  storage("localStorage")?.removeItem(QUIET);
}

/** Storage may be switched off altogether; then reading the property throws. */
function storage(name) {
  try {
    return window[name];
  } catch {
    return null;
  }
}

/** Remember which slate was clicked last, for the purchase that may follow in this session. */
export function rememberSlate(slateId) {
  storage("sessionStorage")?.setItem(SLATE, slateId);
}

/** The slate clicked last in this session, or undefined. */
export function lastSlate() {
  return storage("sessionStorage")?.getItem(SLATE) ?? undefined;
}

function keptQuiet() {
  try {
    return JSON.parse(storage("localStorage")?.getItem(QUIET)) ?? {};
  } catch {
    return {};
  }
}

/** Remember a refusal until the page is left, and with consent for `days` in this browser, even where the service was not told. */
export function keepQuiet(offerId, consent, days) {
  refused.add(offerId);
  if (!consented(consent)) return;
  const still = Object.entries(keptQuiet()).filter(([, until]) => Date.now() < until);
  const quiet = { ...Object.fromEntries(still), [offerId]: Date.now() + days * DAY_MS };
  storage("localStorage")?.setItem(QUIET, JSON.stringify(quiet));
}

/** What was refused on this page, or, as far as that may be known, in this browser a short while ago: names that begin so. */
export function quietNames(start, consent) {
  const names = [...refused, ...(consented(consent) ? Object.keys(keptQuiet()) : [])];
  return [...new Set(names)].filter((name) => name.startsWith(start) && isQuiet(name, consent));
}

/** Was this offer refused on this page, or, as far as that may be known, in this browser a short while ago? */
export function isQuiet(offerId, consent) {
  return refused.has(offerId) || (consented(consent) && Date.now() < keptQuiet()[offerId]);
}
