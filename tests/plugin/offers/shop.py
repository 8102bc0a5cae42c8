"""The small coffee shop with offers: how they are put, asked for, accepted and redeemed over HTTP."""

import json
import time
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from werkzeug.test import TestResponse

from plugin.offers.shelf import Shelves
from plugin.serving import proof
from plugin.store import offers, shops
from plugin.store.offers import StoredOffer
from tests.conftest import ORIGIN
from tests.plugin.conftest import CoffeeShop
from tests.plugin.storefront import BROWSER


@dataclass(frozen=True)
class OfferShop(CoffeeShop):
    """The coffee shop with its shelves of offers."""

    shelves: Shelves

    def put(self, *fields: dict[str, Any]) -> None:
        """Keep offers like `offer(**fields)`, and have them live at once."""
        answer = put(self, *(offer(**each) for each in fields))
        assert all(row["verdict"] != "rejected" for row in answer.json["verdicts"]), answer.text  # type: ignore[index]
        self.look()

    def settle(self, **settings: Any) -> None:
        """Change the settings of all offers, and have them live at once."""
        with self.runtime.database.write() as connection:
            shops.change_settings(connection, self.shop_id, {"offers": settings})
        self.look()

    def look(self) -> None:
        """Have the shelves see what is in the database now."""
        self.live.refresh()
        self.shelves.refresh()

    def ask(self, **query: Any) -> TestResponse:
        """GET /v1/offers for two bags of beans in the checkout, but for `query`."""
        headers = query.pop("headers", {"Origin": ORIGIN})
        whole = {"key": self.keys.public, "placement": "checkout", "cart": "beans:2"} | query
        return self.client.get(f"/v1/offers?{urlencode(whole)}", headers=headers)

    def shown(self, **query: Any) -> dict[str, Any] | None:
        """The offer that is shown, or None."""
        answer = self.ask(**query)
        assert answer.status_code == 200, answer.text
        assert answer.json is not None
        found: dict[str, Any] | None = answer.json["offer"]
        return found

    def wish(self, what: str, slate: dict[str, Any], **body: Any) -> TestResponse:
        """Accept or dismiss what `slate`, an answer's JSON, has shown for two bags of beans."""
        plain = {
            "key": self.keys.public,
            "slate_id": slate["slate_id"],
            "cart": [{"product_id": "beans", "quantity": 2}],
        }
        headers = {"Origin": ORIGIN, "User-Agent": BROWSER, "Content-Type": "text/plain"}
        offer_id = body.pop("offer_id", None) or slate["offer"]["offer_id"]
        sender = {"REMOTE_ADDR": body.pop("address", "127.0.0.1")}
        return self.client.post(
            f"/v1/offers/{offer_id}/{what}",
            data=json.dumps(plain | body),
            headers=headers,
            environ_overrides=sender,
        )

    def accepted(self, **query: Any) -> dict[str, Any]:
        """What accepting the shown offer gives."""
        slate = self.ask(**query).json
        assert slate is not None
        assert slate["offer"], slate
        people = {name: query[name] for name in query if name not in ("cart", "placement", "headers")}
        answer = self.wish("accept", slate, **people)
        assert answer.status_code == 200, answer.text
        assert answer.json is not None
        found: dict[str, Any] = answer.json
        return found

    def redeem(self, accepted: dict[str, Any], order_id: str = "o1", **changes: Any) -> TestResponse:
        """POST /v1/redemptions of what was accepted, as an honest shop would, but for `changes`."""
        headers = {"Authorization": f"Bearer {changes.pop('secret', self.keys.secret)}"}
        return self.client.post("/v1/redemptions", json=claim(accepted, order_id) | changes, headers=headers)

    def row(self, offer_id: str = "welcome") -> StoredOffer:
        """The offer's row."""
        with self.runtime.database.read() as connection:
            found = offers.find(connection, self.shop_id, offer_id)
        assert found
        return found

    def proof(self, **who: str) -> dict[str, str]:
        """`customer_id` or `cart_id` with its proof, good for a minute, and consent."""
        ((name, id_),) = who.items()
        sort = name.removesuffix("_id")
        make = proof.customer_statement if sort == "customer" else proof.cart_statement
        secret = self.keys.signing.encode()
        made = proof.signed(secret, make(self.shop_id, id_), int(time.time()) + 60)
        consent = {"consent": "personal"} if sort == "customer" else {}
        return {name: id_, f"{sort}_proof": made, **consent}


def claim(accepted: dict[str, Any], order_id: str) -> dict[str, Any]:
    """What an honest shop's server says when an order is placed with what was accepted."""
    terms = accepted["terms"]
    return {
        "code": accepted["code"],
        "token": accepted["token"],
        "order_id": order_id,
        "currency": terms["currency"],
        "total_minor": terms["price_minor"],
        "discount_minor": terms["discount_minor"],
        "shipping_minor": 0,
        "lines": [
            {
                "product_id": line["product_id"],
                "variant_id": line["variant_id"],
                "quantity": line["quantity"],
                "unit_price_minor": line["price_minor"],
            }
            for line in terms["lines"]
        ],
    }


def offer(**fields: Any) -> dict[str, Any]:
    """A tenth off the whole cart, shown in the checkout, but for `fields`."""
    plain = {
        "offer_id": "welcome",
        "kind": "percent_off",
        "parameters": {"off_share": 0.1},
        "placements": ["checkout"],
    }
    return plain | fields


def put(coffee: CoffeeShop, *offers: dict[str, Any]) -> TestResponse:
    """The shop's server sends offers."""
    headers = {"Authorization": f"Bearer {coffee.keys.secret}"}
    return coffee.client.put("/v1/offers", json=list(offers), headers=headers)


def verdict(answer: TestResponse) -> dict[str, Any]:
    """The verdict on the one row of an answer."""
    assert answer.status_code == 200, answer.text
    assert answer.json is not None
    (told,) = answer.json["verdicts"]
    found: dict[str, Any] = told
    return found
