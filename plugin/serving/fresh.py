"""Between two trainings: what came since the model was trained, laid over it for all to see alike."""

from dataclasses import dataclass
from datetime import UTC, datetime

import recommender
from plugin.store import news
from plugin.store.database import Connection
from plugin.store.news import Mark, Since


@dataclass(frozen=True)
class Trained:
    """A model as it was published, and what it knew then."""

    model: recommender.Model
    trained_at: datetime

    @property
    def since(self) -> Since:
        """From when on things are news to it; a model without dates knows all orders up to its training."""
        as_of = self.model.figures["as_of"]
        known = datetime.fromisoformat(as_of) if as_of else self.trained_at
        return Since(known if known.tzinfo else known.replace(tzinfo=UTC), self.trained_at)


def freshened(
    connection: Connection, shop_id: str, trained: Trained, seen: Mark | None, now: datetime
) -> tuple[recommender.Model, Mark] | None:
    """The model with all that came since laid over it, and the mark of that; None if it is still `seen`.

    Always made from the published model and all of the news: however often a worker looked, and whenever it
    was started, equal marks mean equal answers.
    """
    mark = news.mark(connection, shop_id, trained.since, now)
    if mark == seen:
        return None
    if mark.is_empty:
        return trained.model, mark
    found = news.news(connection, shop_id, trained.since, now)
    return trained.model.refreshed(found.orders, found.products, forget=found.erased), mark
