/** What the page says: our own script tag (key, address of the service), the preview token, the language. */

const MODULE = import.meta.url;

function ownTag() {
  const tags = [...document.querySelectorAll("script[src]")];
  return tags.find((tag) => tag.src === MODULE) ?? tags.find((tag) => tag.dataset.key); // a redirected address
}

const tag = ownTag();

/** The shop's public key (`pk_…`), or undefined: then nothing is asked and nothing is sent. */
export const key = tag?.dataset.key;

/** Where the service answers, without a slash at the end. */
export const api = (tag?.dataset.api || new URL(MODULE).origin).replace(/\/+$/, "");

/** The token of the merchant's preview link, or null; asked anew each time, for a page may change its address. */
export function previewToken() {
  return new URLSearchParams(location.search).get("encore_preview");
}

/** The element's language as a valid BCP 47 tag: its own or the nearest `lang`, the page's, the browser's, English. */
export function languageOf(element) {
  const nearest = element.closest("[lang]")?.lang || document.documentElement.lang || navigator.language;
  try {
    return Intl.getCanonicalLocales((nearest || "en").replaceAll("_", "-"))[0];
  } catch {
    return "en";
  }
}

/** The value as an absolute http(s) address, else null: no `javascript:` and no `data:` from an answer. */
export function webAddress(value) {
  try {
    const address = new URL(value, document.baseURI);
    return value && /^https?:$/.test(address.protocol) ? address.href : null;
  } catch {
    return null;
  }
}
