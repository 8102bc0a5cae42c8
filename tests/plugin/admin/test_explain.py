"""The page where a merchant puts a cart together and reads why its list is as it is."""

from html import unescape

import pytest
from playwright.sync_api import Page, expect

from plugin.runtime import Runtime
from plugin.store import shops
from plugin.store.shops import ShopKeys
from tests.plugin.admin.conftest import PASSWORD, Visitor, new_link
from tests.plugin.admin.test_browser import accessible, page
from tests.plugin.admin.test_pages import NASTY
from tests.plugin.storefront import keep_orders, publish, put_catalogue, put_product, sell_out

Shop = tuple[str, ShopKeys]
__all__ = ["page"]


@pytest.fixture(autouse=True)
def trained(runtime: Runtime, shop: Shop) -> None:
    """A catalogue and a model in use."""
    put_catalogue(runtime, shop[0])
    keep_orders(runtime, shop[0])
    publish(runtime, shop[0])


def shown(merchant: Visitor, address: str) -> str:
    return " ".join(unescape(merchant.get(address).text).split())


def test_the_list_stands_with_the_shoppers_reason_and_the_merchants(merchant: Visitor) -> None:
    text = shown(merchant, "/explain?cart=beans")
    assert "Often bought with Espresso Beans" in text
    assert "In 12 of the 18 orders with Espresso Beans, by 12 customers." in text
    assert "Empty: somebody who is not known." in text
    spanish = shown(merchant, "/explain?cart=beans&language=es")
    assert "Se compra a menudo con Espresso Beans" in spanish
    assert "En 12 de los 18 pedidos con Espresso Beans, de 12 clientes." in spanish


def test_what_was_left_out_stands_below_with_its_rule(
    runtime: Runtime, shop: Shop, merchant: Visitor
) -> None:
    sell_out(runtime, shop[0], "filter")
    with runtime.database.write() as connection:
        shops.change_settings(connection, shop[0], {"excluded_product_ids": ["grinder"], "stopped": True})
    text = shown(merchant, "/explain?cart=beans")
    assert "It is out of stock." in text
    assert "You excluded it." in text
    assert "Encore is stopped: shoppers see nothing of this." in text


@pytest.mark.parametrize(
    ("language", "surest", "least"),
    [
        ("en", "very sure", "little is known"),
        ("es", "muy seguro", "se sabe poco"),
        ("it", "molto sicuro", "si sa poco"),
        ("zh", "非常确定", "所知甚少"),
    ],
)
def test_grades_stand_as_letters_with_what_they_mean(
    merchant: Visitor, language: str, surest: str, least: str
) -> None:
    text = shown(merchant, f"/explain?cart=beans&language={language}")
    assert "<strong>C</strong>" in text
    assert f"<dt>A</dt><dd>{surest}</dd>" in text
    assert f"<dt>D</dt><dd>{least}</dd>" in text


def test_what_the_model_weighed_is_told(runtime: Runtime, shop: Shop, merchant: Visitor) -> None:
    publish(runtime, shop[0], settings={"objective": "margin", "diversity": 0.3})
    text = shown(merchant, "/explain?cart=beans&customer=c1-1")
    assert "your objective is margin" in text
    assert "The list is mixed by category" in text
    assert "own purchases" in text
    assert "It is in the cart or on the page already." in text


def test_a_customers_list_is_their_own(merchant: Visitor) -> None:
    text = shown(merchant, "/explain?customer=c4-1&placement=home")
    assert "What this customer bought, if anything, is used." in text
    assert "This customer's orders with it: 1." in text
    assert "This customer's orders" not in shown(merchant, "/explain?customer=nobody&placement=home")


def test_whatever_stands_in_the_address_is_text(runtime: Runtime, shop: Shop, merchant: Visitor) -> None:
    put_product(runtime, shop[0], "nasty", title=NASTY)
    for query in ({"cart": ["nasty", NASTY]}, {"customer": NASTY}, {"search": NASTY}, {"placement": NASTY}):
        found = merchant.get("/explain", query_string=query)
        assert found.status_code == 200
        assert "<script>alert" not in found.text


def test_a_cart_is_put_together_with_the_mouse(
    runtime: Runtime,
    shop: Shop,
    page: Page,
    address: str,
) -> None:
    page.goto(address + new_link(runtime, shop[0]))
    page.get_by_label("New password").fill(PASSWORD)
    page.get_by_label("The same once more").fill(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Overview")
    page.get_by_role("link", name="Suggestions").click()
    page.get_by_role("link", name="Explain").click()
    for title in ("Espresso Beans", "Green Tea"):
        page.get_by_label("Put in a product").fill(title)
        page.get_by_role("button", name="Search").click()
        page.get_by_role("button", name=f"Put in the cart: {title}").click()
    page.get_by_label("Customer's id").fill("c4-1")
    page.get_by_role("button", name="Explain", exact=True).click()
    slate = page.get_by_role("region", name="What the shopper sees, and why")
    expect(slate).to_contain_text("Tea Cup")
    accessible(page)
    page.get_by_role("button", name="Remove: Green Tea").click()
    expect(page.get_by_role("region", name="Cart")).not_to_contain_text("Green Tea")
    expect(page.get_by_label("Customer's id")).to_have_value("c4-1")
