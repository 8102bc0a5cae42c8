/** What joins a shop's cart to the elements on its pages: reading it, adding to it, and following it when it changes. */

const ELEMENTS = "encore-recommendations, encore-bundle, encore-offer";
const BURST_SECONDS = 0.05;

/** The `data-` settings of the script's own tag. */
export const settings = [...document.scripts].find((tag) => tag.src === import.meta.url)?.dataset ?? {};

/** The visitor's id, which the elements keep with consent alone; undefined where there is none. */
export function keptVisitor() {
  return document.cookie.match(/(?:^|; )encore_visitor=([\w-]{22})(?:;|$)/)?.[1];
}

/** `{product_id, variant_id, quantity}`, any number of them, as the attribute `cart` takes them. */
export function cartOf(lines) {
  const ids = ({ product_id, variant_id }) => [product_id, variant_id].filter(Boolean).map(encodeURIComponent);
  return lines.map((line) => `${ids(line).join("/")}:${line.quantity}`).join(",");
}

/** A product without variants is its own one variant, or none: shops differ. */
function isSame(one, other) {
  const [first, second] = [one, other].map(({ product_id, variant_id }) => variant_id ?? product_id);
  return one.product_id === other.product_id && (first === second || [first, second].includes(one.product_id));
}

/** What an accepted offer brings and the cart lacks. */
function lackingOf({ lines = [] }, cart) {
  return lines.filter((line) => line.added && !cart.some((each) => isSame(each, line)));
}

/**
 * Joins a shop to the elements, those that come later too. `read()`: the cart's lines, `{product_id, variant_id, quantity}`;
 * `add(lines, more)`: puts lines into it, and rejects if it cannot; `more`: a code comes next, so the page is not to be left yet. Where the
 * shop has them: `accept({code, token, terms, expires_at})`: has an accepted offer lower the total; `can(line)`: false for what it cannot add
 * by itself, so that the product's own page opens; `who()`: the elements' other attributes (`consent`, `customer-id`, `customer-proof`), null
 * takes one away. Gives `changed()`, to be called whenever the cart or consent may have changed.
 */
export function encoreShop({ read, add, accept, can = () => true, who = () => ({}) }) {
  let known = {};
  let burst;
  let turn = 0;

  function dress() {
    for (const element of document.querySelectorAll(ELEMENTS)) {
      for (const [name, value] of Object.entries(known)) {
        if (name === "cart" && element.hasAttribute("order")) continue; // that is the order's, not the cart's
        if (value == null) element.removeAttribute(name);
        else element.setAttribute(name, value);
      }
    }
  }

  async function look() {
    const mine = ++turn;
    const cart = cartOf(await read());
    const others = await who();
    if (mine !== turn) return; // a newer one is on its way
    known = { ...others, cart };
    dress();
  }

  function changed() {
    clearTimeout(burst);
    burst = setTimeout(() => look().catch(explain), BURST_SECONDS * 1000);
  }

  async function put(lines) {
    await add(lines, false);
    changed();
  }

  async function take({ code, token, terms, expires_at }) {
    const lacking = lackingOf(terms ?? {}, await read());
    if (lacking.length) await add(lacking, Boolean(accept));
    await accept?.({ code, token, terms, expires_at });
    changed();
  }

  function answer(event, lines) {
    if (!event.defaultPrevented && lines.every(can)) event.detail.waitUntil(put(lines));
  }

  addEventListener("encore:add", (event) => answer(event, [event.detail]));
  addEventListener("encore:add-all", (event) => answer(event, event.detail.lines));
  addEventListener("encore:accept", ({ detail }) => {
    const taken = take(detail);
    taken.catch(explain);
    detail.waitUntil?.(taken); // so the shopper is told too
  });
  new MutationObserver((records) => {
    const nodes = records.flatMap((record) => [...record.addedNodes]);
    if (nodes.some((node) => node.matches?.(ELEMENTS) || node.querySelector?.(ELEMENTS))) dress();
  }).observe(document.documentElement, { childList: true, subtree: true });
  changed();
  return { changed };
}

/** For whoever develops the shop. */
function explain(error) {
  console.debug(`encore: the shop's cart did not answer (${error.message})`);
}
