"""Candidates: what the model suggests for a question, kept in process and in Redis, before any live rule."""

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import NamedTuple

from plugin.cache.candidates import SharedCandidates
from recommender import Model, Suggestion

WANTED = 60
KEPT_IN_PROCESS = 8192


class Candidate(NamedTuple):
    """A suggested product. `about` is the product or category the reason speaks of, `evidence` JSON text."""

    product_id: str
    kind: str
    about: str | None
    evidence: str


@dataclass(frozen=True)
class Source:
    """A model as a shop's present settings use it: all that candidates are cached under but the question."""

    shop_id: str
    settings_version: int
    excluded: frozenset[str]
    model: Model

    def find(self, product_ids: tuple[str, ...], customer_id: str | None) -> tuple[Candidate, ...]:
        """The model's own answer, the merchant's exclusions left out; best first."""
        found = self.model.recommend(
            product_ids, customer_id=customer_id, limit=WANTED, exclude=self.excluded
        )
        return tuple(_candidate(each) for each in found)


Found = tuple[Candidate, ...]
Finder = Callable[[tuple[str, ...], str | None, int], Found]


def cached(source: Source, shared: SharedCandidates) -> Finder:
    """`find(product_ids, customer_id, history_version)` through both caches, the nearer one first.

    The nearer one lives and dies with `source`. The arm of a visitor is no part of the key: arms see alike.
    """
    # The model's own version, of its content: its number may come back with another model after a restore.
    prefix = f"encore:{source.shop_id}:candidates:{source.model.version}:{source.settings_version}:"

    @lru_cache(maxsize=KEPT_IN_PROCESS)
    def find(product_ids: tuple[str, ...], customer_id: str | None, history_version: int) -> Found:
        question = json.dumps([product_ids, customer_id, history_version]).encode()
        key = prefix + hashlib.blake2b(question, digest_size=16).hexdigest()
        kept = shared.get(key)
        if kept is not None:
            return tuple(Candidate(*each) for each in json.loads(kept))
        found = source.find(product_ids, customer_id)
        shared.put(key, json.dumps(found).encode())
        return found

    return find


def _candidate(suggestion: Suggestion) -> Candidate:
    reason = suggestion.reason
    evidence: dict[str, int | str | None] = {"product_id": reason.product_id} if reason.product_id else {}
    evidence |= {name: _plain(value) for name, value in reason.evidence.items()}
    about = reason.product_id or reason.evidence.get("category")
    return Candidate(
        suggestion.product_id,
        reason.kind,
        None if about is None else str(about),
        json.dumps(evidence, ensure_ascii=False, separators=(",", ":")),
    )


def _plain(value: int | str | datetime | None) -> int | str | None:
    return value.isoformat() if isinstance(value, datetime) else value
