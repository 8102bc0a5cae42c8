"""Candidates: what the model suggests for a question, kept in process and in Redis, before any live rule."""

import hashlib
import json
from collections.abc import Callable
from datetime import datetime
from functools import lru_cache
from typing import NamedTuple

from plugin.cache.candidates import SharedCandidates
from plugin.serving import reasons, upsell
from plugin.serving.reasons import Evidence
from plugin.serving.request import COMPLEMENT, SIMILAR, UPSELL
from recommender import Model, Suggestion

KEPT_IN_PROCESS = 4096
"""At most some 25 kB each, with 60 candidates and the longest cart: about 100 MB in all (decision 0051)."""
LONG = 100
KEPT_LONG = 64
"""Answers of more candidates than `LONG` weigh above 100 kB each: only these few are kept."""
MOST_SHARED_PRODUCTS = 1
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
    kind: str = COMPLEMENT


class Candidate:
    """A suggested product and why: `kind` of reason, the product it is `about` or None, and named facts.

    It remembers how its reason was told last, since what is kept here is told again and again.
    """

    __slots__ = ("_told", "about", "evidence", "kind", "product_id")

    def __init__(self, product_id: str, kind: str, about: str | None, evidence: Evidence) -> None:
        self.product_id, self.kind, self.about, self.evidence = product_id, kind, about, evidence
        self._told: tuple[str | None, str, str] | None = None

    def reason(self, name: str | None, lang: str) -> str:
        """The reason as it is served, in `lang`; `name` as `reasons.name_of` gives it."""
        told = self._told
        if told is None or told[0] != name or told[1] != lang:
            told = (name, lang, reasons.as_json(self.kind, self.about, self.evidence, name, lang))
            self._told = told  # all three at once: threads share a candidate
        return told[2]


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
        rows = [(each.product_id, each.kind, each.about, dict(each.evidence)) for each in answer]
        shared.put(key, json.dumps(rows, ensure_ascii=False, default=datetime.isoformat).encode())
        return answer

    usual, long = lru_cache(KEPT_IN_PROCESS)(found), lru_cache(KEPT_LONG)(found)
    return lambda question: (long if question.wanted > LONG else usual)(question)


def _found(model: Model, question: Question) -> list[Candidate]:
    if question.kind == SIMILAR:
        found = [model.similar(each, question.wanted) for each in question.product_ids[:1]]
        return [of(suggestion) for each in found for suggestion in each]
    if question.kind == UPSELL:
        told = [upsell.suggestions(model, each, question.wanted) for each in question.product_ids[:1]]
        return [of(suggestion) for each in told for suggestion in each]
    suggestions = model.recommend(
        question.product_ids, customer_id=question.customer_id, limit=question.wanted
    )
    return [of(each) for each in suggestions]


def of(suggestion: Suggestion) -> Candidate:
    """What a model suggests, as a slate is made from it."""
    reason = suggestion.reason
    return Candidate(suggestion.product_id, reason.kind, reason.product_id, reason.evidence)


def _read(kept: bytes | None) -> list[Candidate] | None:
    """What another worker kept, or None for nothing and for what is not in our form."""
    try:
        rows = json.loads(kept) if kept else None
        return (
            None
            if rows is None
            else [Candidate(product_id, kind, about, dict(facts)) for product_id, kind, about, facts in rows]
        )
    except (ValueError, TypeError):
        return None
