"""What stands in the list: texts as text, safe addresses, prices and words of the language, the theme."""

import re
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser

import widgets
from plugin import money
from tests.widgets.conftest import TAG, Visit
from tests.widgets.site import Answer, Service, Shop, item, slate

MARKUP = """<img src=x onerror="heard.errors.push('run')"><script>heard.errors.push('run')</script>"""


def test_markup_in_every_field_is_shown_as_text(visit: Visit, service: Service) -> None:
    reason = {"kind": MARKUP, "text": MARKUP, "evidence": {}}
    hostile = item("a", product_id=MARKUP, title=MARKUP, reason=reason, currency=MARKUP)
    service.answer = slate(hostile, title=MARKUP, slate_id=MARKUP)
    visit.open().shown()
    assert visit.titles() == [MARKUP]
    assert visit.widget.locator("[part=reason]").inner_text() == MARKUP
    assert visit.page.get_by_role("heading").inner_text() == MARKUP
    assert visit.widget.locator("script, [onerror]").count() == 0


def test_only_web_addresses_become_links_and_pictures(visit: Visit, service: Service) -> None:
    bad = ["javascript:heard.errors.push('run')", "data:text/html,x", "", None, "http://[", ["mailto:x"]]
    service.answer = slate(*(item(f"p{at}", url=url, image_url=url) for at, url in enumerate(bad)))
    visit.open().shown()
    assert len(visit.titles()) == len(bad)
    assert visit.widget.locator("a, img").count() == 0


def test_a_picture_that_does_not_load_becomes_a_drawing(visit: Visit, service: Service) -> None:
    service.answer = slate(item("a", image_url="/drawing.svg"), item("b", image_url="/no-such.png"))
    visit.open().shown()
    visit.widget.locator("li:nth-child(2) svg.blank").wait_for()
    assert visit.widget.locator("img").count() == 1
    image = visit.widget.locator("img")
    assert [image.get_attribute(name) for name in ("loading", "decoding", "alt", "width", "height")] == [
        *("lazy", "async", "", "240", "240")
    ]


PRICES = [
    ("en", 1250, "EUR", "€12.50"),
    ("en", 1250, "JPY", "¥1,250"),
    ("en", 1250, "KWD", "KWD 1.250"),
    ("en", 129900, "HUF", "HUF 1,299"),
    ("en", 129950, "HUF", "HUF 1,299.5"),
    ("en", 1250000, "IQD", "IQD 1,250"),
    ("en", 0, "EUR", "€0.00"),
    ("en", None, "EUR", ""),
    ("en", 1250, "not a currency", ""),
    ("es", 125000, "EUR", "1250,00 €"),
    ("it-IT", 1250, "EUR", "12,50 €"),
    ("zh-CN", 199900, "CNY", "¥1,999.00"),
    ("de_AT", 1250, "EUR", "€ 12,50"),
    ("not a language!", 1250, "EUR", "€12.50"),
]


def _priced(asked: dict[str, str]) -> Answer:
    _, minor, currency, _ = PRICES[int(asked["product"])]
    return slate(item("a", price_minor=minor, currency=currency))


def test_prices(visit: Visit, shop: Shop, service: Service, soon: Any) -> None:
    service.answer = _priced
    shop.body = "".join(f'<{TAG} lang="{row[0]}" product="{at}"></{TAG}>' for at, row in enumerate(PRICES))
    shop.rules = f"{TAG}{{float:left;inline-size:12em}}"
    visit.open()
    prices = visit.page.locator("[part=price]")
    soon(lambda: prices.count() == len(PRICES))
    assert [text.replace("\xa0", " ") for text in prices.all_inner_texts()] == [row[3] for row in PRICES]


def test_browser_and_service_agree_on_every_currencys_decimals() -> None:
    table = re.search(
        r"DECIMALS = \{(.*?)\n\};", (Path(widgets.__file__).parent / "src/words.js").read_text(), re.DOTALL
    )
    assert table
    found = dict(re.findall(r'(\d): "([A-Z ]+)"', table[1]))
    assert {int(number): set(codes.split()) for number, codes in found.items()} == {
        digits: {code for code, its in money.OTHER_DIGITS.items() if its == digits} for digits in (0, 3, 4)
    }


WORDS = [
    ("en-GB", "You may also like", "Add", "Add Product a to cart"),
    ("es", "También te puede gustar", "Añadir", "Añadir Product a al carrito"),
    ("it", "Potrebbe piacerti anche", "Aggiungi", "Aggiungi Product a al carrello"),
    ("zh-Hant", "你可能还喜欢", "加入购物车", "将 Product a 加入购物车"),
    ("pt", "You may also like", "Add", "Add Product a to cart"),
]


def test_words_of_four_languages(visit: Visit, service: Service, soon: Any) -> None:
    visit.open().shown()
    for lang, heading, visible, name in WORDS:
        visit.set("lang", lang)
        soon(lambda lang=lang: service.asked[-1]["lang"] == lang)
        visit.page.get_by_role("heading", name=heading, level=2).wait_for()
        button = visit.page.get_by_role("button", name=name, exact=True)
        button.wait_for()
        assert button.inner_text() == visible


def test_the_language_is_the_nearest_then_the_browsers(visit: Visit, shop: Shop, service: Service) -> None:
    shop.body = '<div lang="it"><encore-recommendations placement="cart"></encore-recommendations></div>'
    visit.open().shown()
    assert service.asked[0]["lang"] == "it"
    visit.page.evaluate(
        """document.documentElement.removeAttribute("lang");
        document.querySelector("div").removeAttribute("lang");
        document.querySelector("encore-recommendations").setAttribute("cart", "y:1");"""
    )
    visit.page.get_by_role("heading", name="You may also like").wait_for()
    assert service.asked[-1]["lang"] == "en-GB"


@pytest.mark.parametrize(
    ("settings", "title", "heading", "level"),
    [
        ("", None, "You may also like", 2),
        ("", "The merchant's", "The merchant's", 2),
        ('heading="The page\'s" heading-level="3"', "The merchant's", "The page's", 3),
        ('heading-level="9"', None, "You may also like", 2),
    ],
)
def test_the_heading(
    visit: Visit, service: Service, settings: str, title: str | None, heading: str, level: int
) -> None:
    service.answer = slate(item("a"), title=title)
    visit.open(f'placement="cart" {settings}').shown()
    region = visit.page.get_by_role("region", name=heading)
    assert region.get_by_role("heading", name=heading, level=level).is_visible()


def test_the_shop_themes_it_from_outside(visit: Visit, shop: Shop) -> None:
    shop.rules = (
        "encore-recommendations{--encore-radius:3px;--encore-button-background:rgb(1,2,3);color:rgb(9,9,9)}"
        "encore-recommendations::part(title){color:rgb(4,5,6)}"
    )
    visit.open().shown()
    style = "(node, name) => getComputedStyle(node)[name]"
    part = visit.widget.locator
    assert part("[part=item]").first.evaluate(style, "borderRadius") == "3px"
    assert part("[part=add]").first.evaluate(style, "backgroundColor") == "rgb(1, 2, 3)"
    assert part("[part=title]").first.evaluate(style, "color") == "rgb(4, 5, 6)"
    assert part("[part=price]").first.evaluate(style, "color") == "rgb(9, 9, 9)"


def test_a_hidden_element_stays_hidden(visit: Visit, service: Service) -> None:
    visit.open('placement="cart" hidden')
    visit.page.wait_for_timeout(250)
    assert service.asked == []
    visit.widget.evaluate("element => (element.hidden = false)")
    visit.shown()


def test_on_a_small_screen_only_the_row_scrolls(browser: Browser, shop: Shop, service: Service) -> None:
    service.answer = slate(*(item(name) for name in "abcdef"))
    context = browser.new_context(viewport={"width": 360, "height": 640})
    visit = Visit(context.new_page(), shop).open().shown()
    widths = (
        "node => [node.scrollWidth > node.clientWidth, innerWidth >= document.documentElement.scrollWidth]"
    )
    assert visit.widget.locator("[part=list]").evaluate(widths) == [True, True]
    context.close()
