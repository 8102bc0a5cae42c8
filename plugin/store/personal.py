"""What is kept of one person, as they may ask to be told."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Connection, Table, and_, or_, select

from plugin.store import customers, dismissals, orders
from plugin.store.offer_tables import acceptances
from plugin.store.offer_tables import dismissals as said
from plugin.store.orders import visible_orders
from plugin.store.tables import events, slates
from plugin.vault import Vault

_UNTOLD = ("shop_id", "email_hash", "email_encrypted")


def kept_of(
    connection: Connection,
    vault: Vault,
    shop_id: str,
    customer_id: str | None,
    address_hash: str | None = None,
) -> dict[str, Any] | None:
    """Everything that is kept of a customer, or of a guest (None) with this address; None: there is nothing.

    `customer` (with their address where it is kept), `orders` with those they placed as a guest, and of the
    browsers they ordered with `slates`, `events`, accepted `promises` and `dismissals`.
    """
    known = customers.find(connection, shop_id, customer_id) if customer_id is not None else None
    of_them = _orders(
        connection, shop_id, customer_id, {address_hash, known["email_hash"] if known else None}
    )
    if known is None and not of_them:
        return None
    visitor_ids = customers.visitors_of(connection, shop_id, of_them)
    found = orders.contents(connection, shop_id, visible_orders, [row.order_id for row in of_them])
    of_browsers = acceptances.c.visitor_id.in_(visitor_ids)
    theirs = or_(acceptances.c.customer_id == customer_id, of_browsers) if customer_id else of_browsers
    names = dismissals.names_of(customer_id, visitor_ids)
    return {
        "customer": _customer(vault, shop_id, known),
        "orders": [_order(order_id, content) for order_id, content in sorted(found.items())],
        "slates": _rows(connection, slates, shop_id, slates.c.visitor_id.in_(visitor_ids)),
        "events": _rows(connection, events, shop_id, events.c.visitor_id.in_(visitor_ids)),
        "promises": _rows(connection, acceptances, shop_id, theirs),
        "dismissals": _rows(connection, said, shop_id, said.c.person.in_(names)),
    }


def _orders(
    connection: Connection, shop_id: str, customer_id: str | None, hashes: set[str | None]
) -> Sequence[Any]:
    head = visible_orders.c
    columns = (head.order_id, head.email_hash, head.visitor_id, head.slate_ids)
    as_guest = and_(head.customer_id.is_(None), head.email_hash.in_(hashes - {None}))
    theirs = as_guest if customer_id is None else or_(head.customer_id == customer_id, as_guest)
    return connection.execute(select(*columns).where(head.shop_id == shop_id, theirs)).all()


def _customer(vault: Vault, shop_id: str, known: Mapping[str, Any] | None) -> dict[str, Any] | None:
    if known is None:
        return None
    told = {name: value for name, value in known.items() if name not in _UNTOLD and value is not None}
    if known["email_encrypted"]:
        told["email"] = vault.decrypt(shop_id, known["email_encrypted"])
    return {**told, "address_is_known_by_its_hash": known["email_hash"] is not None}


def _order(order_id: str, content: Mapping[str, Any]) -> dict[str, Any]:
    head = {name: value for name, value in content.items() if name not in ("email_hash", "lines")}
    return {"order_id": order_id, **head, "lines": list(content["lines"].values())}


def _rows(
    connection: Connection, table: Table, shop_id: str, theirs: ColumnElement[bool]
) -> list[dict[str, Any]]:
    columns = [column for column in table.columns if column.name != "shop_id"]
    found = connection.execute(select(*columns).where(table.c.shop_id == shop_id, theirs))
    return [dict(row._mapping) for row in found]
