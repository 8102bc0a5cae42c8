/**
 * Saleor's checkout, for a storefront of the shop's own, by Saleor's GraphQL API. Names read in November 2026: docs.saleor.io (api-reference:
 * checkout, checkoutLinesAdd, checkoutAddPromoCode, updateMetadata, ObjectWithMetadata.metafield, which anybody may read).
 */
import { encoreShop, keptVisitor } from "./shop.js";

const READ =
  'query ($id: ID!) { checkout(id: $id) { id metafield(key: "encore_visitor") lines { quantity variant { id product { id } } } } }';
const ADD =
  "mutation ($id: ID!, $lines: [CheckoutLineInput!]!) { checkoutLinesAdd(id: $id, lines: $lines) { errors { field message } } }";
const CODE =
  "mutation ($id: ID!, $code: String!) { checkoutAddPromoCode(id: $id, promoCode: $code) { errors { field message } } }";
const NOTE =
  "mutation ($id: ID!, $input: [MetadataInput!]!) { updateMetadata(id: $id, input: $input) { errors { field message } } }";

/**
 * Joins a Saleor storefront. `api`: the address of its GraphQL API; `checkoutId()`: the checkout's id, or null while there is none;
 * `begin(lines)`: makes a checkout with these lines, where the shopper has none yet; `who()` as of `encoreShop`. Gives `changed()`.
 */
export function saleorShop({ api, checkoutId, begin, who }) {
  let noted;

  async function ask(query, variables) {
    const headers = { "Content-Type": "application/json" };
    const body = JSON.stringify({ query, variables: { id: await checkoutId(), ...variables } });
    const response = await fetch(api, { method: "POST", headers, body });
    const { data, errors } = await response.json();
    const [wrong] = errors ?? Object.values(data).flatMap((each) => each?.errors ?? []);
    if (wrong) throw new Error(wrong.message);
    return data;
  }

  /** A checkout's metadata becomes the order's; what it has is asked for, for it outlives the page. */
  async function noteVisitor({ id, metafield }) {
    const said = (await who?.())?.consent ?? "personal"; // else the page tells the elements itself, and they keep the id or do not
    const visitor = (said === "personal" && keptVisitor()) || "";
    const change = `${id} ${metafield ?? ""}>${visitor}`;
    if (visitor === (metafield ?? "") || noted === change) return;
    noted = change; // once: a shop may keep no metadata
    await ask(NOTE, { input: [{ key: "encore_visitor", value: visitor }] });
  }

  async function read() {
    if (!(await checkoutId())) return [];
    const { checkout } = await ask(READ);
    if (!checkout) return [];
    await noteVisitor(checkout);
    return checkout.lines.map(({ quantity, variant }) => ({ product_id: variant.product.id, variant_id: variant.id, quantity }));
  }

  async function add(lines) {
    if (!(await checkoutId())) return begin(lines);
    return ask(ADD, { lines: lines.map(({ variant_id, quantity }) => ({ variantId: variant_id, quantity })) });
  }

  const accept = ({ code }) => ask(CODE, { code });
  return encoreShop({ read, add, accept, who, can: ({ variant_id }) => Boolean(variant_id) });
}
