"""The model: answers from the arrays of its sources, whether just trained or read from an artefact."""

import os
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any, cast

import numpy as np
import numpy.typing as npt
import polars as pl

from recommender import artefact
from recommender.bundles import Bundle, Bundles
from recommender.explanation import Dropped, Explained, Explanation, lift
from recommender.features import Features
from recommender.frames import CATALOGUE, TIME, read_orders, read_products
from recommender.identifiers import Ids
from recommender.ranking import Ranked, Ranker
from recommender.reason import BOUGHT_TOGETHER, LIKENESS, OWN_PURCHASES, Reason
from recommender.refreshing import News, Overlay, overlay
from recommender.settings import Settings
from recommender.sources import Question, Source, Tables, belonging, items
from recommender.sources.complements import Complements
from recommender.sources.copurchase import Copurchase
from recommender.sources.likeness import Likeness
from recommender.sources.next_basket import NextBasket
from recommender.sources.own_purchases import OwnPurchases
from recommender.sources.popular import Popular, PopularInCategory
from recommender.suggestion import Suggestion
from recommender.upsells import Upsells
from recommender.values import Values

SOURCES: tuple[type[Source], ...] = (
    Complements,
    OwnPurchases,
    Copurchase,
    Likeness,
    NextBasket,
    PopularInCategory,
    Popular,
)
NEXT = 20
"""So many candidates beyond an answer are told of where it is explained."""
NO_PRODUCTS = pl.DataFrame(schema=CATALOGUE)
_ORDERS: dict[str, Any] = dict.fromkeys(("customer_id", "order_id", "product_id"), pl.String)
NO_ORDERS = pl.DataFrame(schema=_ORDERS | {"ordered_at": TIME, "quantity": pl.Float64})
ID_TABLES = ("products", "customers", "categories")


class Model:
    """A trained recommender. It never changes, so that threads and processes may share it.

    `figures`: n_products, n_orders, n_customers, n_lines, as_of (ISO 8601, UTC; None without dates),
    seed, settings. `arrays`: all that was learnt, by name. `version`: 16 hex digits of its content.
    """

    def __init__(
        self,
        figures: Mapping[str, Any],
        arrays: Mapping[str, npt.NDArray[Any]],
        version: str,
        overlay: Overlay | None = None,
    ) -> None:
        self.figures, self.arrays, self.version = dict(figures), dict(arrays), version
        settings = Settings.of(figures["settings"])
        self._products, self._customers, categories = (self._ids(each) for each in ID_TABLES)
        if overlay is not None:
            self.arrays |= overlay.arrays
            self._products, self._customers = overlay.products, overlay.customers
        tables = Tables(self._products, categories)
        self._sources: dict[str, Source] = {
            source.kind: source(belonging(self.arrays, source.kind), tables, settings) for source in SOURCES
        }
        if overlay is not None:
            self._sources |= overlay.sources(self._sources, tables, settings)
        values = Values(belonging(self.arrays, "values"), settings.blend)
        self._ranker = Ranker(self._sources, settings, values, Features(self._sources))
        self._is_refreshed = overlay is not None
        self.blend, self._n_orders = settings.blend, max(int(figures["n_orders"]), 1)
        self._orders = items(self.arrays["bought_together/orders"])
        self._bundles = Bundles(belonging(self.arrays, "bundles"), self._products)
        self._upsells = Upsells(belonging(self.arrays, "upsells"), self._products)

    def recommend(
        self,
        cart: Sequence[str],
        *,
        customer_id: str | None = None,
        limit: int = 10,
        exclude: Collection[str] = (),
    ) -> list[Suggestion]:
        """At most `limit` products for `cart` (product ids), best first, each with its reason.

        First the complements that the shop chose; then what is bought together with the cart and what the
        customer buys, ranked together, and newcomers beside what they are like; then what customers like
        this one buy; what is popular in the cart's categories; what is popular. Unknown ids are ignored;
        nothing in the cart or in `exclude` comes back, and nothing comes back twice. Fewer than `limit` where
        the shop's orders say no more. Where the customer is known nothing of a sensitive category steers or
        comes back.
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

    def explain(
        self,
        cart: Sequence[str],
        *,
        customer_id: str | None = None,
        limit: int = 10,
        exclude: Collection[str] = (),
    ) -> Explanation:
        """What `recommend` gives for the same question, each explained, and what was found but not given."""
        question = self._question(cart, customer_id)
        excluded = self._products.rows(exclude).tolist()
        ranked = self._ranked(question, excluded, limit)
        given, found = self._told(question, ranked), self._suggestions(question, [], limit + NEXT)
        contributions = [self._ranker.contributions(question, row, ranked) for row in ranked.rows]
        items = tuple(
            Explained(each, added, self._rules(), self._evidence(each))
            for each, added in zip(given, contributions, strict=True)
        )
        dropped = (
            *(Dropped(each, "in_cart") for each in self._products.ids(self._products.rows(cart))),
            *self._dropped(question, found, given, set(exclude)),
            *self._sensitive(self._question(cart, None), customer=question.customer, limit=limit + NEXT),
        )
        return Explanation(items, dropped)

    def refreshed(self, orders: Any = None, products: Any = None, *, forget: Collection[str] = ()) -> "Model":
        """This model with what came since it was trained, over the same arrays: nothing is learnt anew.

        `orders`, `products`: as `train` takes them; all that came since, not only the latest. Their orders
        count for what is popular and for what the customers buy themselves; products not known yet are
        suggested by their likeness and as complements. Of the customers in `forget` nothing stays that is
        theirs alone. Raises ValueError as `train` does, and for a model that was refreshed already: ask
        the one that was trained, with all that came since.
        """
        if self._is_refreshed:
            raise ValueError("this model was refreshed already: refresh the one that was trained")
        news = News.of(
            read_orders(NO_ORDERS if orders is None else orders),
            read_products(NO_PRODUCTS if products is None else products),
            self._products,
            forget,
        )
        ids = (self._products, self._customers, self._ids("categories"))
        laid = overlay(self.arrays, ids, self._ranker.settings, news)
        return Model(self.figures, self.arrays, news.digest(self.version), laid)

    def similar(self, product_id: str, limit: int = 10) -> list[Suggestion]:
        """At most `limit` products that are bought instead of one; an unknown product has none."""
        row = self._products.row(product_id)
        if row is None:
            return []
        likeness = cast(Likeness, self._sources[LIKENESS])
        found = likeness.similar(row)
        best = (-found.scores).argsort(kind="stable")[: max(limit, 0)]
        rows = found.rows[best].tolist()
        told = [likeness.reason(each, row) for each in rows]
        shares = [self._orders[each] / self._n_orders for each in rows]
        return list(map(Suggestion, self._products.ids(rows), found.scores[best].tolist(), told, shares))

    def upsells(self, product_id: str, limit: int = 10) -> list[Suggestion]:
        """At most `limit` better versions of a product, that which most customers came to first (`score`: how
        many). An unknown product has none. Prices are not looked at: what is dearer is known where they are.
        """
        row = self._products.row(product_id)
        found = [] if row is None else self._upsells.of(row, limit)
        return [
            Suggestion(
                self._products.id(each.row),
                float(each.customers),
                each.reason,
                self._orders[each.row] / self._n_orders,
            )
            for each in found
        ]

    def explain_similar(self, product_id: str, limit: int = 10) -> Explanation:
        """What `similar` gives, each explained, and what comes next."""
        found = self.similar(product_id, limit + NEXT)
        items = tuple(Explained(each, {LIKENESS: each.score}, (), {}) for each in found[:limit])
        return Explanation(items, tuple(Dropped(each.product_id, "below") for each in found[limit:]))

    def bundles(self, product_id: str | None = None, limit: int = 10) -> list[Bundle]:
        """At most `limit` bundles that hold a product, the best first; without one, of all bundles.

        A bundle is two to four products that customers keep buying together, lately too; none is made up
        where the orders show none, and an unknown product has none.
        """
        if product_id is None:
            return self._bundles.best(limit)
        row = self._products.row(product_id)
        return [] if row is None else self._bundles.holding(row, limit)

    def popular(self, limit: int = 10) -> list[Suggestion]:
        """At most `limit` products that most orders hold lately."""
        return self.recommend([], limit=limit)

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the artefact to `path`, atomically: one file, read again by `load`.

        Raises ValueError for a model that was refreshed: what came since is learnt in a training.
        """
        if self._is_refreshed:
            raise ValueError("this model was refreshed: save the one that was trained, or train again")
        artefact.write(path, self.figures, self.arrays)

    def _suggestions(self, question: Question, exclude: list[int], limit: int) -> list[Suggestion]:
        return self._told(question, self._ranked(question, exclude, limit))

    def _ranked(self, question: Question, exclude: list[int], limit: int) -> Ranked:
        return self._ranker.rank(question, [*question.cart.tolist(), *exclude], max(limit, 0))

    def _told(self, question: Question, ranked: Ranked) -> list[Suggestion]:
        reasons = self._reasons(question._replace(found=ranked.found), ranked)
        told = [reasons[row] for row in ranked.rows]
        shares = [self._orders[row] / self._n_orders for row in ranked.rows]
        return list(map(Suggestion, self._products.ids(ranked.rows), ranked.scores, told, shares))

    def _rules(self) -> tuple[str, ...]:
        settings = self._ranker.settings
        moved = [settings.objective] if settings.objective != "hits" else []
        return (*moved, "diversity") if settings.diversity else tuple(moved)

    def _evidence(self, suggestion: Suggestion) -> dict[str, Any]:
        if suggestion.reason.kind != BOUGHT_TOGETHER:
            return {}
        facts = dict(suggestion.reason.evidence)
        suggested = self._orders[self._products.row(suggestion.product_id) or 0]
        counts = (facts["orders_with_both"], facts["orders_with_cart_product"], suggested, self._n_orders)
        found = lift(*(int(cast(int, each)) for each in counts))
        known = {} if found is None else {"lift": found[0], "lift_interval": found[1]}
        return {**facts, "orders_with_suggested": suggested, "n_orders": self._n_orders, **known}

    def _dropped(
        self, question: Question, found: list[Suggestion], given: list[Suggestion], exclude: set[str]
    ) -> Iterator[Dropped]:
        shown = {each.product_id for each in given}
        for each in found:
            if each.product_id not in shown:
                yield Dropped(each.product_id, "excluded" if each.product_id in exclude else "below")
        if question.customer is not None:
            had = cast(OwnPurchases, self._sources[OWN_PURCHASES]).had(question.customer)
            for product_id in self._products.ids(had[~np.isin(had, question.cart)]):
                yield Dropped(product_id, "bought_once")
        pairs = cast(Copurchase, self._sources[BOUGHT_TOGETHER])
        for product_id in self._products.ids(pairs.weak_only(question.cart)[:NEXT]):
            if product_id not in shown:
                yield Dropped(product_id, "weak_pair")

    def _sensitive(self, anonymous: Question, *, customer: int | None, limit: int) -> Iterator[Dropped]:
        """What somebody unknown would be given and the `customer` is not, for being sensitive."""
        if customer is None or self._ranker.values.sensitive(anonymous.cart) is None:
            return
        rows = np.array(
            self._ranker.rank(anonymous, anonymous.cart.tolist(), max(limit, 0)).rows, dtype=np.int32
        )
        for product_id in self._products.ids(rows[self._ranker.values.sensitive(rows)]):
            yield Dropped(product_id, "sensitive")

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
        return self._ranker.question(self._products.rows(cart), customer)

    def _ids(self, table: str) -> Ids:
        return Ids(**belonging(self.arrays, table))


def load(path: str | os.PathLike[str], *, verify: bool = True) -> Model:
    """The model saved at `path`, memory-mapped. `verify=False` trusts the data's checksum (a quicker start).

    Raises ArtefactError for a file that is foreign, truncated, altered or of another version,
    FileNotFoundError for none.
    """
    read = artefact.read(path, verify=verify)
    try:
        return Model(read.facts, read.arrays, read.version)
    except (LookupError, TypeError, ValueError) as error:
        raise artefact.ArtefactError(f"{path} was made by another version ({error}): train again") from error
