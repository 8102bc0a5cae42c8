"""An offer is saved only if it can be kept: its kind's parameters, and words that press only with reason."""

from typing import Any

import pytest

from tests.plugin.conftest import CoffeeShop
from tests.plugin.offers.shop import offer, put, verdict


def rejected(coffee: CoffeeShop, **fields: Any) -> dict[str, Any]:
    told = verdict(put(coffee, offer(**fields)))
    assert told["verdict"] == "rejected", told
    errors: dict[str, Any] = told["errors"]
    return errors


def test_an_offer_is_kept_told_and_taken_away(coffee: CoffeeShop) -> None:
    headers = {"Authorization": f"Bearer {coffee.keys.secret}"}
    assert verdict(put(coffee, offer()))["verdict"] == "created"
    assert verdict(put(coffee, offer()))["verdict"] == "unchanged"
    assert verdict(put(coffee, offer(priority=3)))["verdict"] == "replaced"
    (told,) = coffee.client.get("/v1/offers/all", headers=headers).json["offers"]
    assert (told["version"], told["offer"]["priority"]) == (2, 3)
    assert told["figures"]["codes_left"] > 100
    assert verdict(put(coffee, told["offer"]))["verdict"] == "unchanged"  # what is told can be sent
    assert coffee.client.delete("/v1/offers/welcome", headers=headers).status_code == 204
    assert coffee.client.delete("/v1/offers/welcome", headers=headers).status_code == 404
    assert coffee.client.get("/v1/offers/all", headers=headers).json["offers"] == []
    assert verdict(put(coffee, offer()))["verdict"] == "created"


@pytest.mark.parametrize(
    ("fields", "path"),
    [
        ({"kind": "lottery"}, "kind"),
        ({"parameters": {}}, "parameters.off_share"),
        ({"parameters": {"off_share": 1.5}}, "parameters.off_share"),
        ({"parameters": {"off_share": 0.1, "colour": "red"}}, "parameters.colour"),
        ({"placements": []}, "placements"),
        ({"placements": ["email"]}, "placements.0"),
        ({"title": {"fr": "Bonjour"}}, "title.fr"),
        ({"conditions": [{"kind": "moon"}]}, "conditions.0.kind"),
        ({"conditions": [{"kind": "weekday", "days": [8]}]}, "conditions.0.days.0"),
        ({"conditions": [{"kind": "country", "countries": []}]}, "conditions.0.countries"),
        ({"caps": {"per_person": 0}}, "caps.per_person"),
        ({"budget": {"count": 10**30}}, "budget.count"),
        ({"starts_at": "2026-03-02", "ends_at": "2026-03-01"}, "ends_at"),
    ],
)
def test_what_cannot_be_kept_says_where(coffee: CoffeeShop, fields: dict[str, Any], path: str) -> None:
    assert list(rejected(coffee, **fields)) == [path]


PRESSING = [
    ("en", "Hurry! 10% off"),
    ("en", "Your LAST   CHANCE"),
    ("en", "Limited-time price"),
    ("en", "Don’t miss this"),
    ("es", "¡Última oportunidad!"),
    ("es", "Por tiempo limitado"),
    ("es", "No te lo pierdas"),
    ("it", "Ultima occasione"),
    ("it", "L’offerta scade il 4 marzo"),
    ("zh", "限时优惠"),
    ("zh", "活动即将结束"),
]
SCARCE = [
    ("en", "Only 3 left"),
    ("en", "While stocks last"),
    ("es", "Últimas unidades"),
    ("es", "Hasta agotar existencias"),
    ("it", "Ultimi pezzi"),
    ("zh", "数量有限，售完即止"),
]
HOURS = [("en", "Tonight only"), ("es", "Solo hoy"), ("it", "Solo per oggi"), ("zh", "仅限今天")]
CALM = [
    ("en", "10% off, because you are back"),
    ("es", "Un 10 % menos en tu cesta"),
    ("it", "Il 10% in meno sul carrello"),
    ("zh", "购物车立减 10%"),
    ("en", "The last chapter of our coffee book, free"),
]


@pytest.mark.parametrize("name", ["title", "text"])
@pytest.mark.parametrize(("lang", "text"), PRESSING + HOURS + SCARCE)
def test_words_of_urgency_without_a_reason_are_refused(
    coffee: CoffeeShop, name: str, lang: str, text: str
) -> None:
    assert list(rejected(coffee, **{name: {lang: text}})) == [f"{name}.{lang}"]
    assert list(rejected(coffee, **{name: {"en": text}})) == [f"{name}.en"]  # in whatever language it stands


def test_a_parameter_that_the_shopper_reads_presses_for_nothing_either(coffee: CoffeeShop) -> None:
    invitation = {"kind": "invitation", "confirmed": True}
    pressing = rejected(coffee, **invitation, parameters={"event": "Ultima occasione"})
    assert list(pressing) == ["parameters.event"]
    calm = offer(**invitation, parameters={"event": "An evening of tea"})
    assert verdict(put(coffee, calm))["verdict"] == "created"


@pytest.mark.parametrize(("lang", "text"), CALM)
def test_calm_words_are_kept(coffee: CoffeeShop, lang: str, text: str) -> None:
    assert verdict(put(coffee, offer(text={lang: text})))["verdict"] == "created"


def test_a_true_deadline_carries_a_deadline_and_live_stock_carries_stock(coffee: CoffeeShop) -> None:
    deadline, stock = {"ends_at": "2026-12-24"}, {"stock_bound": {"product_id": "beans", "at_most": 5}}
    for words, reason, other in ((PRESSING, deadline, stock), (SCARCE, stock, deadline)):
        for lang, text in words:
            assert verdict(put(coffee, offer(text={lang: text}, **reason)))["verdict"] != "rejected"
            assert rejected(coffee, text={lang: text}, **other)
    assert rejected(coffee, text={"en": HOURS[0][1]}, **deadline)  # a deadline so near is never shown
