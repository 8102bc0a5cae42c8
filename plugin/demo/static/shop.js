/** The shop's own script: forms work without it; with it, what a widget adds goes into the cart without leaving the page. */

const { csrf, cartPage, consentPage, offerPage } = document.body.dataset;

/** Put a suggested product into the shop's cart; the widget says whether it worked. */
async function addToCart({ product_id, quantity }) {
  const response = await fetch(cartPage, {
    method: "POST",
    body: new URLSearchParams({ product_id, quantity }),
    headers: { Accept: "application/json", "X-CSRFToken": csrf },
  });
  if (!response.ok) return false;
  follow(await response.json());
  return true;
}

/** Show the new cart everywhere: the number in the header, the list on the cart's page, the question of the widgets. */
function follow({ cart, count }) {
  for (const badge of document.querySelectorAll("[data-cart-count]")) badge.textContent = count;
  for (const widget of document.querySelectorAll("[cart]:not([order])")) widget.setAttribute("cart", cart);
  if (document.querySelector("#sum")) refreshSums();
}

/** Lines and sums as the server writes them. (A document that XMLHttpRequest reads is no markup string, so Trusted Types allow it.) */
function refreshSums() {
  const request = new XMLHttpRequest();
  request.responseType = "document";
  request.addEventListener("load", () => {
    for (const name of ["#basket", "#sum", "#pay"]) {
      const fresh = request.responseXML?.querySelector(name);
      if (fresh) document.querySelector(name)?.replaceWith(document.adoptNode(fresh));
    }
  });
  request.open("GET", location.pathname);
  request.send();
}

/** An offer was accepted: the shop's server keeps code and token for the order, and the total is lower from now on. */
addEventListener("encore:accept", async ({ detail }) => {
  const { code, token, expires_at, terms } = detail;
  const response = await fetch(offerPage, {
    method: "POST",
    body: JSON.stringify({ code, token, expires_at, terms }),
    headers: { "Content-Type": "application/json", "X-CSRFToken": csrf },
  });
  if (response.ok) follow(await response.json());
});

/** Who stops personalising in a widget has decided for the whole shop. */
addEventListener("encore:consent", ({ detail }) => {
  if (detail.consent === "none") keepConsent("no");
});

/** And who switches it on again in the footer has lifted that. */
addEventListener("submit", ({ submitter }) => {
  if (submitter?.name !== "personal" || submitter.value !== "yes") return;
  dispatchEvent(new CustomEvent("encore:consent", { detail: { consent: "personal" } }));
});

function keepConsent(personal) {
  fetch(consentPage, { method: "POST", body: new URLSearchParams({ personal }), headers: { "X-CSRFToken": csrf } });
}

for (const widget of document.querySelectorAll("encore-recommendations, encore-bundle")) widget.addToCart = addToCart;
