"""What changed from one model to the next, as a shop sees it: the lists beside its most sold products."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from recommender.model import Model

NAMED = 20


@dataclass(frozen=True)
class ListChanges:
    """How the lists beside `n_products` products differ.

    `overlap_share`: the mean share of a list (of the longer one) that both models give; None without any
    list. `n_coming`, `n_gone`: products that stand in some list of the one model and in none of the other;
    `coming`, `gone`: the ids of at most 20 of them, those in most lists first.
    """

    n_products: int
    overlap_share: float | None
    n_coming: int
    n_gone: int
    coming: tuple[str, ...]
    gone: tuple[str, ...]

    def to_dict(self) -> dict[str, Any]:
        """The same as JSON values."""
        return asdict(self)


def list_changes(before: Model, after: Model, product_ids: Sequence[str], *, k: int = 10) -> ListChanges:
    """The first `k` suggestions beside each of `product_ids`, by the one model and by the other."""
    carts = [[product_id] for product_id in product_ids]
    old, new = (model.recommend_many(carts, limit=k) for model in (before, after))
    shares = [_overlap(*lists) for lists in zip(old, new, strict=True) if any(lists)]
    coming, gone = _only_in(new, old), _only_in(old, new)
    return ListChanges(
        n_products=len(carts),
        overlap_share=sum(shares) / len(shares) if shares else None,
        n_coming=len(coming),
        n_gone=len(gone),
        coming=tuple(coming[:NAMED]),
        gone=tuple(gone[:NAMED]),
    )


def _overlap(one: Sequence[str], other: Sequence[str]) -> float:
    return len(set(one) & set(other)) / max(len(one), len(other))


def _only_in(lists: Iterable[Sequence[str]], others: Iterable[Sequence[str]]) -> list[str]:
    """What stands in `lists` alone, most often first; ties by id."""
    known = {product_id for each in others for product_id in each}
    counts = Counter(product_id for each in lists for product_id in each if product_id not in known)
    return sorted(counts, key=lambda product_id: (-counts[product_id], product_id))
