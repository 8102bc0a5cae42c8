/** How the widgets reach Oscar's basket: read, add, changed; and how an accepted offer becomes its voucher. */

const csrf = document.querySelector("meta[name=csrf]").content;

/** A POST as the shop's own forms make it. */
const post = (address, body) => fetch(address, { method: "POST", body, headers: { "X-CSRFToken": csrf } });

/** How many of each product are in the basket now, and the basket as the widgets take it. */
async function basket() {
  const { cart } = await (await fetch("/encore/cart/")).json();
  const counts = new Map(cart.split(",").map((each) => [each.split(":")[0], Number(each.split(":")[1])]));
  return { cart, count: (id) => counts.get(id) ?? 0 };
}

/** Oscar answers a refusal with the same redirect as a success, so the basket itself is asked what became of it. */
async function add({ product_id, quantity }) {
  const before = await basket();
  await post(`/basket/add/${product_id}/`, new URLSearchParams({ quantity }));
  const after = await basket();
  if (after.count(product_id) < before.count(product_id) + quantity) throw new Error("not added");
  return after.cart;
}

/** The basket's page shows the lines themselves; on others the widgets ask anew. */
function follow(cart) {
  if (document.querySelector("#basket_formset")) return location.assign(location.pathname);
  for (const widget of document.querySelectorAll("[cart]:not([order])")) widget.setAttribute("cart", cart);
}

async function addAll(lines) {
  let cart;
  for (const line of lines) cart = await add(line);
  follow(cart);
}

addEventListener("encore:add", (event) => event.detail.waitUntil(addAll([event.detail])));
addEventListener("encore:add-all", (event) => event.detail.waitUntil(addAll(event.detail.lines)));

/** The shop's server asks Encore what was promised and makes the voucher; the code is then applied as any other. */
addEventListener("encore:accept", async ({ detail: { code } }) => {
  const made = await post("/encore/offer/", JSON.stringify({ code }));
  if (made.ok) await post("/basket/vouchers/add/", new URLSearchParams({ code }));
  location.assign(location.pathname);
});
