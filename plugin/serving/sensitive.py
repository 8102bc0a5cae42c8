"""Sensitive categories (health, intimate, gifts): a live rule: a mark counts before any retraining."""

from plugin.serving.candidates import Candidate
from plugin.serving.catalogue import Catalogue


def allowed(candidate: Candidate, catalogue: Catalogue, categories: frozenset[str]) -> bool:
    """Whether `candidate` may stand in an answer made from a customer's history; `categories` are sensitive.

    Neither the product nor the one that its reason names may be in one. Its kind is not asked: the ranking
    mixes sources, so even what is "bought together" may stand where it does because of what was bought.
    """
    return not (
        _is_in(candidate.product_id, catalogue, categories) or _is_in(candidate.about, catalogue, categories)
    )


def _is_in(product_id: str | None, catalogue: Catalogue, categories: frozenset[str]) -> bool:
    item = catalogue.get(product_id) if product_id is not None else None
    return item is not None and not categories.isdisjoint(item.categories)
