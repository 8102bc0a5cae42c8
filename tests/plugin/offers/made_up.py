"""Made-up shops and carts for the property tests: prices, costs, taxes, fees and floors of all sizes."""

from datetime import UTC, datetime
from typing import Any

from hypothesis import strategies as st

from plugin.offers.cart import Priced, Prices, Sold, priced
from plugin.offers.kinds import KINDS, Kind
from plugin.offers.margin import MarginRules
from plugin.offers.parameters import REQUIRED, Form, parameters_of
from plugin.offers.situation import Situation
from plugin.serving.request import CartLine

AT = datetime(2026, 3, 2, 13, 0, tzinfo=UTC)
CATEGORIES = ("coffee", "tea", "cups")
CURRENCIES = ("EUR", "JPY", "KWD")
_SHARE = st.sampled_from([0, 0, 40_000, 210_000, 333_333])
_MINOR = st.integers(0, 50_000)
_SELDOM = st.sampled_from([False] * 9 + [True])


@st.composite
def _variants(draw: st.DrawFn, number: int) -> Sold:
    price_minor = draw(st.integers(1, 50_000))
    cost_minor = None if draw(_SELDOM) else draw(st.integers(0, price_minor))
    stock = draw(st.none() | st.integers(0, 30))
    return Sold(f"v{number}", price_minor, cost_minor, draw(_SHARE), stock)


@st.composite
def catalogues(draw: st.DrawFn) -> Prices:
    """Up to five products `p0`…, most with one variant, some with two that differ."""
    prices = {}
    for number in range(draw(st.integers(2, 5))):
        variants = tuple(draw(_variants(each)) for each in range(2 if draw(_SELDOM) else 1))
        categories = draw(st.lists(st.sampled_from(CATEGORIES), unique=True))
        prices[f"p{number}"] = Priced(f"Product {number}", tuple(categories), variants)
    return prices


rules = st.builds(
    MarginRules,
    prices_include_tax=st.booleans(),
    floor_minor=st.just(0) | st.integers(0, 2_000),
    floor_share=st.just(0) | st.integers(0, 300_000),
    shipping_cost_minor=st.just(0) | st.integers(0, 900),
    shipping_price_minor=st.integers(0, 900) | st.none(),
    free_shipping_from_minor=st.none() | _MINOR,
    fee_share=st.just(0) | st.integers(0, 60_000),
    fee_minor=st.just(0) | st.integers(0, 100),
    assumed_margins=st.dictionaries(st.sampled_from(CATEGORIES), st.integers(0, 900_000)),
)


@st.composite
def situations(draw: st.DrawFn) -> Situation:
    """A cart of up to five lines in one of the made-up shops; most name their variant."""
    prices, of_shop = draw(catalogues()), draw(rules)
    lines = []
    for _ in range(draw(st.integers(1, 5))):
        product_id = draw(st.sampled_from(sorted(prices)))
        variant = draw(st.sampled_from(prices[product_id].variants))
        lines.append(
            CartLine(product_id, None if draw(_SELDOM) else variant.variant_id, draw(st.integers(1, 9)))
        )
    cart = priced(lines, prices, of_shop.cost)
    lang = draw(st.sampled_from(["en", "es", "it", "zh"]))
    bundle = draw(st.sampled_from([(), (), ("p0", "p1"), tuple(sorted(prices)[:4])]))
    return Situation("checkout", cart, prices, of_shop, AT, lang, bundle=bundle)


def _values(form: Form) -> st.SearchStrategy[Any]:
    if form.name == "id":
        return st.sampled_from(["p0", "p1", "p2"])
    if form.name == "ids" and form.least == 2:
        return st.permutations(["p0", "p1", "p2"]).map(lambda ids: tuple(ids[:2]))
    if form.name == "ids":
        return st.lists(st.sampled_from(["p0", "p1", "p2", *CATEGORIES]), max_size=3, unique=True).map(tuple)
    if form.name == "text":
        return st.sampled_from(["now", "in two days"])
    greatest = {"share": 1_000_000, "minor": 60_000, "count": 4}[form.name]
    return st.integers(max(form.least, 1), min(greatest, form.greatest or greatest))


@st.composite
def kinds(draw: st.DrawFn, names: tuple[str, ...] = tuple(KINDS)) -> Kind:
    """A kind of offer, one of `names`, with parameters that its schema would let through."""
    cls = KINDS[draw(st.sampled_from(names))]
    given = {
        each.name: draw(_values(each.form))
        for each in parameters_of(cls)
        if each.default is REQUIRED or draw(st.booleans())
    }
    return cls(**given)
