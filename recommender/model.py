"""The model: answers from the arrays of its sources, whether just trained or read from an artefact."""

import os
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from recommender import artefact
from recommender.identifiers import Ids
from recommender.ranking import Ranked, Ranker
from recommender.settings import Settings
from recommender.sources import Question, Source, Tables
from recommender.sources.copurchase import Copurchase
from recommender.sources.next_basket import NextBasket
from recommender.sources.own_purchases import OwnPurchases
from recommender.sources.popular import Popular, PopularInCategory
from recommender.suggestion import BOUGHT_TOGETHER, Reason, Suggestion

SOURCES: tuple[type[Source], ...] = (OwnPurchases, Copurchase, NextBasket, PopularInCategory, Popular)
ID_TABLES = ("products", "customers", "categories")


class Model:
    """A trained recommender. It never changes, so that threads and processes may share it.

    `figures`: n_products, n_orders, n_customers, n_lines, as_of (ISO 8601, UTC; None without dates),
    seed, settings. `arrays`: all that was learnt, by name. `version`: 16 hex digits of its content.
    """

    def __init__(
        self, figures: Mapping[str, Any], arrays: Mapping[str, npt.NDArray[Any]], version: str
    ) -> None:
        self.figures, self.arrays, self.version = dict(figures), dict(arrays), version
        settings = Settings.of(figures["settings"])
        self._products, self._customers, categories = (self._ids(each) for each in ID_TABLES)
        tables = Tables(self._products, categories)
        self._sources = {source.kind: source(self._of(source.kind), tables, settings) for source in SOURCES}
        self._ranker = Ranker(self._sources, settings)
        self.blend = settings.blend

    def recommend(
        self,
        cart: Sequence[str],
        *,
        customer_id: str | None = None,
        limit: int = 10,
        exclude: Collection[str] = (),
    ) -> list[Suggestion]:
        """At most `limit` products for `cart` (product ids), best first, each with its reason.

        First what is bought together with the cart and what the customer buys, ranked together; then what is
        popular in the cart's categories; then what is popular. Unknown ids are ignored; nothing in the cart
        or in `exclude` comes back, and nothing comes back twice. Fewer than `limit` where the shop's orders
        say no more.
        """
        question = self._question(cart, customer_id)
        return self._suggestions(question, self._products.rows(exclude).tolist(), limit)

    def recommend_many(
        self,
        carts: Sequence[Sequence[str]],
        *,
        customer_ids: Sequence[str | None] | None = None,
        limit: int = 10,
    ) -> list[list[str]]:
        """For each cart the product ids that `recommend` gives, in the same order; `customer_ids` beside
        `carts`.

        Raises ValueError where the two differ in length.
        """
        customers = [None] * len(carts) if customer_ids is None else customer_ids
        if len(customers) != len(carts):
            raise ValueError(
                f"{len(carts)} carts but {len(customers)} customer_ids: give one (or None) for each cart"
            )
        return [self._ranked_ids(*each, limit) for each in zip(carts, customers, strict=True)]

    def knows(self, product_id: str) -> bool:
        """Whether the model holds this product; one that it does not hold changes no answer."""
        return self._products.row(product_id) is not None

    def similar(self, product_id: str, limit: int = 10) -> list[Suggestion]:
        """At most `limit` products most bought together with one; an unknown product has none."""
        question = self._question([product_id], None)
        alone = Ranker(self._sources, self._ranker.settings, ((BOUGHT_TOGETHER,),))
        return self._suggestions(question, [], limit, alone)

    def popular(self, limit: int = 10) -> list[Suggestion]:
        """At most `limit` products that most orders hold lately."""
        return self.recommend([], limit=limit)

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the artefact to `path`, atomically: one file, read again by `load`."""
        artefact.write(path, self.figures, self.arrays)

    def _suggestions(
        self, question: Question, exclude: list[int], limit: int, ranker: Ranker | None = None
    ) -> list[Suggestion]:
        ranked = (ranker or self._ranker).rank(question, [*question.cart.tolist(), *exclude], max(limit, 0))
        reasons = self._reasons(question, ranked)
        told = [reasons[row] for row in ranked.rows]
        return list(map(Suggestion, self._products.ids(ranked.rows), ranked.scores, told))

    def _reasons(self, question: Question, ranked: Ranked) -> dict[int, Reason]:
        """By row: the reason of the source that it is ranked by."""
        reasons: dict[int, Reason] = {}
        for kind in dict.fromkeys(ranked.kinds):
            rows = [row for row, its in zip(ranked.rows, ranked.kinds, strict=True) if its == kind]
            found = self._sources[kind].reasons(question, np.array(rows, dtype=np.int32))
            reasons.update(zip(rows, found, strict=True))
        return reasons

    def _ranked_ids(self, cart: Sequence[str], customer_id: str | None, limit: int) -> list[str]:
        question = self._question(cart, customer_id)
        return self._products.ids(self._ranker.rank(question, question.cart.tolist(), max(limit, 0)).rows)

    def _question(self, cart: Iterable[str], customer_id: str | None) -> Question:
        customer = None if customer_id is None else self._customers.row(customer_id)
        # Sorted, so that the order of the cart changes no sum in its last bit.
        return Question(np.sort(self._products.rows(cart)), customer)

    def _of(self, prefix: str) -> dict[str, npt.NDArray[Any]]:
        return {
            name.split("/")[1]: array for name, array in self.arrays.items() if name.split("/")[0] == prefix
        }

    def _ids(self, table: str) -> Ids:
        return Ids(**self._of(table))


def load(path: str | os.PathLike[str], *, verify: bool = True) -> Model:
    """The model saved at `path`, memory-mapped. `verify=False` trusts the data's checksum (a quicker start).

    Raises ArtefactError for a file that is foreign, truncated, altered or of another version,
    FileNotFoundError for none.
    """
    read = artefact.read(path, verify=verify)
    try:
        return Model(read.facts, read.arrays, read.version)
    except (KeyError, TypeError, ValueError) as error:
        raise artefact.ArtefactError(f"{path} was made by another version ({error}): train again") from error
