"""Why an offer is shown or not, as the shop's server is told."""

import re
from pathlib import Path
from typing import Any

from plugin.offers.explaining import WHY
from tests.plugin.offers.shop import OfferShop


def whole(cafe: OfferShop, **query: str) -> dict[str, Any]:
    headers = {"Authorization": f"Bearer {cafe.keys.secret}"}
    asked = {"placement": "checkout", "cart": "beans:2", **query}
    answer = cafe.client.get("/v1/explain", query_string=asked, headers=headers)
    assert answer.status_code == 200, answer.text
    assert answer.json is not None
    found: dict[str, Any] = answer.json
    return found


def explained(cafe: OfferShop, **query: str) -> dict[str, Any]:
    told = whole(cafe, **query)
    return {each["offer_id"]: each for each in told["offers"]} | {"cart": told["cart"]}


def test_every_offer_says_why_it_is_shown_or_not_with_its_sum(cafe: OfferShop) -> None:
    assert explained(cafe) == {"cart": None}
    cafe.settle(floor_minor=1000)
    cafe.put(
        {},
        {"offer_id": "less", "parameters": {"off_share": 0.05}},
        {"offer_id": "greedy", "parameters": {"off_share": 0.5}},
        {"offer_id": "elsewhere", "placements": ["cart"]},
        {"offer_id": "early", "conditions": [{"kind": "cart_total", "from_minor": 9000}]},
        {"offer_id": "paused", "paused": True},
    )
    told = explained(cafe)
    assert told.pop("cart")["total_minor"] == 2500
    assert {name: each["reason"] for name, each in told.items()} == {
        "welcome": None,
        "elsewhere": "other_placement",
        "less": "not_the_first",
        "greedy": "below_floor",
        "early": "condition_cart_total",
        "paused": "offer_paused",
    }
    assert told["welcome"]["shown"]
    assert told["welcome"]["proof"]["margin_minor"] == 1250
    assert (told["greedy"]["proof"]["margin_minor"], told["greedy"]["proof"]["floor_minor"]) == (250, 1000)
    assert told["greedy"]["message"] == WHY["below_floor"]["en"]
    assert told["early"]["message"] == "A condition is not met: From a cart of €90.00"
    spanish = explained(cafe, lang="es")
    assert spanish["greedy"]["message"] == WHY["below_floor"]["es"]
    assert spanish["early"]["message"] == "No se cumple una condición: A partir de 90,00 € en la cesta"


def test_who_asks_is_believed_of_the_shops_own_server_alone(cafe: OfferShop) -> None:
    cafe.put({})
    cafe.accepted(**cafe.proof(customer_id="c1"))
    cafe.look()
    assert explained(cafe, customer_id="c1")["welcome"]["reason"] == "cap_reached"
    assert cafe.client.get("/v1/explain?placement=cart").status_code == 401


def test_the_sum_is_kept_with_the_promise_whatever_changes_after_it(cafe: OfferShop) -> None:
    cafe.put({})
    accepted = cafe.accepted()
    cafe.settle(floor_minor=2000)
    promise = whole(cafe, code=accepted["code"])["promise"]
    assert (promise["offer_id"], promise["status"], promise["terms"]) == (
        "welcome",
        "accepted",
        accepted["terms"],
    )
    proof = promise["proof"]
    less = ("discount", "cost", "shipping_cost", "fees", "later")
    left = proof["revenue_minor"] - sum(proof[f"{name}_minor"] for name in less)
    assert (proof["margin_minor"], proof["floor_minor"]) == (left, 0)
    assert whole(cafe, code="ANOTHER")["promise"] is None
    assert whole(cafe)["promise"] is None


def test_every_word_that_an_offer_can_answer_with_has_its_sentence() -> None:
    room = Path(__file__).parents[3] / "plugin/offers"
    files = [*room.glob("kinds/*.py"), room / "cart.py", room / "quoting.py", room / "history.py"]
    text = "".join(path.read_text() for path in files)
    words = set(re.findall(r'(?:return|else|or) "([a-z_]+)"', text)) | set(
        re.findall(r'else "([a-z_]+)"\)', text)
    )
    assert words - set(WHY) == set()
    assert len(words) > 15
