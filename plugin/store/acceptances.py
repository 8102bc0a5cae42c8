"""Promises: one row a code that a shopper got, from acceptance to redemption or expiry."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Connection, delete, insert, or_, select, update
from sqlalchemy.sql import ColumnElement

from plugin.store.offer_tables import acceptances


@dataclass(frozen=True)
class Acceptance:
    """One promise. `terms`: what was promised (`plugin.offers.quoting.terms_as_json`); `proof`: the sum of
    the margin floor. `status`: accepted, redeemed, expired. Amounts in minor units.
    """

    shop_id: str
    code: str
    offer_id: str
    offer_version: int
    slate_id: str
    status: str
    accepted_at: datetime
    expires_at: datetime
    changed_at: datetime
    customer_id: str | None
    visitor_id: str | None
    cart_id: str | None
    stacking: str
    terms: Mapping[str, Any]
    proof: Mapping[str, int]
    reserved_minor: int
    spent_minor: int = 0
    loss_minor: int = 0
    redemption_id: str | None = None
    order_id: str | None = None
    redeemed_at: datetime | None = None
    trouble: str | None = None


VOUCHERS = "voucher:"
"""What stands before the code that a voucher came with, where others have their slate."""


class Doing(NamedTuple):
    """Of a promise what every worker holds in memory."""

    shop_id: str
    code: str
    offer_id: str
    status: str
    accepted_at: datetime
    expires_at: datetime
    stacking: str
    reserved_minor: int
    customer_id: str | None
    visitor_id: str | None
    cart_id: str | None
    slate_id: str = ""

    @property
    def is_voucher(self) -> bool:
        """Whether it came with another promise."""
        return self.slate_id.startswith(VOUCHERS)

    @property
    def people(self) -> tuple[str, ...]:
        """The names of who accepted it, as `plugin.offers.people` gives them."""
        ids = {"customer": self.customer_id, "visitor": self.visitor_id, "cart": self.cart_id}
        return tuple(f"{sort}:{id_}" for sort, id_ in ids.items() if id_ is not None)

    @classmethod
    def of(cls, acceptance: Acceptance) -> "Doing":
        """Of this promise."""
        return cls(*(getattr(acceptance, name) for name in cls._fields))

    def is_open(self, now: datetime) -> bool:
        """Whether it can still be redeemed."""
        return self.status == "accepted" and now < self.expires_at


def add(connection: Connection, acceptance: Acceptance) -> None:
    """Keep a new promise."""
    connection.execute(insert(acceptances).values(vars(acceptance)))


def move(connection: Connection, acceptance: Acceptance, changes: Mapping[str, Any], now: datetime) -> bool:
    """Change a promise unless its status is another by now (False)."""
    statement = update(acceptances).where(
        acceptances.c.shop_id == acceptance.shop_id,
        acceptances.c.code == acceptance.code,
        acceptances.c.status == acceptance.status,
    )
    return connection.execute(statement.values({**changes, "changed_at": now})).rowcount == 1


def forget(connection: Connection, acceptance: Acceptance) -> None:
    """Drop a promise that never held, such as the voucher of a cancelled order."""
    mine = (acceptances.c.shop_id == acceptance.shop_id, acceptances.c.code == acceptance.code)
    connection.execute(delete(acceptances).where(*mine))


def forget_people(
    connection: Connection, shop_id: str, customer_id: str | None, visitor_ids: Collection[str]
) -> int:
    """Make what a customer (None: a guest), or one of their browsers, was promised nobody's; gives how much.

    It is kept all the same.
    """
    of_browsers = acceptances.c.visitor_id.in_(visitor_ids)
    theirs = or_(acceptances.c.customer_id == customer_id, of_browsers) if customer_id else of_browsers
    nobody = dict.fromkeys(("customer_id", "visitor_id", "cart_id"))
    statement = update(acceptances).where(acceptances.c.shop_id == shop_id, theirs)
    return connection.execute(statement.values(nobody)).rowcount


# -- reading ----------------------------------------------------------------------------------------------


def find(connection: Connection, shop_id: str, code: str, *, locked: bool = False) -> Acceptance | None:
    """The promise of this code; `locked`: nobody else changes it until this transaction ends."""
    statement = select(acceptances).where(acceptances.c.shop_id == shop_id, acceptances.c.code == code)
    row = connection.execute(statement.with_for_update() if locked else statement).first()
    return None if row is None else Acceptance(**row._mapping)


def of_slate(connection: Connection, shop_id: str, slate_id: str) -> Acceptance | None:
    """The promise that answered this slate, if any: a slate is accepted once."""
    mine = (acceptances.c.shop_id == shop_id, acceptances.c.slate_id == slate_id)
    row = connection.execute(select(acceptances).where(*mine)).first()
    return None if row is None else Acceptance(**row._mapping)


def of_orders(
    connection: Connection, shop_id: str, order_ids: Collection[str], codes: Collection[str] = ()
) -> list[Acceptance]:
    """What these orders redeemed, and the promises of these codes."""
    either = or_(acceptances.c.order_id.in_(order_ids), acceptances.c.code.in_(codes))
    rows = connection.execute(select(acceptances).where(acceptances.c.shop_id == shop_id, either))
    return [Acceptance(**row._mapping) for row in rows]


def of_codes(connection: Connection, shop_id: str, codes: Collection[str]) -> list[Acceptance]:
    """The promises of these codes."""
    return of_orders(connection, shop_id, (), codes) if codes else []


def lost_with(connection: Connection, shop_id: str, offer_id: str, most: int) -> list[Acceptance]:
    """The promises of an offer that were kept at a loss, or with another order than was accepted; the latest
    first.
    """
    mine = (acceptances.c.shop_id == shop_id, acceptances.c.offer_id == offer_id)
    amiss = or_(acceptances.c.loss_minor > 0, acceptances.c.trouble.is_not(None))
    latest = select(acceptances).where(*mine, amiss).order_by(acceptances.c.redeemed_at.desc()).limit(most)
    return [Acceptance(**row._mapping) for row in connection.execute(latest)]


def changed_since(connection: Connection, since: datetime) -> list[Doing]:
    """All shops' promises that changed at or after `since`."""
    columns = [acceptances.c[name] for name in Doing._fields]
    rows = connection.execute(select(*columns).where(acceptances.c.changed_at >= since))
    return [Doing(*row) for row in rows]


def any_open(connection: Connection, shop_id: str) -> bool:
    """Whether the shop has promises that nobody has redeemed yet."""
    mine = (acceptances.c.shop_id == shop_id, acceptances.c.status == "accepted")
    return connection.execute(select(acceptances.c.code).where(*mine).limit(1)).first() is not None


def lapsed(connection: Connection, shop_id: str, now: datetime, most: int) -> list[Acceptance]:
    """Promises of the shop that nobody redeemed in time."""
    over = (acceptances.c.status == "accepted", acceptances.c.expires_at <= now)
    statement = select(acceptances).where(acceptances.c.shop_id == shop_id, *over).limit(most)
    return [Acceptance(**row._mapping) for row in connection.execute(statement)]


def of_person(
    connection: Connection, shop_id: str, whose: Mapping[str, str | None], since: datetime
) -> list[Doing]:
    """What `whose` (customer_id, visitor_id, cart_id) accepted since then, in any of the names."""
    columns = [acceptances.c[name] for name in Doing._fields]
    mine = (acceptances.c.shop_id == shop_id, acceptances.c.accepted_at >= since, _whose(whose))
    return [Doing(*row) for row in connection.execute(select(*columns).where(*mine))]


def _whose(whose: Mapping[str, str | None]) -> ColumnElement[bool]:
    given = [acceptances.c[name] == id_ for name, id_ in whose.items() if id_ is not None]
    return or_(*given) if given else acceptances.c.code.is_(None)  # nobody's
