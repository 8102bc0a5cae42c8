"""What must be known of customers between two trainings: who withdrew consent, and whose history moved on."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from plugin.store import customers, orders
from plugin.store.database import Connection

_OVERLAP = timedelta(minutes=1)
"""Rows are stamped before they are committed, perhaps by another clock: look a little further back."""
_EVER = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass
class People:
    """One shop's customers as far as serving must know them, for the model trained at `trained_at`.

    `withdrawn`: whose history may not be used. `history`: when each customer's latest order arrived (unix
    milliseconds), of the orders that came after the training.
    """

    trained_at: datetime | None
    withdrawn: set[str] = field(default_factory=set)
    history: dict[str, int] = field(default_factory=dict)
    _read_at: datetime | None = None
    _read_imports: set[int] = field(default_factory=set)

    def refresh(self, connection: Connection, shop_id: str, now: datetime) -> None:
        """Read what came since the last time."""
        since = self._read_at - _OVERLAP if self._read_at else None
        allowed = customers.withdrawn_since(connection, shop_id, since or _EVER)
        for customer_id, may_be_used in allowed.items():
            if may_be_used:
                self.withdrawn.discard(customer_id)
            else:
                self.withdrawn.add(customer_id)
        if self.trained_at is not None:
            self._refresh_history(connection, shop_id, since or self.trained_at)
        self._read_at = now

    def _refresh_history(self, connection: Connection, shop_id: str, since: datetime) -> None:
        finished = orders.imports_finished_since(connection, shop_id, since)
        arrived = orders.history_versions(connection, shop_id, since, self._read_imports)
        self.history.update({who: int(at.timestamp() * 1000) for who, at in arrived.items()})
        self._read_imports = finished
