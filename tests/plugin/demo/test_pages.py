"""The demo shop without JavaScript and without Encore: pages, forms, and what a form must not do."""

import hashlib
import hmac
from datetime import UTC, datetime
from typing import Any

import pytest

from plugin.demo.shop import Shop

from .conftest import ADDRESS, Shopper

PAGES = ["/", "/departments/dairy", "/products/1", "/cart", "/sign-in", "/search?q=milk", "/search"]


@pytest.mark.parametrize("path", PAGES)
def test_every_page_is_served_under_the_strict_policy(shopper: Shopper, path: str) -> None:
    answer = shopper.client.get(path, base_url=ADDRESS)

    policy = answer.headers["Content-Security-Policy"]
    nonce = policy.split("'nonce-")[1].split("'")[0]
    assert answer.status_code == 200
    assert "'strict-dynamic'" in policy
    assert "require-trusted-types-for 'script'" in policy
    assert answer.text.count(f'nonce="{nonce}"') == answer.text.count("<script") == 2
    assert " style=" not in answer.text


def test_a_nonce_is_used_once(shopper: Shopper) -> None:
    policies = {
        shopper.client.get("/", base_url=ADDRESS).headers["Content-Security-Policy"] for _ in range(3)
    }

    assert len(policies) == 3


def test_a_cart_is_filled_changed_and_bought(shopper: Shopper) -> None:
    shopper.send("/cart", product_id="3")
    shopper.send("/cart", product_id="1", quantity="2")
    shopper.send("/cart/change", product_id="3", quantity="4")

    page = shopper.page("/cart")
    assert page.index("Bananas") < page.index("White milk, 1 gal")
    assert 'cart="3:4,1:2"' in page
    assert "$8.76" in page  # 4 x 0.94 + 2 x 2.50
    assert "$11.66" in page  # and 2.90 for sending it

    answer = shopper.send("/checkout", delivery="today", note="<i>mind the dog</i>")
    thanks = shopper.page(answer.location)
    assert "&lt;i&gt;mind the dog&lt;/i&gt;" in thanks
    assert 'order="web-' in thanks
    assert "Encore could not be told just now; the order stands all the same." in thanks
    assert "Nothing in it yet" in shopper.page("/cart")


def test_what_is_put_in_by_a_widget_comes_back_as_json(shopper: Shopper) -> None:
    token = shopper.page("/cart").split('data-csrf="')[1].split('"')[0]
    headers = {"Accept": "application/json", "X-CSRFToken": token}
    added, refused = (
        shopper.client.post("/cart", base_url=ADDRESS, data={"product_id": each}, headers=headers)
        for each in ("1", "4")
    )

    assert added.json == {"cart": "1:1", "count": 1}
    assert refused.status_code == 422
    assert refused.json == {"message": "Cottage cheese is sold out."}


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"product_id": "1", "quantity": "-1"}, "A quantity is a whole number."),
        ({"product_id": "1", "quantity": "0"}, "Choose a quantity from 1 to 99."),
        ({"product_id": "1", "quantity": "100"}, "Choose a quantity from 1 to 99."),
        ({"product_id": "1", "quantity": "٣"}, "A quantity is a whole number."),
        ({"product_id": "1", "quantity": "1e3"}, "A quantity is a whole number."),
        ({"product_id": "' OR 1=1 --"}, "We do not sell that."),
        ({"product_id": "4"}, "Cottage cheese is sold out."),
        ({}, "We do not sell that."),
    ],
)
def test_a_bad_form_changes_nothing_and_says_why(
    shopper: Shopper, fields: dict[str, str], message: str
) -> None:
    shopper.send("/cart", **fields)

    page = shopper.page("/cart")
    assert message in page
    assert "Nothing in it yet" in page


@pytest.mark.parametrize(
    ("path", "fields", "status"),
    [
        ("/checkout", {"delivery": "today"}, 303),  # an empty cart
        ("/sign-in", {"customer_id": "901"}, 303),
        ("/consent", {"personal": "maybe"}, 400),
        ("/language", {"language": "xx"}, 400),
        ("/nowhere", {}, 404),
    ],
)
def test_other_bad_forms_are_refused(
    shopper: Shopper, path: str, fields: dict[str, str], status: int
) -> None:
    assert shopper.send(path, **fields).status_code == status


@pytest.mark.parametrize(
    "path",
    [
        "/departments/none",
        "/departments/dairy?page=2",
        "/departments/dairy?page=x",
        "/departments/dairy?category=Fish",
        "/products/none",
        "/thank-you/web-1",
        "/static/../shop.py",
    ],
)
def test_what_is_not_there_is_a_page_that_says_so(shopper: Shopper, path: str) -> None:
    answer = shopper.client.get(path, base_url=ADDRESS)

    assert answer.status_code == 404
    assert "We do not have that page" in answer.text


def test_a_form_without_its_token_is_refused(shopper: Shopper) -> None:
    answer = shopper.client.post("/cart", base_url=ADDRESS, data={"product_id": "1"})

    assert answer.status_code == 400
    assert "Nothing in it yet" in shopper.page("/cart")


def test_a_form_sends_nobody_to_another_site(shopper: Shopper) -> None:
    for back in ("//evil.example", "https://evil.example", "/\\evil.example", "javascript:alert(1)"):
        assert shopper.send("/language", language="es", back=back).location == "/"
    assert shopper.send("/language", language="es", back="/cart").location == "/cart"


def test_titles_are_text_and_never_markup(shopper: Shopper) -> None:
    shopper.send("/cart", product_id="5")

    for path in ("/products/5", "/departments/bakery", "/cart", "/checkout", "/search?q=<b>"):
        assert "<b" not in shopper.page(path).replace("<body", "").replace("<button", "")


def test_the_shop_has_one_address(shopper: Shopper) -> None:
    answer = shopper.client.get("/cart?x=1", base_url="http://localhost:9")

    assert answer.location == f"{ADDRESS}/cart?x=1"


def test_only_who_signed_in_carries_a_proof(shopper: Shopper, shop: Shop) -> None:
    assert "customer-proof" not in shopper.page("/cart")

    shopper.send("/sign-in", customer_id="900")
    page = shopper.page("/cart")
    expires, signature = page.split('customer-proof="')[1].split('"')[0].split(".")
    signed = hmac.new(b"whsec_1", f"shop_1\n900\n{expires}".encode(), hashlib.sha256).hexdigest()
    assert signature == signed
    assert 0 < int(expires) - datetime.now(UTC).timestamp() <= 3600
    assert 'consent="personal"' in page


def test_without_consent_nothing_personal_leaves_the_page(shopper: Shopper) -> None:
    shopper.send("/sign-in", customer_id="900")
    shopper.send("/consent", personal="no")

    page = shopper.page("/cart")
    assert 'consent="none"' in page
    assert "customer-proof" not in page
    assert "customer-id" not in page


def test_the_widgets_speak_the_chosen_language(shopper: Shopper) -> None:
    shopper.send("/language", language="it")

    page = shopper.page("/cart")
    assert 'placement="cart" lang="it"' in page
    assert '<html lang="en">' in page  # the shop's own words stay English


def test_a_body_beyond_all_need_is_refused(shopper: Shopper) -> None:
    answer = shopper.send("/cart", product_id="1", note="x" * 1_000_000)

    assert answer.status_code == 413
    assert "more than this shop takes" in answer.text
    assert "Nothing in it yet" in shopper.page("/cart")


def test_a_forged_cookie_is_nobodys(shopper: Shopper) -> None:
    shopper.send("/sign-in", customer_id="900")
    cookie = shopper.client.get_cookie("demo_shop", domain="127.0.0.1")
    assert cookie is not None
    shopper.client.set_cookie("demo_shop", cookie.value[:-3] + "abc", domain="127.0.0.1")

    assert "Household 900" not in shopper.page("/")


def test_an_order_is_shown_to_its_own_shopper_only(shopper: Shopper) -> None:
    shopper.send("/cart", product_id="1")
    placed = shopper.send("/checkout", delivery="later").location
    assert "Thank you!" in shopper.page(placed)
    assert "We do not have that page" in shopper.page("/thank-you/web-000000000000")

    shopper.client.delete_cookie("demo_shop", domain="127.0.0.1")
    assert "We do not have that page" in shopper.page(placed)


def test_a_product_page_asks_for_what_goes_with_it_for_a_better_version_and_for_what_is_similar(
    shopper: Shopper,
) -> None:
    goes_with, upsell, similar = shopper.page("/products/1").split("<encore-recommendations")[1:]

    assert 'product="1"' in goes_with
    assert "kind=" not in goes_with
    assert 'product="1" kind="upsell"' in upsell.replace("\n", " ")
    assert 'product="1" kind="similar"' in similar.replace("\n", " ")
    assert "Our bestsellers" in goes_with
    assert "Our bestsellers" not in similar


def test_a_product_page_asks_what_is_bought_together_with_the_cart_beside_it(shopper: Shopper) -> None:
    shopper.send("/cart", product_id="3", quantity="2")

    bundle = shopper.page("/products/1").split("<encore-bundle")[1]

    assert 'product="1" cart="3:2"' in bundle


PROMISE: dict[str, Any] = {
    "code": "ENC1",
    "token": "t.s",
    "expires_at": "2999-01-01T00:00:00+00:00",
    "terms": {
        "lines": [
            {"product_id": "1", "quantity": 2, "discount_minor": 50, "added": False},
            {"product_id": "3", "quantity": 1, "discount_minor": 94, "added": True},
        ],
        "shipping_discount_minor": 0,
    },
}


def test_an_accepted_offer_lowers_the_total_as_long_as_the_cart_holds_it(shopper: Shopper) -> None:
    shopper.send("/cart", product_id="1", quantity="2")
    assert 'encore-offer class="offer" placement="cart"' in shopper.page("/cart")

    assert shopper.tell("/offer", PROMISE).json == {"cart": "1:2,3:1", "count": 3}
    for path in ("/cart", "/checkout"):
        page = shopper.page(path)
        assert "−$1.44" in page
        assert "$7.40" in page  # 2 x 2.50 + 0.94 - 1.44 + 2.90 for sending it
        assert "<encore-offer" not in page

    shopper.send("/cart/change", product_id="1", quantity="1")
    page = shopper.page("/cart")
    assert "−$1.44" not in page
    assert "Your offer ENC1 was for the cart as it was" in page


def test_free_shipping_takes_off_what_shipping_costs_and_no_more(shopper: Shopper) -> None:
    line = {"product_id": "1", "quantity": 2, "discount_minor": 0, "added": False}
    shopper.send("/cart", product_id="1", quantity="2")
    shopper.tell("/offer", PROMISE | {"terms": {"lines": [line], "shipping_discount_minor": 290}})
    for path in ("/cart", "/checkout"):
        page = shopper.page(path)
        assert "−$2.90" in page
        assert "$7.90" not in page
        assert '<span>Total</span><span class="price">$5.00</span>' in page

    shopper.tell("/offer", PROMISE | {"terms": {"lines": [line], "shipping_discount_minor": 9000}})
    assert '<span>Total</span><span class="price">$5.00</span>' in shopper.page("/checkout")


def test_no_order_is_placed_at_a_price_that_encore_has_not_confirmed(shopper: Shopper) -> None:
    shopper.send("/cart", product_id="1", quantity="2")
    shopper.tell("/offer", PROMISE)

    answer = shopper.send("/checkout", delivery="today")  # Encore does not answer in these tests

    assert answer.location == "/checkout"
    page = shopper.page("/checkout")
    assert "Your offer could not be checked just now. Nothing is ordered yet" in page
    assert "−$1.44" in page


@pytest.mark.parametrize("told", [7, [], {}, {"code": "x"}, PROMISE | {"expires_at": 5}])
def test_what_is_no_accepted_offer_is_refused(shopper: Shopper, told: Any) -> None:
    assert shopper.tell("/offer", told).status_code == 400
    assert "<encore-offer" in shopper.page("/cart")
