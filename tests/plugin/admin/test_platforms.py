"""The pages of platforms and deliveries: a secret shown once, and what is said in the merchant's language."""

import ast
import re
from dataclasses import replace
from html import unescape
from pathlib import Path
from typing import Any

import pytest

import plugin
from plugin.intake import rows
from plugin.platforms.connecting import connect
from plugin.runtime import Runtime
from plugin.store import connected_platforms, deliveries, platform_coupons, readings
from plugin.store.connected_platforms import ConnectedPlatform
from plugin.store.deliveries import Arrival
from plugin.store.platform_coupons import PlatformCoupon
from plugin.store.readings import Reading
from plugin.store.shops import ShopKeys
from plugin.vault import fingerprint
from tests.conftest import NOW, add_shop
from tests.plugin.admin.conftest import Visitor

Shop = tuple[str, ShopKeys]


def test_a_platform_is_connected_and_its_secret_shown_this_once(
    runtime: Runtime, shop: Shop, merchant: Visitor
) -> None:
    page = merchant.post("/platforms/woocommerce/connect", {}, page="/platforms").text
    (secret,) = re.findall(r"whsec_[0-9a-f]+", page)
    assert f"http://127.0.0.1:8000/webhooks/woocommerce/{shop[0]}" in page
    assert secret not in merchant.get("/platforms").text
    with runtime.database.read() as opened:
        known = connected_platforms.find(opened, runtime.vault, shop[0], "woocommerce")
    assert known is not None
    assert known.secrets == (secret.encode(),)
    path = "/platforms/woocommerce/disconnect"
    unsure = merchant.post(path, {}, page="/platforms")
    assert unsure.status_code == 422
    assert "Nothing was changed: confirm first." in unsure.text
    assert "Encore cannot remove the webhooks by which WooCommerce" in unsure.text
    with runtime.database.read() as opened:
        assert connected_platforms.find(opened, runtime.vault, shop[0], "woocommerce")
    assert "Disconnected" in merchant.post(path, {"sure": "yes"}, page="/platforms").text


def test_who_did_not_confirm_sees_the_fields_as_they_are_kept(shop: Shop, merchant: Visitor) -> None:
    typed = {"secret": "shpss_0123456789abcdef", "account_id": "beans.myshopify.com", "token": "shpat_1"}
    merchant.post("/platforms/shopify/connect", typed, page="/platforms")
    page = merchant.post("/platforms/shopify/disconnect", {}, page="/platforms").text
    assert "Encore removes the webhooks by which Shopify" in page
    assert 'value="beans.myshopify.com"' in page


def test_what_stood_in_a_field_can_be_taken_away_but_for_what_is_needed(
    runtime: Runtime, shop: Shop, merchant: Visitor
) -> None:
    def told(**fields: str) -> ConnectedPlatform:
        answer = merchant.post("/platforms/saleor/connect", fields, page="/platforms")
        assert answer.status_code == 200, answer.text
        with runtime.database.read() as opened:
            found = connected_platforms.find(opened, runtime.vault, shop[0], "saleor")
        assert found is not None
        return found

    address = {"address": "https://shop.saleor.cloud/graphql/"}
    assert "forget_token" not in merchant.get("/platforms").text
    told(**address, account_id="default-channel", token="a token of theirs")
    found = told(**address, account_id="default-channel", token="")
    assert (found.account_id, found.token) == ("default-channel", "a token of theirs")
    assert told(**address, account_id="", token="").account_id is None
    found = told(**address, account_id="", token="", forget_token="yes")
    assert found.token is None
    empty = {"address": "", "account_id": ""}
    answer = merchant.post("/platforms/saleor/connect", empty, page="/platforms?language=it")
    assert answer.status_code == 422
    assert 'id="saleor-address-error">Questa piattaforma ne ha bisogno.' in answer.text


def test_a_token_is_not_forgotten_while_coupons_made_with_it_are_there(
    runtime: Runtime, shop: Shop, merchant: Visitor
) -> None:
    address = {"address": "https://shop.example"}
    merchant.post("/platforms/woocommerce/connect", {**address, "token": "ck_1:cs_1"}, page="/platforms")
    coupon = PlatformCoupon(shop[0], "CODE", "woocommerce", "welcome", 1, "1", NOW, NOW)
    with runtime.database.write() as opened:
        opened.execute(platform_coupons.table.insert().values(vars(coupon)))
    forget = {**address, "token": "", "forget_token": "yes"}
    answer = merchant.post("/platforms/woocommerce/connect", forget, page="/platforms")
    assert answer.status_code == 422
    assert "switch coupons off first" in answer.text
    with runtime.database.write() as opened:
        platform_coupons.forget(opened, coupon)
    assert "Saved." in merchant.post("/platforms/woocommerce/connect", forget, page="/platforms").text


def test_a_second_platform_with_ids_of_its_own_is_refused_until_the_first_is_left(
    shop: Shop, merchant: Visitor
) -> None:
    def connect(platform: str) -> int:
        typed = {"secret": "shpss_0123456789abcdef", "account_id": "1"} if platform == "ecwid" else {}
        return merchant.post(f"/platforms/{platform}/connect", typed, page="/platforms").status_code

    assert [connect(each) for each in ("woocommerce", "generic", "woocommerce", "ecwid")] == [
        *(200, 200, 200, 422)
    ]
    page = merchant.post("/platforms/saleor/connect", {"address": "https://a.example"}, page="/platforms")
    assert 'id="saleor-platform-error">Another platform is connected' in page.text
    merchant.post("/platforms/woocommerce/disconnect", {"sure": "yes"}, page="/platforms")
    assert [connect(each) for each in ("ecwid", "woocommerce")] == [200, 422]


def test_no_two_shops_have_one_secret_of_shopify(runtime: Runtime, shop: Shop, merchant: Visitor) -> None:
    """Nothing that Shopify signs says whose shop it is: who has a secret could write to all that share it."""
    typed = {"secret": "shpss_0123456789abcdef", "account_id": "beans.myshopify.com"}
    other = add_shop(runtime)[0]
    connect(runtime, other, "shopify", typed, NOW)
    for account_id in ("beans.myshopify.com", "tea.myshopify.com"):
        answer = merchant.post(
            "/platforms/shopify/connect", {**typed, "account_id": account_id}, page="/platforms"
        )
        assert answer.status_code == 422
        assert 'id="shopify-secret-error">Another shop has this secret' in answer.text
    connect(runtime, other, "shopify", {**typed, "secret": "shpss_another_secret"}, NOW)
    assert (
        merchant.post("/platforms/shopify/connect", typed, page="/platforms").status_code == 422
    )  # valid yet
    connect(runtime, other, "shopify", {**typed, "secret": "shpss_a_third_secret"}, NOW)
    assert "Saved." in merchant.post("/platforms/shopify/connect", typed, page="/platforms").text
    assert "Saved." in merchant.post("/platforms/shopify/connect", typed, page="/platforms").text


def test_what_is_missing_is_said_and_no_secret_stands_on_the_page(shop: Shop, merchant: Visitor) -> None:
    typed = {"secret": "shpss_0123456789abcdef", "account_id": ""}
    answer = merchant.post("/platforms/shopify/connect", typed, page="/platforms")
    assert answer.status_code == 422
    assert 'id="shopify-account_id-error"' in answer.text
    assert typed["secret"] not in answer.text
    answer = merchant.post(
        "/platforms/shopify/connect", {**typed, "account_id": "beans.myshopify.com"}, page="/platforms"
    )
    assert "Saved." in answer.text
    assert typed["secret"] not in answer.text
    assert merchant.post("/platforms/magento/connect", {}, page="/platforms").status_code == 404


@pytest.mark.parametrize(
    ("platform", "account_id", "begins"),
    [
        ("ecwid", "1003", "https://my.ecwid.com/api/oauth/authorize?client_id=app-1&"),
        (
            "shopify",
            "beans.myshopify.com",
            "https://beans.myshopify.com/admin/oauth/authorize?client_id=app-1&",
        ),
    ],
)
def test_the_way_to_the_platforms_own_yes_stands_on_the_page(
    shop: Shop, merchant: Visitor, platform: str, account_id: str, begins: str
) -> None:
    typed = {"secret": "shpss_0123456789abcdef", "account_id": account_id}
    merchant.post(f"/platforms/{platform}/connect", typed, page="/platforms")
    assert begins not in unescape(merchant.get("/platforms").text)
    page = unescape(merchant.get(f"/platforms?of={platform}&client_id=app-1").text)
    assert f'href="{begins}' in page
    assert "authorize" not in merchant.get("/platforms?of=generic&client_id=app-1").text
    with_box = f"/platforms?of={platform}&client_id=app-1&besides=read_all_orders&besides=write_orders"
    granted = unescape(merchant.get(with_box).text)
    assert ('value="read_all_orders" checked' in granted) == (platform == "shopify")
    assert ("%2Cread_all_orders&" in granted) == (platform == "shopify")
    assert "write_orders" not in granted


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ("of=ecwid&refused=signature_expired", "The link to Ecwid was over an hour old"),
        ("of=ecwid&refused=platform_refused", "Ecwid did not let Encore in"),
        ("of=shopify&refused=signature_invalid", "The way back from Shopify was used before"),
        ("of=shopify&refused=wrong_shop", "Shopify let Encore into another shop"),
        ("of=shopify&refused=unreachable", "Shopify cannot be asked just now"),
        ("of=woocommerce&success=0&user_id=x", "WooCommerce did not let Encore in"),
    ],
)
def test_a_platforms_no_is_said_on_the_page_in_its_language(
    shop: Shop, merchant: Visitor, asked: str, words: str
) -> None:
    assert words in merchant.get(f"/platforms?{asked}", follow_redirects=True).text
    assert words not in merchant.get("/platforms").text
    for code in ("es", "it", "zh"):
        page = merchant.get(f"/platforms?{asked}&language={code}", follow_redirects=True).text
        assert 'class="flash"' in page
        assert words not in page


def test_nobody_elses_words_are_put_on_the_page(shop: Shop, merchant: Visitor) -> None:
    assert "flash" not in merchant.get("/platforms?of=%3Cb%3E&refused=signature_expired").text
    page = merchant.get("/platforms?of=ecwid&refused=evil", follow_redirects=True).text
    assert "evil" not in page
    assert "flash" not in page


def messages_of_jobs() -> list[str]:
    """What a delivery is refused with for good, where the text is always the same."""
    room = Path(plugin.__file__).parent
    calls = [
        node
        for path in [*room.glob("platforms/*.py"), room / "jobs" / "deliveries.py"]
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "Refusal"
    ]
    said = [[each.value for each in call.args if isinstance(each, ast.Constant)] for call in calls]
    return [each[1] for each in said if len(each) == 2 and each[0] in ("unreadable", "by_hand", "failed")]


def of_fields() -> set[str]:
    """What rows are rejected with, whatever is wrong with them."""
    long, line = "x" * 5000, {"product_id": "p", "quantity": 1}
    product: dict[str, Any] = {"product_id": "p", "title": "t"}
    wrong: dict[str, list[Any]] = {
        "orders": [
            *(5, {}, {"status": "odd"}, {"currency": "eur"}, {"prices_include_tax": "?"}, {"odd": 1}),
            *({"order_id": each} for each in (None, "", 5, "\0", long)),
            *({"ordered_at": each} for each in ("x", "1900-01-01", 5)),
            *({"shipping_minor": each} for each in (1.5, -1, "x")),
            *({"lines": each} for each in ({}, [5], [{}], [line] * 3000, [{**line, "line_id": "1"}] * 2)),
            *({"lines": [{**line, "quantity": each}]} for each in ("x", 1e12, float("nan"))),
        ],
        "products": [
            *({**product, "variants": each} for each in ("x", [{"variant_id": "v"}] * 2)),
            *({**product, "variants": [{"variant_id": "v", "stock": each}]} for each in (1.5, 10**20)),
            *({**product, "variants": [{"variant_id": "v", "tax_share": each}]} for each in ("x", 50)),
            *({"title": each} for each in (None, long)),
        ],
        "customers": [{"country": "ESP"}, {"birth_month_day": "x"}, {"consent": 5}, {"email": long}],
    }
    verdicts = [rows.checked(rows.NOUNS[noun], each) for noun, some in wrong.items() for each in some]
    assert all(isinstance(each, rows.Verdict) for each in verdicts)
    return {
        text
        for each in verdicts
        if isinstance(each, rows.Verdict)
        for of_it in each.errors.values()
        for text in of_it
    }


def test_what_jobs_say_of_deliveries_is_said_in_the_merchants_language(
    runtime: Runtime, shop: Shop, merchant: Visitor
) -> None:
    said = [
        *messages_of_jobs(),
        "Ecwid's API answers 502.",
        "Saleor's API answers with something that is not JSON.",
        "Saleor's API answers: Voucher code is taken.",
        "Product 7 is not known yet; tried again later.",
        "shop.example cannot be asked: timed out.",
        "shop.example did not answer lately: it is asked again later.",
        "shop.example is not a public address. Where it is meant, the operator names its network in"
        " ENCORE_PRIVATE_NETWORKS.",
        "Shopify asks to wait for 20 seconds.",
        "Without the store's number and an API token nothing can be read.",
        "Shopify's API answers that the question costs too much.",
        "Vouchers need the channel that is to have them.",
        "The platform's API answers in another form than it documents.",
        "data is no row with a customer_id.",
        "An address begins with http:// or https:// and names a host.",
        "This platform makes no coupons.",
        "A secret of Standard Webhooks is whsec_ and the base64 of 24 to 64 bytes.",
        "This platform asks to delete the shop's data within 30 days, but the shop is connected to another"
        " one. If all of it is to go, the operator runs `encore shop remove beans`.",
        "Saleor deleted an app whose token is not known here. If all is to go, the operator runs"
        " `encore shop remove beans`.",
    ]
    said += [f"17: lines.0.quantity: {each}" for each in sorted(of_fields())]
    several = "17: updated_at: Not a valid datetime.; odd: Unknown field.; 18: lines: Not a valid list."
    assert len(said) > 8
    with runtime.database.write() as opened:
        for number, message in enumerate([*said, several]):
            deliveries.add(opened, runtime.vault, Arrival(shop[0], "generic", str(number), "t", NOW, b"x"))
            found = deliveries.next_due(opened, runtime.vault, shop[0], NOW)
            assert found is not None
            deliveries.finish(opened, found[0], "unreadable", message, NOW)
    pages = "".join(merchant.get(f"/deliveries?page={number}").text for number in (1, 2))
    assert [each for each in said if each not in unescape(pages)] == []
    for code in ("es", "it", "zh"):
        merchant.get(f"/deliveries?language={code}")
        page = unescape("".join(merchant.get(f"/deliveries?page={number}").text for number in (1, 2)))
        assert [each for each in said if each in page] == [], code
    assert "17: updated_at: 不是有效的日期时间。 odd: 未知字段。 18: lines: 不是有效的列表。" in page


def test_why_no_coupons_could_be_made_is_said_in_the_merchants_language(
    runtime: Runtime, shop: Shop, merchant: Visitor
) -> None:
    merchant.post("/platforms/woocommerce/connect", {"address": "https://shop.example"}, page="/platforms")
    with runtime.database.write() as opened:
        platform_coupons.note(opened, shop[0], "woocommerce", "WooCommerce's API answers 403.")
    assert "WooCommerce&#39;s API answers 403." in merchant.get("/platforms").text
    assert "L&#39;API di WooCommerce risponde 403." in merchant.get("/platforms?language=it").text


def test_what_coupons_need_is_said_beside_its_field(shop: Shop, merchant: Visitor) -> None:
    typed = {"address": "", "token": "ck_1:cs_1", "coupons": "yes"}
    answer = merchant.post("/platforms/woocommerce/connect", typed, page="/platforms?language=it")
    assert answer.status_code == 422
    assert 'id="woocommerce-address-error">Questa piattaforma ne ha bisogno.' in answer.text


def test_how_far_the_history_has_come_in_is_told(runtime: Runtime, shop: Shop, merchant: Visitor) -> None:
    typed = {"address": "https://shop.example", "token": "ck_1:cs_1"}
    assert "whsec_" in merchant.post("/platforms/woocommerce/connect", typed, page="/platforms").text
    reading = Reading(shop[0], "woocommerce", "orders", NOW, {}, rows_done=1200, rows_left=300)
    for changed, words in [
        (reading, "Orders: 1,200 read, 300 left"),
        (replace(reading, rows_left=0, caught_up_at=NOW), "Orders: all read, last on Mar 2, 2026"),
        (replace(reading, message="It answers 500."), "Orders: cannot go on. It answers 500."),
        (replace(reading, rejected="17: lines: No."), "300 left. Left out last: 17. lines: No."),
        (replace(reading, rows_left=None), "Orders: 1,200 read so far<"),
    ]:
        with runtime.database.write() as opened:
            readings.keep(opened, changed)
        assert words in merchant.get("/platforms").text
    page = merchant.get("/platforms").text
    assert "cs_1" not in page
    assert page.count("documents: not yet tried on a live shop.") == 4  # all but the standard's own


@pytest.mark.parametrize(
    ("status", "words", "in_italian"),
    [
        (401, "the key or token opens nothing there", "lì non apre nulla"),
        (402, "402: the shop is closed there, locked or not paid for", "402: lì il negozio è chiuso"),
        (423, "423: the shop is closed there, locked or not paid for", "423: lì il negozio è chiuso"),
        (404, "nothing stands at this address, or the shop is closed", "lì il negozio è chiuso"),
    ],
)
def test_what_an_api_that_lets_nobody_in_means_is_said(
    runtime: Runtime, shop: Shop, merchant: Visitor, status: int, words: str, in_italian: str
) -> None:
    typed = {"secret": "shpss_0123456789abcdef", "account_id": "beans.myshopify.com", "token": "shpat_1"}
    merchant.post("/platforms/shopify/connect", typed, page="/platforms")
    told = f"Shopify's API answers {status}."
    with runtime.database.write() as opened:
        readings.keep(opened, Reading(shop[0], "shopify", "orders", NOW, {}, message=told))
    assert words in merchant.get("/platforms").text
    assert in_italian in merchant.get("/platforms?language=it").text


def test_a_platform_that_was_read_and_has_no_token_any_more_says_so(
    runtime: Runtime, shop: Shop, merchant: Visitor
) -> None:
    typed = {"secret": "shpss_0123456789abcdef", "account_id": "beans.myshopify.com", "token": "shpat_1"}
    merchant.post("/platforms/shopify/connect", typed, page="/platforms")
    with runtime.database.write() as opened:
        readings.keep(opened, Reading(shop[0], "shopify", "orders", NOW, {}, rows_done=12))
    assert "There is no token any more" not in merchant.get("/platforms").text
    with runtime.database.write() as opened:
        assert connected_platforms.forget_token(opened, runtime.vault, shop[0], fingerprint("shpat_1"))
    assert "There is no token any more" in merchant.get("/platforms").text
    assert "Non c’è più alcun token" in merchant.get("/platforms?language=it").text


def test_what_goes_onto_the_pages_is_told_with_the_shops_own_key(shop: Shop, merchant: Visitor) -> None:
    assert "encore-woocommerce.zip" not in merchant.get("/platforms").text  # not connected: nothing to do
    merchant.post("/platforms/woocommerce/connect", {}, page="/platforms")
    merchant.post("/platforms/generic/connect", {}, page="/platforms")
    page = merchant.get("/platforms").text
    assert 'href="http://127.0.0.1:8000/widgets/v1/encore-woocommerce.zip" download' in page
    assert f"<code>{shop[1].public}</code>" in page
    assert f"<code>{shop[0]}</code>" in page
    assert f"encore.js&#34; data-key=&#34;{shop[1].public}&#34;" in page
    assert shop[1].signing not in page
    merchant.post("/platforms/woocommerce/disconnect", {"sure": "yes"}, page="/platforms")
    typed = {"secret": "shpss_0123456789abcdef", "account_id": "beans.myshopify.com"}
    told = merchant.post("/platforms/shopify/connect", typed, page="/platforms").text
    assert "checkout is closed to scripts: the offer stands in the cart" in told
    assert "El pago de Shopify está cerrado a los scripts" in merchant.get("/platforms?language=es").text
