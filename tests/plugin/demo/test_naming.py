"""A till's abbreviations as a person would write them."""

import pytest

from plugin.demo import naming
from plugin.demo.departments import DEPARTMENTS, department_of


@pytest.mark.parametrize(
    ("category", "kind", "package", "title"),
    [
        ("ICE CREAM/MILK/SHERBTS", "PREMIUM", "56 OZ", "Ice cream — premium, 56 oz"),
        ("FLUID MILK PRODUCTS", "FLUID MILK WHITE ONLY", "1 GA", "White milk, 1 gal"),
        ("FLUID MILK PRODUCTS", "FLUID MILK WHITE ONLY", "1/2 GAL", "White milk, 1/2 gal"),
        ("TROPICAL FRUIT", "BANANAS", "40 LB", "Bananas"),
        ("FROZEN PIE/DESSERTS", "FRZN WHIPPED TOPPING", "8 OZ", "Frozen whipped topping, 8 oz"),
        ("ONIONS", "ONIONS SWEET (BULK&BAG)", None, "Onions sweet"),
        ("WATER", "CARBONATED WATER - FLVRD UNSWE", None, "Carbonated water, flavoured"),
        ("CIGARETTES", "CIGARETTES", "974246  PK", "Cigarettes"),
        (None, None, None, ""),
    ],
)
def test_a_title_says_what_it_is(
    category: str | None, kind: str | None, package: str | None, title: str
) -> None:
    assert naming.title(category, kind, package).replace("\N{NO-BREAK SPACE}", " ") == title


@pytest.mark.parametrize(
    ("till_department", "category", "slug"),
    [
        ("PRODUCE", "TROPICAL FRUIT", "produce"),
        ("GROCERY", "FLUID MILK PRODUCTS", "dairy"),
        ("GROCERY", "ICE CREAM/MILK/SHERBTS", "frozen"),
        ("DRUG GM", "HAIR CARE PRODUCTS", "beauty"),
        ("GROCERY", "AIR CARE", "household"),
        ("GROCERY", "PASTA SAUCE", "pantry"),
        ("FUEL", "COUPON/MISC ITEMS", None),
        (None, None, None),
    ],
)
def test_a_product_stands_in_one_department(
    till_department: str | None, category: str | None, slug: str | None
) -> None:
    found = department_of(till_department, category)

    assert (found.slug if found else None) == slug


def test_every_department_has_its_drawing() -> None:
    import plugin.demo.shop as shop

    drawings = {path.stem for path in (shop.HERE / "static" / "drawings").glob("*.svg")}
    assert drawings == {each.slug for each in DEPARTMENTS}
