"""The merchant's pages about offers: make, look at, try on the past, pause, and read why not."""

from datetime import timedelta
from html import unescape

import pytest
from playwright.sync_api import Page, expect
from werkzeug.test import TestResponse

from plugin.admin.offer_fields import Written
from plugin.offers.shelf import Shelves
from plugin.runtime import Runtime
from plugin.schemas.offer import Offer
from plugin.serving.live import Live
from plugin.settings import OfferSettings
from plugin.store import acceptances, customers, offers, orders, shops
from plugin.store.acceptances import Acceptance
from plugin.store.offers import StoredOffer
from plugin.store.shops import ShopKeys
from tests.conftest import NOW
from tests.plugin.admin.conftest import PASSWORD, Visitor, new_link
from tests.plugin.admin.test_browser import accessible, page
from tests.plugin.admin.test_pages import NASTY
from tests.plugin.offers.shop import offer
from tests.plugin.storefront import TITLES, put_product

Shop = tuple[str, ShopKeys]
__all__ = ["page"]
FORM = {
    "kind": "percent_off",
    "offer_id": "welcome",
    "parameters.off_share": "12,5",
    "placements": "checkout",
    "stacking": "alone",
    "budget.total_minor": "500",
    "caps.per_person": "1",
    "caps.period_days": "30",
    "priority": "0",
    "hold_hours": "24",
}


@pytest.fixture(autouse=True)
def stocked(runtime: Runtime, shop: Shop) -> None:
    """Everything costs 12.50, and the shop itself 5.00; ann has bought two bags of beans, bob one; long ago
    somebody bought beans and filters.
    """
    known = {"variant_id": "v1", "price_minor": 1250, "cost_minor": 500, "stock": 50}
    for product_id in TITLES:
        put_product(runtime, shop[0], product_id, variants=[known], categories=["Coffee"])
    carts = (("ann", 2, 2, ["beans"]), ("bob", 1, 1, ["beans"]), (None, 100, 1, ["beans", "filter"]))
    given = [
        {
            "order_id": customer_id or "long ago",
            "customer_id": customer_id,
            "ordered_at": NOW - timedelta(days=days),
            "lines": [{"product_id": each, "quantity": pieces, "unit_price_minor": 1250} for each in bought],
        }
        for customer_id, days, pieces, bought in carts
    ]
    with runtime.database.write() as connection:
        orders.put_many(connection, shop[0], given, NOW)


def put(runtime: Runtime, shop: Shop, *given: dict[str, object]) -> None:
    with runtime.database.write() as connection:
        offers.put_many(connection, shop[0], [Offer().load(offer(**each)) for each in given], NOW)


def row(runtime: Runtime, shop: Shop, offer_id: str = "welcome") -> StoredOffer | None:
    with runtime.database.read() as connection:
        found = offers.find(connection, shop[0], offer_id)
    return None if found is None or found.deleted else found


def money(runtime: Runtime, shop: Shop) -> OfferSettings:
    with runtime.database.read() as connection:
        return shops.load(connection, runtime.vault, shop[0]).settings.offers


def text_of(answer: TestResponse) -> str:
    return " ".join(unescape(answer.text).split())


def test_an_offer_is_made_changed_and_comes_back_as_it_was_written(
    runtime: Runtime, shop: Shop, merchant: Visitor
) -> None:
    condition = {"conditions.3.kind": "cart_total", "conditions.3.from_minor": "20.50"}
    times = {"starts_at": "2026-03-05T10:00", "title.es": NASTY}
    made = merchant.post("/offers/edit", {**FORM, **condition, **times, "do": "save"})
    assert "Saved" in made.text
    assert "<script>alert" not in made.text
    kept = row(runtime, shop)
    assert kept is not None
    assert kept.definition["parameters"]["off_share"] == 0.125
    assert kept.definition["conditions"] == [{"kind": "cart_total", "from_minor": 2050, "to_minor": None}]
    assert kept.definition["starts_at"] == "2026-03-05T09:00:00+00:00"  # Madrid is an hour ahead
    assert kept.budget_minor == 50_000
    form = merchant.get("/offers/edit?offer=welcome").text
    for name, value in (("parameters.off_share", "12.5"), ("conditions.0.from_minor", "20.50")):
        assert f'name="{name}" value="{value}"' in form
    assert 'value="2026-03-05T10:00"' in form
    again = merchant.post("/offers/edit", {**FORM, "do": "save"})
    assert "There is an offer with this id already" in again.text
    merchant.post("/offers/edit", {**FORM, "known": "yes", "hold_hours": "48", "do": "save"})
    changed = row(runtime, shop)
    assert changed is not None
    assert changed.definition["hold_hours"] == 48


def test_the_id_of_a_deleted_offer_is_not_given_again(
    runtime: Runtime, shop: Shop, merchant: Visitor
) -> None:
    put(runtime, shop, {"offer_id": "percent-off"})
    with runtime.database.write() as connection:
        assert offers.remove(connection, shop[0], "percent-off", NOW)
    assert 'value="percent-off-2"' in merchant.get("/offers/edit?kind=percent_off").text
    made = merchant.post("/offers/edit", {**FORM, "offer_id": "percent-off", "do": "save"})
    assert "There is an offer with this id already" in made.text  # its sums are those of the other one


@pytest.mark.parametrize(
    ("currency", "text", "minor"), [("EUR", "12,5", 1250), ("JPY", "1250", 1250), ("KWD", "1.234", 1234)]
)
def test_amounts_have_the_currencys_own_digits(currency: str, text: str, minor: int) -> None:
    written = Written(currency, "Europe/Madrid")
    assert written.minor(text) == minor
    assert written.minor(written.amount(minor)) == minor
    for other in ("1.2345", "ten", "1e400", "nan"):
        assert written.minor(other) == other
    for never in ("0001-01-01T00:00", "soon"):
        assert Written(currency, "Asia/Tokyo").moment(never) == never


def test_what_is_refused_is_said_at_its_field(runtime: Runtime, shop: Shop, merchant: Visitor) -> None:
    wrong = {
        "conditions.0.kind": "country",
        "conditions.0.countries": "Spain",
        "hold_hours": "soon",
    }
    answer = merchant.post("/offers/edit", {**FORM, **wrong, "do": "save"})
    assert answer.status_code == 422
    for name, said in {
        "conditions.0.countries": "Give two letters for each country.",
        "hold_hours": "Give a whole number from 24 to 2160.",
    }.items():
        assert f'id="{name}-error">{said}' in answer.text
    share = merchant.post("/offers/edit", {**FORM, "parameters.off_share": "150", "do": "save"})
    assert 'id="parameters.off_share-error">Give a percentage above 0, at most 100.' in share.text
    assert 'value="150"' in share.text
    assert row(runtime, shop) is None
    ends = {"starts_at": "2026-02-01T10:00", "ends_at": "2026-01-01T10:00"}
    answer = merchant.post("/offers/edit", {**FORM, **ends, "do": "save"})
    assert 'id="ends_at-error">Give a date and time after the beginning; once' in answer.text
    pressing = merchant.post("/offers/edit", {**FORM, "title.it": "Ultima occasione", "do": "save"})
    assert "“ultima occasione” presses for time" in text_of(pressing)
    event = {"kind": "invitation", "parameters.event": "Hurry", "confirmed": "on", "do": "save"}
    pressing = merchant.post("/offers/edit", {**FORM, **event})
    assert 'id="parameters.event-error">“hurry” presses for time' in text_of(pressing)


def test_a_promise_that_the_shop_keeps_waits_for_its_word(
    runtime: Runtime, shop: Shop, merchant: Visitor
) -> None:
    form = {**FORM, "kind": "free_returns", "parameters.days": "30"}
    refused = merchant.post("/offers/edit", {**form, "do": "save"})
    assert 'id="confirmed-error">Set it up and confirm, or keep the offer paused.' in refused.text
    page = merchant.post("/offers/edit", {**form, "paused": "on", "do": "save"})
    assert "Not confirmed" in page.text
    still = merchant.post("/offers/pause", {"offer_id": "welcome", "paused": "no"})
    assert "It cannot be resumed as it is" in still.text
    merchant.post("/offers/edit", {**form, "known": "yes", "confirmed": "on", "do": "save"})
    kept = row(runtime, shop)
    assert kept is not None
    assert not kept.paused


def test_the_preview_and_the_time_machine_keep_nothing(
    runtime: Runtime, shop: Shop, merchant: Visitor
) -> None:
    seen = text_of(merchant.post("/offers/edit", {**FORM, "do": "preview"}))
    assert "12.5% off your cart: you save €1.56" in seen
    assert "At most 1 per person in 30 days" in seen
    tried = text_of(merchant.post("/offers/edit", {**FORM, "parameters.off_share": "10", "do": "try"}))
    assert "of the carts would have seen it: 2 of 2. Known customers among them: 2." in tried
    assert "<dt>It would have cost at most</dt><dd>€3.75</dd>" in tried
    assert "All 2 orders were replayed." in tried
    for code, said in (("es", "Máquina del tiempo"), ("it", "Macchina del tempo"), ("zh", "时光机")):
        merchant.get(f"/offers?language={code}")
        assert said in merchant.post("/offers/edit", {**FORM, "do": "try"}).text
    merchant.get("/offers?language=es")
    from_30 = {"conditions.0.kind": "cart_total", "conditions.0.from_minor": "30"}
    spanish = text_of(merchant.post("/offers/edit", {**FORM, **from_30, "do": "try"}))
    assert "No se cumple una condición: A partir de 30,00 € en la cesta" in spanish
    assert row(runtime, shop) is None


def test_the_list_says_how_each_stands_and_what_it_has_cost(
    runtime: Runtime, shop: Shop, merchant: Visitor
) -> None:
    put(
        runtime,
        shop,
        {"budget": {"total_minor": 10_000}},
        {"offer_id": "ship", "kind": "free_shipping", "parameters": {}},
        {"offer_id": "old", "ends_at": "2026-01-01"},
        {"offer_id": "any", "kind": "bundle", "parameters": {"off_share": 0.1}},
    )
    with runtime.database.write() as connection:
        booked = {"spent_minor": 2500, "reserved_minor": 1000, "accepted": 3, "redeemed": 2, "loss_minor": 99}
        offers.book(connection, shop[0], "welcome", booked, NOW)
    page = text_of(merchant.get("/offers"))
    assert "€25.00 spent and €10.00 promised of €100.00" in page
    assert '<rect class="spent" width="25.0"' in page
    assert '<dt>Lost</dt><dd><a href="/admin/offers/edit?offer=welcome#lost">€0.99</a></dd>' in page
    assert "Nobody has said what shoppers pay for shipping" in page
    assert "Since Jan 1, 2026" in page
    assert page.count('<span class="badge live">Live</span>') == 2
    assert "Paused" in merchant.post("/offers/pause", {"offer_id": "welcome", "paused": "yes"}).text
    kept = row(runtime, shop)
    assert kept is not None
    assert kept.paused
    merchant.post("/offers/pause", {"offer_id": "welcome", "paused": "no"})
    assert "Deleted" in merchant.post("/offers/delete", {"offer_id": "welcome"}).text
    assert row(runtime, shop) is None
    assert "There is no such offer any more" in merchant.post("/offers/delete", {"offer_id": "welcome"}).text


def test_the_preview_has_no_price_and_nothing_to_accept_before_the_threshold(
    runtime: Runtime, shop: Shop, merchant: Visitor
) -> None:
    far, near = ({"from_minor": minor, "off_minor": 100} for minor in (9000, 100))
    for parameters, is_reached in ((far, False), (near, True)):
        put(runtime, shop, {"kind": "spend_more", "parameters": parameters})
        page = text_of(merchant.get("/offers/edit?offer=welcome"))
        assert ("more and you save €1.00" in page) is not is_reached
        assert ('class="answers"' in page, 'class="saving"' in page) == (is_reached, is_reached)


def test_the_offers_page_says_which_orders_it_lost_on_and_why(
    runtime: Runtime, shop: Shop, merchant: Visitor
) -> None:
    put(runtime, shop, {})
    assert 'id="lost"' not in merchant.get("/offers/edit?offer=welcome").text
    with runtime.database.write() as connection:
        for number, (loss_minor, trouble) in enumerate(((99, "terms_differ"), (50, None), (0, None))):
            kept = Acceptance(
                shop_id=shop[0],
                code=f"CODE{number}",
                offer_id="welcome",
                offer_version=1,
                slate_id=f"s{number}",
                status="redeemed",
                accepted_at=NOW,
                expires_at=NOW,
                changed_at=NOW,
                **dict.fromkeys(("customer_id", "visitor_id", "cart_id")),
                stacking="alone",
                terms={},
                proof={},
                reserved_minor=0,
                loss_minor=loss_minor,
                order_id=f"o{number}",
                redeemed_at=NOW,
                trouble=trouble,
            )
            acceptances.add(connection, kept)
    page = text_of(merchant.get("/offers/edit?offer=welcome"))
    assert "<strong>o0</strong> · €0.99" in page
    assert "or was in another currency. Code: <code>CODE0</code>" in page
    assert "Prices, costs, floor or budget were others by then. Code: <code>CODE1</code>" in page
    assert "CODE2" not in page


def test_kinds_that_are_off_say_why_and_conditions_wait_for_their_data(
    runtime: Runtime, shop: Shop, merchant: Visitor, live: Live, shelves: Shelves
) -> None:
    page = merchant.get("/offers/new").text
    assert "Nobody has said what shoppers pay for shipping" in page
    assert "/offers/edit?kind=free_shipping" not in page
    form = merchant.get("/offers/edit?kind=percent_off").text
    assert '<option value="first_order">' in form
    assert 'name="parameters.of_categories"' in form
    assert '<option value="country">' not in form
    assert "No customer's country is known yet: send it with your customers." in unescape(form)
    with runtime.database.write() as connection:
        for customer_id in ("ann", "bob"):
            orders.remove(connection, shop[0], customer_id)
        customer = {"customer_id": "eve", "consent": {}, "country": "ES"}
        customers.put(connection, runtime.vault, shop[0], customer, NOW)
    for product_id in TITLES:
        put_product(runtime, shop[0], product_id)
    live.refresh()
    shelves.refresh()
    form = merchant.get("/offers/edit?kind=percent_off").text
    assert '<option value="country">' in form
    assert "of_categories" not in form
    assert '<option value="first_order">' not in form
    assert "No order of a known customer has arrived yet." in form
    assert '<option value="cart_total">' in form


def test_money_is_written_as_people_write_it(runtime: Runtime, shop: Shop, merchant: Visitor) -> None:
    form = {"floor_share": "12,5", "floor_minor": "3", "shipping_price_minor": "4,95", "silence_days": "7"}
    margins = {"category": "Coffee", "margin": "40"}
    page = merchant.post("/offers/money", {**form, **margins, "pause_hours": "0", "tax_share": "21"})
    assert "Saved" in page.text
    kept = money(runtime, shop)
    assert (kept.floor_share, kept.floor_minor, kept.shipping_price_minor) == (0.125, 300, 495)
    assert (kept.free_shipping_from_minor, kept.assumed_margin_shares) == (None, {"Coffee": 0.4})
    assert (kept.prices_include_tax, kept.tax_share) == (False, 0.21)
    wrong = {**form, "fee_share": "140", "shipping_cost_minor": "1.234", "pause_hours": "0", "margin": "x"}
    page = merchant.post("/offers/money", {**wrong, "category": "Coffee"})
    assert page.status_code == 422
    assert 'id="fee_share-error">Give a percentage from 0 to 100.' in page.text
    assert 'id="shipping_cost_minor-error">Give an amount, such as 4.50.' in page.text
    assert 'id="margin-1-error">Give a percentage from 0 to 100.' in page.text
    assert money(runtime, shop) == kept


def test_why_an_offer_is_not_shown_stands_with_the_sum(
    runtime: Runtime, shop: Shop, merchant: Visitor, live: Live, shelves: Shelves
) -> None:
    put(runtime, shop, {"parameters": {"off_share": 0.5}}, {"offer_id": "cart", "placements": ["cart"]})
    with runtime.database.write() as connection:
        shops.change_settings(connection, shop[0], {"offers": {"floor_minor": 1000}})
    merchant.get("/offers/why")
    live.refresh()
    shelves.refresh()
    page = text_of(merchant.get("/offers/why?cart=beans&cart=beans&offer=cart"))
    assert "2 × Espresso Beans" in page
    assert page.index("It is for other placements.") < page.index("less than the margin floor")
    assert '<th scope="row">What is left</th><td>€2.50</td>' in page
    spanish = text_of(merchant.get("/offers/why?cart=beans&cart=beans&language=es"))
    assert "La cesta dejaría menos que el margen mínimo" in spanish
    assert merchant.get("/offers/why", query_string={"cart": NASTY, "search": NASTY}).status_code == 200


def test_why_not_shown_takes_a_variant_where_they_differ(
    runtime: Runtime, shop: Shop, merchant: Visitor, live: Live, shelves: Shelves
) -> None:
    put(runtime, shop, {})
    red = {"variant_id": "red", "price_minor": 900, "cost_minor": 300, "stock": 5}
    put_product(runtime, shop[0], "mug", variants=[red, red | {"variant_id": "blue", "price_minor": 800}])
    merchant.get("/offers/why")
    live.refresh()
    shelves.refresh()
    page = merchant.get("/offers/why?cart=mug&cart=mug")
    assert "has variants that differ in price, cost or tax; name one" in text_of(page)
    assert 'name="cart" value="mug/red"' in page.text
    assert 'aria-label="Its variant: red"' in page.text
    page = merchant.get("/offers/why?cart=mug/red&cart=mug/red")
    assert "mug/red" in page.text
    assert "No product has this id" not in text_of(page)
    assert "cart of €18.00" in text_of(page)
    assert "name one" not in text_of(page)


def test_an_offer_is_made_in_a_browser(runtime: Runtime, shop: Shop, page: Page, address: str) -> None:
    put(runtime, shop, {"offer_id": "rival", "parameters": {"off_share": 0.05}, "budget": {"count": 9}})
    page.goto(address + new_link(runtime, shop[0]))
    page.get_by_label("New password").fill(PASSWORD)
    page.get_by_label("The same once more").fill(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.get_by_role("status")).to_contain_text("Your password is set")
    page.goto(f"{address}/offers/new")
    page.get_by_role("link", name="Percent off").click()
    page.get_by_label("Percentage off", exact=True).fill("10")
    page.get_by_label("One more condition").select_option(label="Cart total")
    page.get_by_role("button", name="Add", exact=True).click()
    page.get_by_label("From optional").fill("20")
    page.get_by_role("button", name="Try it on the last 8 weeks").click()
    machine = page.get_by_role("region", name="Time machine")
    expect(machine).to_contain_text("1 of 2")
    expect(machine).to_contain_text("A condition is not met: From a cart of €20.00")
    expect(machine.get_by_role("row", name="rival")).to_contain_text("1")
    expect(page.get_by_role("region", name="What a shopper sees")).to_contain_text("10% off your cart")
    accessible(page)
    page.get_by_label("Title · English").fill("Hurry")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_role("alert")).to_contain_text("Nothing was saved yet")
    page.get_by_label("Title · English").fill("A tenth off")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_role("status")).to_contain_text("Saved. It is paused")
    accessible(page)
    page.get_by_role("button", name="Resume: A tenth off").press("Enter")
    expect(page.get_by_role("status")).to_contain_text("Resumed.")
