"""The small coffee shop with offers: how they are put, asked for, accepted and redeemed over HTTP."""

from typing import Any

from werkzeug.test import TestResponse

from tests.plugin.conftest import CoffeeShop


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
