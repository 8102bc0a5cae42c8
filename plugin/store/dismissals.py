"""Who said no to which offer last, and until when it keeps quiet."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, delete, select
from sqlalchemy.dialects import postgresql, sqlite

from plugin.store.offer_tables import dismissals


@dataclass(frozen=True)
class Dismissal:
    """`person` (`customer:…`, `visitor:…` or `cart:…`) does not want to see the offer until `until`."""

    shop_id: str
    person: str
    offer_id: str
    at: datetime
    until: datetime


def put(connection: Connection, given: Sequence[Dismissal]) -> None:
    """Keep each in place of what the same person said to the same offer before."""
    insert = sqlite.insert if connection.dialect.name == "sqlite" else postgresql.insert
    for each in given:
        statement = insert(dismissals).values(vars(each))
        later = {"at": statement.excluded.at, "until": statement.excluded.until}
        keys = ["shop_id", "person", "offer_id"]
        connection.execute(statement.on_conflict_do_update(index_elements=keys, set_=later))


def since(connection: Connection, moment: datetime) -> list[Dismissal]:
    """All shops' dismissals at or after `moment`."""
    rows = connection.execute(select(dismissals).where(dismissals.c.at >= moment))
    return [Dismissal(**row._mapping) for row in rows]


def forget(connection: Connection, shop_id: str, before: datetime) -> None:
    """Drop what has lapsed before `before`."""
    mine = (dismissals.c.shop_id == shop_id, dismissals.c.until < before)
    connection.execute(delete(dismissals).where(*mine))


def forget_people(
    connection: Connection, shop_id: str, customer_id: str | None, visitor_ids: Iterable[str]
) -> None:
    """Drop what a customer (None: a guest), or one of their browsers, has said."""
    names = names_of(customer_id, visitor_ids)
    mine = (dismissals.c.shop_id == shop_id, dismissals.c.person.in_(names))
    connection.execute(delete(dismissals).where(*mine))


def names_of(customer_id: str | None, visitor_ids: Iterable[str]) -> list[str]:
    """What a customer (None: a guest) and their browsers are called here."""
    as_customer = [] if customer_id is None else [f"customer:{customer_id}"]
    return [*as_customer, *(f"visitor:{each}" for each in visitor_ids)]
