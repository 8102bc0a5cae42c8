"""The models on the merchant's page: why one was let in or kept back, its card, and the way back."""

from datetime import timedelta
from html import unescape
from typing import Any

import pytest

import recommender
from plugin.admin.languages import NAMES
from plugin.runtime import Runtime
from plugin.store import customers, models, shops, trainings
from plugin.store.models import Artefact
from plugin.store.shops import ShopKeys
from plugin.store.trainings import REASONS, Outcome
from recommender import Trial
from recommender.gate import WORDS
from tests.conftest import NOW
from tests.plugin.admin.conftest import Visitor
from tests.plugin.admin.test_pages import NASTY, add_products
from tests.plugin.jobs.orders import put_orders
from tests.recommender.test_gate import history, paired

Shop = tuple[str, ShopKeys]
FIGURES = {
    **{"n_carts": 150, "needed": 200, "hit_rate": 0.123, "other_hit_rate": 0.2},
    **{"difference": -0.077, "interval": [-0.091, -0.063]},
    **{"coverage": 31, "other_coverage": 60, "share": 0.8, "with_customer": False},
    **{"detail": "ValueError", "exit_code": 3},
}


def publish(runtime: Runtime, shop: Shop, versions: int, figures: dict[str, Any] | None = None) -> None:
    with runtime.database.write() as connection:
        for version in range(1, versions + 1):
            at = NOW + timedelta(minutes=version)
            models.publish(connection, Artefact(shop[0], version, f"{version}", "", at, at, figures or {}))


def end(runtime: Runtime, shop: Shop, outcome: Outcome) -> None:
    with runtime.database.write() as connection:
        training = trainings.request(connection, shop[0], "schedule", NOW)
        assert trainings.start(connection, training, NOW)
        assert trainings.finish(connection, training, outcome, NOW)


def text_of(merchant: Visitor, path: str) -> str:
    return " ".join(unescape(merchant.get(path).text).split())


@pytest.mark.parametrize("word", [*WORDS, *REASONS])
def test_every_reason_is_put_into_words_in_every_language(
    runtime: Runtime, shop: Shop, merchant: Visitor, word: str
) -> None:
    end(runtime, shop, Outcome("rejected", "An English sentence.", word, FIGURES))
    told = set()
    for code in NAMES:
        for path in ("/", "/models"):
            page = text_of(merchant, f"{path}?language={code}")
            assert f"{word}<" not in page
            assert "An English sentence" not in page
        told.add(page)
    assert len(told) == len(NAMES)


def test_why_a_model_was_kept_back_is_told_with_its_figures(
    runtime: Runtime, shop: Shop, merchant: Visitor
) -> None:
    end(runtime, shop, Outcome("rejected", "Worse.", "worse_than_live", FIGURES))
    for path in ("/", "/models"):
        page = text_of(merchant, path)
        assert "finds the missing product of 12.3 % of the latest carts, that one of 20.0 %" in page
        assert "The difference is -7.7 points (95 % interval: -9.1 to -6.3)." in page
    assert "-7,7 puntos" in text_of(merchant, "/models?language=es")


def test_what_a_running_training_is_at_is_told(runtime: Runtime, shop: Shop, merchant: Visitor) -> None:
    with runtime.database.write() as connection:
        training = trainings.request(connection, shop[0], "schedule", NOW)
        trainings.start(connection, training, NOW)
        trainings.tell(connection, training, {"step": "training", "count": 1_466_074})
    assert "Running: learning from 1,466,074 order lines" in text_of(merchant, "/")


def test_one_click_goes_back_and_the_page_says_that_it_stays(
    runtime: Runtime, shop: Shop, merchant: Visitor
) -> None:
    publish(runtime, shop, 3)
    assert text_of(merchant, "/models").count(">Use this one<") == 2
    page = merchant.post("/models/use", {"model_version": "2"}, page="/models").text
    assert "Number 2 is in use within two seconds." in page
    with runtime.database.read() as connection:
        assert shops.versions(connection)[0].model_version == 2
        assert models.is_held(connection, shop[0])
    for path in ("/", "/models"):
        assert "The schedule trains no other until you press “Train now”" in text_of(merchant, path)
    merchant.post("/models/use", {"model_version": "3"}, page="/models")
    for path in ("/", "/models"):
        assert "The schedule trains no other" not in text_of(merchant, path)
    missing = merchant.post("/models/use", {"model_version": "9"}, page="/models")
    assert missing.status_code == 400


def test_that_the_gate_keeps_erased_orders_in_use_is_told(
    runtime: Runtime, shop: Shop, merchant: Visitor
) -> None:
    told = {
        "en": "the orders of erased customers still count in the model in use",
        "es": "los pedidos de clientes borrados siguen contando en el modelo en uso",
        "it": "gli ordini dei clienti cancellati contano ancora nel modello in uso",
        "zh": "已删除顾客的订单仍计入正在使用的模型",
    }
    publish(runtime, shop, 1)
    end(runtime, shop, Outcome("rejected", "Worse.", "worse_than_bestsellers", FIGURES))
    assert told["en"] not in text_of(merchant, "/models")
    order = {"order_id": "o1", "ordered_at": NOW, "customer_id": "ann"}
    put_orders(runtime, shop[0], [order | {"lines": [{"product_id": "a", "quantity": 1}]}])
    with runtime.database.write() as connection:
        assert customers.erase(connection, shop[0], "ann", NOW + timedelta(hours=1))
    for code, words in told.items():
        assert words in text_of(merchant, f"/models?language={code}")
    end(runtime, shop, Outcome("published", "Better.", "better", FIGURES, 1))
    assert told["zh"] not in text_of(merchant, "/models")


def test_the_card_of_a_model_tells_what_it_learnt_how_well_it_does_and_what_it_changed(
    runtime: Runtime, shop: Shop, merchant: Visitor
) -> None:
    orders = history(paired(1_000))
    trial = Trial.of(orders)
    model = recommender.train(trial.known)
    evaluation = recommender.measured(trial.known, trial.carts, [("Encore", model), ("in_use", model)])
    changes = {"n_products": 100, "overlap_share": 0.75, "n_coming": 2, "n_gone": 0}
    card = model.figures | {
        "first_ordered_at": "2026-01-02T00:00:00+00:00",
        "evaluation": evaluation.to_dict(),
        "verdict": recommender.judge(model, trial).to_dict(),
        "changes": changes | {"coming": ["a1", "odd"], "gone": [], "model_version": 1},
    }
    publish(runtime, shop, 2, card)
    add_products(runtime, shop, {"a1": f"Espresso {NASTY}"})
    page = text_of(merchant, "/models/2")
    for words in (
        *("2026-01-02 to 2026-", "The one then in use", "Best sellers"),
        *("Products in the cart", "the fifth most sold", "What it changed against model 1"),
        *("75.0 % of what they show is the same", f"Espresso {NASTY}, odd", "nothing"),
        "too few orders to judge it: 100 carts",
    ):
        assert words in page.replace('<th scope="row">', "").replace("</th><td>", " ").replace(
            "</td><td>", " "
        ), words
    assert "<script>alert" not in merchant.get("/models/2").text
    drawn = page[page.index("<svg xmlns") : page.index("</svg>", page.index("<svg xmlns"))]
    for words in ("This model", "The one then in use", "Best sellers", "cart alone", ">100.0 %<"):
        assert words in drawn
    for code in NAMES:
        assert merchant.get(f"/models/2?language={code}").status_code == 200
    assert merchant.get("/models/7").status_code == 404


def test_a_model_from_before_there_were_cards_has_a_page_too(
    runtime: Runtime, shop: Shop, merchant: Visitor
) -> None:
    publish(runtime, shop, 1)
    assert merchant.get("/models/1").status_code == 200
    assert merchant.get("/models").status_code == 200
