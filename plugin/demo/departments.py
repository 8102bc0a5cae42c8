"""The demo shop's departments: which products each holds, and the drawing that stands for it."""

import re
from dataclasses import dataclass


@dataclass(frozen=True)
class Department:
    """`slug` names its page and its drawing; `pattern` finds it in "TILL DEPARTMENT|TILL CATEGORY"."""

    slug: str
    name: str
    pattern: str


# In order: the first whose pattern is found has the product.
DEPARTMENTS = (
    Department("baby", "Baby", r"BABY|INFANT|DIAPER"),
    Department("pets", "Pets", r"CAT FOOD|DOG FOOD|CAT LITTER|PET CARE|BIRD SEED"),
    Department("beer-and-wine", "Beer and wine", r"BEERS|WINE|LIQUOR|^SPIRITS"),
    Department("flowers", "Flowers and garden", r"^FLORAL|GARDEN|ROSES|LILY"),
    Department("produce", "Fruit and vegetables", r"^PRODUCE(?!.*(?:POPCORN|\|NUTS))|^SALAD BAR|^PROD-"),
    Department("fish", "Fish", r"SEAFOOD|SUSHI"),
    Department("frozen", "Frozen", r"FRZN|FROZEN|ICE CREAM"),
    Department(
        "dairy", "Dairy and eggs", r"MILK PROD|MILK BY|CHEESE|YOGURT|EGGS|BUTTER$|MARGAR|DAIRY|\|REFRIGERA"
    ),
    Department("deli", "Deli", r"^DELI|^CHEF|^RESTAURANT|LUNCHMEAT|HEAT/SERVE"),
    Department("meat", "Meat", r"^MEAT"),
    Department("bakery", "Bakery", r"^PASTRY|BREAD/BUNS|BAKED SWEET|DOUGH"),
    Department("coffee-and-tea", "Coffee and tea", r"COFFEE|TEAS?\b|COCOA"),
    Department("drinks", "Soft drinks and water", r"DRINK|DRNK|WATER|JUICE|BEVERAGE|NEW AGE|NDAIRY"),
    Department("breakfast", "Breakfast", r"CEREAL|BRKFST|SYRUP|JELLY"),
    Department("sweets", "Sweets", r"CANDY|COOKIES|DESSERT|SWEET GOODS|CNDY"),
    Department("snacks", "Snacks", r"SNACK|CRACKER|POPCORN|NUTS|RICE CAKES|DRIED FRUIT"),
    Department(
        "household",
        "Household",
        r"LAUNDRY|BLEACH|CLEANG|DETERGENT|TISS|PAPER (?:TOWEL|HOUSE)|WRAPS/BAGS|\|AIR CARE|BROOMS|FOILWARE"
        r"|IRONING"
        r"|CHARCOAL|BATTER|ELECTRICAL|HARDWARE|INSECTICIDE|CANDLES|AUTOMOTIVE",
    ),
    Department(
        "beauty",
        "Beauty and care",
        r"^COSMETICS|HAIR|SOAP|DEODORANT|SHAVING|HAND/BODY|FRAGRANCE|SUNTAN|FEMININE",
    ),
    Department(
        "health",
        "Health",
        r"ORAL|COLD AND FLU|ANALGESIC|VITAMIN|FIRST AID|ANTACID|SINUS|LAXATIVE|EYE|FOOT|DIET|PHARMACY"
        r"|SMOKING|^NUTRITION|FAMILY PLAN|INCONTINENCE|HEALTH",
    ),
    Department("home", "Home and leisure", r"^DRUG GM|^TRAVEL|^GM MERCH|^PHOTO|^TOYS|^POSTAL|^ELECT"),
    Department("pantry", "Pantry", r"^GROCERY"),
)  # fmt: skip

_NOT_FOR_SALE = re.compile(r"COUPON|FUEL|MISCELLANEOUS|DEPOSIT|(?:DELI|MEAT|PROD) SUPPLIES")
_PATTERNS = [(each, re.compile(each.pattern)) for each in DEPARTMENTS]
BY_SLUG = {each.slug: each for each in DEPARTMENTS}


def department_of(till_department: str | None, category: str | None) -> Department | None:
    """The shop's department of a product, or None: fuel, coupons and what has no name is not sold online."""
    if not till_department or not category or _NOT_FOR_SALE.search(category):
        return None
    text = f"{till_department}|{category}"
    return next((each for each, pattern in _PATTERNS if pattern.search(text)), None)
