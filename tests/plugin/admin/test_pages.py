"""What the merchant sets on the pages, and what they say back."""

from datetime import timedelta
from html import unescape

import pytest
from sqlalchemy import insert

from plugin.runtime import Runtime
from plugin.settings import Settings
from plugin.store import models, shops, trainings
from plugin.store.shops import Shop as LoadedShop
from plugin.store.shops import ShopKeys
from plugin.store.tables import products
from plugin.store.trainings import Outcome
from tests.conftest import NOW
from tests.plugin.admin.conftest import Visitor
from tests.plugin.measurement.facts import Facts
from tests.plugin.measurement.test_figures import fill_arms

Shop = tuple[str, ShopKeys]
NASTY = "<script>alert(1)</script>'; DROP TABLE products; -- {{ 7 * 7 }}"


def loaded(runtime: Runtime, shop: Shop) -> LoadedShop:
    with runtime.database.read() as connection:
        return shops.load(connection, runtime.vault, shop[0])


def settings(runtime: Runtime, shop: Shop) -> Settings:
    return loaded(runtime, shop).settings


def add_products(runtime: Runtime, shop: Shop, titles: dict[str, str]) -> None:
    common = {"shop_id": shop[0], "categories": [], "tags": [], "created_at": NOW, "catalogue_version": 1}
    with runtime.database.write() as connection:
        rows = [{"product_id": key, "title": title, **common} for key, title in titles.items()]
        connection.execute(insert(products), rows)


def placement_form(**changes: str) -> dict[str, str]:
    names = ("product", "cart", "checkout", "thank_you", "home", "email")
    form = {f"{name}.limit": "6" for name in names} | {f"{name}.on": "on" for name in names}
    return form | {name.replace("__", "."): value for name, value in changes.items()}


def test_stop_and_resume_from_any_page_and_back_to_it(
    runtime: Runtime, shop: Shop, merchant: Visitor
) -> None:
    page = merchant.post("/stop", {"stopped": "yes", "page": "/admin/schedule"})
    assert page.request.path == "/admin/schedule"
    assert "Stopped" in page.text
    assert settings(runtime, shop).stopped
    version = loaded(runtime, shop).settings_version
    page = merchant.post("/stop", {"stopped": "no", "page": "https://evil.example/"})
    assert page.request.path == "/admin/"
    assert not settings(runtime, shop).stopped
    assert loaded(runtime, shop).settings_version > version  # that is what workers watch


def test_only_me_gives_a_preview_link_for_each_origin(
    runtime: Runtime, shop: Shop, merchant: Visitor
) -> None:
    page = merchant.post("/only-me", {"only_me": "yes"})
    assert settings(runtime, shop).only_me
    assert "https://shop.example/?encore_preview=" in page.text
    assert "encore_preview" not in merchant.post("/only-me", {"only_me": "no"}).text


def test_placements_are_kept_together(runtime: Runtime, shop: Shop, merchant: Visitor) -> None:
    form = placement_form(cart__title=NASTY, cart__limit="3")
    del form["home.on"]
    page = merchant.post("/placements", form)
    assert "Saved" in page.text
    kept = settings(runtime, shop).placements
    assert (kept["cart"].title, kept["cart"].limit, kept["cart"].on) == (NASTY, 3, True)
    assert not kept["home"].on
    assert "<script>alert" not in page.text
    assert NASTY in unescape(page.text)


def test_a_wrong_limit_is_said_beside_its_field_and_what_was_typed_stays(
    runtime: Runtime, shop: Shop, merchant: Visitor
) -> None:
    page = merchant.post("/placements", placement_form(cart__limit="25", home__title="Typed with care"))
    assert page.status_code == 422
    assert '<p class="error" id="cart.limit-error">Give a whole number from 1 to 24.' in page.text
    assert 'value="25"' in page.text
    assert "Typed with care" in page.text
    assert settings(runtime, shop).placements["home"].title == ""


def test_the_schedule_is_kept_with_its_percentage(runtime: Runtime, shop: Shop, merchant: Visitor) -> None:
    form = {"retrain_hour": "23", "retrain_after_orders": "50", "attribution_window_days": "14"}
    page = merchant.post("/schedule", form | {"retrain_every_hours": "6", "holdout_percent": "12,5"})
    assert "Saved" in page.text
    kept = settings(runtime, shop)
    assert (kept.retrain_hour, kept.retrain_every_hours, kept.retrain_after_orders) == (23, 6, 50)
    assert (kept.attribution_window_days, kept.holdout_share) == (14, 0.125)
    assert 'value="12.5"' in page.text


@pytest.mark.parametrize("percent", ["60", "-1", "ten", "", "nan", "inf", "1e999"])
def test_a_wrong_percentage_is_refused(runtime: Runtime, shop: Shop, merchant: Visitor, percent: str) -> None:
    form = {"retrain_hour": "4", "retrain_after_orders": "50", "attribution_window_days": "14"}
    page = merchant.post("/schedule", form | {"retrain_every_hours": "24", "holdout_percent": percent})
    assert page.status_code == 422
    assert "Give a percentage from 0 to 50." in page.text
    assert settings(runtime, shop).attribution_window_days == 7


def test_products_are_found_excluded_and_allowed_again(
    runtime: Runtime, shop: Shop, merchant: Visitor
) -> None:
    add_products(runtime, shop, {"p1": "Espresso beans", "p2": NASTY, "100%": "Percent_sign"})
    found = merchant.get("/products?search=ESPRESSO").text
    assert "Espresso beans" in found
    assert "Percent_sign" not in found
    assert "Espresso beans" not in merchant.get("/products?search=%25").text
    page = merchant.post("/products/exclude", {"product_id": "p2"})
    assert settings(runtime, shop).excluded_product_ids == {"p2"}
    assert "<script>alert" not in page.text
    assert NASTY in unescape(page.text)
    merchant.post("/products/exclude", {"product_id": "gone"})
    assert "No product has this id" in merchant.get("/products").text
    merchant.post("/products/allow", {"product_id": "p2"})
    assert settings(runtime, shop).excluded_product_ids == {"gone"}


def test_a_search_is_text_however_it_looks(merchant: Visitor) -> None:
    page = merchant.get("/products", query_string={"search": NASTY})
    assert page.status_code == 200
    assert "<script>alert" not in page.text


def test_many_excluded_products_are_paged(runtime: Runtime, shop: Shop, merchant: Visitor) -> None:
    ids = [f"p{number:03}" for number in range(60)]
    with runtime.database.write() as connection:
        shops.change_settings(connection, shop[0], {"excluded_product_ids": ids})
    assert "p049" in merchant.get("/products").text
    assert "p050" not in merchant.get("/products").text
    assert "p050" in merchant.get("/products?page=2").text
    assert merchant.get("/products?page=99").status_code == 200


def test_origins_are_kept_as_browsers_send_them(runtime: Runtime, shop: Shop, merchant: Visitor) -> None:
    merchant.post("/keys/origins", {"origins": "HTTPS://Shop.example:443/\r\nhttp://localhost:8080"})
    assert loaded(runtime, shop).origins == {"https://shop.example", "http://localhost:8080"}
    page = merchant.post("/keys/origins", {"origins": "https://shop.example/cart"})
    assert page.status_code == 422
    assert "https://shop.example/cart" in page.text
    assert "Give one origin a line" in page.text


def test_new_keys_are_shown_once_and_only_when_confirmed(
    runtime: Runtime, shop: Shop, merchant: Visitor
) -> None:
    assert shop[1].secret not in merchant.get("/keys").text
    assert "confirm first" in merchant.post("/keys/rotate", {}).text
    page = merchant.post("/keys/rotate", {"sure": shop[1].public})
    assert page.text.count("sk_") == 1
    assert "sk_" not in merchant.get("/keys").text
    assert len(loaded(runtime, shop).public_keys) == 2
    twice = merchant.post("/keys/rotate", {"sure": shop[1].public})  # the form sent again
    assert "counts no more" in twice.text
    assert shop[1].public in loaded(runtime, shop).public_keys


def test_the_snippet_is_ready_to_copy(shop: Shop, merchant: Visitor) -> None:
    page = unescape(merchant.get("/keys").text)
    script = '<script type="module" async src="http://127.0.0.1:8000/widgets/v1/encore.js"'
    assert f'{script} data-key="{shop[1].public}"></script>' in page


def test_an_empty_shop_reads_not_enough_data_and_no_zero_per_cent(merchant: Visitor) -> None:
    page = unescape(merchant.get("/").text)
    assert page.count("not enough data yet") >= 4
    assert "At least 100 visitors are needed on either side; there are 0 with and 0 without." in page
    assert "0.0 %" not in page
    assert "There was none yet" in page


def test_figures_are_shown_with_their_interval(runtime: Runtime, shop: Shop, merchant: Visitor) -> None:
    fill_arms(Facts(runtime.database, shop[0]), (20, 10))
    page = " ".join(unescape(merchant.get("/").text).split())
    assert "+10.0 points" in page
    assert "95 % interval: +0.2 points to +19.8 points. More than chance explains." in page
    assert "+€1.00" in page
    assert "<td>€2.00</td>" in page


def test_without_a_holdout_it_says_why_there_is_no_comparison(
    runtime: Runtime, shop: Shop, merchant: Visitor
) -> None:
    with runtime.database.write() as connection:
        shops.change_settings(connection, shop[0], {"holdout_share": 0})
    assert "Nobody is held out" in merchant.get("/").text


def test_a_training_is_asked_for_and_its_end_is_told(runtime: Runtime, shop: Shop, merchant: Visitor) -> None:
    assert "Waiting to begin" in merchant.post("/train", {}).text
    with runtime.database.write() as connection:
        training = trainings.latest(connection, shop[0])
        assert training
        trainings.start(connection, training, NOW)
        why = {"detail": f"Memory ran out {NASTY}"}
        outcome = Outcome("failed", f"Training failed: {why['detail']}.", "error", why)
        trainings.finish(connection, training, outcome, NOW)
    page = merchant.get("/").text
    assert "Failed" in page
    assert f"Memory ran out {NASTY}" in unescape(page)
    assert "<script>alert" not in page


def test_the_model_in_use_and_its_figures_are_told(runtime: Runtime, shop: Shop, merchant: Visitor) -> None:
    evaluation = {"k": 10, "hit_rate": 0.25, "bestsellers_hit_rate": 0.1}
    figures = {"n_orders": 1234, "n_products": 56, "evaluation": evaluation}
    at = NOW - timedelta(hours=1)
    with runtime.database.write() as connection:
        models.publish(connection, models.Artefact(shop[0], 3, "p", "c", at, at, figures))
    page = unescape(merchant.get("/").text)
    assert "1,234 orders, 56 products" in page
    assert "in 25.0 % of the latest carts, among 10 suggestions; the best sellers in 10.0 %" in page


def test_there_is_a_page_for_what_is_not_there(merchant: Visitor) -> None:
    page = merchant.get("/nothing")
    assert page.status_code == 404
    assert "There is no such page" in page.text
