"""The time machine: past orders through an offer that nobody has seen yet, by the code that serves offers."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from plugin.offers import explaining
from plugin.offers.margin import Proof, prove
from plugin.offers.offer import typed
from plugin.offers.people import Person
from plugin.offers.quoting import Question, Quote, Quoting, as_json
from plugin.offers.shelf import Doings, Shelf, ShelfOffer, ranked
from plugin.offers.situation import Situation, Standing
from plugin.offers.terms import Terms
from plugin.serving.live import LiveShop
from plugin.serving.request import CartLine
from plugin.store import past_orders
from plugin.store.acceptances import Doing
from plugin.store.database import Connection
from plugin.store.offers import StoredOffer
from plugin.store.past_orders import PastOrder, PastOrders
from plugin.store.standing import Bought

MOST_ORDERS = 2_000
"""So many orders are replayed at the most; what they tell is reckoned up to all of them."""
WEEKS, MOST_WEEKS = 8, 26
_NEAREST_TO_PAYING = ("checkout", "cart", "product", "thank_you")


@dataclass
class Rival:
    """Another live offer that holds for carts which the draft holds for too.

    `carts`: how many; `instead`: of these it is shown in the draft's place, `behind`: the draft in its place.
    """

    carts: int = 0
    instead: int = 0
    behind: int = 0


@dataclass
class Margins:
    """Sums over carts, net of tax, in minor units; `lowest_share`: the least share that a cart leaves."""

    net_minor: int = 0
    margin_minor: int = 0
    lowest_share: float | None = None

    def add(self, proof: Proof) -> None:
        """One more cart."""
        net_minor = proof.revenue_minor - proof.discount_minor
        self.net_minor += net_minor
        self.margin_minor += proof.margin_minor
        if net_minor:
            share = proof.margin_minor / net_minor
            self.lowest_share = share if self.lowest_share is None else min(share, self.lowest_share)

    @property
    def share(self) -> float | None:
        """What is left of all that is earned; None where nothing was."""
        return self.margin_minor / self.net_minor if self.net_minor else None


@dataclass
class Replayed:
    """What came of it, counted in carts. `shown` are those that see the draft: of them `not_reached` lack
    something for it, the others accept it.
    """

    shown: int = 0
    not_reached: int = 0
    cost_minor: int = 0
    customers: set[str] = field(default_factory=set)
    before: Margins = field(default_factory=Margins)
    after: Margins = field(default_factory=Margins)
    reasons: dict[str, int] = field(default_factory=dict)
    messages: dict[str, str] = field(default_factory=dict)
    rivals: dict[str, Rival] = field(default_factory=dict)
    example: Quote | None = None
    """What the first of the carts that see it is offered."""

    @property
    def accepted(self) -> int:
        """Carts that the draft is given to."""
        return self.shown - self.not_reached


@dataclass(frozen=True)
class Wanted:
    """What is to be replayed: an offer as its schema loads it, how many weeks, and the language of reasons
    (None: the shop's).
    """

    definition: Mapping[str, Any]
    weeks: int = WEEKS
    lang: str | None = None


class TimeMachine:
    """One draft on one shop's shelf, asked of order after order, the earliest first.

    Everybody accepts what they are shown and can have, so caps, budgets and stacking count as they would, and
    the cost is the greatest there can be. Prices, costs, stock and the other offers are today's; start and
    end are left out, the draft's own and those of offers that run at `now`.
    """

    def __init__(
        self, live: LiveShop, shelf: Shelf, wanted: "Wanted", past: PastOrders, now: datetime
    ) -> None:
        self.draft = as_if_live(live.shop.shop_id, wanted.definition, now)
        self.placement = nearest_to_paying(self.draft.offer.placements)
        self.told = Replayed()
        self._live, self._past, self._lang = live, past, wanted.lang or live.shop.language
        self._bought = dict(past.before)
        self._others = [
            ShelfOffer(each.stored, replace(each.offer, starts_at=None, ends_at=None))
            for each in shelf.offers
            if each.offer.offer_id != self.draft.offer.offer_id
            and each.offer.runs(now)
            and each.stored.trouble(0) is None
        ]
        self._shelf = replace(
            shelf, offers=ranked([*self._others, self.draft]), doings={}, standing=self._standing
        )

    @property
    def scale(self) -> float:
        """How many orders one of the sample stands for."""
        return self._past.n_orders / len(self._past.sample) if self._past.sample else 1.0

    def run(self) -> Replayed:
        """All of the sample."""
        for order in self._past.sample:
            self._pass(order)
        return self.told

    def _pass(self, order: PastOrder) -> None:
        known = None if order.customer_id in self._live.people.withdrawn else order.customer_id
        person, at = Person(known), order.ordered_at
        where = (order.language, order.country, order.currency)
        asked = Question(self.placement, carted(order), person, *where, bought=True)
        quoting = Quoting(self._live, self._shelf, asked, at)
        best = quoting.best()
        self._count(quoting, best)
        if best is not None and not best.terms.missing_minor:
            self._accept(best, person, at)
        if known is not None:
            orders, worth_minor, _ = self._bought.get(known, Bought())
            self._bought[known] = Bought(orders + 1, worth_minor + order.worth_minor, at)
            if best is not None and self._is_draft(best.held):
                self.told.customers.add(known)

    def _count(self, quoting: Quoting, best: Quote | None) -> None:
        """What the draft is for this cart, and which others hold for it."""
        found = {held.offer.offer_id: (held, each) for held, each in quoting.all()}
        _, own = found.pop(self.draft.offer.offer_id)
        if isinstance(own, str):
            self._because(own, quoting)
            return
        shown = best is not None and self._is_draft(best.held)
        if shown:
            self.told.shown += 1
            self.told.example = self.told.example or own
            self._weigh(own, quoting.situation)
        else:
            self._because("not_the_first", quoting)
        for offer_id, (_, other) in found.items():
            if isinstance(other, Quote):
                rival = self.told.rivals.setdefault(offer_id, Rival())
                rival.carts += 1
                rival.behind += shown
                rival.instead += best is not None and best.held.offer.offer_id == offer_id

    def _because(self, reason: str, quoting: Quoting) -> None:
        word = str(reason)
        self.told.reasons[word] = self.told.reasons.get(word, 0) + 1
        if word not in self.told.messages:
            voice = replace(quoting.voice, lang=self._lang)
            self.told.messages[word] = explaining.message(word, self.draft.offer, voice, quoting)

    def _weigh(self, own: Quote, situation: Situation) -> None:
        """What it costs, and the cart's margin without and with it."""
        if own.terms.missing_minor:
            self.told.not_reached += 1
            return
        self.told.cost_minor += own.cost_minor
        if own.proof is None or situation.cart.trouble:
            return
        lines = situation.cart.lines
        plain = Terms(lines, (0,) * len(lines))
        self.told.before.add(prove(plain, situation.rules))
        self.told.after.add(own.proof)

    def _accept(self, best: Quote, person: Person, at: datetime) -> None:
        """Have it accepted and redeemed at once: it counts against caps and budget."""
        offer = best.held.offer
        code = f"{offer.offer_id} {at.isoformat()}"
        until = at + timedelta(hours=offer.hold_hours)
        who = (person.customer_id, None, None)
        what = (offer.offer_id, "redeemed", at, until, offer.stacking, best.cost_minor)
        doing = Doing(self._live.shop.shop_id, code, *what, *who)
        for name in doing.people:
            self._shelf.doings.setdefault(name, Doings()).accepted[code] = doing
        if self._is_draft(best.held):
            spent_minor = round(self.told.cost_minor * self.scale)
            accepted = round(self.told.accepted * self.scale)
            stored = replace(self.draft.stored, spent_minor=spent_minor, accepted=accepted)
            self.draft = replace(self.draft, stored=stored)
            self._shelf = replace(self._shelf, offers=ranked([*self._others, self.draft]))

    def _is_draft(self, held: ShelfOffer) -> bool:
        return held.offer.offer_id == self.draft.offer.offer_id

    def _standing(self, customer_id: str, _minute: int) -> Standing:
        """As it was when the order was placed."""
        return Standing(*self._bought.get(customer_id, Bought()))


def nearest_to_paying(placements: Collection[str]) -> str:
    """Of an offer's placements the one where a past order's cart asks for it."""
    return next(each for each in _NEAREST_TO_PAYING if each in placements)


def carted(order: PastOrder) -> tuple[CartLine, ...]:
    """The order as a cart: whole pieces, one at the least."""
    return tuple(CartLine(each[0], each[1], max(1, round(each.quantity))) for each in order.lines)


def as_if_live(shop_id: str, definition: Mapping[str, Any], now: datetime) -> ShelfOffer:
    """The draft as it would stand on the shelf, with its budget untouched; who would have dismissed the offer
    that it waits for is not known: all are taken to have.
    """
    open_ended = {"starts_at": None, "ends_at": None, "after_dismissal_of": None, "paused": False}
    loose = {**definition, **open_ended}
    budget = definition["budget"]
    stored = StoredOffer(
        shop_id=shop_id,
        offer_id=definition["offer_id"],
        definition=loose,
        version=0,
        paused=False,
        deleted=False,
        budget_minor=budget["total_minor"],
        budget_count=budget["count"],
        codes_left=1,
        created_at=now,
        touched_at=now,
        reserved_minor=0,
        spent_minor=0,
        loss_minor=0,
        accepted=0,
        redeemed=0,
    )
    return ShelfOffer(stored, typed(loose))


# -- as it is told ----------------------------------------------------------------------------------------


def replay(
    connection: Connection, on: tuple[LiveShop, Shelf], wanted: Wanted, now: datetime
) -> dict[str, Any]:
    """What the offer would have done in the shop's last weeks."""
    live, shelf = on
    past = past_orders.of_weeks(connection, live.shop.shop_id, wanted.weeks, now, MOST_ORDERS)
    machine = TimeMachine(live, shelf, wanted, past, now)
    told = machine.run()
    return {
        "from_at": past.from_at.astimezone(UTC).isoformat(),
        "to_at": past.to_at.astimezone(UTC).isoformat(),
        "placement": machine.placement,
        "currency": live.shop.currency,
        "orders": past.n_orders,
        "sampled": len(past.sample),
        **_figures(told, len(past.sample), machine.scale),
        "example": as_json(told.example, now) if told.example is not None else None,
    }


def _figures(told: Replayed, sampled: int, scale: float) -> dict[str, Any]:
    why = sorted(told.reasons, key=lambda word: (-told.reasons[word], word))
    rivals = sorted(told.rivals.items(), key=lambda each: (-each[1].carts, each[0]))
    return {
        "shown": told.shown,
        "shown_share": told.shown / sampled if sampled else None,
        "customers": len(told.customers),
        "not_reached": told.not_reached,
        "accepted": told.accepted,
        "cost_minor": round(told.cost_minor * scale),
        "cost_per_cart_minor": round(told.cost_minor / told.accepted) if told.accepted else None,
        "margin_share_before": told.before.share,
        "margin_share_after": told.after.share,
        "margin_share_lowest": told.after.lowest_share,
        "refused_by_floor": told.reasons.get("below_floor", 0),
        "reasons": [
            {"reason": word, "message": told.messages[word], "carts": told.reasons[word]} for word in why
        ],
        "rivals": [{"offer_id": offer_id, **vars(rival)} for offer_id, rival in rivals],
    }
