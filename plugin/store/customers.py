"""Known customers: what they consented to, and the little that is kept of them."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, ScalarSelect, Select, Table, delete, exists, insert, or_, select, update
from sqlalchemy.sql import ColumnElement

from plugin.store import acceptances, deliveries, dismissals, shops
from plugin.store.tables import customers, erased_addresses, events, orders, slates
from plugin.vault import Vault, email_hash

Row = Mapping[str, Any]
LINKS = ("customer_id", "email_hash", "visitor_id")
"""What of an order says whose it is."""
_COMPARED = (
    "consent_personal",
    "consent_mail",
    "consent_at",
    "email_hash",
    "language",
    "country",
    "birth_month_day",
)


def put(connection: Connection, vault: Vault, shop_id: str, customer: Row, now: datetime) -> str:
    """Keep one customer as `put_many` does; gives the verdict."""
    return put_many(connection, vault, shop_id, [customer], now)[0]


def put_many(
    connection: Connection, vault: Vault, shop_id: str, given: Sequence[Row], now: datetime
) -> list[str]:
    """Keep each customer (a row of `schemas.customer`); gives one verdict a customer.

    The mail address is kept encrypted with consent to mail, and otherwise only as a keyed hash that joins a
    guest's orders. Verdicts: "created", "replaced", "unchanged", "older" (its `consent.at` is before the kept
    one: nothing is written, so that a late message cannot undo a withdrawal), "erased" (nothing is written:
    who was erased stays so). Once a time of consent is kept, a row without one only takes consent away.
    An address that was erased is kept again only with a consent given since: without one nothing is written
    of somebody new ("erased"), and somebody known is kept without the address.
    """
    wanted = [customer["customer_id"] for customer in given]
    mine = (customers.c.shop_id == shop_id, customers.c.customer_id.in_(wanted))
    stored: dict[str, Row] = {
        row.customer_id: dict(row._mapping) for row in connection.execute(select(customers).where(*mine))
    }
    hashes = {email_hash(vault, shop_id, each["email"]) for each in given if each.get("email")}
    erased_at = _addresses_erased(connection, shop_id, hashes)
    verdicts, winners = [], {}
    for customer in given:
        known = stored.get(customer["customer_id"])
        row = _row_of(vault, shop_id, customer, _consent(customer.get("consent") or {}, known, now))
        row |= {"updated_at": now, "arrived_at": now}
        is_gone = row["email_hash"] in erased_at and not _agreed_since(row, erased_at[row["email_hash"]])
        if is_gone:
            row |= {"email_encrypted": None, "email_hash": None}
        verdict = "erased" if is_gone and known is None else _judged(row, known)
        verdicts.append(verdict)
        if verdict in ("created", "replaced"):
            stored[row["customer_id"]] = winners[row["customer_id"]] = row
    _replace(connection, shop_id, list(winners.values()))
    return verdicts


def _consent(given: Row, stored: Row | None, now: datetime) -> dict[str, Any]:
    """What is agreed to and since when; without a time nobody can tell a grant from a late message."""
    wanted = {f"consent_{name}": bool(given.get(name)) for name in ("personal", "mail")}
    kept_at = stored["consent_at"] if stored else None
    if stored is None or kept_at is None or given.get("at"):
        return {**wanted, "consent_at": given.get("at")}
    granted = {name: wanted[name] and stored[name] for name in wanted}
    is_less = any(stored[name] and not wanted[name] for name in wanted)
    return {**granted, "consent_at": max(kept_at, now) if is_less else kept_at}


def _agreed_since(row: Row, moment: datetime) -> bool:
    is_agreed = row["consent_personal"] or row["consent_mail"]
    return bool(is_agreed and row["consent_at"] and row["consent_at"] > moment)


def _row_of(vault: Vault, shop_id: str, customer: Row, consent: Row) -> dict[str, Any]:
    email = customer.get("email")
    hashed = email_hash(vault, shop_id, email) if email else None
    return {
        "shop_id": shop_id,
        "customer_id": customer["customer_id"],
        **consent,
        "email_encrypted": vault.encrypt(shop_id, email)
        if email and hashed and consent["consent_mail"]
        else None,
        "email_hash": hashed,
        "language": customer.get("language"),
        "country": customer.get("country"),
        "birth_month_day": customer.get("birth_month_day"),
        "erased_at": None,
    }


def _judged(row: Row, stored: Row | None) -> str:
    if stored is None:
        return "created"
    if stored["erased_at"]:
        return "erased"
    if row["consent_at"] and stored["consent_at"] and row["consent_at"] < stored["consent_at"]:
        return "older"
    return "unchanged" if all(row[name] == stored[name] for name in _COMPARED) else "replaced"


def _replace(connection: Connection, shop_id: str, rows: Sequence[Row]) -> None:
    if not rows:
        return
    ids = [row["customer_id"] for row in rows]
    connection.execute(
        delete(customers).where(customers.c.shop_id == shop_id, customers.c.customer_id.in_(ids))
    )
    connection.execute(insert(customers), rows)


def find(connection: Connection, shop_id: str, customer_id: str) -> dict[str, Any] | None:
    """The customer's row as it is kept, or None."""
    mine = (customers.c.shop_id == shop_id, customers.c.customer_id == customer_id)
    found = connection.execute(select(customers).where(*mine)).first()
    return None if found is None else dict(found._mapping)


# -- erasing ----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Erasure:
    """What an erasure did, as its receipt tells: of how many orders, browsers and promises somebody was
    taken away. Beside these counts the customer's bare id and the keyed hash of their address are left."""

    erased_at: datetime
    orders: int
    browsers: int
    promises: int


def erase(
    connection: Connection,
    shop_id: str,
    customer_id: str,
    now: datetime,
    *,
    address_hash: str | None = None,
    order_ids: Collection[str] = (),
) -> Erasure | None:
    """Forget a customer: their orders and browsers become nobody's. None: nothing was known of them.

    No model learns from these orders again, nor from those placed with the same address, as a guest or by
    another id: told apart by nobody they would count as so many customers. For the shop's own figures they
    stay. The bare id stays with its consent withdrawn, of somebody unknown too, whose orders may be on their
    way: without it no worker would learn that answers made from this customer's history must end, and the
    next order or import would bring them back. `address_hash`, `order_ids`: of an address and of orders that
    are said to be theirs.
    """
    known = find(connection, shop_id, customer_id)
    theirs = or_(orders.c.customer_id == customer_id, orders.c.order_id.in_(order_ids))
    bought = _links(connection, shop_id, theirs)
    given = [*(row.email_hash for row in bought), known["email_hash"] if known else None, address_hash]
    hashes = {each for each in given if each is not None}
    _unlink(connection, (orders.c.shop_id == shop_id, theirs))
    done = _forget_traces(connection, (shop_id, customer_id), bought, hashes, now)
    row = dict.fromkeys(column.name for column in customers.columns)
    flags = {"consent_personal": False, "consent_mail": False, "consent_at": now, "erased_at": now}
    key = {"shop_id": shop_id, "customer_id": customer_id, "updated_at": now, "arrived_at": now}
    _replace(connection, shop_id, [{**row, **flags, **key}])
    return done if known or done.orders else None


def erase_address(connection: Connection, shop_id: str, address_hash: str, now: datetime) -> Erasure | None:
    """Forget whoever has this address, as customers and as a guest. None: nothing was known of it, and its
    hash stays even so."""
    ids = with_address(connection, shop_id, address_hash)
    if not ids:
        as_guest = _forget_traces(connection, (shop_id, None), (), {address_hash}, now)
        return as_guest if as_guest.orders else None
    done = [erase(connection, shop_id, each, now, address_hash=address_hash) for each in ids]
    found = [each for each in done if each is not None]
    sums = {name: sum(getattr(each, name) for each in found) for name in ("orders", "browsers", "promises")}
    return Erasure(now, **sums)


def with_address(connection: Connection, shop_id: str, address_hash: str) -> list[str]:
    """The customers who have this address, or ordered with it."""
    found = set()
    for table in (customers, orders):
        mine = (table.c.shop_id == shop_id, table.c.email_hash == address_hash)
        found |= set(connection.execute(select(table.c.customer_id).where(*mine)).scalars())
    return sorted(found - {None})


def _forget_traces(
    connection: Connection,
    who: tuple[str, str | None],
    bought: Sequence[Any],
    hashes: Collection[str],
    now: datetime,
) -> Erasure:
    """Take a person (shop, customer id) away from the orders with their address, browsers, promises and
    messages."""
    shop_id, customer_id = who
    by_mail = orders.c.email_hash.in_(hashes)
    theirs = [*bought, *_links(connection, shop_id, by_mail)]
    visitor_ids = visitors_of(connection, shop_id, theirs)
    _unlink(connection, (orders.c.shop_id == shop_id, by_mail))
    for table in (orders, slates, events):
        mine = (table.c.shop_id == shop_id, table.c.visitor_id.in_(visitor_ids))
        _forget(connection, table, ("visitor_id",), mine)
    promises = acceptances.forget_people(connection, shop_id, customer_id, visitor_ids)
    dismissals.forget_people(connection, shop_id, customer_id, visitor_ids)
    deliveries.forget_bodies(connection, shop_id)
    _remember_erased(connection, shop_id, hashes, now)
    return Erasure(now, len({row.order_id for row in theirs}), len(visitor_ids), promises)


def _remember_erased(
    connection: Connection, shop_id: str, email_hashes: Collection[str], now: datetime
) -> None:
    mine = (erased_addresses.c.shop_id == shop_id, erased_addresses.c.email_hash.in_(email_hashes))
    connection.execute(delete(erased_addresses).where(*mine))
    rows = [{"shop_id": shop_id, "email_hash": each, "erased_at": now} for each in email_hashes]
    if rows:
        connection.execute(insert(erased_addresses), rows)


def _links(connection: Connection, shop_id: str, *whose: ColumnElement[bool]) -> Sequence[Any]:
    """What ties these orders, every version of them, to a browser or a mail address."""
    columns = (orders.c.order_id, orders.c.email_hash, orders.c.visitor_id, orders.c.slate_ids)
    return connection.execute(select(*columns).where(orders.c.shop_id == shop_id, *whose)).all()


def visitors_of(connection: Connection, shop_id: str, bought: Sequence[Any]) -> set[str]:
    """The visitors who made these orders: as the orders say, the browser's purchase events, or the slates."""
    slate_ids = {slate_id for row in bought for slate_id in row.slate_ids or ()}
    order_ids = {row.order_id for row in bought}
    of_slates = select(slates.c.visitor_id).where(
        slates.c.shop_id == shop_id, slates.c.slate_id.in_(slate_ids)
    )
    of_events = select(events.c.visitor_id).where(
        events.c.shop_id == shop_id, events.c.order_id.in_(order_ids)
    )
    found = {row.visitor_id for row in bought}
    for statement in (of_slates, of_events):
        found |= set(connection.execute(statement).scalars())
    return found - {None}


def _unlink(connection: Connection, where: Sequence[ColumnElement[bool]]) -> None:
    """Make orders nobody's, for good."""
    values = {**dict.fromkeys(LINKS), "erased": True}
    connection.execute(update(orders).where(*where).values(values))


def _forget(
    connection: Connection, table: Table, names: Sequence[str], where: Sequence[ColumnElement[bool]]
) -> None:
    connection.execute(update(table).where(*where).values(dict.fromkeys(names)))


def of_erased(connection: Connection, shop_id: str, given: Sequence[Row]) -> set[str]:
    """Those of the `given` orders, by id, that are nobody's whatever they name: kept as an erased person's
    before, of a customer who was erased, or with an address that was: a guest's, or made before that."""
    asked = orders.c.order_id.in_({row["order_id"] for row in given})
    kept = select(orders.c.order_id).where(orders.c.shop_id == shop_id, orders.c.erased, asked)
    named = {row["customer_id"] for row in given} - {None}
    gone = _gone_ids(shop_id).where(customers.c.customer_id.in_(named))
    order_ids, customer_ids = (set(connection.execute(each).scalars()) for each in (kept, gone))
    erased_at = _addresses_erased(connection, shop_id, {row["email_hash"] for row in given})
    by_address = {
        row["order_id"]
        for row in given
        if row["email_hash"] in erased_at
        and (row["customer_id"] is None or row["ordered_at"] <= erased_at[row["email_hash"]])
    }
    by_id = {row["order_id"] for row in given if row["customer_id"] in customer_ids}
    return order_ids | by_id | by_address


def unlink_erased(connection: Connection, shop_id: str) -> None:
    """Make every order that `of_erased` would name nobody's: an import may have brought some back."""
    shops.lock(connection, shop_id)
    gone_addresses = select(erased_addresses.c.email_hash).where(erased_addresses.c.shop_id == shop_id)
    if not connection.execute(select(or_(exists(_gone_ids(shop_id)), exists(gone_addresses)))).scalar():
        return  # nobody was: every order is spared the look
    mine, version = orders.c.shop_id == shop_id, orders.alias("version")
    _unlink(connection, (mine, orders.c.customer_id.in_(_gone_ids(shop_id))))
    is_before = orders.c.ordered_at <= _erased_at_of_order(shop_id)
    by_address = orders.c.email_hash.in_(gone_addresses)
    _unlink(connection, (mine, by_address, or_(orders.c.customer_id.is_(None), is_before)))
    erased = select(version.c.order_id).where(version.c.shop_id == shop_id, version.c.erased)
    _unlink(connection, (mine, ~orders.c.erased, orders.c.order_id.in_(erased)))


def _erased_at_of_order(shop_id: str) -> ScalarSelect[datetime]:
    gone = erased_addresses.c
    same = (gone.shop_id == shop_id, gone.email_hash == orders.c.email_hash)
    return select(gone.erased_at).where(*same).correlate(orders).scalar_subquery()


def _gone_ids(shop_id: str) -> Select[str]:
    return select(customers.c.customer_id).where(
        customers.c.shop_id == shop_id, customers.c.erased_at.is_not(None)
    )


def _addresses_erased(
    connection: Connection, shop_id: str, email_hashes: Collection[str | None]
) -> dict[str, datetime]:
    """Those of these addresses that were erased, and when."""
    asked = erased_addresses.c.email_hash.in_(set(email_hashes) - {None})
    found = connection.execute(select(erased_addresses).where(erased_addresses.c.shop_id == shop_id, asked))
    return {row.email_hash: row.erased_at for row in found}


def unlearn(connection: Connection, shop_id: str, order_ids: Collection[str]) -> None:
    """Have no model learn from these orders: they were sent as those of somebody who was erased."""
    mine = (orders.c.shop_id == shop_id, orders.c.order_id.in_(order_ids))
    connection.execute(update(orders).where(*mine).values(erased=True))


def erased_since(connection: Connection, shop_id: str, since: datetime) -> tuple[str, ...]:
    """Who was erased at or after `since`, by id."""
    mine = (customers.c.shop_id == shop_id, customers.c.erased_at >= since)
    statement = select(customers.c.customer_id).where(*mine).order_by(customers.c.customer_id)
    return tuple(connection.execute(statement).scalars())


def erased_lately(connection: Connection, shop_id: str, most: int) -> list[tuple[str, datetime]]:
    """Who was erased last, by id, and when; newest first."""
    mine = (customers.c.shop_id == shop_id, customers.c.erased_at.is_not(None))
    statement = select(customers.c.customer_id, customers.c.erased_at).where(*mine)
    in_turn = statement.order_by(customers.c.erased_at.desc(), customers.c.customer_id).limit(most)
    return [(row.customer_id, row.erased_at) for row in connection.execute(in_turn)]


# -- what workers learn -----------------------------------------------------------------------------------


def withdrawn_since(connection: Connection, shop_id: str, since: datetime) -> dict[str, bool]:
    """Whose row arrived at or after `since`: customer id -> whether their history may be used.

    That is their personal consent; false also for the erased. Ask again from a few seconds before the last
    time asked: a write is stamped before it is committed.
    """
    statement = select(customers.c.customer_id, customers.c.consent_personal).where(
        customers.c.shop_id == shop_id, customers.c.arrived_at >= since
    )
    return {row.customer_id: row.consent_personal for row in connection.execute(statement)}
