"""Comparing: several recommenders are asked for the same carts, and what they answer becomes figures."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from typing import Protocol

import numpy as np
import numpy.typing as npt
import polars as pl

from recommender.evaluation import intervals, metrics
from recommender.evaluation.carts import MOST_IN_CART, Cart, bestsellers
from recommender.evaluation.intervals import Counts
from recommender.evaluation.report import (
    BESTSELLERS,
    CART,
    CUSTOMER,
    NAN,
    UNDEFINED,
    Evaluation,
    Figure,
    Ratio,
    Row,
)
from recommender.evaluation.variants import Variant, head, variants
from recommender.history import purchases

PER_CART = ("hit_rate", "ndcg", "mrr", "recall", "novelty")

Lists = Sequence[Sequence[str]]


class Recommender(Protocol):
    """Whatever answers carts: a Model, a peer, the bestsellers."""

    def recommend_many(
        self,
        carts: Sequence[Sequence[str]],
        *,
        customer_ids: Sequence[str | None] | None = None,
        limit: int = 10,
    ) -> Lists:
        """For each cart at most `limit` product ids, best first."""


class Bestsellers:
    """The products in most orders, without the cart's: what everybody is shown where nothing is learnt."""

    def __init__(self, known: pl.DataFrame, k: int) -> None:
        self._best = bestsellers(known, k + MOST_IN_CART)

    def recommend_many(
        self,
        carts: Sequence[Sequence[str]],
        *,
        customer_ids: Sequence[str | None] | None = None,
        limit: int = 10,
    ) -> Lists:
        """As Recommender's; the customer changes nothing."""
        return [[each for each in self._best if each not in cart][:limit] for cart in carts]


@dataclass(frozen=True)
class _Measured:
    """One recommender in one setting: PER_CART of each cart, and the means of these and the number of
    different products suggested, over all carts and in every bootstrap sample.
    """

    recommender: str
    setting: str
    by_cart: npt.NDArray[np.float64]
    sampled: npt.NDArray[np.float64]
    n_suggested: int
    sampled_suggested: npt.NDArray[np.float64]


@dataclass(frozen=True)
class _Measure:
    """What all recommenders are measured with: the carts, their variants and bootstrap samples, and how many
    orders hold each product.
    """

    carts: Sequence[Cart]
    variants: Sequence[Variant]
    counts: Counts
    orders: Mapping[str, int]
    n_orders: int
    k: int

    @classmethod
    def of(cls, bought: pl.DataFrame, carts: Sequence[Cart], k: int, seed: int) -> "_Measure":
        """For `carts` after the purchases `bought`."""
        orders = dict(bought.group_by("product_id").len().iter_rows())
        counts = intervals.resamples(len(carts), seed)
        return cls(carts, variants(bought, carts), counts, orders, bought["order_id"].n_unique(), k)

    def measured(self, recommender: str, setting: str, lists: Lists) -> _Measured:
        """What `lists` are worth, one for each cart."""
        by_cart = self._by_cart(lists)
        return _Measured(
            recommender=recommender,
            setting=setting,
            by_cart=by_cart,
            sampled=intervals.sampled_means(self.counts, by_cart),
            n_suggested=len({each for answer in lists for each in answer}),
            sampled_suggested=intervals.sampled_coverages(self.counts, lists),
        )

    def _by_cart(self, lists: Lists) -> npt.NDArray[np.float64]:
        found = metrics.places(self.carts, lists)
        columns = (
            metrics.hits(found),
            metrics.gains(found),
            metrics.reciprocal_ranks(found),
            metrics.recalls(self.carts, lists, self.k),
            metrics.novelties(lists, self.orders, self.n_orders),
        )
        return np.stack(columns, axis=1)

    def rows(self, one: _Measured) -> Iterator[Row]:
        """A row for each variant."""
        for each in self.variants:
            values = np.where(each.mask[:, None], one.by_cart, np.nan)
            sampled = one.sampled if each.mask.all() else intervals.sampled_means(self.counts, values)
            told = {name: _mean(values[:, place], sampled[:, place]) for place, name in enumerate(PER_CART)}
            if each.group == "all":
                told["coverage"] = self._coverage(one)
            n_carts = int(each.mask.sum())
            yield Row(one.recommender, one.setting, each.group, each.name, n_carts, **told)

    def _coverage(self, one: _Measured) -> Figure:
        n_products = len(self.orders)
        low, high = intervals.shifted_interval(one.sampled_suggested, one.n_suggested)
        return Figure(*(number / n_products for number in (one.n_suggested, low, high)))


def measured(
    known: pl.DataFrame,
    carts: Sequence[Cart],
    recommenders: Iterable[tuple[str, Recommender]],
    *,
    k: int = 10,
    seed: int = 0,
) -> Evaluation:
    """Ask each of `recommenders` (names and themselves; bestsellers are added) for `carts`, alone and with
    the customer.

    The first is the one that is judged. `known` and `carts` as `held_out_carts` gives them: the lines that
    all have learnt from. Each is asked as it comes and may be freed after. Without carts nobody is asked.
    """
    bought = purchases(known)
    evaluation = Evaluation(
        k=k,
        n_carts=len(carts),
        n_train_orders=known["order_id"].n_unique(),
        split="order_id" if known["ordered_at"].is_null().all() else "ordered_at",
        n_products=bought["product_id"].n_unique(),
        head_share=_share(bought["product_id"].is_in(head(bought))),
    )
    if not carts:
        return evaluation
    measure = _Measure.of(bought, carts, k, seed)
    everybody = chain(recommenders, [(BESTSELLERS, Bestsellers(known, k))])
    found = [measure.measured(*answer) for answer in _answers(everybody, carts, k)]
    return replace(
        evaluation,
        judged=found[0].recommender,
        rows=tuple(row for one in found for row in measure.rows(one)),
        ratios=tuple(_ratios(found)),
    )


def _answers(
    recommenders: Iterable[tuple[str, Recommender]], carts: Sequence[Cart], k: int
) -> Iterator[tuple[str, str, Lists]]:
    given, customers = [cart.product_ids for cart in carts], [cart.customer_id for cart in carts]
    for name, recommender in recommenders:
        yield name, CART, recommender.recommend_many(given, limit=k)
        yield name, CUSTOMER, recommender.recommend_many(given, customer_ids=customers, limit=k)


def _ratios(found: Sequence[_Measured]) -> Iterator[Ratio]:
    """Of the first recommender over each other one, in the same setting."""
    judged = {one.setting: one for one in found if one.recommender == found[0].recommender}
    for other in found:
        first = judged[other.setting]
        if first is not other:
            told = {name: _ratio(first, other, PER_CART.index(name)) for name in ("hit_rate", "ndcg")}
            yield Ratio(other.recommender, other.setting, **told, coverage=_coverage_ratio(first, other))


def _ratio(first: _Measured, other: _Measured, place: int) -> Figure:
    mine, its = first.by_cart[:, place].mean(), other.by_cart[:, place].mean()
    interval = intervals.ratio_interval(first.sampled[:, place], other.sampled[:, place])
    return Figure(float(mine / its), *interval) if its else UNDEFINED


def _coverage_ratio(first: _Measured, other: _Measured) -> Figure:
    if not other.n_suggested:
        return UNDEFINED
    value = first.n_suggested / other.n_suggested
    sampled = first.sampled_suggested / np.maximum(other.sampled_suggested, 1)
    return Figure(value, *intervals.shifted_interval(sampled, value))


def _mean(values: npt.NDArray[np.float64], sampled: npt.NDArray[np.float64]) -> Figure:
    defined = values[np.isfinite(values)]
    return Figure(float(defined.mean()), *intervals.interval(sampled)) if len(defined) else UNDEFINED


def _share(flags: pl.Series) -> float:
    return float(flags.sum()) / len(flags) if len(flags) else NAN
