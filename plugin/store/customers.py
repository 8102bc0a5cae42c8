"""Known customers: what they consented to, and the little that is kept of them."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, delete, insert, select, update

from plugin.store.tables import customers, orders
from plugin.vault import Vault, email_hash

Row = Mapping[str, Any]
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
    one: nothing is written, so that a late message cannot undo a withdrawal).
    """
    wanted = [customer["customer_id"] for customer in given]
    mine = (customers.c.shop_id == shop_id, customers.c.customer_id.in_(wanted))
    stored: dict[str, Row] = {
        row.customer_id: dict(row._mapping) for row in connection.execute(select(customers).where(*mine))
    }
    verdicts, winners = [], {}
    for customer in given:
        row = _row_of(vault, shop_id, customer, now)
        verdict = _judged(row, stored.get(row["customer_id"]))
        verdicts.append(verdict)
        if verdict in ("created", "replaced"):
            stored[row["customer_id"]] = winners[row["customer_id"]] = row
    _replace(connection, shop_id, list(winners.values()))
    return verdicts


def _row_of(vault: Vault, shop_id: str, customer: Row, now: datetime) -> dict[str, Any]:
    consent = customer.get("consent") or {}
    email = customer.get("email")
    mail = bool(consent.get("mail"))
    return {
        "shop_id": shop_id,
        "customer_id": customer["customer_id"],
        "consent_personal": bool(consent.get("personal")),
        "consent_mail": mail,
        "consent_at": consent.get("at"),
        "email_encrypted": vault.encrypt(shop_id, email) if email and mail else None,
        "email_hash": email_hash(vault, shop_id, email) if email else None,
        "language": customer.get("language"),
        "country": customer.get("country"),
        "birth_month_day": customer.get("birth_month_day"),
        "updated_at": now,
        "arrived_at": now,
    }


def _judged(row: Row, stored: Row | None) -> str:
    if stored is None:
        return "created"
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


def erase(connection: Connection, shop_id: str, customer_id: str, now: datetime) -> bool:
    """Forget a customer: their orders become nobody's. False: nothing is known of them.

    The bare id stays with its consent withdrawn: without it no worker would learn that answers made from this
    customer's history must end.
    """
    known = find(connection, shop_id, customer_id)
    unlinked = connection.execute(
        update(orders)
        .where(orders.c.shop_id == shop_id, orders.c.customer_id == customer_id)
        .values(customer_id=None, email_hash=None, visitor_id=None)
    )
    if known is None and unlinked.rowcount == 0:
        return False
    if known and known["email_hash"]:
        connection.execute(
            update(orders)
            .where(orders.c.shop_id == shop_id, orders.c.email_hash == known["email_hash"])
            .values(email_hash=None, visitor_id=None)
        )
    row = dict.fromkeys(column.name for column in customers.columns)
    flags = {"consent_personal": False, "consent_mail": False, "consent_at": now}
    key = {"shop_id": shop_id, "customer_id": customer_id, "updated_at": now, "arrived_at": now}
    _replace(connection, shop_id, [{**row, **flags, **key}])
    return True


def withdrawn_since(connection: Connection, shop_id: str, since: datetime) -> dict[str, bool]:
    """Whose row arrived at or after `since`: customer id -> whether their history may be used.

    That is their personal consent; false also for the erased. Ask again from a few seconds before the last
    time asked: a write is stamped before it is committed.
    """
    statement = select(customers.c.customer_id, customers.c.consent_personal).where(
        customers.c.shop_id == shop_id, customers.c.arrived_at >= since
    )
    return {row.customer_id: row.consent_personal for row in connection.execute(statement)}
