"""Whatever is promised and ordered: two promises on one order keep the floor, and no piece counts twice."""

from collections import Counter
from dataclasses import replace
from datetime import timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from plugin.offers import company
from plugin.offers.holding import hold
from plugin.offers.kinds import Kind
from plugin.offers.quoting import Known, Quote, terms_as_json
from plugin.offers.situation import Situation
from plugin.offers.terms import Terms
from plugin.store.acceptances import Acceptance, Doing
from tests.plugin.offers.made_up import kinds, situations
from tests.plugin.offers.test_quotes import NOW, exact_margin, floor_of, held, quoted

ADDING = ("gift", "order_bump", "bundle", "buy_one_get_one", "down_sell")
COSTING = (*ADDING, "percent_off", "amount_off", "free_shipping", "next_order_voucher")


@st.composite
def near(draw: st.DrawFn) -> Situation:
    """A cart on which offers can be made, and which little more makes free of shipping."""
    found = draw(situations().filter(lambda each: each.cart.trouble is None))
    more_minor, price_minor = draw(st.integers(1, 20_000)), draw(st.integers(1, 900))
    rules = replace(
        found.rules,
        shipping_cost_minor=draw(st.integers(1, 900)),
        shipping_price_minor=price_minor,
        free_shipping_from_minor=draw(st.sampled_from([None, found.cart.total_minor + more_minor])),
        floor_minor=0,
        floor_share=draw(st.sampled_from([0, 300_000])),
    )
    return replace(found, rules=rules)


def promised(quote: Quote, proof: dict[str, int]) -> Acceptance:
    """The promise that accepting `quote` makes."""
    offer_id = quote.held.offer.offer_id
    nobody = {"customer_id": "c1", "visitor_id": None, "cart_id": None}
    times = {"accepted_at": NOW, "expires_at": NOW + timedelta(days=1), "changed_at": NOW}
    return Acceptance(
        shop_id="s", code=offer_id, offer_id=offer_id, offer_version=1, slate_id=offer_id, status="accepted",
        stacking="with_others", terms=terms_as_json(quote), proof=proof, reserved_minor=quote.cost_minor,
        **times, **nobody,
    )  # fmt: skip


def accepted(situation: Situation, first: Kind, second: Kind) -> tuple[Quote, Quote, list[Acceptance]] | None:
    """Both kinds accepted one after the other for the same cart, if both may be."""
    one = quoted(first, situation, "EUR", held(first, "a", "with_others"))
    if isinstance(one, str) or one.terms.missing_minor:
        return None
    before = promised(one, one.proof.as_json() if one.proof else {})
    known = Known((Doing.of(before),))
    other = quoted(second, situation, "EUR", held(second, "b", "with_others"), known)
    if isinstance(other, str) or other.terms.missing_minor or other.proof is None:
        return None
    proof = company.proof_beside(other, [before], before.reserved_minor)
    return None if proof is None else (one, other, [before, promised(other, proof.as_json())])


def ordered(quotes: tuple[Quote, Quote]) -> Terms:
    """The smallest order that holds what both promised, with all that both take off."""
    needed = company.wanted([terms_as_json(each)["lines"] for each in quotes])
    by_key = {(line.product_id, line.variant_id): line for each in quotes for line in each.terms.lines}
    off: Counter[Any] = Counter()
    for each in quotes:
        for line, discount_minor in zip(each.terms.lines, each.terms.discounts_minor, strict=True):
            off[line.product_id, line.variant_id] += discount_minor
    lines = tuple(by_key[key]._replace(quantity=quantity) for key, quantity in needed.items())
    return Terms(
        lines,
        tuple(off[key] for key in needed),
        sum(each.terms.shipping_discount_minor for each in quotes),
        sum(each.terms.later_minor for each in quotes),
    )


@settings(deadline=None, max_examples=300)
@given(near(), kinds(COSTING), kinds(COSTING))
def test_an_order_with_two_promises_keeps_the_floor(situation: Situation, first: Kind, second: Kind) -> None:
    for _ in range(2):
        both = accepted(situation, first, second)
        if both is None or not company.go_together(both[2]):
            return
        order = ordered(both[:2])
        assert exact_margin(order, situation) >= floor_of(order, situation)
        least_minor = max(0, both[2][1].proof["margin_minor"])  # and once more, so that it just holds
        situation = replace(situation, rules=replace(situation.rules, floor_minor=least_minor))


@settings(deadline=None, max_examples=200)
@given(near(), kinds(ADDING))
def test_what_is_added_is_sent_as_the_shop_sends_it(situation: Situation, kind: Kind) -> None:
    quote = quoted(kind, situation, "EUR")
    if isinstance(quote, Quote) and quote.proof is not None:
        assert exact_margin(quote.terms, situation) >= quote.proof.margin_minor


@settings(deadline=None, max_examples=150)
@given(near(), kinds(COSTING), kinds(COSTING))
def test_what_was_not_proved_together_does_not_go_together(
    situation: Situation, first: Kind, second: Kind
) -> None:
    """Nobody knew that it is the same person."""
    quotes = [
        quoted(kind, situation, "EUR", held(kind, name, "with_others"))
        for kind, name in ((first, "a"), (second, "b"))
    ]
    promises = [
        promised(each, each.proof.as_json()) for each in quotes if isinstance(each, Quote) and each.proof
    ]
    if len(promises) == 2:
        cheapest_minor = min(each.reserved_minor for each in promises)
        assert company.go_together(promises) == (cheapest_minor == 0)


@settings(deadline=None, max_examples=150)
@given(near(), kinds(ADDING), st.data())
def test_an_order_at_other_prices_costs_what_was_promised_and_no_piece_counts_twice(
    situation: Situation, kind: Kind, data: st.DataObject
) -> None:
    quote = quoted(kind, situation, "EUR")
    if isinstance(quote, str) or quote.terms.missing_minor:
        return
    terms = terms_as_json(quote)
    order = [line for each in terms["lines"] for line in pieces(each, situation, data)]
    several = {name for name, product in situation.prices.items() if len(product.variants) > 1}
    found = hold(terms, data.draw(st.permutations(order)), several)
    assert found.short == []
    assert sum(piece.quantity for each in found.held for piece in each.pieces) == sum(
        line["quantity"] for line in order
    )
    for each in found.held:
        paid_minor = sum(piece.amount_minor for piece in each.pieces) - each.discount_minor
        to_pay_minor = each.line["price_minor"] * each.line["quantity"] - each.line["discount_minor"]
        assert not each.line["added"] or paid_minor <= to_pay_minor
    for line in order:
        fewer = [each | {"quantity": each["quantity"] - (each is line)} for each in order]
        assert hold(terms, fewer, several).short


def pieces(line: dict[str, Any], situation: Situation, data: st.DataObject) -> list[dict[str, Any]]:
    """A promised line as the shop may send it: in two parts, at a new price, its only variant not named."""
    alone = len(situation.prices[line["product_id"]].variants) == 1
    first = data.draw(st.integers(0, line["quantity"]))
    sent = []
    for quantity in (first, line["quantity"] - first):
        variant_id = None if alone and data.draw(st.booleans()) else line["variant_id"]
        named = {"product_id": line["product_id"], "variant_id": variant_id, "quantity": quantity}
        sent.append({**named, "unit_price_minor": data.draw(st.integers(0, 60_000))})
    return [each for each in sent if each["quantity"]]
