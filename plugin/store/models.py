"""Models: the published artefacts of each shop, which one is in use, and which may go."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, delete, func, insert, select, update

from plugin.errors import Refusal
from plugin.store import customers, shops
from plugin.store import tables as t

KEPT = 5
"""So many models of a shop can be rolled back to."""

_OVERLAP = timedelta(minutes=1)
"""Rows are stamped before they are committed, perhaps by another clock: look a little further back."""

_OPEN_AT_MOST = timedelta(
    minutes=10
)  # workers look every second or so; an artefact in no use for this long is free


@dataclass(frozen=True)
class Artefact:
    """One published model: `path` is below the artefact folder, `figures` its card: what it learnt from and
    with, its evaluation, the gate's verdict, and what it changed."""

    shop_id: str
    model_version: int
    path: str
    checksum: str
    trained_at: datetime
    published_at: datetime
    figures: Mapping[str, Any]


def rehearsal_of(path: Path) -> Path:
    """Where beside the artefact at `path` the model stands that was judged for it."""
    return path.with_name(f"{path.stem}-rehearsal{path.suffix}")


def next_version(connection: Connection, shop_id: str) -> int:
    """The number of the model that is published next; the shop stays locked until the transaction ends."""
    shops.lock(connection, shop_id)
    statement = select(func.max(t.models.c.model_version)).where(t.models.c.shop_id == shop_id)
    return (connection.execute(statement).scalar() or 0) + 1


def publish(connection: Connection, artefact: Artefact) -> None:
    """Keep the artefact, whose file is in place, and put it in use in the same transaction."""
    connection.execute(insert(t.models).values(vars(artefact)))
    _use(connection, artefact.shop_id, artefact.model_version)


def current(connection: Connection, shop_id: str) -> Artefact | None:
    """The model in use, or None if there is none yet."""
    in_use = select(t.shops.c.model_version).where(t.shops.c.shop_id == shop_id).scalar_subquery()
    statement = select(t.models).where(t.models.c.shop_id == shop_id, t.models.c.model_version == in_use)
    row = connection.execute(statement).first()
    return None if row is None else Artefact(**row._mapping)


def find(connection: Connection, shop_id: str, model_version: int) -> Artefact | None:
    """The shop's model of this number, or None."""
    mine = (t.models.c.shop_id == shop_id, t.models.c.model_version == model_version)
    row = connection.execute(select(t.models).where(*mine)).first()
    return None if row is None else Artefact(**row._mapping)


def all_of(connection: Connection, shop_id: str) -> list[Artefact]:
    """The shop's models, newest first."""
    newest = t.models.c.model_version.desc()
    rows = connection.execute(select(t.models).where(t.models.c.shop_id == shop_id).order_by(newest))
    return [Artefact(**row._mapping) for row in rows]


def is_held(connection: Connection, shop_id: str) -> bool:
    """Whether the model in use is not the newest one: somebody went back to it by hand, and it stays."""
    newest = select(func.max(t.models.c.model_version)).where(t.models.c.shop_id == shop_id)
    in_use: int = shops.require(connection, shop_id).model_version
    return (connection.execute(newest).scalar() or 0) > in_use > 0


def must_forget(connection: Connection, shop_id: str) -> bool:
    """Whether customers were erased since the model in use was trained: their orders still count in it."""
    model = current(connection, shop_id)
    return model is not None and bool(
        customers.erased_since(connection, shop_id, model.trained_at - _OVERLAP)
    )


def roll_back(connection: Connection, shop_id: str, model_version: int | None = None) -> Artefact:
    """Put an older model in use: the named one, or the one before the present one. It stays until somebody
    asks for a training, or puts the newest one in use: see `is_held`.

    Raises `Refusal("unknown_model")` if there is no such model.
    """
    shops.lock(connection, shop_id)
    in_use = shops.require(connection, shop_id).model_version
    for each in all_of(connection, shop_id):
        if each.model_version == model_version or (model_version is None and each.model_version < in_use):
            _use(connection, shop_id, each.model_version)
            return each
    raise Refusal(
        "unknown_model", "There is no such model to go back to. `encore models list` shows those there are."
    )


def superseded(connection: Connection, shop_id: str, now: datetime) -> list[Artefact]:
    """The models whose files may go: beyond the newest five, not in use, and not put out of use just now.

    The shop stays locked until the transaction ends, so that none of them is put in use meanwhile.
    """
    shops.lock(connection, shop_id)
    in_use = shops.require(connection, shop_id).model_version
    found = all_of(connection, shop_id)
    if not found or now - found[0].published_at < _OPEN_AT_MOST:
        return []
    return [each for each in found[KEPT:] if each.model_version != in_use]


def forget(connection: Connection, artefact: Artefact) -> None:
    """Drop the row of a model."""
    connection.execute(
        delete(t.models).where(
            t.models.c.shop_id == artefact.shop_id, t.models.c.model_version == artefact.model_version
        )
    )


def _use(connection: Connection, shop_id: str, model_version: int) -> None:
    connection.execute(
        update(t.shops).where(t.shops.c.shop_id == shop_id).values(model_version=model_version)
    )
