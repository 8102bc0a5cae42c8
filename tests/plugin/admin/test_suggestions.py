"""What suggestions are for, what categories are, what goes with what: as the pages set it."""

from datetime import timedelta
from html import unescape

import pytest

from plugin.runtime import Runtime
from plugin.settings import Settings
from plugin.store import complements, models, products, shops, trainings
from plugin.store.shops import ShopKeys
from tests.conftest import NOW
from tests.plugin.admin.conftest import Visitor
from tests.plugin.admin.test_pages import NASTY

Shop = tuple[str, ShopKeys]
WAITS = "The model in use learnt with other settings"


def settings(runtime: Runtime, shop: Shop) -> Settings:
    with runtime.database.read() as connection:
        return shops.load(connection, runtime.vault, shop[0]).settings


def chosen(runtime: Runtime, shop: Shop, product_id: str) -> list[str]:
    with runtime.database.read() as connection:
        return complements.of(connection, shop[0], [product_id]).get(product_id, [])


@pytest.fixture(autouse=True)
def catalogue(runtime: Runtime, shop: Shop) -> None:
    """A few products; one category has a name as nobody should give it."""
    rows = [
        {"product_id": "machine", "title": "Espresso machine", "categories": ["Kitchen", NASTY]},
        {"product_id": "beans", "title": NASTY, "categories": ["Food", "Coffee"]},
        {"product_id": "test", "title": "Pregnancy test", "categories": ["Health"]},
    ]
    with runtime.database.write() as connection:
        products.put_many(connection, shop[0], rows, NOW)


def publish(runtime: Runtime, shop: Shop, **taught: object) -> None:
    """A model in use that was taught so."""
    with runtime.database.write() as connection:
        figures = {"settings": taught}
        models.publish(connection, models.Artefact(shop[0], 1, "p", "c", NOW, NOW, figures))


def press(merchant: Visitor, category: str, mark: str) -> str:
    page = "/suggestions/categories"
    return unescape(merchant.post(page, {"category": category, "mark": mark}, page=page).text)


def test_the_aim_is_kept(runtime: Runtime, shop: Shop, merchant: Visitor) -> None:
    page = merchant.post("/suggestions", {"objective": "margin", "diversity": "0.35"})
    assert "Saved" in page.text
    kept = settings(runtime, shop)
    assert (kept.objective, kept.diversity, kept.habits) == ("margin", 0.35, False)
    merchant.post("/suggestions", {"objective": "margin", "diversity": "0.35", "habits": "on"})
    assert settings(runtime, shop).habits


@pytest.mark.parametrize("diversity", ["-0.1", "1.1", "much", "", "nan"])
def test_a_wrong_diversity_is_refused_in_words(
    runtime: Runtime, shop: Shop, merchant: Visitor, diversity: str
) -> None:
    page = merchant.post("/suggestions", {"objective": "margin", "diversity": diversity})
    assert page.status_code == 422
    assert "Give a number from 0 to 1." in page.text
    assert settings(runtime, shop).objective == "hits"


def test_an_objective_that_there_is_not_is_refused(runtime: Runtime, shop: Shop, merchant: Visitor) -> None:
    page = merchant.post("/suggestions", {"objective": "fame", "diversity": "0.1"})
    assert page.status_code == 422
    assert settings(runtime, shop).diversity == 0


def test_categories_are_found_marked_and_unmarked(runtime: Runtime, shop: Shop, merchant: Visitor) -> None:
    page = merchant.get("/suggestions/categories?search=heal")
    assert "Health" in page.text
    assert "Kitchen" not in page.text
    assert "Personal suggestions follow within two seconds" in press(merchant, "Health", "sensitive:on")
    press(merchant, "Coffee", "bought_again:on")
    assert settings(runtime, shop).sensitive_categories == {"Health"}
    press(merchant, "Coffee", "bought_once:on")
    assert settings(runtime, shop).bought_once_categories == {"Coffee"}
    assert settings(runtime, shop).bought_again_categories == frozenset()
    press(merchant, "Health", "sensitive:off")
    assert settings(runtime, shop).sensitive_categories == frozenset()


def test_a_category_that_is_markup_stays_text(runtime: Runtime, shop: Shop, merchant: Visitor) -> None:
    assert NASTY in press(merchant, NASTY, "bought_once:on")
    assert settings(runtime, shop).bought_once_categories == {NASTY}
    page = merchant.get("/suggestions/categories", query_string={"search": NASTY})
    assert "<script>alert" not in page.text


def test_a_mark_that_there_is_not_changes_nothing(runtime: Runtime, shop: Shop, merchant: Visitor) -> None:
    before = settings(runtime, shop)
    for category, mark in (("Health", "stopped:on"), ("", "sensitive:on"), ("x" * 201, "sensitive:on")):
        press(merchant, category, mark)
    assert settings(runtime, shop) == before


def test_complements_are_added_put_first_and_removed(runtime: Runtime, shop: Shop, merchant: Visitor) -> None:
    def do(what: str, other: str) -> str:
        form = {"product": "machine", "complement": other, "do": what, "search": "e"}
        return merchant.post("/suggestions/complements", form, page="/suggestions").text

    assert "Espresso machine" in merchant.get("/suggestions/complements?search=espresso").text
    do("add", "beans")
    page = do("add", "not-there-yet")
    assert "No product has this id" in page
    assert "<script>alert" not in page
    do("first", "not-there-yet")
    assert chosen(runtime, shop, "machine") == ["not-there-yet", "beans"]
    do("add", "machine")
    do("remove", "not-there-yet")
    assert chosen(runtime, shop, "machine") == ["beans"]
    assert "Espresso machine" in merchant.get("/suggestions/complements").text


def test_a_product_takes_fifty_complements(runtime: Runtime, shop: Shop, merchant: Visitor) -> None:
    row = {"product_id": "machine", "complements": [f"p{n}" for n in range(50)]}
    with runtime.database.write() as connection:
        complements.put_many(connection, shop[0], [row], NOW)
    form = {"product": "machine", "complement": "beans", "do": "add"}
    assert "at most 50" in merchant.post("/suggestions/complements", form, page="/suggestions").text
    assert "beans" not in chosen(runtime, shop, "machine")


def test_what_waits_for_a_training_is_said_until_one_is_asked_for(
    runtime: Runtime, shop: Shop, merchant: Visitor
) -> None:
    assert WAITS not in merchant.get("/suggestions").text  # no model yet: nothing waits
    publish(runtime, shop, objective="hits", diversity=0.0, neighbours=200)
    assert WAITS not in merchant.get("/suggestions").text
    press(merchant, "Health", "sensitive:on")
    for path in ("/suggestions", "/suggestions/categories", "/suggestions/complements"):
        page = merchant.get(path).text
        assert WAITS in page
        assert "Retrain now" in page
    merchant.post("/train", {})
    assert "A training is asked for or running" in merchant.get("/suggestions").text
    with runtime.database.read() as connection:
        assert trainings.latest(connection, shop[0]) is not None


def test_complements_chosen_since_the_training_wait_too(
    runtime: Runtime, shop: Shop, merchant: Visitor
) -> None:
    publish(runtime, shop)
    with runtime.database.write() as connection:
        row = {"product_id": "machine", "complements": ["beans"]}
        complements.put_many(connection, shop[0], [row], NOW + timedelta(seconds=1))
    assert WAITS in merchant.get("/suggestions/complements").text


def test_the_bounds_of_upsells_are_set_in_percent(runtime: Runtime, shop: Shop, merchant: Visitor) -> None:
    page = merchant.get("/suggestions").text
    shown = {"least_share": "10", "greatest_share": "60", "add_on_share": "25"}
    assert all(f'name="{name}" type="text" value="{value}"' in page for name, value in shown.items())
    given = {"least_share": "5 %", "greatest_share": "12,5", "add_on_share": "0"}
    merchant.post("/suggestions", {"objective": "hits", "diversity": "0"} | given)
    assert vars(settings(runtime, shop).upsells) == {
        "least_share": 1.05,
        "greatest_share": 1.125,
        "add_on_share": 0.0,
    }


@pytest.mark.parametrize(
    "given", [("least_share", "70"), ("greatest_share", "much"), ("add_on_share", "101")]
)
def test_bounds_of_upsells_that_leave_no_room_are_refused_beside_their_field(
    runtime: Runtime, shop: Shop, merchant: Visitor, given: tuple[str, str]
) -> None:
    page = merchant.post("/suggestions", {"objective": "hits", "diversity": "0", given[0]: given[1]})
    assert page.status_code == 422
    assert page.text.count('class="error"') == 1
    assert "Give a percentage" in page.text
    assert settings(runtime, shop).upsells.greatest_share == 1.6


def test_a_category_is_kept_from_upsells(runtime: Runtime, shop: Shop, merchant: Visitor) -> None:
    assert "Saved." in press(merchant, "Coffee", "no_upsell:on")
    assert settings(runtime, shop).no_upsell_categories == {"Coffee"}
    press(merchant, "Coffee", "no_upsell:off")
    assert settings(runtime, shop).no_upsell_categories == set()
