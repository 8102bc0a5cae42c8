"""Orders as matrices, for the peers: orders by products, and what each customer bought."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl
from scipy.sparse import csr_matrix

from recommender.evaluation.carts import eligible
from recommender.history import History, purchases
from recommender.identifiers import Ids


@dataclass(frozen=True)
class Baskets:
    """Of the products that a cart may hold (5 orders or more), in two matrices, float32.

    `orders`: orders by products, 1 where the order holds the product; only orders of two such products and
    more, for one alone says nothing of what goes together. `histories`: customers by products, the shares of
    the customer's purchases in all orders, each row summing to 1.
    """

    products: Ids
    customers: Ids
    orders: csr_matrix
    histories: csr_matrix

    @classmethod
    def of(cls, known: pl.DataFrame) -> "Baskets":
        """From order lines as `held_out_carts` gives them."""
        kept = eligible(known)
        history = History.of(purchases(known).filter(pl.col("product_id").is_in(kept.implode())), None, None)
        orders = history.matrix().astype(np.float32)
        known_customer = history.order_customer < len(history.customers)
        return cls(
            products=history.products,
            customers=history.customers,
            orders=orders[np.diff(orders.indptr) > 1],
            histories=_shares(
                orders[known_customer], history.order_customer[known_customer], len(history.customers)
            ),
        )

    def carts(self, carts: Sequence[Sequence[str]]) -> csr_matrix:
        """Carts by products, float32, 1 where the cart holds the product; unknown products are left out."""
        rows = [self.products.rows(cart) for cart in carts]
        starts = np.concatenate([[0], np.cumsum([len(each) for each in rows], dtype=np.int64)])
        columns = np.concatenate([np.zeros(0, np.int32), *rows])
        return csr_matrix(
            (np.ones(len(columns), np.float32), columns, starts), (len(carts), len(self.products))
        )

    def histories_of(self, customer_ids: Sequence[str | None]) -> csr_matrix:
        """Each customer's row of `histories`; an empty one for None and for the unknown."""
        rows = [None if each is None else self.customers.row(each) for each in customer_ids]
        found = np.array([place for place, row in enumerate(rows) if row is not None], dtype=np.int64)
        chosen = np.array([row for row in rows if row is not None], dtype=np.int64)
        pick = csr_matrix(
            (np.ones(len(found), np.float32), (found, chosen)), (len(rows), len(self.customers))
        )
        return csr_matrix(pick @ self.histories)


def _shares(orders: csr_matrix, order_customer: npt.NDArray[np.int32], n_customers: int) -> csr_matrix:
    sizes = np.bincount(order_customer, np.diff(orders.indptr), n_customers)
    made = (1 / sizes[order_customer]).astype(np.float32)
    by_customer = csr_matrix((made, (order_customer, np.arange(len(made)))), (n_customers, len(made)))
    return csr_matrix(by_customer @ orders)
