"""Readable names for the products of The Complete Journey, which come as a till's abbreviations."""

import re
from fractions import Fraction

# What a till's abbreviation stands for; matched as whole words.
_WORDS = {
    "AST": "assorted", "ASSTD": "assorted", "ASST": "assorted", "BBQ": "BBQ", "BEV": "beverage",
    "BKD": "baked", "BN": "beans", "BRD": "breaded", "BRKFST": "breakfast", "BTL": "bottle",
    "BTR": "butter", "CARB": "carbonated", "CAR": "carbonated", "CHIX": "chicken", "CHICK": "chicken",
    "CHOC": "chocolate", "CLEANG": "cleaning", "CND": "canned", "CNDY": "candy", "CKYS": "cookies",
    "CRKR": "crackers", "CRMD": "creamed", "CRYSTL": "crystal", "DNR": "dinner", "DNRS": "dinners",
    "DRNK": "drink", "DRNKNG": "drinking", "DRNKS": "drinks", "DRSNG": "dressing", "DSH": "dishes",
    "ENTREES": "entrees", "FD": "food", "FEM": "feminine", "FLVRD": "flavoured", "FRZ": "frozen",
    "FRZN": "frozen", "GRND": "ground", "HBC": "care", "HYGN": "hygiene", "IQF": "frozen",
    "IWS": "wrapped", "JCE": "juice", "LIQ": "liquid", "MISC": "other", "MLT": "multi", "MLK": "milk",
    "MNERAL": "mineral", "MNRL": "mineral", "MX": "mix", "MXS": "mixes", "NAT": "natural", "PK": "pack",
    "PKG": "packaged", "PKGD": "packaged", "PKLD": "pickled", "PLSTC": "plastic", "PNT": "peanut",
    "PORTON": "portions", "PREP": "prepared", "PRPRD": "prepared", "PWDR": "powder", "PWDRS": "powders",
    "REFRGRATD": "chilled", "REFRIG": "chilled", "REFRIGERATED": "chilled", "RTS": "ready",
    "SALD": "salad", "SAUS": "sausage", "SFT": "soft", "SGL": "single", "SNDWCH": "sandwich",
    "SNGL": "single", "SNKS": "snacks", "SPLY": "supplies", "SPRD": "spread", "SRV": "serve",
    "SS": "single-serve", "STK": "stick", "SUP": "super", "SV": "serve", "SW": "sweet",
    "SWEETNERS": "sweeteners", "GDS": "goods", "TORT": "tortilla", "TISS": "tissues", "TRSH": "bin",
    "BG": "bags", "VEG": "vegetables", "VAC": "vacuum", "PAC": "packed", "WHLSM": "wholesome",
    "WHL": "whole", "WT": "weight", "WTR": "water", "XTRA": "extra", "X": "extra", "WATE": "water",
    "WAT": "water", "SHERBTS": "sherbets", "CONC": "concentrate", "MIXS": "mixes",
    "CATFD": "cat food", "DOGFD": "dog food", "SPECILATY": "speciality",
    "CHOCOCLATE": "chocolate", "ET": "", "CHEX": "Chex", "TV": "TV", "W": "with", "COMPACTOR": "",
    "BA": "bags", "HANDKE": "handkerchiefs",
}  # fmt: skip

# Types and categories that no rule makes readable.
_WHOLE = {
    "FLUID MILK WHITE ONLY": "White milk",
    "FLUID MILK PRODUCTS": "Milk",
    "SOFT DRINKS 12/18&15PK CAN CAR": "Soft drink cans, 12 to 18 pack",
    "SOFT DRINKS 20PK&24PK CAN CARB": "Soft drink cans, 20 to 24 pack",
    "SOFT DRINKS 6PK/4PK CAN CARB (": "Soft drink cans, 4 to 6 pack",
    "SFT DRNK 2 LITER BTL CARB INCL": "Soft drink, large bottle",
    "SFT DRNK SNGL SRV BTL CARB (EX": "Soft drink, small bottle",
    "SFT DRNK MLT-PK BTL CARB (EXCP": "Soft drink bottles, multi-pack",
    "SOFT DRINK BOTTLE NON-CARB (EX": "Still soft drink, bottle",
    "YOGURT NOT MULTI-PACKS": "Yogurt",
    "CANDY BARS (SINGLES)(INCLUDING": "Chocolate bar",
    "MAINSTREAM WHEAT/MULTIGRAIN BR": "Wheat and multigrain bread",
    "MAINSTREAM WHITE BREAD": "White bread",
    "BEERALEMALT LIQUORS": "Beer and ale",
    "SS ECONOMY ENTREES/DINNERS ALL": "Frozen single dinner, economy",
    "FRZN SS PREMIUM ENTREES/DNRS/N": "Frozen single dinner, light",
    "FRZN SS PREMIUM ENTREES/DNRS/T": "Frozen single dinner, premium",
    "FRZN MULTI SERVE ENTREES ALL": "Frozen family dinner",
    "DAIRY CASE 100% PURE JUICE - O": "Chilled orange juice",
    "DAIRY CASE JUICE DRNK UNDER 10": "Chilled juice drink",
    "DAIRY CASE FRUIT DRINKS (NO JU": "Chilled fruit drink",
    "DAIRY CASE TEA WITH SUGAR OR S": "Chilled sweet tea",
    "RTS SOUP: CHUNKY/HOMESTYLE ET": "Chunky soup",
    "IWS SINGLE CHEESE": "Sliced cheese, wrapped singly",
    "NON-CRBNTD DRNKING/MNERAL WATE": "Still mineral water",
    "NON-CARB FLVRD DRNKNG/MNRL WAT": "Flavoured still water",
    "SGL SV/VEND MACH SNACKS CHIP/P": "Crisps, single bag",
    "ASEPTIC PACK JUICE AND DRINKS": "Juice cartons",
    "SEMI-SOLID SALAD DRESSING MAY": "Mayonnaise",
    "MEXICAN SAUCESSALSAPICANTEE": "Mexican salsa",
    "PLSTC CTLRYTBLCLTHSTTHPKSST": "Plastic cutlery and tablecloths",
    "BUTTER SPRAY CRACKER (RITZ/CLU": "Butter crackers",
    "VARIETY BEANS - KIDNEY PINTO": "Kidney and pinto beans",
    "PREPARED BEANS - BAKED W/PORK": "Baked beans with pork",
    "CATSUP": "Ketchup",
    "FEM. HYGN.NAPKINS": "Sanitary towels",
    "NATURAL CHEESE EXACT WT CHUNKS": "Natural cheese, block",
    "NATURAL CHEESE EXACT WT SLICES": "Natural cheese, sliced",
    "PEPPERS-ALL": "Peppers",
    "EGGS - X-LARGE": "Eggs, extra large",
    "HEAT/SERVE": "Heat and serve",
    "MEAT: SAUS DRY BULK": "Dry sausage",
    "BEANS GREEN: FS/WHL/CUT": "Green beans",
    "SEAFOOD-FRE-RAW FINFISH-OTHER": "Fresh fish",
    "DAIRY CASE 100% PURE JUICE OTH": "Chilled pure juice",
    "CARDS EVERYDAY": "Greeting card",
    "MEAT INCLUDED": "Dinner kit with meat",
    "COUGH SYRP/LOZNG-DRP/XPCTRNT": "Cough syrup and drops",
    "FITNESS&DIET - BARS": "Fitness bar",
    "HISPANIC": "Mexican and oriental",
    "CANDY - CHECKLANE": "Sweets at the till",
    "CANDY - PACKAGED": "Packaged sweets",
    "CANDY BAGS-CHOCOCLATE": "Chocolates, bag",
    "CANDY BAGS-NON CHOCOLATE": "Sweets, bag",
    "SEASONAL CANDY BAGS-CHOCOLATE": "Seasonal chocolates, bag",
    "FRZN BOXED VEGETABLES- VALUE A": "Frozen vegetables, prepared",
    "FRZN BAGGED VEGETABLES- VALUE": "Frozen vegetables, prepared",
    "FRZN BAGGED VEGETABLES - PLAIN": "Frozen vegetables, plain",
    "FRZN BREAKFAST ENTREES/SANDWIC": "Frozen breakfast sandwiches",
}

# A type made of these alone says nothing without its category.
_DESCRIBING = {
    "premium", "traditional", "mainstream", "value", "economy", "enhanced", "poultry", "smoked", "cooked",
    "blends", "regular", "garden", "plus", "fresh", "choice", "select", "angus", "better", "for", "you",
    "other", "meat", "pints", "super", "natural", "adult", "frozen", "specialty", "speciality", "patties",
    "ribs", "links", "rolls", "raw", "pork", "bulk", "prepack", "organic", "all", "entrees", "light",
    "variety", "boneless", "misc", "miscellaneous", "multi", "pack", "full", "size", "single", "serve",
    "sticks", "enrobed", "snack", "packaged", "seasonal", "general", "kosher", "and", "-", "/", "with",
    "imported", "domestic", "lean", "primal", "canned", "dry", "powder", "liquid", "mild", "hot", "whole",
    "cut", "conventional", "fat", "free", "low", "high", "large", "small", "medium", "extra", "beef",
    "kids", "women", "men",
}  # fmt: skip

_UNITS = {
    "OZ": "oz", "LB": "lb", "GA": "gal", "GAL": "gal", "CT": "count", "DZ": "dozen", "L": "l", "LT": "l",
    "LTR": "l", "ML": "ml", "PT": "pint", "QT": "quart", "PK": "pack", "EA": "each", "GM": "g",
    "FT": "ft", "SQ FT": "sq ft",
}  # fmt: skip
_SIZE = re.compile(r"(?:^|\s|\))(\d{1,4}(?:\.\d+)?|\d/\d)\s*(SQ FT|[A-Z]+)$")
_TILL_WIDTH = 30  # so long a text was cut off there, mostly within its last word
_GREATEST_PACK_POUNDS = 10  # more is a case for the shop, not a shopper's pack


def readable(text: str) -> str:
    """A till's text as a person would write it: "FRZN PIE/DESSERTS" becomes "Frozen pie, desserts"."""
    if text in _WHOLE:
        return _WHOLE[text]
    whole = re.sub(r"[^ /:-]*$", "", text) if len(text) >= _TILL_WIDTH else text
    plain = re.sub(r"\([^)]*\)?", " ", whole.replace("&", " AND "))
    plain = re.sub(r"\s-\s?|-\s|:|/", ", ", plain).replace(".", " ")
    words = (_WORDS.get(word, word.lower()) for word in re.findall(r"[A-Z0-9%']+(?:-[A-Z0-9]+)*|,", plain))
    joined = re.sub(r"(?:\s*,)+", ",", " ".join(word for word in words if word)).strip(" ,")
    return joined[:1].upper() + joined[1:]


def size(text: str | None) -> str:
    """ "56 OZ" as "56 oz"; empty where it says nothing a shopper can use (a case of 40 lb, a code)."""
    found = _SIZE.search(text.strip()) if text else None
    if (
        found is None
        or found[2] not in _UNITS
        or (found[2] == "LB" and _amount(found[1]) > _GREATEST_PACK_POUNDS)
    ):
        return ""
    if found[2] == "CT" and _amount(found[1]) == 1:
        return ""
    return f"{found[1]}\N{NO-BREAK SPACE}{_UNITS[found[2]]}"


def _amount(text: str) -> float:
    return float(Fraction(text))


def title(category: str | None, kind: str | None, package: str | None) -> str:
    """A product's title: its type, after its category where the type alone says nothing, then its size."""
    family, name = readable(category or ""), readable(kind or "")
    if not name or set(name.lower().replace(",", "").split()) <= _DESCRIBING:
        first = family.split(",")[0]
        name = f"{first} — {name.lower()}" if name and name.lower() not in first.lower() else first
    return ", ".join(part for part in (name, size(package)) if part)
