"""The plugin for WooCommerce, run by a real PHP on a double of WordPress: what it prints and keeps."""

import hashlib
import hmac
import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

FOLDER = Path(__file__).parents[3] / "widgets/platforms/woocommerce"
DOUBLE = Path(__file__).parent / "wordpress.php"
NASTY = '"><script>alert(1)</script>'
SECRET = "whsec_0123456789"
TOLD = {"address": "https://encore.example", "key": "pk_1", "shop_id": "shop_1"}
OPTIONS = {"encore_storefront": TOLD, "encore_storefront_secret": SECRET}
CART = [
    {"product_id": 12, "variation_id": 0, "quantity": 1},
    {"product_id": 30, "variation_id": 34, "quantity": 2.5},
]
VISITOR = "abcdefghijklmnopqrstuv"
AGREED = {"consent_type": "optin", "agreed": ["statistics", "marketing"]}

pytestmark = pytest.mark.skipif(shutil.which("php") is None, reason="php is not on this machine")


def wordpress(**scenario: Any) -> dict[str, Any]:
    """What the plugin does in that scenario; a warning of PHP's is an error."""
    asked = {"options": OPTIONS, **scenario}
    done = subprocess.run(
        ["php", str(DOUBLE), str(FOLDER)], input=json.dumps(asked), capture_output=True, text=True, check=True
    )
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def printed(action: str, *given: Any, **scenario: Any) -> str:
    html: str = wordpress(actions=[[action, list(given)]], **scenario)["html"]
    return html


def test_every_file_is_php_and_closed_to_the_web() -> None:
    for file in FOLDER.rglob("*.php"):
        subprocess.run(["php", "-l", str(file)], capture_output=True, check=True)
        assert re.search(
            r"^defined\( '(ABSPATH|WP_UNINSTALL_PLUGIN)' \) \|\| exit;$", file.read_text(), re.M
        ), file


def test_the_scripts_stand_once_in_the_head_with_the_shops_key() -> None:
    html = printed("wp_head")
    assert html.count("<script") == 2
    assert 'src="https://encore.example/widgets/v1/encore.js" data-key="pk_1"' in html
    assert 'data-cart="https://shop.example/wp-json/wc/store/v1/cart"' in html
    assert printed("wp_head", options={}) == ""


def test_a_page_that_a_cache_may_keep_names_neither_cart_nor_customer() -> None:
    """Product pages are kept by caches and shown to everybody."""
    html = printed("woocommerce_after_single_product_summary", page="product", user=7, cart=CART, **AGREED)
    assert '<encore-bundle product="12"></encore-bundle>' in html
    assert not re.search("cart=|customer|consent", html)
    assert "customer" not in wordpress(filter=["render_block_woocommerce/cart", ""], user=7)["result"]


def test_the_cart_is_told_with_consent_and_a_proof_that_holds() -> None:
    html = printed("woocommerce_after_cart", page="cart", user=7, cart=CART, **AGREED)
    assert re.findall("<(encore-[a-z]+) placement", html) == ["encore-offer", "encore-recommendations"]
    assert ' cart="12:1,30/34:3" consent="personal" customer-id="7"' in html
    expires, signature = re.findall(r'customer-proof="(\d+)\.([0-9a-f]+)"', html)[0]
    signed = f"shop_1\n7\n{expires}".encode()
    assert signature == hmac.new(SECRET.encode(), signed, hashlib.sha256).hexdigest()


@pytest.mark.parametrize(
    ("scenario", "consent"),
    [
        ({}, "none"),
        (AGREED, "personal"),
        ({**AGREED, "agreed": ["statistics"]}, "none"),
        ({**AGREED, "consent_type": ""}, "none"),  # no consent tool: that API then answers yes to everything
        ({**AGREED, "server": {"HTTP_SEC_GPC": "1"}}, "none"),
        ({"encore_consent": True}, "personal"),
        ({"encore_consent": True, "server": {"HTTP_SEC_GPC": "1"}}, "none"),
    ],
)
def test_consent_is_what_a_consent_tool_says(scenario: dict[str, Any], consent: str) -> None:
    assert f'consent="{consent}"' in printed("woocommerce_after_cart", page="cart", **scenario)


@pytest.mark.parametrize("block", ["cart", "checkout"])
def test_below_a_block_the_elements_stand_outside_of_it(block: str) -> None:
    drawn = '<div class="wp-block-woocommerce"></div>'
    html = wordpress(filter=[f"render_block_woocommerce/{block}", drawn], page=block, cart=CART)["result"]
    assert html.startswith(f'{drawn}<encore-offer placement="{block}" cart="12:1,30/34:3"')
    received = wordpress(filter=[f"render_block_woocommerce/{block}", drawn], page="thank_you")["result"]
    assert (received == drawn) is (block == "checkout")


def test_the_thank_you_page_names_the_order_and_what_was_bought() -> None:
    html = printed("woocommerce_thankyou", 881, page="thank_you", order=881, cart=CART)
    assert '<encore-recommendations placement="thank_you" order="881" cart="12:1,30/34:3"' in html
    assert printed("woocommerce_thankyou", 882, page="thank_you", order=881) == ""


def test_classic_checkout_and_front_page_have_their_places() -> None:
    assert printed("woocommerce_review_order_before_payment", page="checkout").startswith("<encore-offer ")
    assert 'placement="checkout"' in printed("woocommerce_after_checkout_form", page="checkout")
    below = wordpress(filter=["the_content", "<p>Hello</p>"], page="home")["result"]
    assert below == '<p>Hello</p><encore-recommendations placement="home"></encore-recommendations>'
    assert wordpress(filter=["the_content", "Hello"], page="post")["result"] == "Hello"


def test_hostile_words_stay_words() -> None:
    options = {**OPTIONS, "encore_storefront": {**TOLD, "key": NASTY}}
    shown = wordpress(call=["shortcode", [{"heading": NASTY, "onclick": "x"}]])["result"]
    for html in (printed("wp_head", options=options), page(options=options), shown):
        assert "<script>" not in html
        assert "&quot;&gt;&lt;script&gt;" in html
    assert "onclick" not in shown


def page(**scenario: Any) -> str:
    html: str = wordpress(call=["show_page", []], **{"rights": ["manage_options"], **scenario})["html"]
    return html


def test_the_page_of_settings_is_for_those_who_may_and_never_shows_the_secret() -> None:
    html = page()
    assert 'value="https://encore.example"' in html
    assert "_wpnonce" in html
    assert SECRET not in html
    assert "A signing secret is kept" in html
    assert page(rights=["manage_woocommerce"]) == ""


def test_the_secret_is_loaded_with_no_page_and_shown_by_no_api() -> None:
    said = wordpress(actions=[["activate", []], ["admin_init", []]])["said"]
    assert ["option", "encore_storefront_secret", False] in said
    assert [each[2] for each in said if each[0] == "setting"] == [False, False]


def test_wrong_settings_change_nothing_and_an_empty_secret_keeps_the_old_one() -> None:
    wrong = {"address": "javascript:alert(1)", "key": "sk_1", "shop_id": NASTY}
    answer = wordpress(call=["checked", [wrong]])
    assert answer["result"] == TOLD
    assert answer["said"] == [["wrong", "address"], ["wrong", "key"], ["wrong", "shop_id"]]
    right = {"address": " https://other.example/ ", "key": "pk_2", "shop_id": "shop_2", "more": "x"}
    assert wordpress(call=["checked", [right]])["result"] == {
        "address": "https://other.example",
        "key": "pk_2",
        "shop_id": "shop_2",
    }
    kept = {"": SECRET, "nonsense": SECRET, "whsec_new": "whsec_new"}
    assert {typed: wordpress(call=["checked_secret", [typed]])["result"] for typed in kept} == kept


@pytest.mark.parametrize(
    ("visitor", "server", "noted"),
    [
        (VISITOR, {}, True),
        (NASTY, {}, False),
        (VISITOR + "\n", {}, False),
        (VISITOR, {"HTTP_SEC_GPC": "1"}, False),
    ],
)
def test_an_order_takes_the_visitor_along(visitor: str, server: dict[str, str], noted: bool) -> None:
    for hook in ("woocommerce_checkout_create_order", "woocommerce_store_api_checkout_update_order_meta"):
        said = wordpress(
            actions=[[hook, ["ORDER"]]], order=1, server=server, cookies={"encore_visitor": visitor}
        )["said"]
        meta = [each for each in said if each[0] == "meta"]
        assert meta == ([["meta", "encore_visitor", VISITOR]] if noted else [])


def test_the_store_api_tells_cart_and_customer() -> None:
    told = wordpress(actions=[["woocommerce_blocks_loaded", []]], user=7, cart=CART)["told"]
    assert told["lines"] == [
        {"product_id": "12", "variant_id": None, "quantity": 1},
        {"product_id": "30", "variant_id": "34", "quantity": 3},
    ]
    assert (told["customer_id"], told["consent"]) == ("7", "none")
    assert "customer_id" not in wordpress(actions=[["woocommerce_blocks_loaded", []]])["told"]


def test_uninstalled_it_leaves_no_option() -> None:
    said = wordpress(do="uninstall")["said"]
    assert said == [["deleted", "encore_storefront"], ["deleted", "encore_storefront_secret"]]


def test_its_words_are_there_in_spanish_italian_and_chinese() -> None:
    asked = {
        each.replace("\\'", "'")
        for file in FOLDER.rglob("*.php")
        for each in re.findall(r"__\( '((?:[^'\\]|\\')+)', 'encore-storefront' \)", file.read_text())
    }
    for language in ("es", "it", "zh"):
        program = f"define('ABSPATH', 1); echo json_encode(require '{FOLDER}/languages/{language}.l10n.php');"
        done = subprocess.run(["php", "-r", program], capture_output=True, check=True)
        told = json.loads(done.stdout)["messages"]
        assert set(told) == asked - {"Encore"}, language
        assert all(told.values())
