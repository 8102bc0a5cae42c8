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


def bearer(coffee: CoffeeShop) -> dict[str, str]:
    return {"Authorization": f"Bearer {coffee.keys.secret}"}


def test_an_offer_is_kept_told_and_taken_away(coffee: CoffeeShop) -> None:
    headers = bearer(coffee)
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
        ({"hold_hours": 23}, "hold_hours"),  # a deadline nearer than a day
        ({"budget": {"count": 10**30}}, "budget.count"),
        ({"starts_at": "2026-03-02", "ends_at": "2026-03-01"}, "ends_at"),
    ],
)
def test_what_cannot_be_kept_says_where(
    unchanged_coffee: CoffeeShop, fields: dict[str, Any], path: str
) -> None:
    assert list(rejected(unchanged_coffee, **fields)) == [path]


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
    ("en", "Ends Friday"),
    ("en", "Offer ends 24 November"),
    ("en", "Offer ends November 24"),
    ("en", "Sale ending Sunday"),
    ("es", "Por poco tiempo"),
    ("es", "Termina el viernes"),
    ("es", "Acaba este domingo"),
    ("it", "Per poco tempo"),
    ("it", "Solo per poco"),
    ("it", "Finisce venerdì"),
    ("zh", "时间有限"),
    ("zh", "周五结束"),
    ("en", "Until Sunday"),
    ("en", "Till 24 December"),
    ("en", "Closing soon"),
    ("en", "⏰ 10% off"),
    ("es", "Oferta relámpago"),
    ("es", "Hasta el domingo"),
    ("it", "Offerta lampo"),
    ("it", "Sta per finire"),
    ("zh", "手慢无"),
    ("zh", "今日特价"),
]
SCARCE = [
    ("en", "Only a few left"),
    ("en", "While stocks last"),
    ("es", "Últimas unidades"),
    ("es", "Hasta agotar existencias"),
    ("it", "Ultimi pezzi"),
    ("zh", "数量有限，售完即止"),
    ("es", "Pocos artículos"),
    ("it", "Pochi articoli"),
    ("zh", "数量不多"),
    ("en", "Coffee is running out"),
    ("en", "In high demand"),
    ("en", "Last few"),
    ("zh", "限量供应"),
]
COUNTED = [
    ("en", "Only 3 left"),
    ("en", "3 left in stock"),
    ("en", "Just three pieces left"),
    ("es", "Quedan solo 3"),
    ("es", "Últimas 3 unidades"),
    ("it", "Ne restano 3"),
    ("it", "Ultimi 3 pezzi"),
    ("zh", "仅剩3件"),
    ("zh", "库存仅剩三件"),
]
HOURS = [
    ("en", "Tonight only"),
    ("en", "Ends at midnight"),
    ("en", "2h left"),
    ("en", "3 hours left"),
    ("es", "Solo hoy"),
    ("es", "Hoy sólo"),
    ("es", "Quedan 2 horas"),
    ("it", "Solo per oggi"),
    ("it", "Restano 2 ore"),
    ("zh", "仅限今天"),
    ("zh", "今天结束"),
    ("zh", "还剩2小时"),
]
CALM = [
    ("en", "Up to 30% until you have tried them all"),
    ("es", "Hasta el 50 % en café"),
    ("it", "Fino al 50% sul caffè"),
    ("zh", "限量版咖啡杯"),
    ("en", "10% off, because you are back"),
    ("es", "Un 10 % menos en tu cesta"),
    ("it", "Il 10% in meno sul carrello"),
    ("zh", "购物车立减 10%"),
    ("en", "The last chapter of our coffee book, free"),
    ("en", "Where the weekend ends, coffee begins"),
    ("en", "5 cups of what you left in the cart"),
    ("en", "Friday coffee: 2 bags, 10% off"),
    ("es", "El café del domingo, por muy poco"),
    ("it", "Per poco più, due pacchi"),
    ("it", "Due articoli, poco prezzo"),
    ("zh", "今天的咖啡，周五送达"),
]


@pytest.mark.parametrize("name", ["title", "text"])
@pytest.mark.parametrize(("lang", "text"), PRESSING + HOURS + SCARCE + COUNTED)
def test_words_of_urgency_without_a_reason_are_refused(
    unchanged_coffee: CoffeeShop, name: str, lang: str, text: str
) -> None:
    assert list(rejected(unchanged_coffee, **{name: {lang: text}})) == [f"{name}.{lang}"]
    # in whatever language it stands
    assert list(rejected(unchanged_coffee, **{name: {"en": text}})) == [f"{name}.en"]


def test_a_parameter_that_the_shopper_reads_presses_for_nothing_either(coffee: CoffeeShop) -> None:
    invitation = {"kind": "invitation", "confirmed": True}
    pressing = rejected(coffee, **invitation, parameters={"event": "Ultima occasione"})
    assert list(pressing) == ["parameters.event"]
    soon = {"ends_at": "2026-12-24"}  # it would still be said in the last 24 hours, where no end is shown
    pressing = rejected(coffee, **invitation, parameters={"event": "Ultima occasione"}, **soon)
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
            kept = offer(offer_id=next(iter(reason)), text={lang: text}, **reason)
            assert verdict(put(coffee, kept))["verdict"] != "rejected", text
            assert rejected(coffee, text={lang: text}, **other)
    assert rejected(coffee, text={"en": HOURS[0][1]}, **deadline)  # a deadline so near is never shown
    for lang, text in COUNTED:  # the number changes with every sale, the text does not
        assert rejected(coffee, text={lang: text}, **stock), text


def test_the_end_of_a_live_offer_may_come_nearer_and_never_goes_further(coffee: CoffeeShop) -> None:
    assert verdict(put(coffee, offer(ends_at="2100-01-03")))["verdict"] == "created"
    assert verdict(put(coffee, offer(ends_at="2100-01-02")))["verdict"] == "replaced"
    for later in ("2100-01-03", None):
        assert list(rejected(coffee, ends_at=later)) == ["ends_at"]
    assert list(rejected(coffee, ends_at="2100-01-03", paused=True)) == ["ends_at"]
    (told,) = coffee.client.get("/v1/offers/all", headers=bearer(coffee)).json["offers"]
    assert told["offer"]["ends_at"].startswith("2100-01-02")
    assert verdict(put(coffee, offer(ends_at="2100-01-03", offer_id="another")))["verdict"] == "created"


@pytest.mark.parametrize(
    "away", [{"paused": True}, {"starts_at": "2099-01-01"}], ids=["paused", "not begun again"]
)
def test_what_was_shown_once_is_not_forgotten_while_it_is_away(
    coffee: CoffeeShop, away: dict[str, Any]
) -> None:
    assert verdict(put(coffee, offer(ends_at="2100-01-02")))["verdict"] == "created"
    for _ in range(2):
        assert verdict(put(coffee, offer(ends_at="2100-01-02", title={"en": "x"}, **away))) is not None
        assert list(rejected(coffee, ends_at="2100-01-03", **away)) == ["ends_at"]
        assert list(rejected(coffee, ends_at=None, **away)) == ["ends_at"]
        assert verdict(put(coffee, offer(ends_at="2100-01-02", **away)))["verdict"] == "replaced"
    assert list(rejected(coffee, ends_at="2100-01-03")) == ["ends_at"]
    assert verdict(put(coffee, offer(ends_at="2100-01-01")))["verdict"] == "replaced"
    assert verdict(put(coffee, offer(ends_at="2100-01-01", **away)))["verdict"] == "replaced"
    assert list(rejected(coffee, ends_at="2100-01-02")) == ["ends_at"]


def test_a_personal_deadline_that_was_shown_may_only_come_nearer(coffee: CoffeeShop) -> None:
    def within(days: int) -> dict[str, Any]:
        return {"conditions": [{"kind": "since_last_order", "days": days}]}

    assert verdict(put(coffee, offer(**within(14))))["verdict"] == "created"
    assert verdict(put(coffee, offer(**within(14), paused=True)))["verdict"] == "replaced"
    assert list(rejected(coffee, **within(15))) == ["conditions"]
    assert list(rejected(coffee)) == ["conditions"]
    assert verdict(put(coffee, offer(**within(13))))["verdict"] == "replaced"


def test_the_id_of_a_deleted_offer_is_not_given_again(coffee: CoffeeShop) -> None:
    assert verdict(put(coffee, offer()))["verdict"] == "created"
    assert coffee.client.delete("/v1/offers/welcome", headers=bearer(coffee)).status_code == 204
    found = rejected(coffee)
    assert "was deleted" in found["offer_id"][0]
    assert coffee.client.get("/v1/offers/all", headers=bearer(coffee)).json == {"offers": []}


@pytest.mark.parametrize(
    "draft", [{"paused": True}, {"starts_at": "2099-01-01"}], ids=["paused", "not begun"]
)
def test_the_end_of_what_nobody_has_seen_yet_is_free(coffee: CoffeeShop, draft: dict[str, Any]) -> None:
    assert verdict(put(coffee, offer(ends_at="2100-01-02", **draft)))["verdict"] == "created"
    assert verdict(put(coffee, offer(ends_at="2100-01-03", **draft)))["verdict"] == "replaced"
