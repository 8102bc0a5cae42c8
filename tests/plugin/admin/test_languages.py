"""The pages in four languages: all of them whole, compiled, and chosen as the merchant wants."""

import re
from pathlib import Path

import pytest
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import read_mo
from babel.messages.pofile import read_po

import plugin.admin
from plugin.admin.languages import NAMES
from plugin.runtime import Runtime
from plugin.store import models, shops
from plugin.store.shops import ShopKeys
from tests.conftest import NOW
from tests.plugin.admin.conftest import PASSWORD, Visitor, new_link
from tests.plugin.admin.test_browser import PAGES

ROOM = Path(plugin.admin.__file__).parent
METHODS = [("**.py", "python"), ("**/templates/**.html", "jinja2")]
OTHERS = [code for code in NAMES if code != "en"]


def texts() -> set[str]:
    """Every text that code and templates ask to have translated."""
    return {str(message) for _, _, message, _, _ in extract_from_dir(ROOM, METHODS)}


@pytest.mark.parametrize("code", OTHERS)
def test_every_text_is_translated_and_compiled(code: str) -> None:
    folder = ROOM / "translations" / code / "LC_MESSAGES"
    with (folder / "messages.po").open("rb") as file:
        source = read_po(file, locale=code)
    with (folder / "messages.mo").open("rb") as file:
        compiled = read_mo(file)
    translated = {str(each.id): str(each.string) for each in source if each.id and each.string}
    assert texts() - set(translated) == set()
    assert set(translated) - texts() == set(), "no longer asked for"
    assert {str(each.id): str(each.string) for each in compiled if each.id} == translated
    for text, other in translated.items():
        assert sorted(re.findall(r"%\(\w+\)s|%%", text)) == sorted(re.findall(r"%\(\w+\)s|%%", other)), text


@pytest.mark.parametrize(
    ("code", "heading"), [("en", "Overview"), ("es", "Resumen"), ("it", "Panoramica"), ("zh", "概览")]
)
def test_the_language_is_switched_and_kept(merchant: Visitor, code: str, heading: str) -> None:
    merchant.get(f"/schedule?language={code}")
    page = merchant.get("/").text
    assert f"<h1>{heading}</h1>" in page
    assert f'<html lang="{code}">' in page


def test_every_page_stands_in_every_language(merchant: Visitor) -> None:
    for code in NAMES:
        for path in PAGES:
            page = merchant.get(
                path.replace("?", f"?language={code}&") if "?" in path else f"{path}?language={code}"
            )
            assert page.status_code == 200, (code, path)


def test_the_shops_own_language_comes_first_and_a_wrong_one_is_not_taken(runtime: Runtime) -> None:
    new = shops.NewShop("Bottega", "EUR", "Europe/Rome", "it", ("https://shop.example",))
    with runtime.database.write() as connection:
        shop_id, _ = shops.add(connection, runtime.vault, new, NOW)
    visitor, link = Visitor(runtime), new_link(runtime, shop_id)
    visitor.post(link, {"password": PASSWORD, "again": PASSWORD}, page=link)
    assert "Panoramica" in visitor.get("/?language=xx").text


def test_numbers_follow_the_language(runtime: Runtime, shop: tuple[str, ShopKeys], merchant: Visitor) -> None:

    figures = {"n_orders": 12345, "n_products": 56}
    with runtime.database.write() as connection:
        models.publish(connection, models.Artefact(shop[0], 1, "p", "c", NOW, NOW, figures))
    assert "12,345 orders" in merchant.get("/?language=en").text
    assert "12.345 ordini" in merchant.get("/?language=it").text
