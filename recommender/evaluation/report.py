"""The report: what an evaluation found."""

from dataclasses import dataclass, fields
from math import isnan
from typing import Any, NamedTuple

NAN = float("nan")
METRICS = ("hit_rate", "ndcg", "mrr", "recall", "coverage", "novelty")
CART, CUSTOMER = "cart", "customer"
BESTSELLERS = "bestsellers"


class Figure(NamedTuple):
    """A value with its 95 % bootstrap interval over the carts; NaN is "not defined"."""

    value: float = NAN
    low: float = NAN
    high: float = NAN


UNDEFINED = Figure()


@dataclass(frozen=True)
class Row:
    """The figures of one `recommender`, told the cart alone (`setting` "cart") or the customer too
    ("customer"), over the `n_carts` carts of one variant (`group` and `variant`: see Variant).

    `hit_rate`: share of carts whose held-out product is among the first k. `ndcg`: mean of 1 / log2(1 + its
    place). `mrr`: mean of 1 / its place. `recall`: mean share found of all that the order held beyond the
    cart. `coverage`: different products in all lists, as a share of the products in the training orders (of
    all carts only: with fewer carts it is less). `novelty`: mean self-information of what is suggested, bits.
    All NaN over no carts.
    """

    recommender: str
    setting: str
    group: str
    variant: str
    n_carts: int
    hit_rate: Figure = UNDEFINED
    ndcg: Figure = UNDEFINED
    mrr: Figure = UNDEFINED
    recall: Figure = UNDEFINED
    coverage: Figure = UNDEFINED
    novelty: Figure = UNDEFINED


@dataclass(frozen=True)
class Ratio:
    """The judged recommender's figures over those of another, with the interval of the ratio on the same
    carts.
    """

    recommender: str
    setting: str
    hit_rate: Figure = UNDEFINED
    ndcg: Figure = UNDEFINED
    coverage: Figure = UNDEFINED


@dataclass(frozen=True)
class Evaluation:
    """What the test carts say of one recommender, `judged`, and of those beside it.

    `split`: "ordered_at", or "order_id" where no order has a time. `n_products`: products in the training
    orders. `head_share`: what share of the purchases learnt from is of the head (see `variants.head`).
    `rows`: all figures. `ratios`: the judged recommender's over each other one's.
    """

    k: int
    n_carts: int
    n_train_orders: int
    split: str
    n_products: int = 0
    head_share: float = NAN
    judged: str = "Encore"
    rows: tuple[Row, ...] = ()
    ratios: tuple[Ratio, ...] = ()

    @property
    def hit_rate(self) -> float:
        """Of the judged recommender, over all carts, for the cart alone. NaN without carts, as all these."""
        return self.row(self.judged).hit_rate.value

    @property
    def ndcg(self) -> float:
        """Likewise its NDCG."""
        return self.row(self.judged).ndcg.value

    @property
    def hit_rate_with_customer(self) -> float:
        """Likewise its hit rate, told the customer too."""
        return self.row(self.judged, CUSTOMER).hit_rate.value

    @property
    def ndcg_with_customer(self) -> float:
        """Likewise its NDCG, told the customer too."""
        return self.row(self.judged, CUSTOMER).ndcg.value

    @property
    def bestsellers_hit_rate(self) -> float:
        """The hit rate of bestsellers."""
        return self.row(BESTSELLERS).hit_rate.value

    @property
    def bestsellers_ndcg(self) -> float:
        """The NDCG of bestsellers."""
        return self.row(BESTSELLERS).ndcg.value

    @property
    def ratio(self) -> float:
        """hit_rate / bestsellers_hit_rate; NaN where bestsellers never hit."""
        return self.over(BESTSELLERS).hit_rate.value

    @property
    def ratio_interval(self) -> tuple[float, float]:
        """The 95 % bootstrap interval of `ratio`."""
        return self.over(BESTSELLERS).hit_rate[1:]

    def row(self, recommender: str, setting: str = CART, group: str = "all", variant: str = "all") -> Row:
        """One of `rows`; of no carts where there is none."""
        wanted = (recommender, setting, group, variant)
        found = (
            each for each in self.rows if (each.recommender, each.setting, each.group, each.variant) == wanted
        )
        return next(found, Row(*wanted, 0))

    @property
    def settings(self) -> tuple[str, ...]:
        """The settings that differ: one alone where no cart's customer was known."""
        told = self.row(self.judged).ndcg, self.row(self.judged, CUSTOMER).ndcg
        return (CART,) if told[0] == told[1] else (CART, CUSTOMER)

    def over(self, recommender: str, setting: str = CART) -> Ratio:
        """One of `ratios`; NaN where there is none."""
        found = (each for each in self.ratios if (each.recommender, each.setting) == (recommender, setting))
        return next(found, Ratio(recommender, setting))

    def to_dict(self) -> dict[str, Any]:
        """The same as JSON values; what is not defined is null."""
        found: dict[str, Any] = _as_json(self)
        return found | {name: _as_json(getattr(self, name)) for name in HEADLINE}


HEADLINE = (
    "hit_rate",
    "ndcg",
    "hit_rate_with_customer",
    "ndcg_with_customer",
    "bestsellers_hit_rate",
    "bestsellers_ndcg",
    "ratio",
    "ratio_interval",
)


def _as_json(value: Any) -> Any:
    if isinstance(value, float):
        return None if isnan(value) else round(value, 6)
    if isinstance(value, tuple):
        return [_as_json(each) for each in value]
    if hasattr(value, "__dataclass_fields__"):
        return {each.name: _as_json(getattr(value, each.name)) for each in fields(value)}
    return value
