"""Tokens: what titles, tags and categories say, in whatever language."""

import polars as pl
import pytest

from recommender.frames import read_products
from recommender.words import tokens


def said(title: str | None, *, tags: tuple[str, ...] = (), categories: tuple[str, ...] = ()) -> list[str]:
    row = {"product_id": ["p"], "title": [title], "tags": [list(tags)], "categories": [list(categories)]}
    return tokens(read_products(pl.DataFrame(row, schema_overrides={"title": pl.String})))["token"].to_list()


@pytest.mark.parametrize(
    ("title", "right"),
    [
        ("Coca-Cola, 12pack CAFÉ", ["12", "café", "coca", "cola", "pack"]),
        ("STRASSE straße", ["strasse"]),
        ("café", ["café"]),  # an accent of its own, and one in the letter, are one
        ("हिन्दी चाय", ["चाय", "हिन्दी"]),  # vowel signs do not cut a word
        ("珈琲豆 500g", ["500", "g", "珈琲", "琲豆"]),
        ("茶", ["茶"]),
        ("USBケーブル", ["usb", "ケー", "ブル", "ーブ"]),
        ("", []),
        (None, []),
    ],
)
def test_the_words_of_a_title(title: str | None, right: list[str]) -> None:
    assert said(title) == right


def test_tags_are_words_too_and_a_category_is_never_taken_for_one() -> None:
    found = said("Tea", tags=("fair trade", "TEA"), categories=("Tea", "Green tea"))
    assert found == ["\x1fGreen tea", "\x1fTea", "fair", "tea", "trade"]


def test_each_product_has_its_own() -> None:
    catalogue = read_products(pl.DataFrame({"product_id": ["a", "b"], "title": ["red mug", "mug"]}))
    assert tokens(catalogue).rows() == [(0, "mug"), (0, "red"), (1, "mug")]
