"""Complements: what the shop itself wants beside a product of the cart; nothing is learnt here."""

from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt
import polars as pl

from recommender.history import History
from recommender.identifiers import Ids, Rows
from recommender.reason import COMPLEMENT, Reason
from recommender.settings import Settings
from recommender.sources import (
    NOTHING,
    Arrays,
    Candidates,
    Question,
    Slices,
    Tables,
    items,
    parts,
    row_starts,
    summed,
)


class Complements:
    """score(cart, j) = sum over the cart's products i of 1 / the place of j among the complements of i.

    For every place in a list what the shop chose goes before all that was learnt; the score only orders the
    chosen among themselves.
    """

    kind: ClassVar[str] = COMPLEMENT

    @staticmethod
    def fit(history: History, settings: Settings) -> dict[str, npt.NDArray[Any]]:  # noqa: ARG004 - a Source's
        """As `chosen`, of the history's catalogue."""
        return Complements.chosen(history.products, history.catalogue)

    @staticmethod
    def chosen(products: Ids, catalogue: pl.DataFrame) -> dict[str, npt.NDArray[Any]]:
        """CSR over `products`: `starts`, `rows` ascending and `place` of each (int32, from 1).

        `catalogue`: CATALOGUE of recommender.frames, in any order. A complement that is not in `products`,
        named twice, or the product itself, is passed over.
        """
        choosing = catalogue.filter(pl.col("complements").list.len() > 0)
        chosen = sorted(
            (row, other, place)
            for product_id, wanted in choosing.select("product_id", "complements").iter_rows()
            if (row := products.row(product_id)) is not None
            for place, other in enumerate(_others(products.rows(wanted), row), start=1)
        )
        given, rows, place = np.array(chosen, dtype=np.int32).reshape(-1, 3).T.copy()
        return {
            "starts": row_starts(np.bincount(given, minlength=len(products))),
            "rows": rows,
            "place": place,
        }

    def __init__(self, arrays: Arrays, tables: Tables, settings: Settings) -> None:
        self._held, self._rows, self._place = Slices(arrays["starts"]), arrays["rows"], arrays["place"]
        self._products = tables.products

    def candidates(self, question: Question) -> Candidates:
        """All that the shop chose for any cart product."""
        if not len(self._rows):
            return NOTHING
        held = [each for each in self._held.of(question.cart) if each.stop > each.start]
        if not held:
            return NOTHING
        places = np.concatenate(parts(self._place, held))
        return summed(np.concatenate(parts(self._rows, held)), (1 / places).astype(np.float32))

    def reasons(self, question: Question, rows: Rows) -> list[Reason]:
        """The cart product for which each row was chosen, and its place in that list; of several the one with
        the best place.
        """
        return [self._reason(question.cart, row) for row in rows.tolist()]

    def _reason(self, cart: Rows, row: int) -> Reason:
        chosen = [
            (int(self._place[held][self._rows[held] == row][0]), given)
            for given, held in zip(cart.tolist(), self._held.of(cart), strict=True)
            if row in items(self._rows[held])
        ]
        place, given = min(chosen)
        return Reason(self.kind, self._products.id(given), {"place": place})


def _others(rows: Rows, itself: int) -> list[int]:
    return [row for row in rows.tolist() if row != itself]
