"""Candidates: what the model suggests for a question, kept in process and in Redis, before any live rule."""

import hashlib
import json
from collections.abc import Callable
from datetime import datetime
from functools import lru_cache
from typing import NamedTuple

from plugin.cache.candidates import SharedCandidates
from plugin.serving.reasons import Evidence
from recommender import Model

KEPT_IN_PROCESS = 4096
"""At most some 25 kB each, with 60 candidates and the longest cart: about 100 MB in all (decision 0051)."""
LONG = 100
KEPT_LONG = 64
"""Answers of more candidates than `LONG` weigh above 100 kB each: only these few are kept."""
MOST_SHARED_PRODUCTS = 3
"""Larger carts are seldom asked for twice: working one out is cheaper than asking Redis (decision 0051)."""


class Question(NamedTuple):
    """What candidates are found for and cached under, beside shop, model and settings.

    `history_version` moves with the customer's orders; `wanted` is how many candidates there should be. A
    visitor's arm is no part of it: both arms are served alike. `product_ids` are of the model's own products:
    all others change no answer, and strangers could fill every cache with them.
    """

    product_ids: tuple[str, ...]
    customer_id: str | None
    history_version: int
    wanted: int


class Candidate(NamedTuple):
    """A suggested product and why: kind of reason, the product it speaks of or None, and named facts."""

    product_id: str
    kind: str
    about: str | None
    evidence: Evidence


Finder = Callable[[Question], list[Candidate]]


def finder(model: Model, shared: SharedCandidates, prefix: str) -> Finder:
    """Finds candidates, best first, through both caches, the nearer one first.

    The nearer one lives and dies with the finder. `prefix` names shop and settings in the one that is shared.
    """

    # The model's own version, that of its content: a number may come back with another model after a restore.
    prefix = f"{prefix}{model.version}:"

    def found(question: Question) -> list[Candidate]:
        if len(question.product_ids) > MOST_SHARED_PRODUCTS:
            return _found(model, question)
        key = prefix + hashlib.blake2b(json.dumps(question).encode(), digest_size=16).hexdigest()
        kept = _read(shared.get(key))
        if kept is not None:
            return kept
        answer = _found(model, question)
        shared.put(key, json.dumps(answer, ensure_ascii=False, default=datetime.isoformat).encode())
        return answer

    usual, long = lru_cache(KEPT_IN_PROCESS)(found), lru_cache(KEPT_LONG)(found)
    return lambda question: (long if question.wanted > LONG else usual)(question)


def _found(model: Model, question: Question) -> list[Candidate]:
    suggestions = model.recommend(
        question.product_ids, customer_id=question.customer_id, limit=question.wanted
    )
    return [
        Candidate(
            each.product_id, each.reason.kind, each.reason.product_id, tuple(each.reason.evidence.items())
        )
        for each in suggestions
    ]


def _read(kept: bytes | None) -> list[Candidate] | None:
    """What another worker kept, or None for nothing and for what is not in our form."""
    try:
        rows = json.loads(kept) if kept else None
        return (
            None
            if rows is None
            else [
                Candidate(product_id, kind, about, tuple((name, value) for name, value in evidence))
                for product_id, kind, about, evidence in rows
            ]
        )
    except (ValueError, TypeError):
        return None
