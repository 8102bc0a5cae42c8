"""Small servers that speak each platform's documented cart API to a shop's page, under a strict policy."""

import json
from abc import abstractmethod
from pathlib import Path
from typing import Any, ClassVar

import oscar
from werkzeug import Request, Response

from tests.widgets.site import POLICY, Service, Shop

JQUERY = Path(oscar.__file__).parent / "static/oscar/js/jquery/jquery.min.js"
Line = dict[str, Any]


class PlatformShop(Shop):
    """A shop whose cart is here; the page in the browser reaches it as that platform's pages do.

    `announce`, `agree`: what the platform's own page does when its cart changed, when the visitor consents.
    `wanted`: the ids of what the service suggests; `added`: how the cart then names it.
    """

    name: ClassVar[str]
    globals: str = ""
    announce: ClassVar[str]
    agree: ClassVar[str]
    refuse: ClassVar[str] = ""
    takes_codes: ClassVar[bool] = True
    wanted: ClassVar[Line] = {"product_id": "30", "variant_id": "34"}
    added: ClassVar[str] = "30/34:1"

    def reset(self) -> None:
        super().reset()
        self.lines: list[Line] = []
        self.codes: list[str] = []
        self.noted: dict[str, str] = {}
        self.notes: list[str] = []
        self.refuses = self.refuses_codes = False
        self.nonce = "once"
        self.has_jquery = False
        self.calls: list[str] = []

    def respond(self, request: Request) -> Response:
        if request.path == "/jquery.js":
            return Response(JQUERY.read_bytes(), mimetype="text/javascript")
        answer = self.api(request)
        if answer is not None:
            self.calls.append(request.path)
            return answer
        response = super().respond(request)
        policy = POLICY.format(service=f"'self' {self.service.address}")
        if self.has_jquery:
            policy = policy.replace(
                "; require-trusted-types-for 'script'", ""
            )  # jQuery 3 does not keep to it
        response.headers["Content-Security-Policy"] = policy
        return response

    def _page(self) -> str:
        page = super()._page()
        before = f'<script nonce="n0nce">{self.globals}</script>'
        before += '<script nonce="n0nce" src="/jquery.js"></script>' if self.has_jquery else ""
        return page.replace("</head>", f"{before}{self.tags_of(self.service)}</head>", 1)

    def tags_of(self, service: Service) -> str:
        return self.tag_of(service)

    def tag_of(self, service: Service, settings: str = "") -> str:
        source = f"{service.address}/widgets/v1/{self.name}.js"
        return f'<script type="module" nonce="n0nce" src="{source}" {settings}></script>'

    @abstractmethod
    def api(self, request: Request) -> Response | None:
        """What the platform's own API answers; None: this is no question to it."""

    def take(self, line: Line) -> bool:
        """Put a line into the cart; False: the shop refuses."""
        if not self.refuses:
            self.lines.append(line)
        return not self.refuses


def as_json(value: Any, status: int = 200, **headers: str) -> Response:
    return Response(json.dumps(value), status, mimetype="application/json", headers=headers)


class Woo(PlatformShop):
    """The Store API as its documentation has it (November 2026), with the plugin's part of the cart."""

    name = "woocommerce"
    globals = """
const listeners = [];
window.wp = { data: {
  items: [],
  subscribe(does, store) { if (store === "wc/store/cart") listeners.push(does); },
  select: () => ({ getCartData: () => ({ items: wp.data.items }) }),
} };
window.jQuery = (node) => ({
  on: (names, does) => names.split(" ").forEach((name) => node.addEventListener(name, does)),
  trigger: (name) => node.dispatchEvent(new CustomEvent(name)),
});
window.storeChanged = (items) => { wp.data.items = items; for (const does of listeners) does(); };
window.wp_has_consent = (purpose) => (window.agreed ?? []).includes(purpose);
window.wp_fallback_consent_type = "optin";
document.cookie = "woocommerce_items_in_cart=1";
"""
    announce = "jQuery(document.body).trigger('updated_cart_totals')"
    agree = """window.agreed = ["statistics", "marketing"];
document.dispatchEvent(new CustomEvent("wp_listen_for_consent_change", { detail: {} }))"""

    def tags_of(self, service: Service) -> str:
        return self.tag_of(service, 'data-cart="/wp-json/wc/store/v1/cart"')

    def api(self, request: Request) -> Response | None:
        _, found, path = request.path.partition("/wp-json/wc/store/v1/cart")
        if not found:
            return None
        if path and request.headers.get("Nonce") != self.nonce:
            return as_json({"code": "woocommerce_rest_invalid_nonce"}, 403)
        body = request.get_json(silent=True) or {}
        if path == "/add-item" and not self.take(self._line(str(body["id"]), body["quantity"])):
            return as_json({"code": "woocommerce_rest_product_out_of_stock"}, 400, Nonce=self.nonce)
        if path == "/apply-coupon":
            if self.refuses_codes:
                return as_json({"code": "woocommerce_rest_cart_coupon_error"}, 400, Nonce=self.nonce)
            self.codes.append(body["code"])
        encore = {"lines": self.lines, "consent": "none", "customer_id": "7", "customer_proof": "9.f"}
        return as_json({"items": [], "extensions": {"encore": encore}}, Nonce=self.nonce)

    def _line(self, of: str, quantity: int) -> Line:
        """The Store API takes a variation's id for itself."""
        product_id, variant_id = ("30", "34") if of == "34" else (of, None)
        return {"product_id": product_id, "variant_id": variant_id, "quantity": quantity}


class Own(PlatformShop):
    """A shop of its own program, which says in a few lines how its cart is reached."""

    name = "shop"
    announce = "shopChanged()"
    agree = "window.consent = 'personal'; shopChanged()"

    def tags_of(self, service: Service) -> str:
        return f"""<script type="module" nonce="n0nce">
import {{ encoreShop }} from "{service.address}/widgets/v1/shop.js";
const post = async (path, body) => {{
  const answer = await fetch(path, {{ method: "POST", body: JSON.stringify(body) }});
  if (!answer.ok) throw new Error("refused");
}};
const {{ changed }} = encoreShop({{
  read: async () => (await fetch("/cart.json")).json(),
  add: (lines) => post("/cart/add", lines),
  accept: ({{ code }}) => post("/cart/code", code),
  who: () => ({{ consent: window.consent ?? "none" }}),
}});
window.shopChanged = changed;
</script>"""

    def api(self, request: Request) -> Response | None:
        if request.path == "/cart.json":
            return as_json(self.lines)
        if request.path == "/cart/add":
            kept = [self.take(line) for line in request.get_json(force=True)]
            return as_json({}, 200 if all(kept) else 409)
        if request.path == "/cart/code":
            if self.refuses_codes:
                return as_json({}, 409)
            self.codes.append(request.get_json(force=True))
            return as_json({})
        return None


class Shopify(PlatformShop):
    """The Ajax API as its documentation has it (November 2026), and a theme that tells nobody of its cart."""

    name = "shopify"
    globals = """
window.Shopify = { routes: { root: "/" }, loadFeatures: (_features, ready) => setTimeout(() => {
  Shopify.customerPrivacy = {
    analyticsProcessingAllowed: () => Boolean(window.agreed),
    marketingAllowed: () => Boolean(window.agreed),
  };
  ready();
}) };
"""
    announce = "fetch('/cart/change.js', { method: 'POST', body: '{}' })"
    agree = "window.agreed = true; document.dispatchEvent(new CustomEvent('visitorConsentCollected'))"
    refuse = agree.replace("true", "false")
    wanted: ClassVar[Line] = {
        "product_id": "9007199254740993",
        "variant_id": "9007199254740995",
    }  # beyond 2^53
    added = "9007199254740993/9007199254740995:1"

    def api(self, request: Request) -> Response | None:
        if request.path == "/cart":
            return Response(self._page(), mimetype="text/html")
        if not request.path.startswith("/cart"):
            return None
        body = request.get_json(force=True, silent=True) or {}
        if request.path == "/cart/add.js":
            line = body["items"][0]
            if not self.take({**self.wanted, "variant_id": line["id"], "quantity": line["quantity"]}):
                return as_json({"status": 422, "message": "Cart Error"}, 422)
        if "discount" in body:
            self.codes = body["discount"].split(",")
        self.notes += [body["attributes"]["encore_visitor"]] if "attributes" in body else []
        self.noted |= body.get("attributes", {})
        return Response(self._cart(), mimetype="application/json")

    def _cart(self) -> str:
        """Ids are numbers here, however large; a name that is none is left as it is."""
        items = [{name: _number(value) for name, value in line.items()} for line in self.lines]
        codes = [{"code": code, "applicable": not self.refuses_codes} for code in self.codes]
        return json.dumps({"items": items, "attributes": self.noted, "discount_codes": codes})


def _number(value: Any) -> Any:
    return int(value) if str(value).isdigit() else value


class Ecwid(PlatformShop):
    """A double of its storefront API, whose script is on Ecwid's own servers; the cart is here."""

    name = "ecwid"
    globals = """
const event = () => ({
  heard: [],
  add(does) { this.heard.push(does); },
  fire(...what) { this.heard.forEach((does) => does(...what)); },
});
const cartOf = (lines) => ({ items: lines.map(({ product_id, variant_id, quantity }) =>
  ({ quantity, product: { id: product_id, variation: variant_id } })) });
const cart = async () => cartOf(await (await fetch("/ecwid/cart")).json());
setTimeout(() => {
  window.Ecwid = {
    OnAPILoaded: { add: (does) => does() },
    OnPageLoaded: event(), OnCartChanged: event(), OnOrderPlaced: event(), OnConsentChanged: event(),
    getTrackingConsent: () => ({ userResponse: window.agreed ?? "UNDEFINED", askConsent: true }),
    refreshConfig() { window.refreshed = (window.refreshed ?? 0) + 1; },
    Cart: {
      get: (does) => cart().then(does),
      async addProduct({ id, quantity, callback }) {
        const answer = await fetch("/ecwid/add", { method: "POST", body: JSON.stringify({ id, quantity }) });
        callback(answer.ok, { id }, await cart(), answer.ok ? undefined : "out of stock");
      },
    },
  };
});
"""
    announce = "Ecwid.OnCartChanged.fire({})"
    agree = "window.agreed = 'ACCEPTED'; Ecwid.OnConsentChanged.fire('ACCEPTED')"
    refuse = agree.replace("ACCEPTED", "ANALYTICS_ONLY")
    takes_codes = False
    wanted: ClassVar[Line] = {"product_id": "30", "variant_id": "30"}
    added = "30:1"

    def api(self, request: Request) -> Response | None:
        if request.path == "/ecwid/cart":
            return as_json(self.lines)
        if request.path != "/ecwid/add":
            return None
        asked = request.get_json(force=True)
        line = {"product_id": str(asked["id"]), "variant_id": None, "quantity": asked["quantity"]}
        return as_json({}, 200 if self.take(line) else 409)


class Saleor(PlatformShop):
    """Its GraphQL API, as far as it is asked; the storefront knows the checkout's id."""

    name = "saleor"
    announce = "shopChanged()"
    agree = "window.consent = 'personal'; shopChanged()"
    refuse = "window.consent = 'none'; shopChanged()"

    def tags_of(self, service: Service) -> str:
        return f"""<script type="module" nonce="n0nce">
import {{ saleorShop }} from "{service.address}/widgets/v1/saleor.js";
const who = () => ({{ consent: window.consent ?? "none" }});
const checkoutId = () => window.checkout ?? "Q2hlY2tvdXQ6MQ==";
const {{ changed }} = saleorShop({{ api: "/graphql/", checkoutId, begin: null, who }});
window.shopChanged = changed;
</script>"""

    def api(self, request: Request) -> Response | None:
        if request.path != "/graphql/":
            return None
        asked = request.get_json(force=True)
        query, given = asked["query"], asked["variables"]
        assert given["id"].startswith("Q2hlY2tvdXQ6M")
        if "checkoutLinesAdd" in query:
            taken = [self.take({**self.wanted, "quantity": line["quantity"]}) for line in given["lines"]]
            errors = [] if all(taken) else [{"field": "quantity", "message": "Insufficient stock"}]
            return as_json({"data": {"checkoutLinesAdd": {"errors": errors}}})
        if "checkoutAddPromoCode" in query:
            if self.refuses_codes:
                wrong = [{"field": "promoCode", "message": "Voucher is not applicable"}]
                return as_json({"data": {"checkoutAddPromoCode": {"errors": wrong}}})
            self.codes.append(given["code"])
            return as_json({"data": {"checkoutAddPromoCode": {"errors": []}}})
        if "updateMetadata" in query:
            self.notes += [each["value"] for each in given["input"]]
            self.noted |= {each["key"]: each["value"] for each in given["input"]}
            return as_json({"data": {"updateMetadata": {"errors": []}}})
        lines = [
            {
                "quantity": line["quantity"],
                "variant": {"id": line["variant_id"], "product": {"id": line["product_id"]}},
            }
            for line in self.lines
        ]
        noted = {"id": given["id"], "metafield": self.noted.get("encore_visitor")}
        return as_json({"data": {"checkout": {**noted, "lines": lines}}})


KINDS: tuple[type[PlatformShop], ...] = (Woo, Shopify, Ecwid, Saleor, Own)
