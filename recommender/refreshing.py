"""Refreshing: what came since the training, laid over a model's arrays without learning anew."""

import hashlib
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, cast

import numpy as np
import numpy.typing as npt
import polars as pl

from recommender.history import MICROSECONDS_A_DAY, NO_TIME, purchases
from recommender.identifiers import Grown, Ids, Rows
from recommender.latest_purchases import latest_purchases
from recommender.newcomers import with_newcomers
from recommender.reason import BOUGHT_TOGETHER, NEXT_BASKET, OWN_PURCHASES, Reason
from recommender.settings import Settings
from recommender.sources import Arrays, Candidates, Question, Source, Tables, belonging, named
from recommender.sources.copurchase import without
from recommender.sources.next_basket import NextBasket
from recommender.sources.own_purchases import OwnPurchases

Fitted = dict[str, npt.NDArray[Any]]
NOBODY: Fitted = {
    "starts": np.zeros(2, np.int64),
    "rows": np.zeros(0, np.int32),
    "scores": np.zeros(0, np.float16),
    "customers": np.zeros(0, np.int32),
}


@dataclass(frozen=True)
class News:
    """What came: `lines` net of returns, the catalogue's rows of products that were `unknown`, and the ids of
    customers to `forget`.
    """

    lines: pl.DataFrame
    unknown: pl.DataFrame
    forget: tuple[str, ...]

    @classmethod
    def of(cls, lines: pl.DataFrame, catalogue: pl.DataFrame, known: Ids, forget: Collection[str]) -> "News":
        """From frames as `read_orders` and `read_products` give them; `known`: the model's products."""
        unknown = catalogue.filter([known.row(each) is None for each in catalogue["product_id"]])
        gone = tuple(sorted(forget))
        kept = lines.filter(~pl.col("customer_id").is_in(gone).fill_null(False))
        return cls(purchases(kept), unknown, gone)

    def digest(self, version: str) -> str:
        """16 hex digits: the same model with the same news has the same."""
        said = (version, self.lines.rows(), self.unknown.rows(), self.forget)
        return hashlib.sha256(repr(said).encode()).hexdigest()[:16]


class Overlaid:
    """A source of which some customers have a newer answer: `numbers` says which row they have in `newer`."""

    kind: ClassVar[str] = ""

    def __init__(self, older: Source, newer: Source, numbers: Mapping[int, int]) -> None:
        self._older, self._newer, self._numbers = older, newer, numbers

    def candidates(self, question: Question) -> Candidates:
        """As the one says that knows the customer's latest."""
        return self._of(question)[0].candidates(self._of(question)[1])

    def reasons(self, question: Question, rows: Rows) -> list[Reason]:
        """Likewise."""
        source, asked = self._of(question)
        return source.reasons(asked, rows)

    def had(self, customer: int) -> Rows:
        """See OwnPurchases."""
        return cast(Rows, self._of_customer("had", customer))

    def told(self, customer: int, rows: Rows) -> npt.NDArray[np.float32]:
        """Likewise."""
        return cast("npt.NDArray[np.float32]", self._of_customer("told", customer, rows))

    def done(self, customer: int, rows: Rows) -> npt.NDArray[np.bool_] | None:
        """See OwnPurchases."""
        return cast("npt.NDArray[np.bool_] | None", self._of_customer("done", customer, rows))

    def _of(self, question: Question) -> tuple[Source, Question]:
        number = None if question.customer is None else self._numbers.get(question.customer)
        return (
            (self._older, question) if number is None else (self._newer, question._replace(customer=number))
        )

    def _of_customer(self, name: str, customer: int, *more: Any) -> Any:
        number = self._numbers.get(customer)
        source = self._older if number is None else self._newer
        return getattr(source, name)(customer if number is None else number, *more)


@dataclass(frozen=True)
class Overlay:
    """What differs from the model as trained: its `products` and `customers`, some `arrays`, and for the
    customers in `numbers` their `own` purchases (arrays as OwnPurchases fits them). Whom the `strangers`
    are like is not known.
    """

    products: Ids
    customers: Ids
    arrays: Fitted
    own: Fitted
    numbers: dict[int, int]
    strangers: dict[int, int]

    def sources(self, older: Mapping[str, Source], tables: Tables, settings: Settings) -> dict[str, Source]:
        """Those sources that tell of customers, with the latest of them."""
        own = OwnPurchases(self.own, tables, settings)
        basket = NextBasket(NOBODY, tables, settings)
        return {
            OWN_PURCHASES: cast(Source, Overlaid(older[OWN_PURCHASES], own, self.numbers)),
            NEXT_BASKET: cast(Source, Overlaid(older[NEXT_BASKET], basket, self.strangers)),
        }


def overlay(arrays: Arrays, ids: tuple[Ids, Ids, Ids], settings: Settings, news: News) -> Overlay:
    """`news` laid over the `arrays` of a model with `ids` of products, customers and categories."""
    products = Grown(ids[0], news.unknown["product_id"].to_list())
    bought = news.lines.filter([products.row(each) is not None for each in news.lines["product_id"]])
    told = bought.drop_nulls("customer_id")["customer_id"].unique().sort()
    customers = Grown(ids[1], [each for each in told if ids[1].row(each) is None])
    lines = _by_row(bought, products, customers)
    tables = (products, ids[2])
    changed = with_newcomers(arrays, tables, news.unknown, settings) | _popular(arrays, lines, settings)
    forgotten = [row for each in news.forget if (row := ids[1].row(each)) is not None]
    if forgotten:
        changed |= named(BOUGHT_TOGETHER, without(belonging(arrays, BOUGHT_TOGETHER), forgotten))
    touched = np.unique([*lines["customer"].drop_nulls(), *forgotten]).astype(np.int64)
    now = dict(arrays) | changed
    is_sensitive = now["values/is_sensitive"]
    theirs = lines.filter(~is_sensitive[lines["product"].to_numpy()]) if len(is_sensitive) else lines
    learnt = belonging(now, OWN_PURCHASES)
    own = latest_purchases(learnt, touched, theirs, (set(forgotten), settings))
    numbers = {row: n for n, row in enumerate(touched.tolist())}
    strangers = dict.fromkeys([*forgotten, *range(len(ids[1]), len(customers))], 0)
    return Overlay(products, customers, changed, own, numbers, strangers)


def _by_row(lines: pl.DataFrame, products: Ids, customers: Ids) -> pl.DataFrame:
    """Lines of known products: `product`, `customer` (null: none), `at` (microseconds; NO_TIME: unknown)."""
    rows = [
        (products.row(product), None if customer is None else customers.row(customer), at)
        for product, customer, at in lines.select(
            "product_id", "customer_id", pl.col("ordered_at").dt.epoch("us").fill_null(NO_TIME)
        ).iter_rows()
    ]
    kinds = {"product": pl.Int64, "customer": pl.Int64, "at": pl.Int64}
    return pl.DataFrame(rows, schema=kinds, orient="row").drop_nulls("product")


def _popular(arrays: Arrays, lines: pl.DataFrame, settings: Settings) -> Fitted:
    """The new orders count, and all others a little less, as time has gone on. What was not popular needs
    `least_customers` new customers, as those it had are not known here.
    """
    if lines.is_empty():
        return {}
    as_of = int(arrays["own_purchases/as_of"][0])
    at = np.maximum(lines["at"].to_numpy(), as_of)
    now = int(at.max())
    at = np.where(at == NO_TIME, now, at)
    half_life = settings.popular_half_life_days * MICROSECONDS_A_DAY
    old = (
        arrays["popular/scores"] * 0.5 ** ((now - as_of) / half_life)
        if as_of != NO_TIME
        else arrays["popular/scores"]
    )
    product = lines["product"].to_numpy()
    heard = np.isin(product, np.concatenate([arrays["popular/rows"], _bought_by_enough(lines, settings)]))
    rows, place = np.unique(np.concatenate([arrays["popular/rows"], product[heard]]), return_inverse=True)
    weights = np.concatenate([old, 0.5 ** ((now - at[heard]) / half_life)])
    more = {
        "popular/rows": rows.astype(np.int32),
        "popular/scores": np.bincount(place, weights).astype(np.float32),
    }
    for name in ("popular/orders", "popular/recent_orders"):
        counts = np.bincount(product, minlength=max(len(arrays[name]), int(product.max()) + 1))
        counts[: len(arrays[name])] += arrays[name]
        more[name] = counts.astype(arrays[name].dtype)
    return more


def _bought_by_enough(lines: pl.DataFrame, settings: Settings) -> npt.NDArray[np.int64]:
    """Rows of what enough customers bought in `lines`; a line without customer counts as one."""
    buyers = pl.col("customer").drop_nulls().n_unique() + pl.col("customer").null_count()
    counts = lines.group_by("product").agg(buyers=buyers)
    return counts.filter(pl.col("buyers") >= settings.least_customers)["product"].to_numpy()
