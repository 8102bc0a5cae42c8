"""Roundings, the margin floor and the sum that proves it."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plugin.offers import money
from plugin.offers.cart import Priced, PricedLine, Sold, priced
from plugin.offers.margin import MarginRules, prove
from plugin.offers.terms import Terms
from plugin.offers.words import amount_in_words
from plugin.serving.request import CartLine

AMOUNT, SHARE = st.integers(0, 10**15), st.integers(0, 10**6)


@given(AMOUNT, SHARE)
def test_every_rounding_goes_the_way_it_says(amount: int, share: int) -> None:
    exact = Fraction(amount * share, 10**6)
    assert abs(money.rounded(amount, share) - exact) <= Fraction(1, 2)
    assert 0 <= money.at_most(amount, share) - exact < 1
    net = money.net_of_tax(amount, share)
    assert 0 <= Fraction(amount) / (1 + Fraction(share, 10**6)) - net < 1
    assert money.with_tax(net, share) <= amount


@given(st.lists(st.integers(0, 10**12), max_size=8), SHARE)
def test_parts_add_up_and_none_is_more_than_its_line(weights: list[int], share: int) -> None:
    total = money.rounded(sum(weights), share)
    parts = money.split(total, weights)
    assert sum(parts) == total
    assert all(0 <= part <= weight for part, weight in zip(parts, weights, strict=True))


def test_a_tenth_is_a_tenth_however_it_is_written() -> None:
    assert money.millionths(0.1) == money.millionths(0.1000000) == 100_000
    assert money.rounded(1299, money.millionths(0.1)) == 130
    assert money.rounded(5, money.millionths(0.1)) == 1
    assert money.split(10, [333, 333, 334]) == [3, 3, 4]


CATALOGUE = {
    "beans": Priced("Beans", ("food", "coffee"), (Sold("v1", 1210, 500, 210_000, None),)),
    "mug": Priced("Mug", (), (Sold("red", 800, 300, 0, 4), Sold("blue", 900, 300, 0, 4))),
    "tea": Priced("Tea", ("food",), (Sold("v1", 605, None, 210_000, None),)),
    "twins": Priced("Twins", (), (Sold("a", 100, 50, 0, 1), Sold("b", 100, 50, 0, 2))),
}


def line(text: str, quantity: int = 1) -> CartLine:
    product_id, _, variant_id = text.partition("/")
    return CartLine(product_id, variant_id or None, quantity)


@pytest.mark.parametrize(
    ("cart", "trouble"),
    [
        ([], "empty_cart"),
        ([line("nothing")], "unknown_product"),
        ([line("mug/green")], "unknown_product"),
        ([line("mug")], "variant_not_named"),
        ([line("tea")], "unknown_cost"),
        ([line("mug/red"), line("beans"), line("twins")], None),
    ],
)
def test_why_a_cart_has_no_price_offer(cart: list[CartLine], trouble: str | None) -> None:
    assert priced(cart, CATALOGUE, MarginRules().cost).trouble == trouble


def test_equal_lines_are_one_and_an_assumed_margin_stands_in_for_a_cost() -> None:
    rules = MarginRules(assumed_margins={"food": 400_000})
    cart = priced([line("tea"), line("beans"), line("tea", 2)], CATALOGUE, rules.cost)
    assert [(each.product_id, each.quantity) for each in cart.lines] == [("beans", 1), ("tea", 3)]
    assert cart.total_minor == 1210 + 3 * 605
    assert cart.lines[1].cost_minor == 301  # 60 % of 5.00 net, rounded against the offer
    assert cart.trouble is None


@pytest.mark.parametrize(
    ("currency", "lang", "said"),
    [
        ("KWD", "en", "KWD\xa01.233"),
        ("KWD", "zh", "KWD\xa01.233"),
        ("KWD", "it", "1,233 KWD"),
        ("EUR", "en", "€12.33"),
        ("CAD", "en", "CA$12.33"),
        ("JPY", "en", "¥1,233"),
    ],
)
def test_an_amount_does_not_run_into_the_letters_of_its_currency(currency: str, lang: str, said: str) -> None:
    assert amount_in_words(1233, currency, lang) == said


def test_the_sum_worked_out_by_hand() -> None:
    """Two bags at 12.10 with 21 % tax inside, 10 % off; a card takes 2 % and 25 cents; sending costs 4.00."""
    rules = MarginRules(
        floor_minor=600, fee_share=20_000, fee_minor=25, shipping_cost_minor=400, shipping_price_minor=242
    )
    beans = PricedLine("beans", "v1", 2, 1210, 500, 210_000, ())
    proof = prove(Terms((beans,), (242,)), rules)
    assert proof.as_json() == {
        "revenue_minor": 2000,
        "discount_minor": 200,
        "cost_minor": 1000,
        "shipping_cost_minor": 200,
        "fees_minor": 49 + 25,
        "later_minor": 0,
        "margin_minor": 526,
        "floor_minor": 600,
    }
    assert not proof.holds
    assert prove(Terms((beans,), (0,)), rules).margin_minor == 721  # without it there are 7.21
    assert prove(Terms((beans,), (0,), shipping_discount_minor=242), rules).shipping_cost_minor == 400
