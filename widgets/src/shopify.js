/**
 * Shopify's cart, by its Ajax API and, where the theme has them, its standard storefront events and actions. Names read in November 2026:
 * shopify.dev (api/ajax, api/storefront-events-and-actions, api/customer-privacy, changelog of May 2025 for `discount`). That a code which does
 * not apply comes back with `applicable: false` is said of the standard events and the Storefront API, not of the Ajax API: without it, it applies.
 */
import { encoreShop, keptVisitor } from "./shop.js";

const PURPOSES = ["analyticsProcessingAllowed", "marketingAllowed"];
const CHANGES = /\/cart\/(?:add|change|update|clear)(?:\.js|\.json)?(?:[?#]|$)/;

let noted = "";

/** Ids may be larger than what a number holds exactly, and not every browser tells how one was written: they become texts before. */
const IDS = /("(?:\w*_)?id"\s*:\s*)(\d+)/g;

async function ask(path, body) {
  const headers = { "Content-Type": "application/json", Accept: "application/json" };
  const root = window.Shopify?.routes?.root ?? "/";
  const response = await fetch(root + path, body && { method: "POST", headers, body: JSON.stringify(body) });
  if (!response.ok) throw new Error(`answered ${response.status}`);
  return JSON.parse((await response.text()).replace(IDS, '$1"$2"'));
}

function who() {
  const privacy = window.Shopify?.customerPrivacy;
  return { consent: PURPOSES.every((each) => privacy?.[each]?.() === true) ? "personal" : "none" };
}

/** A cart's attributes become the order's `note_attributes`: so the order names its visitor, and none who said no since. */
async function noteVisitor({ attributes, items }) {
  if (!window.Shopify?.customerPrivacy) return; // not asked yet is no "no"
  const visitor = (who().consent === "personal" && keptVisitor()) || "";
  const known = attributes?.encore_visitor ?? "";
  if (!items.length || known === visitor || noted === `${known}>${visitor}`) return;
  noted = `${known}>${visitor}`; // once: a shop may keep no attributes
  await ask("cart/update.js", { attributes: { encore_visitor: visitor } });
}

async function read() {
  const cart = await ask("cart.js");
  await noteVisitor(cart);
  return cart.items.map(({ product_id, variant_id, quantity }) => ({ product_id, variant_id, quantity }));
}

/** A page of the theme's own that shows the cart as its server wrote it. */
function showAgain() {
  if (/\/cart\/?$/.test(location.pathname)) location.reload();
}

/** The standard action has the theme show the new cart, and may load the page again: not while a code is still to come. */
async function add(lines, more) {
  const update = window.Shopify?.actions?.updateCart;
  if (!update || more) {
    await ask("cart/add.js", { items: lines.map(({ variant_id, quantity }) => ({ id: variant_id, quantity })) });
    if (!more) showAgain();
    return;
  }
  const wanted = lines.map(({ variant_id, quantity }) => ({ merchandiseId: `gid://shopify/ProductVariant/${variant_id}`, quantity }));
  const { userErrors } = await update({ lines: wanted });
  if (userErrors?.length) throw new Error(userErrors[0].message);
}

/** The codes that are named replace those before: all are named. */
async function accept({ code }) {
  const { discount_codes = [] } = await ask("cart.js");
  const codes = discount_codes.map((each) => each.code).filter((each) => each.toLowerCase() !== code.toLowerCase());
  const told = await ask("cart/update.js", { discount: [...codes, code].join(",") });
  const of = told.discount_codes?.find((each) => each.code.toLowerCase() === code.toLowerCase());
  if (of?.applicable === false) throw new Error("the code does not apply");
  showAgain();
}

const shop = encoreShop({ read, add, accept, who, can: ({ variant_id }) => Boolean(variant_id) });

/** Themes tell by a standard event; of older ones the requests that they have made can be seen. */
document.addEventListener("shopify:cart:lines-update", ({ promise }) => {
  Promise.resolve(promise).then(shop.changed, shop.changed);
});
new PerformanceObserver((list) => {
  if (list.getEntries().some((entry) => CHANGES.test(entry.name))) shop.changed();
}).observe({ type: "resource" });
document.addEventListener("visitorConsentCollected", shop.changed);
window.Shopify?.loadFeatures?.([{ name: "consent-tracking-api", version: "0.1" }], (error) => error || shop.changed());
