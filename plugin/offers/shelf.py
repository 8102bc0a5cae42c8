"""Offers as this process holds them, with prices and people's doings: nothing is read to answer."""

import logging
import threading
import weakref
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING

from plugin.offers.cart import PricedLine, Prices, changed
from plugin.offers.margin import MarginRules, rules_of
from plugin.offers.money import millionths
from plugin.offers.offer import Offer, typed
from plugin.offers.situation import Standing
from plugin.runtime import Runtime
from plugin.settings import OfferSettings
from plugin.store import acceptances, dismissals, offers, products, standing, variants
from plugin.store.acceptances import Acceptance, Doing
from plugin.store.database import Connection
from plugin.store.dismissals import Dismissal
from plugin.store.offers import StoredOffer
from plugin.store.products import Product

if TYPE_CHECKING:
    from plugin.serving.live import Live, LiveShop

_LOG = logging.getLogger(__name__)
POLL_SECONDS = 0.2
_OVERLAP = timedelta(seconds=10)
"""Rows are stamped before they are committed, perhaps by another clock: look a little further back."""
_EVER = datetime(1970, 1, 1, tzinfo=UTC)
REFERENCE = timedelta(days=30)
_LOWEST_AGAIN = timedelta(hours=1)
"""A lowest price that is an hour old can only be too low, never too high: new prices are taken in at once."""
_MOST_STANDINGS = 10_000
LONGEST_MEMORY = timedelta(days=366)
"""No cap, pause or silence looks further back."""


@dataclass(frozen=True)
class ShelfOffer:
    """An offer with its running sums as they were a moment ago."""

    stored: StoredOffer
    offer: Offer


@dataclass
class Doings:
    """What one person did: promises by their code, and until when which offer keeps quiet."""

    accepted: dict[str, Doing] = field(default_factory=dict)
    dismissed: dict[str, Dismissal] = field(default_factory=dict)


@dataclass(frozen=True)
class Lowest:
    """The lowest price of each variant in the 30 days before `read_at`, where all of them are known."""

    prices: Mapping[tuple[str, str], int] = field(default_factory=dict)
    read_at: datetime = _EVER


@dataclass(frozen=True)
class Shelf:
    """One shop's offers at one moment, the most important first; `doings` by the names of people."""

    offers: tuple[ShelfOffer, ...]
    prices: Prices
    rules: MarginRules
    doings: dict[str, Doings]
    standing: Callable[[str, int], Standing]
    """A customer's standing in this minute (unix): the one thing that is read when it is asked for."""
    lowest: Lowest = field(default_factory=Lowest)
    catalogue_version: int = -1
    settings: OfferSettings | None = None

    def find(self, offer_id: str) -> ShelfOffer | None:
        """The offer of this id."""
        return next((each for each in self.offers if each.offer.offer_id == offer_id), None)

    def lowest_minor(self, lines: Iterable[PricedLine]) -> int | None:
        """What all of it cost at the least in the last 30 days; None where that is not known."""
        sum_minor = 0
        for line in lines:
            variant_id = line.variant_id or self.prices[line.product_id].variants[0].variant_id
            price_minor = self.lowest.prices.get((line.product_id, variant_id))
            if price_minor is None:
                return None
            sum_minor += min(price_minor, line.price_minor) * line.quantity
        return sum_minor

    def promise(self, acceptance: Acceptance) -> None:
        """Count with a promise at once; other processes learn of it with their next look."""
        doing = Doing.of(acceptance)
        for name in doing.people:
            self.doings.setdefault(name, Doings()).accepted[doing.code] = doing

    def silence(self, said: Iterable[Dismissal]) -> None:
        """Keep quiet at once; other processes learn of it with their next look."""
        for each in said:
            self.doings.setdefault(each.person, Doings()).dismissed[each.offer_id] = each


class Shelves:
    """All shops' shelves. The first question starts a thread that reads what changed; it ends with this."""

    def __init__(self, runtime: Runtime, live: "Live", poll_seconds: float = POLL_SECONDS) -> None:
        self._database, self._live = runtime.database, live
        self._poll_seconds = poll_seconds
        self._of: dict[str, Shelf] = {}
        self._doings: dict[str, dict[str, Doings]] = {}
        self._since = _EVER
        self._started = False
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None
        self._starting, self._refreshing = threading.Lock(), threading.Lock()

    def of(self, live: "LiveShop") -> Shelf | None:
        """The shop's shelf; None where it has no offers."""
        if not self._started:
            self.start()
        return self._of.get(live.shop.shop_id)

    def whole(self, live: "LiveShop") -> Shelf:
        """The shop's shelf; where it has no offers, an empty one with its prices and rules."""
        found = self.of(live)
        if found is not None:
            return found
        empty = Shelf((), {}, MarginRules(), {}, self._standing(live.shop.shop_id))
        with self._database.read() as connection:
            return _fresh(connection, live, empty, datetime.now(UTC))

    def close(self) -> None:
        """Stop watching."""
        self._stopping.set()
        if self._thread is not None:
            self._thread.join()

    def refresh(self) -> None:
        """Bring every shelf to what the database says now."""
        with self._refreshing:
            shops = {live.shop.shop_id: live for live in self._live.all()}
            with self._database.read() as connection:
                now = datetime.now(UTC)
                self._read_doings(connection, now)
                self._read_offers(connection)
                for shop_id, shelf in self._of.items():
                    if shop_id in shops:
                        self._of[shop_id] = _fresh(connection, shops[shop_id], shelf, now)
            self._of = {shop_id: shelf for shop_id, shelf in self._of.items() if shop_id in shops}
            self._since = now - _OVERLAP

    def start(self) -> None:
        """Read every shelf and keep them fresh from now on; harmless again."""
        with self._starting:
            if not self._started:
                self.refresh()
                watching = (weakref.ref(self), self._stopping, self._poll_seconds)
                self._thread = threading.Thread(target=_watch, args=watching, name="offers", daemon=True)
                self._thread.start()
                self._started = True

    def _read_offers(self, connection: Connection) -> None:
        touched: dict[str, dict[str, StoredOffer]] = {}
        for stored in offers.touched_since(connection, self._since):
            touched.setdefault(stored.shop_id, {})[stored.offer_id] = stored
        for shop_id, rows in touched.items():
            doings = self._doings.setdefault(shop_id, {})
            old = self._of.get(shop_id) or Shelf((), {}, MarginRules(), doings, self._standing(shop_id))
            self._of[shop_id] = replace(old, offers=_sorted(old, rows))

    def _read_doings(self, connection: Connection, now: datetime) -> None:
        since = max(self._since, now - LONGEST_MEMORY)
        for promise in acceptances.changed_since(connection, since):
            for name in promise.people:
                self._of_person(promise.shop_id, name).accepted[promise.code] = promise
        for dismissal in dismissals.since(connection, since):
            self._of_person(dismissal.shop_id, dismissal.person).dismissed[dismissal.offer_id] = dismissal

    def _standing(self, shop_id: str) -> Callable[[str, int], Standing]:
        @lru_cache(maxsize=_MOST_STANDINGS)
        def found(customer_id: str, _minute: int) -> Standing:
            with self._database.read() as connection:
                return Standing(*standing.of(connection, shop_id, customer_id))

        return found

    def _of_person(self, shop_id: str, name: str) -> Doings:
        return self._doings.setdefault(shop_id, {}).setdefault(name, Doings())


def _sorted(old: Shelf, rows: Mapping[str, StoredOffer]) -> tuple[ShelfOffer, ...]:
    """The old shelf's offers with `rows` in place of what they replace, the most important first."""
    kept = {each.offer.offer_id: each for each in old.offers}
    for offer_id, stored in rows.items():
        before = kept.pop(offer_id, None)
        if stored.deleted:
            continue
        same = before is not None and before.stored.version == stored.version
        offer = before.offer if before and same else _typed(stored)
        if offer is not None:
            kept[offer_id] = ShelfOffer(stored, offer)
    return ranked(kept.values())


def ranked(offers: Iterable[ShelfOffer]) -> tuple[ShelfOffer, ...]:
    """As they stand on a shelf: the most important first."""
    return tuple(sorted(offers, key=lambda each: (-each.offer.priority, each.offer.offer_id)))


def _typed(stored: StoredOffer) -> Offer | None:
    """The offer; None where this version of Encore cannot read it, for one must not stop the others."""
    try:
        return typed(stored.definition)
    except Exception:
        _LOG.exception("Offer %s of shop %s cannot be read.", stored.offer_id, stored.shop_id)
        return None


def _fresh(connection: Connection, live: "LiveShop", shelf: Shelf, now: datetime) -> Shelf:
    """The shelf with the shop's present prices and rules."""
    shop, settings = live.shop, live.shop.settings.offers
    if settings is not shelf.settings:
        again = shelf.settings is None or shelf.settings.tax_share != settings.tax_share
        version = -1 if again else shelf.catalogue_version
        shelf = replace(shelf, settings=settings, rules=rules_of(settings), catalogue_version=version)
    if now - shelf.lowest.read_at > _LOWEST_AGAIN:
        lowest = variants.lowest_prices(connection, shop.shop_id, now - REFERENCE)
        shelf = replace(shelf, lowest=Lowest(lowest, now))
    if shop.catalogue_version == shelf.catalogue_version:
        return shelf
    rows = products.changed_since(connection, shop.shop_id, max(0, shelf.catalogue_version))
    known = shelf.prices if shelf.catalogue_version >= 0 else {}
    prices = changed(known, rows, millionths(settings.tax_share))
    lowest = _lowered(shelf.lowest.prices, rows)
    return replace(
        shelf,
        prices=prices,
        lowest=replace(shelf.lowest, prices=lowest),
        catalogue_version=shop.catalogue_version,
    )


def _lowered(lowest: Mapping[tuple[str, str], int], rows: Iterable[Product]) -> dict[tuple[str, str], int]:
    """The lowest prices with the present ones of `rows`, which are of the last 30 days too."""
    new = dict(lowest)
    for row in rows:
        for each in row.variants:
            key = (row.product_id, each.variant_id)
            if key in new and each.price_minor is not None:
                new[key] = min(new[key], each.price_minor)
    return new


def _watch(of: "weakref.ref[Shelves]", stopping: threading.Event, poll_seconds: float) -> None:
    told = ""
    while not stopping.wait(poll_seconds):
        shelves = of()
        if shelves is None:
            return
        try:
            shelves.refresh()
            told = ""
        except Exception as error:  # whatever it is, the offers must be looked at again
            if repr(error) != told:
                told = repr(error)
                _LOG.exception("Offers cannot be read; the last known state is served.")
        del shelves
