"""Why, in words: every kind of reason in every language, and only what is true."""

import json
from typing import Any

import pytest

from plugin.serving import personal, reasons
from recommender import reason as recommended

PAIR = {"orders_with_both": 12, "orders_with_cart_product": 18, "customers": 12}
TOLD: list[tuple[str, dict[str, Any], str | None, str]] = [
    ("own_purchases", {"orders": 2, "last_bought_at": None}, None, "You have bought this before"),
    ("own_purchases", {"orders": 5, "due": False}, None, "You have bought this before"),
    ("own_purchases", {"orders": 5, "due": True}, None, "You may be running low on this"),
    ("next_basket", {"customers": 7}, None, "Bought by customers like you"),
    ("bought_together", PAIR, "Espresso {name}", "Often bought with Espresso {name}"),
    ("bought_together", PAIR, None, "Often bought together"),
    ("complement", {}, "Espresso Machine", "Goes with Espresso Machine"),
    ("complement", {}, None, "Goes with this"),
    ("likeness", {"words": "mug", "category": None}, "Blue Mug", "Similar to Blue Mug"),
    ("likeness", {"words": None, "category": "Mugs"}, None, "Similar to this"),
    ("category", {"category": "Tea"}, "Tea", "Popular in Tea"),
    ("popular", {"orders": 3, "days": 30}, None, "Popular in this shop"),
]


@pytest.mark.parametrize(("kind", "evidence", "name", "text"), TOLD)
def test_the_sentence_says_what_the_evidence_says(
    kind: str, evidence: dict[str, Any], name: str | None, text: str
) -> None:
    told = json.loads(reasons.as_json(kind, None, evidence, name, "en"))
    assert (told["kind"], told["text"]) == (kind, text)


@pytest.mark.parametrize("lang", ["es", "it", "zh"])
def test_each_sentence_is_in_each_language_and_names_what_it_names(lang: str) -> None:
    for kind, evidence, name, english in TOLD:
        text = json.loads(reasons.as_json(kind, None, evidence, name, lang))["text"]
        assert text
        assert text != english
        assert name is None or name in text
    assert json.loads(personal.AS_JSON[lang]).keys() == json.loads(personal.AS_JSON["en"]).keys()


def test_every_kind_that_the_science_names_has_its_sentence() -> None:
    kinds = {value for name, value in vars(recommended).items() if name.isupper()}
    assert {"own_purchases", "bought_together", "likeness", "complement"} <= kinds
    for kind in kinds:
        assert reasons.text(kind, "Tea", "en"), kind
