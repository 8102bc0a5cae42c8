/** How the widgets reach Oscar's basket, by Encore's own `shop.js`; and how an accepted offer becomes Oscar's voucher. */

const told = (name) => document.querySelector(`meta[name=${name}]`).content;
const { encoreShop } = await import(`${told("encore")}/widgets/v1/shop.js`);

/** A POST as the shop's own forms make it. */
const post = (address, body) => fetch(address, { method: "POST", body, headers: { "X-CSRFToken": told("csrf") } });

/** The basket as it is now. */
async function read() {
  return (await (await fetch("/encore/cart/")).json()).lines;
}

async function count(id) {
  return (await read()).find((line) => line.product_id === id)?.quantity ?? 0;
}

/** Oscar answers a refusal with the same redirect as a success, so the basket itself is asked what became of it. */
async function addOne({ product_id, quantity }) {
  const before = await count(product_id);
  await post(`/basket/add/${product_id}/`, new URLSearchParams({ quantity }));
  if ((await count(product_id)) < before + quantity) throw new Error("not added");
}

/** The basket's page shows the lines themselves; on others the widgets ask anew. */
async function add(lines, more) {
  for (const line of lines) await addOne(line);
  if (!more && document.querySelector("#basket_formset")) location.assign(location.pathname);
}

/** The shop's server asks Encore what was promised and makes the voucher; the code is then applied as any other. */
async function accept({ code }) {
  const made = await post("/encore/offer/", JSON.stringify({ code }));
  if (made.ok) await post("/basket/vouchers/add/", new URLSearchParams({ code }));
  location.assign(location.pathname);
}

encoreShop({ read, add, accept });
