/**
 * Ecwid's cart and pages, by its storefront API. Its store is drawn by one script, so this one puts the elements beneath it, page by page.
 * Names read in November 2026: docs.ecwid.com (storefronts: page events, cart, cookie consent; checkout extra fields).
 */
import { cartOf, encoreShop, keptVisitor, settings } from "./shop.js";

const STORE = '[id^="my-store-"], .ec-store';
const ROW = "encore-recommendations";
const OFFER = "encore-offer";
const BUNDLE = "encore-bundle";
const PLACES = {
  PRODUCT: ["product", BUNDLE, ROW],
  CART: ["cart", OFFER, ROW],
  ORDER_CONFIRMATION: ["thank_you", ROW],
};
const CHECKOUT = ["checkout", OFFER];
const HOME = ["home", ROW];

const place = document.createElement("div");
let ordered = {};

function linesOf({ items = [] }) {
  return items.map(({ product, quantity }) => {
    const variant_id = product.variation ? String(product.variation) : undefined;
    return { product_id: String(product.id), variant_id, quantity };
  });
}

function read() {
  return new Promise((resolve) => window.Ecwid.Cart.get((cart) => resolve(linesOf(cart))));
}

/** Ecwid adds as many as there are, and says so with a false. */
function addOne({ product_id, quantity }) {
  return new Promise((resolve, reject) => {
    const callback = (success, _product, _cart, error) => (success ? resolve() : reject(new Error(error ?? "not added")));
    window.Ecwid.Cart.addProduct({ id: Number(product_id), quantity, callback });
  });
}

async function add(lines) {
  for (const line of lines) await addOne(line);
}

/** A variation is chosen by its options' names, which only its own page knows. */
function can({ product_id, variant_id }) {
  return !variant_id || variant_id === product_id;
}

function who() {
  return { consent: window.Ecwid.getTrackingConsent?.()?.userResponse === "ACCEPTED" ? "personal" : "none" };
}

/** A field without a title is not shown to anybody, and stands in the order. */
function noteVisitor() {
  const ec = (window.ec ??= {});
  const fields = ((ec.order ??= {}).extraFields ??= {});
  const value = who().consent === "personal" ? keptVisitor() : undefined;
  if (fields.encore_visitor?.value === value) return;
  if (value) fields.encore_visitor = { value };
  else delete fields.encore_visitor;
  window.Ecwid.refreshConfig?.();
}

function placesOf({ type, categoryId }) {
  if (type.startsWith("CHECKOUT_") && type !== "CHECKOUT_RESULT") return CHECKOUT;
  return type === "CATEGORY" && !categoryId ? HOME : PLACES[type];
}

function element(name, attributes) {
  const made = document.createElement(name);
  for (const [each, value] of Object.entries(attributes)) if (value) made.setAttribute(each, value);
  return made;
}

/** Beneath the store, never inside: there Ecwid draws again whatever it likes. */
function show(page) {
  const [placement, ...names] = placesOf(page) ?? [];
  const about = { placement, product: placement === "product" && String(page.productId), ...(placement === "thank_you" && ordered) };
  place.replaceChildren(...names.map((name) => element(name, about)));
  if (!place.isConnected) document.querySelector(settings.into ?? STORE)?.after(place);
  noteVisitor();
}

function start() {
  const { OnCartChanged, OnConsentChanged, OnOrderPlaced, OnPageLoaded } = window.Ecwid;
  const shop = encoreShop({ read, add, can, who });
  const follow = () => (noteVisitor(), shop.changed());
  OnCartChanged.add(follow);
  OnConsentChanged?.add(follow);
  OnOrderPlaced.add((order) => (ordered = { order: order.vendorNumber, cart: cartOf(linesOf(order)) }));
  OnPageLoaded.add((page) => (show(page), shop.changed()));
}

/** Ecwid's own script may come later than this one. */
function wait() {
  if (window.Ecwid?.OnAPILoaded) window.Ecwid.OnAPILoaded.add(start);
  else setTimeout(wait, 100);
}

wait();
