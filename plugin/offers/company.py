"""Company: which promises go together on one order, so that all of them together keep the margin floor."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from plugin.errors import Refusal
from plugin.offers import claims, history, vouchers
from plugin.offers.cart import line_of
from plugin.offers.holding import Holding, Key
from plugin.offers.kinds.gift import Gift
from plugin.offers.margin import Proof, prove
from plugin.offers.quoting import Quote, terms_as_json
from plugin.offers.terms import Terms
from plugin.serving.request import CartLine
from plugin.store import acceptances
from plugin.store.acceptances import Acceptance, Doing
from plugin.store.database import Connection


def require(kept: Acceptance, others: Sequence[Acceptance], order_id: str) -> None:
    """`kept` may be redeemed with the order that has redeemed `others`; else `Refusal("not_with_others")`."""
    if not go_together([kept, *others]):
        message = f"Order {order_id} has redeemed an offer that this one does not go with."
        raise Refusal("not_with_others", f"{message} The code stays good for another order.")


def go_together(promises: Sequence[Acceptance]) -> bool:
    """Whether one order may redeem all of them: all stack, no offer comes twice, and the proof of one of them
    has counted what the others cost.

    Vouchers are counted by the promise that gave them, and not for the order that it was kept with.
    """
    if len(promises) > 1 and any(each.stacking != "with_others" for each in promises):
        return False
    if any(vouchers.came_with(voucher, each) for voucher in promises for each in promises):
        return False
    counted = [each for each in promises if not vouchers.is_voucher(each)]
    if len({each.offer_id for each in counted}) < len(counted):
        return False
    cost_minor = cost_of(counted)
    return not counted or any(cost_minor - each.reserved_minor <= _counted(each) for each in counted)


def cost_of(promises: Iterable[Acceptance]) -> int:
    """What they cost an order at the most; a voucher was paid for by the order that gave it."""
    return sum(each.reserved_minor for each in promises if not vouchers.is_voucher(each))


def proved(connection: Connection, quote: Quote, doings: Sequence[Doing], now: datetime) -> Proof | None:
    """The sum of a quote with what else the person, who did `doings`, may redeem; None: it needs none.

    It must hold without the goods that the others are about, and with them, for both may be ordered.
    Raises `Refusal("not_with_others")`.
    """
    stacked_minor, rival_minor = history.beside(quote.held.offer, doings, now)
    not_with_others = Refusal("not_with_others", "This offer does not go with what was accepted before.")
    if rival_minor and quote.terms.saving_minor <= rival_minor:
        raise not_with_others
    if quote.proof is None:
        return None
    codes = [each.code for each in doings if each.is_open(now) and each.stacking == "with_others"]
    others = acceptances.of_codes(connection, quote.held.stored.shop_id, codes)
    proof = proof_beside(quote, others, stacked_minor)
    if proof is None:
        raise not_with_others
    return proof


def proof_beside(quote: Quote, others: Sequence[Acceptance], stacked_minor: int) -> Proof | None:
    """The sum of a quote beside `others`, which cost `stacked_minor`; None where it does not hold."""
    rules, whole = quote.situation.rules, _with_goods(quote, others)
    proof = prove(quote.terms, rules, stacked_minor)
    holds = whole is not None and proof.holds and prove(whole, rules, stacked_minor).holds
    return proof if holds else None


def _with_goods(quote: Quote, others: Sequence[Acceptance]) -> Terms | None:
    """The quote's terms with the goods of `others` at full price; None where one has no price or cost."""
    own, situation = terms_as_json(quote)["lines"], quote.situation
    more = wanted([own, *(_needed(each) for each in others)])
    more.subtract(wanted([own]))
    lines = [
        line_of(situation.prices, CartLine(*key, quantity), situation.rules.cost)
        for key, quantity in more.items()
        if quantity > 0
    ]
    found = [line for line in lines if not isinstance(line, str) and line.cost_minor is not None]
    if len(found) < len(lines):
        return None
    terms = quote.terms
    nothing = (0,) * len(found)
    return terms._replace(lines=(*terms.lines, *found), discounts_minor=(*terms.discounts_minor, *nothing))


def lacking(
    connection: Connection, found: Holding, others: Sequence[Acceptance], order: Sequence[Mapping[str, Any]]
) -> list[str]:
    """The products of which an order has too few to keep what it holds of one promise, and `others`."""
    needed = wanted([[each.line for each in found.held], *(_needed(each) for each in others)])
    return claims.lacking(connection, others[0].shop_id, needed, order)


def wanted(lines_of: Iterable[Iterable[Mapping[str, Any]]]) -> Counter[Key]:
    """How much one order must hold to keep several promises, given the lines of each.

    They may be about the same goods, but what each one adds is a piece of its own.
    """
    most: Counter[Key] = Counter()
    added: Counter[Key] = Counter()
    for lines in lines_of:
        own: Counter[Key] = Counter()
        for line in lines:
            key = (line["product_id"], line["variant_id"])
            own[key] += line["quantity"]
            added[key] += line["quantity"] if line["added"] else 0
        most |= own
    return most | added


def _counted(kept: Acceptance) -> int:
    """What other promises its proof has allowed for."""
    return kept.proof["later_minor"] - int(kept.terms["later_minor"]) if kept.proof else 0


def _needed(kept: Acceptance) -> list[Mapping[str, Any]]:
    """Its lines, without a gift that a voucher was given for."""
    is_replaced = kept.terms["kind"] == Gift.name and kept.status == "redeemed" and not kept.spent_minor
    return [line for line in kept.terms["lines"] if not (is_replaced and line["added"])]
