"""Whatever the cart, the prices and the offer: never below the floor or below nothing, always adding up."""

from dataclasses import replace
from datetime import UTC, datetime
from fractions import Fraction
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from plugin.offers.claims import Claim, wrong_sums
from plugin.offers.holding import hold
from plugin.offers.kinds import KINDS, Kind
from plugin.offers.margin import MarginRules, prove
from plugin.offers.offer import Offer
from plugin.offers.quoting import Known, Quote, Quoting, as_json, terms_as_json
from plugin.offers.shelf import Shelf, ShelfOffer
from plugin.offers.situation import Situation, Standing
from plugin.offers.terms import Terms
from plugin.offers.words import Voice
from plugin.settings import typed
from plugin.store.offers import StoredOffer
from tests.plugin.offers.made_up import AT, CURRENCIES, kinds, situations
from tests.plugin.offers.shop import claim

NOW = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
STORED: dict[str, Any] = dict.fromkeys(
    ("reserved_minor", "spent_minor", "loss_minor", "accepted", "redeemed"), 0
)
SETTINGS = typed({}).offers
NOBODY = Known()


def held(kind: Kind, offer_id: str = "o", stacking: str = "alone") -> ShelfOffer:
    """An offer of this kind that nothing stands against."""
    offer = Offer(offer_id, kind, ("checkout",), {}, {}, (), stacking, 1, 30, 0, None, 24, None, None, None)
    stored = StoredOffer(
        shop_id="s", offer_id=offer_id, definition={}, version=1, paused=False, deleted=False,
        budget_minor=None, budget_count=None, codes_left=1, created_at=AT, touched_at=AT, **STORED,
    )  # fmt: skip
    return ShelfOffer(stored, offer)


def quoted(
    kind: Kind, situation: Situation, currency: str, offer: ShelfOffer | None = None, known: Known = NOBODY
) -> Quote | str:
    """The quote, made as for a page, on a made-up situation."""
    quoting = object.__new__(Quoting)
    quoting.situation, quoting.voice = situation, Voice(situation.lang, currency)
    shelf = Shelf((), situation.prices, situation.rules, {}, lambda *_: Standing(0, 0))
    vars(quoting).update(_now=NOW, _pause=NOW - NOW, _shelf=shelf, _settings=SETTINGS)
    return quoting.quote(offer or held(kind), known)


def claimed(terms: dict[str, Any]) -> Claim:
    """What a shop says that takes off exactly what was shown."""
    return Claim(**{**claim({"terms": terms, "code": "A", "token": None}, "o1"), "other_discounts_minor": 0})


def exact_margin(terms: Terms, situation: Situation) -> Fraction:
    """What the merchant really keeps, in exact fractions of a minor unit, worked out another way."""
    rules: MarginRules = situation.rules
    million = 10**6

    def net(amount: int, tax_share: int) -> Fraction:
        return (
            Fraction(amount * million, million + tax_share) if rules.prices_include_tax else Fraction(amount)
        )

    kept = paid = Fraction(0)
    for line, off in zip(terms.lines, terms.discounts_minor, strict=True):
        amount = line.price_minor * line.quantity - off
        kept += net(amount, line.tax_share) - Fraction(line.cost_minor or 0) * line.quantity
        paid += amount if rules.prices_include_tax else Fraction(amount * (million + line.tax_share), million)
    free_from, goods = rules.free_shipping_from_minor, sum(line.amount_minor for line in terms.lines)
    is_free = free_from is not None and goods + terms.missing_minor >= free_from
    usual = 0 if is_free else rules.shipping_price_minor or 0
    shipping = max(0, usual - terms.shipping_discount_minor)
    tax = max((line.tax_share for line in terms.lines), default=0)
    sending = max(Fraction(0), rules.shipping_cost_minor - net(shipping, tax))
    paid += shipping if rules.prices_include_tax else Fraction(shipping * (million + tax), million)
    fees = paid * rules.fee_share / million + rules.fee_minor
    return kept - sending - fees - terms.later_minor


def floor_of(terms: Terms, situation: Situation) -> Fraction:
    """What must be left of it, exactly."""
    rules, million = situation.rules, 10**6
    earned = Fraction(0)
    for line, off in zip(terms.lines, terms.discounts_minor, strict=True):
        amount = Fraction(line.amount_minor - off)
        earned += amount * million / (million + line.tax_share) if rules.prices_include_tax else amount
    return max(Fraction(rules.floor_minor), earned * rules.floor_share / million)


@settings(deadline=None, max_examples=400)
@given(kinds(), situations(), st.sampled_from(CURRENCIES))
def test_a_quote_keeps_the_floor_and_adds_up(kind: Kind, situation: Situation, currency: str) -> None:
    quote = quoted(kind, situation, currency)
    if isinstance(quote, str):
        return
    terms = quote.terms
    for line, off in zip(terms.lines, terms.discounts_minor, strict=True):
        assert 0 <= off <= line.amount_minor
        assert line.quantity > 0
    assert 0 <= terms.price_minor <= terms.total_minor
    told, shown = terms_as_json(quote), as_json(quote, NOW)
    lines_minor = sum(
        each["price_minor"] * each["quantity"] - each["discount_minor"] for each in told["lines"]
    )
    assert lines_minor == told["price_minor"] == told["total_minor"] - told["saving_minor"]
    assert shown["total_minor"] - shown["saving_minor"] == shown["price_minor"] >= 0
    if not terms.missing_minor:
        assert shown["price_minor"] == told["price_minor"]
    order = claimed(told)
    found = hold(told, order.lines)
    assert found.short == []
    assert wrong_sums(order, found) == []
    assert wrong_sums(replace(order, discount_minor=order.discount_minor + 1), found)
    assert quote.cost_minor >= terms.saving_minor
    assert shown["title"]
    assert "{" not in shown["title"]
    if quote.proof is None:
        assert quote.cost_minor == 0
        return
    rules = situation.rules
    kept = (
        sum(rules.net(each.amount_minor, each.tax_share) for each in terms.lines) - quote.proof.discount_minor
    )
    floor = max(Fraction(rules.floor_minor), Fraction(kept * rules.floor_share, 10**6))
    assert exact_margin(terms, situation) >= quote.proof.margin_minor >= floor


@settings(deadline=None, max_examples=100)
@given(kinds(), situations())
def test_the_same_question_gives_the_same_quote_and_any_other_amount_another_mark(
    kind: Kind, situation: Situation
) -> None:
    quote, again = quoted(kind, situation, "EUR"), quoted(kind, situation, "EUR")
    if isinstance(quote, str) or isinstance(again, str):
        assert quote == again
        return
    assert quote.mark == again.mark
    dearer = [line._replace(price_minor=line.price_minor + 1) for line in quote.terms.lines]
    assert replace(quote, terms=quote.terms._replace(lines=tuple(dearer))).mark != quote.mark


@settings(deadline=None, max_examples=100)
@given(situations())
def test_more_off_never_leaves_more(situation: Situation) -> None:
    lines = situation.cart.lines
    if situation.cart.trouble:
        return
    nothing, all_of_it = (0,) * len(lines), tuple(line.amount_minor for line in lines)
    without = prove(Terms(lines, nothing), situation.rules)
    given_away = prove(Terms(lines, all_of_it), situation.rules)
    assert given_away.margin_minor <= without.margin_minor


def test_every_kind_is_tried_by_name() -> None:
    assert {"percent_off", "gift", "bundle", "spend_more", "down_sell"} <= set(KINDS)
