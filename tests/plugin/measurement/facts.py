"""Facts for figures: a slate that was seen, and an order that came of it, in one line each."""

import itertools
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, insert

from plugin.store import tables
from plugin.store.database import Database

_numbers = itertools.count(1)


class Facts:
    """Writes events, slates and orders of one shop as the service would have kept them."""

    def __init__(self, database: Database, shop_id: str) -> None:
        self.database, self.shop_id = database, shop_id
        self._connection: Connection | None = None

    def slate(
        self,
        visitor_id: str | None,
        at: datetime,
        products: Sequence[str],
        *,
        arm: str | None = "encore",
        placement: str = "cart",
    ) -> str:
        """A slate whose products were all seen `at` (in arm holdout: would have been); gives its id."""
        slate_id = f"slate{next(_numbers)}"
        row = {
            "slate_id": slate_id,
            "placement": placement,
            "strategy": "bought_together",
            "model_version": 1,
            "arm": arm,
            "visitor_id": visitor_id,
            "served_at": at,
        }
        self._add(tables.slates, row)
        kind = "would_show" if arm == "holdout" else "impression"
        for product_id in products:
            self.event(kind, at, slate_id=slate_id, product_id=product_id, visitor_id=visitor_id)
        return slate_id

    def event(self, kind: str, at: datetime, **more: Any) -> None:
        """One event of any type."""
        self._add(tables.events, {"event_id": f"event{next(_numbers)}", "type": kind, "at": at, **more})

    def order(
        self,
        ordered_at: datetime,
        lines: Sequence[tuple[str, float, int | None]],
        *,
        order_id: str | None = None,
        import_id: int = 0,
        **more: Any,
    ) -> str:
        """An order of lines (product_id, quantity, unit_price_minor), paid unless told; gives its id."""
        order_id = order_id or f"order{next(_numbers)}"
        key = {"order_id": order_id, "import_id": import_id}
        head = {
            "ordered_at": ordered_at,
            "updated_at": ordered_at,
            "arrived_at": ordered_at,
            "status": "paid",
        }
        self._add(tables.orders, {**key, **head, "currency": "EUR", "slate_ids": [], **more})
        for number, (product_id, quantity, price) in enumerate(lines):
            line = {"line_id": str(number), "product_id": product_id, "quantity": quantity}
            self._add(tables.order_lines, {**key, **line, "unit_price_minor": price})
        return order_id

    def finished_import(self, import_id: int, at: datetime) -> None:
        """An import of orders that is finished, so that its versions count."""
        row = {"import_id": import_id, "noun": "orders", "path": "f", "file_fingerprint": "f", "options": {}}
        row |= {"status": "finished", "counts": {}, "started_at": at, "finished_at": at}
        self._add(tables.imports, row)

    @contextmanager
    def together(self) -> Iterator[None]:
        """Write all facts of the block in one transaction: many at once are quicker so."""
        with self.database.write() as self._connection:
            yield
        self._connection = None

    def _add(self, table: Any, row: dict[str, Any]) -> None:
        statement = insert(table).values(shop_id=self.shop_id, **row)
        if self._connection is not None:
            self._connection.execute(statement)
            return
        with self.database.write() as connection:
            connection.execute(statement)
