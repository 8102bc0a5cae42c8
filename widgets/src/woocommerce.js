/**
 * WooCommerce's cart, classic and in blocks, by its Store API. The lines come from Encore's plugin, which adds them to the cart's answer:
 * the Store API itself names a variation without its product. Names read in November 2026: developer.woocommerce.com (Store API, nonce tokens,
 * extending it, DOM events), its cart-fragments.js and cart.js, and the WP Consent API's reference.
 */
import { encoreShop, settings } from "./shop.js";

const CLASSIC = "added_to_cart removed_from_cart updated_cart_totals updated_checkout wc_fragments_refreshed";
const PURPOSES = ["statistics", "marketing"];
const LAPSED = [401, 403];
const CART = settings.cart ?? "/wp-json/wc/store/v1/cart";

let nonce;
let told = {};

async function ask(path, body) {
  const headers = { "Content-Type": "application/json", Nonce: nonce };
  const response = await fetch(`${CART}${path}`, body && { method: "POST", headers, body: JSON.stringify(body) });
  nonce = response.headers.get("Nonce") ?? nonce;
  if (!response.ok) throw Object.assign(new Error(`answered ${response.status}`), { status: response.status });
  return response.json();
}

/** A nonce lapses by itself, or when somebody signs in in another tab: then nothing was done, and a new one comes with the cart. */
async function tell(path, body) {
  try {
    return await ask(path, body);
  } catch (error) {
    if (!LAPSED.includes(error.status)) throw error;
    await ask("");
    return ask(path, body);
  }
}

/** Pages may be served from a cache to everybody: whose cart it is, only the session says, if there is one. */
function hasSession() {
  return nonce || document.cookie.includes("woocommerce_items_in_cart=") || document.body.classList.contains("logged-in");
}

async function read() {
  if (!hasSession()) return [];
  told = (await ask("")).extensions?.encore ?? {};
  return told.lines ?? [];
}

/** Consent needs a consent tool that says which kind holds here; without one everything would count as allowed. */
function consent() {
  const { wp_has_consent: has, wp_consent_type, wp_fallback_consent_type } = window;
  if (!has) return told.consent;
  return (wp_consent_type || wp_fallback_consent_type) && PURPOSES.every((each) => has(each)) ? "personal" : "none";
}

function who() {
  const { customer_id, customer_proof } = told;
  const person = customer_id && { "customer-id": customer_id, "customer-proof": customer_proof };
  const said = consent();
  return { ...person, ...(said && { consent: said }) };
}

/** Everything of the shop's own that shows the cart: blocks, fragments, the classic cart and checkout. */
function refresh() {
  document.body.dispatchEvent(new CustomEvent("wc-blocks_added_to_cart", { bubbles: true }));
  const body = window.jQuery?.(document.body);
  for (const name of ["wc_fragment_refresh", "wc_update_cart", "update_checkout"]) body?.trigger(name);
}

async function change(path, ...bodies) {
  if (!nonce) await ask("");
  try {
    for (const body of bodies) await tell(path, body);
  } finally {
    refresh();
  }
}

const shop = encoreShop({
  read,
  who,
  add: (lines) =>
    change("/add-item", ...lines.map((line) => ({ id: Number(line.variant_id ?? line.product_id), quantity: line.quantity }))),
  accept: ({ code }) => change("/apply-coupon", { code }),
});

/** The blocks' own store, where the page has it. */
function watchBlocks({ data }) {
  let before;
  data.subscribe(() => {
    const items = data.select("wc/store/cart")?.getCartData().items ?? [];
    const now = JSON.stringify(items.map(({ key, quantity }) => [key, quantity]));
    if (before !== undefined && now !== before) shop.changed();
    before = now;
  }, "wc/store/cart");
}

function watch() {
  window.jQuery?.(document.body).on(CLASSIC, shop.changed);
  if (window.wp?.data?.select("wc/store/cart")) watchBlocks(window.wp);
}

if (document.readyState === "complete") watch();
else addEventListener("load", watch);
for (const name of ["wp_listen_for_consent_change", "wp_consent_type_defined"]) document.addEventListener(name, shop.changed);
