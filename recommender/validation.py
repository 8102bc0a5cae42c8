"""Validation: the last orders put aside, one product of each hidden, and what the sources say of the rest."""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_matrix

from recommender.history import History, distinct
from recommender.identifiers import Rows
from recommender.sources import row_starts
from recommender.sources.pairs import METHODS, Pairs

LEAST_ORDERS = 5
MOST_IN_CART = 10
CARTS_AT_ONCE = 250

Numbers = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float32]


@dataclass(frozen=True)
class Carts:
    """Later orders: CSR of the products in each cart (`starts`, `rows`), the `held_out` row of each, and its
    `customer`, -1 where unknown.
    """

    starts: Numbers
    rows: Rows
    held_out: Rows
    customer: Rows

    def __len__(self) -> int:
        return len(self.held_out)

    @property
    def sizes(self) -> Numbers:
        """The number of products in each cart."""
        return np.diff(self.starts)


@dataclass(frozen=True)
class Table:
    """Candidates of carts, sorted by cart and row: `cart`, `row`, whether it `is_held_out`, and the `columns`
    that the sources say of it, by name.
    """

    cart: Numbers
    row: Rows
    is_held_out: npt.NDArray[np.bool_]
    columns: dict[str, Floats]

    def part(self, kept: npt.NDArray[np.bool_]) -> "Table":
        """The candidates that are `kept`."""
        columns = {name: column[kept] for name, column in self.columns.items()}
        return Table(self.cart[kept], self.row[kept], self.is_held_out[kept], columns)


def split(history: History, share: float) -> tuple[History, Numbers]:
    """The history without the last `share` of its orders, with the same rows of products and customers, and
    the numbers of those orders.

    Orders of one moment, and those without time, are taken by their ids.
    """
    in_time = np.lexsort((np.arange(history.n_orders), history.ordered_at))
    n_later = round(history.n_orders * share)
    later, earlier = np.sort(in_time[len(in_time) - n_later :]), np.sort(in_time[: len(in_time) - n_later])
    is_earlier = np.zeros(history.n_orders, dtype=bool)
    is_earlier[earlier] = True
    kept = is_earlier[history.line_order]
    times = history.ordered_at[earlier]
    known = replace(
        history,
        line_order=(np.cumsum(is_earlier) - 1)[history.line_order[kept]].astype(np.int32),
        line_product=history.line_product[kept],
        order_customer=history.order_customer[earlier],
        ordered_at=times,
        as_of=int(times.max()) if len(times) else history.as_of,
    )
    return known, later


def carts(history: History, known: History, later: Numbers, n_carts: int, seed: int) -> Carts:
    """At most `n_carts` carts drawn from the orders `later` of `history`, as `held_out_carts` draws them."""
    rng = np.random.default_rng(seed)
    sold = np.bincount(known.line_product, minlength=len(known.products)) >= LEAST_ORDERS
    lines = np.flatnonzero(sold[history.line_product] & np.isin(history.line_order, later))
    lines = lines[np.lexsort((rng.random(len(lines)), history.line_order[lines]))]
    orders, firsts, counts = np.unique(history.line_order[lines], return_index=True, return_counts=True)
    chosen = np.sort(rng.permutation((counts > 1).nonzero()[0])[:n_carts])
    sizes = np.minimum(counts[chosen] - 1, MOST_IN_CART)
    starts = row_starts(sizes)
    places = np.repeat(firsts[chosen] + 1, sizes) + np.arange(starts[-1]) - np.repeat(starts[:-1], sizes)
    customer = history.order_customer[orders[chosen]]
    return Carts(
        starts,
        history.line_product[lines[places]],
        history.line_product[lines[firsts[chosen]]],
        np.where(customer < len(known.customers), customer, -1).astype(np.int32),
    )


def pair_table(of: Carts, pairs: Pairs) -> Table:
    """What pairs bring: a column for each of METHODS, summed over the cart."""
    parts = [_paired(of, pairs, first) for first in range(0, len(of), CARTS_AT_ONCE)]
    keys, *said = (np.concatenate(each) for each in zip(*parts, strict=True))
    cart, row = keys // pairs.table.shape[0], (keys % pairs.table.shape[0]).astype(np.int32)
    return Table(cart, row, row == of.held_out[cart], dict(zip(METHODS, said, strict=True)))


def with_customers(table: Table, of: Carts, bought: csr_matrix, told: dict[str, Floats]) -> Table:
    """`table` with all that the carts' customers have in `bought`, customers by products, whose data are
    places in the columns of what is `told` of it.
    """
    n = bought.shape[1]
    had, (theirs, entries) = table.cart * n + table.row, _of_customers(of, bought)
    keys = distinct(np.concatenate([had, theirs]))
    of_had, of_theirs = keys.searchsorted(had), keys.searchsorted(theirs)
    columns = {name: _placed(len(keys), of_had, column) for name, column in table.columns.items()}
    columns |= {name: _placed(len(keys), of_theirs, column[entries]) for name, column in told.items()}
    cart, row = keys // n, (keys % n).astype(np.int32)
    whole = Table(cart, row, row == of.held_out[cart], columns)
    in_cart = np.repeat(np.arange(len(of)), of.sizes) * n + of.rows
    return whole.part(~np.isin(keys, in_cart))


def _paired(of: Carts, pairs: Pairs, first: int) -> tuple[npt.NDArray[Any], ...]:
    """Of carts from the `first` on: the keys (cart * products + row) of what is brought, and what is said."""
    last = min(first + CARTS_AT_ONCE, len(of))
    starts, n = of.starts[first : last + 1], pairs.table.shape[0]
    rows = of.rows[starts[0] : starts[-1]]
    asked = csr_matrix((np.ones(len(rows), np.float32), rows, starts - starts[0]), shape=(last - first, n))
    heard = pairs.scores.any(axis=0).astype(np.float32)
    brought, *said = (_summed(asked, _with(pairs.table, data)) for data in (heard, *pairs.scores))
    in_cart = np.repeat(np.arange(last - first), np.diff(starts)) * n + rows
    keys = brought[0][~np.isin(brought[0], in_cart)]
    return keys + first * n, *(_found(keys, *each) for each in said)


def _summed(asked: csr_matrix, scores: csr_matrix) -> tuple[Numbers, Floats]:
    """The sums over each cart, without those that are 0: keys (cart * products + row) and sums."""
    sums = (asked @ scores).tocsr()
    sums.sort_indices()
    cart = np.repeat(np.arange(sums.shape[0], dtype=np.int64), np.diff(sums.indptr))
    return cart * sums.shape[1] + sums.indices, sums.data


def _found(keys: Numbers, of: Numbers, sums: Floats) -> Floats:
    """The sum at each of `keys`, 0 where there is none."""
    if not len(of):
        return np.zeros(len(keys), dtype=np.float32)
    places = of.searchsorted(keys)
    return np.where(of.take(places, mode="clip") == keys, sums.take(places, mode="clip"), np.float32(0))


def _with(table: csr_matrix, data: Floats) -> csr_matrix:
    return csr_matrix((data, table.indices, table.indptr), shape=table.shape)


def _of_customers(of: Carts, bought: csr_matrix) -> tuple[Numbers, Numbers]:
    known = (of.customer >= 0).nonzero()[0]
    theirs = bought[of.customer[known]].tocoo()
    return known[theirs.row].astype(np.int64) * bought.shape[1] + theirs.col, theirs.data


def _placed(n: int, places: Numbers, column: Floats) -> Floats:
    placed = np.zeros(n, dtype=np.float32)
    placed[places] = column
    return placed
