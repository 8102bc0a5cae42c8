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
from recommender.reason import BOUGHT_TOGETHER, NEXT_BASKET, OWN_PURCHASES, Reason
from recommender.settings import Settings
from recommender.sources import Arrays, Candidates, Question, Source, Tables, row_starts
from recommender.sources.complements import Complements
from recommender.sources.copurchase import without
from recommender.sources.likeness import Likeness
from recommender.sources.next_basket import NextBasket
from recommender.sources.own_purchases import Bought, OwnPurchases, packed

Fitted = dict[str, npt.NDArray[Any]]
STARTS = (
    "bought_together/starts",
    "bought_together/weak_starts",
    "category/product_starts",
    "values/starts",
)
COUNTS = ("bought_together/orders", "popular/orders", "popular/recent_orders")
AGAIN_OF_NEW, ONCE_OF_NEW = 0.5, -1
NOBODY: Fitted = {
    "starts": np.zeros(2, np.int64),
    "rows": np.zeros(0, np.int32),
    "scores": np.zeros(0, np.float16),
    "customers": np.zeros(0, np.int32),
}
DECAYED = ["decayed_0", "decayed_1", "decayed_2"]


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


def overlay(arrays: Arrays, ids: tuple[Ids, Ids], settings: Settings, news: News) -> Overlay:
    """`news` laid over the `arrays` of a model with `ids` of products and customers."""
    products = Grown(ids[0], news.unknown["product_id"].to_list())
    bought = news.lines.filter([products.row(each) is not None for each in news.lines["product_id"]])
    told = bought.drop_nulls("customer_id")["customer_id"].unique().sort()
    customers = Grown(ids[1], [each for each in told if ids[1].row(each) is None])
    lines = _by_row(bought, products, customers)
    changed = _grown(arrays, len(ids[0]), len(news.unknown)) | _popular(arrays, lines, settings)
    is_sensitive = _sensitive(arrays, len(ids[0]), news.unknown, settings)
    changed["values/is_sensitive"] = is_sensitive
    if len(news.unknown):
        changed |= _named("likeness", Likeness.grown(_part(arrays, "likeness"), news.unknown, settings))
        changed |= _complements(arrays, products, news.unknown)
    forgotten = [row for each in news.forget if (row := ids[1].row(each)) is not None]
    if forgotten:
        changed |= _named(BOUGHT_TOGETHER, without(_part(arrays, BOUGHT_TOGETHER), forgotten))
    touched = np.unique([*lines["customer"].drop_nulls(), *forgotten]).astype(np.int64)
    theirs = lines.filter(~is_sensitive[lines["product"].to_numpy()]) if len(is_sensitive) else lines
    own = _own(_part(dict(arrays) | changed, "own_purchases"), touched, theirs, (set(forgotten), settings))
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


def _grown(arrays: Arrays, n: int, added: int) -> Fitted:
    """Room for new products in all that has one entry a product."""
    if not added:
        return {}
    larger: Fitted = {name: np.append(arrays[name], np.repeat(arrays[name][n], added)) for name in STARTS}
    for name in COUNTS:
        larger[name] = np.append(arrays[name], np.zeros(added, arrays[name].dtype))
    for name, value in (("again", AGAIN_OF_NEW), ("once", ONCE_OF_NEW)):
        old = arrays[f"own_purchases/{name}"]
        larger[f"own_purchases/{name}"] = np.append(old, np.full(added, value, old.dtype))
    worth = arrays["values/worth"]
    if len(worth):
        larger["values/worth"] = np.append(worth, np.full(added, np.median(worth), worth.dtype))
    return larger


def _sensitive(arrays: Arrays, n: int, unknown: pl.DataFrame, settings: Settings) -> npt.NDArray[np.bool_]:
    """Which products are sensitive, new ones too; empty where none is."""
    old: npt.NDArray[np.bool_] = arrays["values/is_sensitive"]
    names = set(settings.sensitive_categories)
    new = np.array([not names.isdisjoint(each) for each in unknown["categories"]], dtype=np.bool_)
    return np.append(old if len(old) else np.zeros(n, np.bool_), new) if len(old) or new.any() else old


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


def _own(
    arrays: Arrays, touched: npt.NDArray[np.int64], lines: pl.DataFrame, how: tuple[set[int], Settings]
) -> Fitted:
    """The arrays of OwnPurchases for the customers `touched` alone: what they had, and what they bought
    since; nothing of those forgotten.
    """
    forgotten, settings = how
    remembered = [(n, row) for n, row in enumerate(touched.tolist()) if row not in forgotten]
    new = lines.filter(pl.col("customer").is_in(touched.tolist())).with_columns(
        pl.col("customer").map_elements({row: n for n, row in remembered}.get, return_dtype=pl.Int64)
    )
    every = pl.concat([_kept(arrays, remembered), _had(arrays, remembered), _bought(new, arrays)])
    whole = (
        every.sort("customer", "product", "gap_days", descending=[False, False, True])
        .group_by("customer", "product", maintain_order=True)
        .agg(
            pl.col(DECAYED).sum(),
            pl.col("orders").sum(),
            pl.col("at").max(),
            pl.col("gap_days", "own_gaps").first(),
        )
    )
    learnt = {name: arrays[name] for name in ("again", "once")}
    return packed(_as_bought(whole), learnt, int(arrays["as_of"][0]), (len(touched), settings))


def _kept(arrays: Arrays, customers: list[tuple[int, int]]) -> pl.DataFrame:
    numbers, places = _places(arrays["starts"], customers)
    decayed = arrays["decayed"][places].astype(np.float64)
    return _entries(
        numbers,
        arrays["rows"][places],
        arrays["orders"][places],
        arrays["last_bought_at"][places],
        decayed,
        (arrays["gap_days"][places], arrays["own_gaps"][places]),
    )


def _had(arrays: Arrays, customers: list[tuple[int, int]]) -> pl.DataFrame:
    numbers, places = _places(arrays["had_starts"], customers)
    nothing = np.zeros(len(places))
    at = np.full(len(places), NO_TIME)
    return _entries(
        numbers, arrays["had"][places], nothing + 1, at, np.zeros((len(places), 3)), (nothing, nothing)
    )


def _bought(lines: pl.DataFrame, arrays: Arrays) -> pl.DataFrame:
    """New purchases count in full: the clock of what is decayed stands at the model's `as_of`."""
    once = np.ones(len(lines))
    return _entries(
        lines["customer"].to_numpy(),
        lines["product"].to_numpy(),
        once,
        lines["at"].to_numpy(),
        np.ones((len(lines), arrays["decayed"].shape[1])),
        (once * 0, once * 0),
    )


def _entries(*columns: Any) -> pl.DataFrame:
    customer, product, orders, at, decayed, (gap_days, own_gaps) = columns
    return pl.DataFrame(
        {
            "customer": customer.astype(np.int64),
            "product": product.astype(np.int64),
            "orders": orders.astype(np.int64),
            "at": at.astype(np.int64),
            **{name: decayed[:, n].astype(np.float64) for n, name in enumerate(DECAYED)},
            "gap_days": gap_days.astype(np.float32),
            "own_gaps": own_gaps.astype(np.int64),
        }
    )


def _places(
    starts: npt.NDArray[np.int64], customers: list[tuple[int, int]]
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """The numbers of `customers` (number, row), each as often as the row has entries, and these."""
    known = [(n, np.arange(starts[row], starts[row + 1])) for n, row in customers if row + 1 < len(starts)]
    numbers = [np.full(len(places), n) for n, places in known]
    nothing = np.zeros(0, np.int64)
    return np.concatenate([nothing, *numbers]), np.concatenate([nothing, *(places for _, places in known)])


def _as_bought(whole: pl.DataFrame) -> Bought:
    return Bought(
        whole["customer"].to_numpy().astype(np.int32),
        whole["product"].to_numpy().astype(np.int32),
        whole.select(DECAYED).to_numpy().astype(np.float32),
        whole["orders"].to_numpy().astype(np.int32),
        whole["at"].to_numpy().astype(np.int64),
        whole["gap_days"].to_numpy().astype(np.float16),
        whole["own_gaps"].to_numpy().astype(np.uint8),
    )


def _complements(arrays: Arrays, products: Ids, unknown: pl.DataFrame) -> Fitted:
    """What the shop chose before, with what it chose for its new products."""
    new = Complements.chosen(products, unknown)
    starts, n = arrays["complement/starts"], len(products)
    given = np.repeat(np.arange(len(starts) - 1), np.diff(starts))
    given = np.concatenate([given, np.repeat(np.arange(n), np.diff(new["starts"]))])
    joined = {name: np.concatenate([arrays[f"complement/{name}"], new[name]]) for name in ("rows", "place")}
    return _named("complement", {"starts": row_starts(np.bincount(given, minlength=n)), **joined})


def _part(arrays: Arrays, kind: str) -> Fitted:
    return {name.split("/")[1]: each for name, each in arrays.items() if name.startswith(f"{kind}/")}


def _named(kind: str, arrays: Arrays) -> Fitted:
    return {f"{kind}/{name}": each for name, each in arrays.items()}
