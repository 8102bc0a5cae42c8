/** The shop's own cart, which stays the shop's: reading it, and handing something over to it. */

/**
 * Offers `wanted` to the shop: listeners of `encore:<event>` first, then the element's `own` function unless a listener prevented
 * it. Resolves to "added", "taken" (a listener prevented it, and does the rest itself) or "unanswered" (nobody there);
 * rejects when the shop could not add it. `false` and a failed `Response` count as "could not".
 */
export async function handOver(element, wanted, event = "add", own = "addToCart") {
  const promises = [];
  const waitUntil = (promise) => promises.push(promise);
  const allowed = element.tell(event, { ...wanted, waitUntil }, true);
  if (allowed && element[own]) promises.push(element[own](wanted));
  if (!promises.length) return allowed ? "unanswered" : "taken";
  const outcomes = await Promise.all(promises);
  if (outcomes.some((outcome) => outcome === false || outcome?.ok === false)) throw new Error("not added");
  return "added";
}

/** The lines of a `cart` attribute: `product_id[/variant_id]:quantity`, each id percent-encoded. Throws `URIError`. */
export function linesOf(cart) {
  const lines = (cart ?? "").split(",").filter(Boolean);
  return lines.map((line) => {
    const [ids, quantity] = line.split(":");
    const [product_id, variant_id] = ids.split("/").map(decodeURIComponent);
    return { product_id, variant_id, quantity: Number(quantity) };
  });
}
