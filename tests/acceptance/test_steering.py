"""The merchant's say: what is sensitive, what goes with what; the shopper's: why this, and no more of it."""

from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from plugin.runtime import Runtime
from plugin.store.shops import ShopKeys
from tests.acceptance.coffee import Coffee, ids, opened
from tests.acceptance.conftest import Demo
from tests.plugin.storefront import put_product
from tests.widgets.site import Shop

MARKS = {"sensitive_categories": ["Health"], "bought_once_categories": ["Kettles"]}


@pytest.fixture
def coffee(runtime: Runtime, shop: tuple[str, ShopKeys]) -> Iterator[Coffee]:
    with opened(runtime, shop) as one:
        yield one


def test_a_category_marked_sensitive_leaves_personal_answers_with_the_next_one(coffee: Coffee) -> None:
    put_product(coffee.runtime, coffee.shop_id, "tea", categories=["Food", "Health"])
    coffee.live.refresh()
    assert {"tea", "cup"} <= set(ids(coffee.slate(cart="", customer_id="c4-1")))
    coffee.server("PATCH", "/v1/settings", json=MARKS)
    after = coffee.slate(cart="", customer_id="c4-1")
    assert "cup" in ids(after)
    assert "tea" not in ids(after)
    about_cup = coffee.slate(cart="tea:1", customer_id="c4-1")
    assert "Green Tea" not in str(about_cup["items"])
    assert ids(coffee.slate(cart="cup:1"))[0] == "tea"


def test_all_that_the_page_sets_the_api_sets(coffee: Coffee) -> None:
    changes = {"objective": "margin", "diversity": 0.4, **MARKS, "bought_again_categories": ["Coffee", "Tea"]}
    changed = coffee.server("PATCH", "/v1/settings", json=changes)
    assert {name: changed[name] for name in changes} == changes
    assert coffee.server("GET", "/v1/settings") == changed


@pytest.mark.parametrize(
    ("change", "field", "status"),
    [
        ({"objective": "fame"}, "objective", 422),
        ({"diversity": 1.01}, "diversity", 422),
        ({"diversity": None}, "diversity", 422),
        ({"sensitive_categories": ["x" * 201]}, "sensitive_categories.0", 422),
        ({"sensitive_categories": ["a\0"]}, "sensitive_categories.0", 422),
        (
            {"bought_once_categories": ["Tea"], "bought_again_categories": ["Tea"]},
            "bought_once_categories",
            422,
        ),
        ({"bought_again_categories": ["Kettles"]}, "bought_once_categories", 400),
    ],
)
def test_what_cannot_be_is_refused_by_its_field(
    coffee: Coffee, change: dict[str, Any], field: str, status: int
) -> None:
    before = coffee.server("PATCH", "/v1/settings", json=MARKS)
    headers = {"Authorization": f"Bearer {coffee.keys.secret}"}
    refused = coffee.client.patch("/v1/settings", json=change, headers=headers)
    assert refused.status_code == status
    assert refused.json is not None
    assert field in refused.json["errors"]
    assert coffee.server("GET", "/v1/settings") == before


def test_complements_are_put_told_and_taken_back(coffee: Coffee) -> None:
    rows = [
        {"product_id": "grinder", "complements": ["beans", "scale", "beans"]},
        {"product_id": "not-there-yet", "complements": ["beans"]},
        {"product_id": "tea", "complements": ["tea"]},
        {"product_id": "cup", "complements": "tea"},
    ]
    told = coffee.server("PUT", "/v1/complements", json=rows)
    assert [each["verdict"] for each in told["verdicts"]] == ["created", "created", "rejected", "rejected"]
    assert coffee.server("GET", "/v1/complements")["complements"] == [
        {"product_id": "grinder", "complements": ["beans", "scale"]},
        {"product_id": "not-there-yet", "complements": ["beans"]},
    ]
    coffee.server("PUT", "/v1/complements", json=[{"product_id": "grinder", "complements": []}])
    assert len(coffee.server("GET", "/v1/complements")["complements"]) == 1
    assert coffee.client.get("/v1/complements").status_code == 401


class Storefront:
    """A page of the shop on an origin of its own, for a customer whom its server proves."""

    def __init__(self, coffee: Coffee, service: str, page: Page) -> None:
        self.page = page
        self.shop = Shop(SimpleNamespace(address=service))  # type: ignore[arg-type]
        self.shop.tag_settings = f'data-key="{coffee.keys.public}"'
        self.shop.script = "addEventListener('encore:consent', (event) => (heard.consent = event.detail));"
        who = f'consent="personal" customer-id="c4-1" customer-proof="{coffee.proof("c4-1")}"'
        self.shop.body = (
            f'<encore-recommendations placement="cart" cart="beans:1" {who}></encore-recommendations>'
        )
        coffee.server("PATCH", "/v1/settings", json={"origins": [self.shop.address], "holdout_share": 0})

    def open(self, lang: str = "en") -> None:
        self.page.goto(self.shop.address)
        if lang != "en":
            self.page.locator("encore-recommendations").evaluate("(each, lang) => (each.lang = lang)", lang)
        self.page.locator("[part=item]").first.wait_for()

    def reasons(self) -> list[str]:
        return self.page.locator("[part=reason]").all_inner_texts()


@pytest.fixture
def storefront(coffee: Coffee, browser: Browser) -> Iterator[Storefront]:
    context = browser.new_context(viewport={"width": 1000, "height": 700}, locale="en-GB")
    with coffee.served() as service:
        made = Storefront(coffee, service, context.new_page())
        yield made
        made.shop.close()
        assert made.page.evaluate("[heard.violations, heard.errors]") == [[], []]
    context.close()


def test_a_shopper_asks_why_and_stops_personalising_for_good(storefront: Storefront) -> None:
    page = storefront.page
    storefront.open()
    assert "You have bought this before" in storefront.reasons()
    page.get_by_role("button", name="Why this?").click()
    expect(page.get_by_role("dialog")).to_contain_text("on what you bought here before")
    found = Axe().run(page, options={"runOnly": ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa"]}).response
    assert found["violations"] == []
    page.get_by_role("button", name="Stop personalising").click()
    expect(page.get_by_text("You have bought this before")).to_have_count(0)
    expect(page.get_by_role("dialog").get_by_role("status")).to_contain_text("Done.")
    assert page.evaluate("heard.consent") == {"consent": "none"}
    assert page.evaluate("document.cookie") == ""
    storefront.open()
    assert "You have bought this before" not in storefront.reasons()
    expect(page.get_by_role("button", name="Why this?")).to_have_count(0)


@pytest.mark.parametrize(
    ("lang", "why", "stop"),
    [
        ("es", "¿Por qué esto?", "Dejar de personalizar"),
        ("it", "Perché questo?", "Non personalizzare più"),
        ("zh", "为什么推荐这些？", "停止个性化"),
    ],
)
def test_it_is_said_in_the_shoppers_language(storefront: Storefront, lang: str, why: str, stop: str) -> None:
    storefront.open(lang)
    storefront.page.get_by_role("button", name=why).click()
    expect(storefront.page.get_by_role("button", name=stop)).to_be_visible()


def test_in_the_demo_shop_a_household_stops_and_starts_again(demo: Demo, page: Page) -> None:
    household = demo.lines["customer_id"].value_counts(sort=True)["customer_id"][0]
    page.goto("/sign-in")
    page.get_by_label("Another household").fill(household)
    page.get_by_role("button", name="Shop as this one").click()
    page.goto("/")
    with page.expect_response(lambda answer: answer.url.endswith("/consent")):
        page.get_by_role("button", name="Why this?").click()
        page.get_by_role("button", name="Stop personalising").click()
    page.goto("/cart")
    expect(page.get_by_role("heading", name="Personal suggestions are off")).to_be_visible()
    page.get_by_role("button", name="Switch on personal suggestions").click()
    page.goto("/")
    expect(page.get_by_role("button", name="Why this?")).to_be_visible()
