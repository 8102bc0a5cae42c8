"""Rows as JSON has them, from the API or a file: checked by their schema, kept in short transactions."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from marshmallow import Schema, ValidationError

from plugin.offers import redeeming
from plugin.runtime import Runtime
from plugin.schemas.complements import Complements
from plugin.schemas.customer import Customer
from plugin.schemas.faults import flat
from plugin.schemas.offer import Offer
from plugin.schemas.order import Order
from plugin.schemas.product import Product
from plugin.store import complements, customers, offers, orders, products, shops
from plugin.store.database import Connection
from plugin.vault import Vault, email_hash

_ROWS_IN_A_TRANSACTION = 50


@dataclass(frozen=True)
class Verdict:
    """What became of a row: a verdict of its store's `put_many`, or "rejected" for its `errors`."""

    id: str | None
    verdict: str
    errors: Mapping[str, Sequence[str]] = field(default_factory=dict)

    @property
    def message(self) -> str:
        """The errors as one sentence."""
        return "; ".join(f"{name}: {' '.join(texts)}" for name, texts in self.errors.items())


@dataclass(frozen=True)
class Noun:
    """A kind of row: its schema, the name of its id, and how a few of them are kept."""

    schema: Schema
    id_name: str
    put: Callable[[Connection, Vault, str, Sequence[Mapping[str, Any]], datetime], list[str]]

    def keep(
        self,
        connection: Connection,
        vault: Vault,
        shop_id: str,
        results: "Sequence[Mapping[str, Any] | Verdict]",
        now: datetime,
    ) -> list[Verdict]:
        """Keep those of `results` (as `checked` gives them) that are rows; gives all their verdicts."""
        # Rows are read, then written: without it PostgreSQL lets two requests pass each other in between.
        shops.lock(connection, shop_id)
        rows = [each for each in results if not isinstance(each, Verdict)]
        words = iter(self.put(connection, vault, shop_id, rows, now) if rows else ())
        return [
            each if isinstance(each, Verdict) else _verdict(each[self.id_name], next(words))
            for each in results
        ]


def _verdict(row_id: str, word: str) -> Verdict:
    return Verdict(row_id, "rejected", _REFUSED[word]) if word in _REFUSED else Verdict(row_id, word)


_REFUSED = {
    "later_end": {
        "ends_at": ["The end of an offer that was live may only come nearer: make a new offer instead."]
    },
    "more_days": {
        "conditions": [
            "The days since a last order of an offer that was live may only become fewer: make a new offer."
        ]
    },
    "deleted_before": {
        "offer_id": ["An offer of this id was deleted, and its promises are still kept: choose another id."]
    },
}


def _put_orders(
    connection: Connection, vault: Vault, shop_id: str, rows: Sequence[Mapping[str, Any]], now: datetime
) -> list[str]:
    kept = [without_email(vault, shop_id, row) for row in rows]
    gone, nobodys = customers.of_erased(connection, shop_id, kept), dict.fromkeys(customers.LINKS)
    verdicts = orders.put_many(
        connection, shop_id, [{**row, **nobodys} if row["order_id"] in gone else row for row in kept], now
    )
    if gone:
        customers.unlearn(connection, shop_id, gone)
    standing = [row for row, word in zip(rows, verdicts, strict=True) if word != "older"]
    redeeming.by_orders(connection, shop_id, standing, now)
    return verdicts


def _put_products(
    connection: Connection, _vault: Vault, shop_id: str, rows: Sequence[Mapping[str, Any]], now: datetime
) -> list[str]:
    return products.put_many(connection, shop_id, rows, now)


def _put_complements(
    connection: Connection, _vault: Vault, shop_id: str, rows: Sequence[Mapping[str, Any]], now: datetime
) -> list[str]:
    return complements.put_many(connection, shop_id, rows, now)


def _put_offers(
    connection: Connection, _vault: Vault, shop_id: str, rows: Sequence[Mapping[str, Any]], now: datetime
) -> list[str]:
    return offers.put_many(connection, shop_id, rows, now)


NOUNS = {
    "orders": Noun(Order(), "order_id", _put_orders),
    "products": Noun(Product(), "product_id", _put_products),
    "customers": Noun(Customer(), "customer_id", customers.put_many),
    "complements": Noun(Complements(), "product_id", _put_complements),
    "offers": Noun(Offer(), "offer_id", _put_offers),
}


def without_email(vault: Vault, shop_id: str, order: Mapping[str, Any]) -> dict[str, Any]:
    """The order with the keyed hash in place of the mail address."""
    email = order.get("email")
    hashed = email_hash(vault, shop_id, email) if email else None
    return {**{name: value for name, value in order.items() if name != "email"}, "email_hash": hashed}


def checked(noun: Noun, value: Any) -> Mapping[str, Any] | Verdict:
    """The row that `value` is, or the verdict that rejects it."""
    try:
        loaded: Mapping[str, Any] = noun.schema.load(value)
    except ValidationError as error:
        given = value.get(noun.id_name) if isinstance(value, dict) else None
        errors = flat(error.messages_dict, whole="row")
        return Verdict(given if isinstance(given, str) else None, "rejected", errors)
    return loaded


def keep(runtime: Runtime, shop_id: str, name: str, values: Sequence[Any], now: datetime) -> list[Verdict]:
    """Check and keep rows of `name` (a key of `NOUNS`); a bad row rejects only itself."""
    noun = NOUNS[name]
    results = [checked(noun, value) for value in values]
    verdicts: list[Verdict] = []
    for start in range(0, len(results), _ROWS_IN_A_TRANSACTION):
        some = results[start : start + _ROWS_IN_A_TRANSACTION]
        with runtime.database.write() as connection:
            verdicts += noun.keep(connection, runtime.vault, shop_id, some, now)
    return verdicts
