"""Features: what the learned ranker looks at of the best candidates."""

from collections.abc import Mapping
from typing import Any, cast

import numpy as np
import numpy.typing as npt

from recommender.identifiers import Rows
from recommender.reason import BOUGHT_TOGETHER, CATEGORY, OWN_PURCHASES, POPULAR
from recommender.sources import NOTHING, Candidates, Question, Source
from recommender.sources.own_purchases import OwnPurchases
from recommender.sources.popular import Popular, PopularInCategory

FEATURES = (
    "place",
    "score",
    "cart_size",
    "orders",
    "recent_orders",
    "shares_category",
    "pairs",
    "bought_together",
    "own_orders",
    "own_lately",
    "bought_again",
    "own_products",
)
"""In the order of their numbers; where no customer is known only the first N_ANONYMOUS."""
N_ANONYMOUS = 7


class Features:
    """Looks candidates up."""

    def __init__(self, sources: Mapping[str, Source]) -> None:
        popular = cast(Popular, sources[POPULAR])
        self._counts = popular.orders, popular.recent_orders
        self._narrowest = cast(PopularInCategory, sources[CATEGORY]).narrowest()
        self._own = cast(OwnPurchases, sources[OWN_PURCHASES])

    def of(
        self, question: Question, heard: Mapping[str, Candidates], best: Candidates
    ) -> npt.NDArray[np.float32]:
        """Of the `best` candidates, which come best first (float32, FEATURES by candidates); `heard`: what
        each source contributed to their scores.
        """
        rows, customer = best.rows, question.customer
        found = np.empty((N_ANONYMOUS if customer is None else len(FEATURES), len(rows)), dtype=np.float32)
        found[0] = np.arange(len(rows))
        found[1] = best.scores
        found[2] = len(question.cart)
        found[3], found[4] = (counts.take(rows, mode="clip") for counts in self._counts)
        found[5] = self._shares_category(question.cart, rows)
        pairs, together = _pairs(rows, heard.get(BOUGHT_TOGETHER, NOTHING))
        found[6] = pairs
        if customer is not None:
            found[7] = together
            found[8:] = self._own.told(customer, rows)
        return found

    def _shares_category(self, cart: Rows, rows: Rows) -> npt.NDArray[np.bool_]:
        """Which of `rows` are of the narrowest category of a product of `cart`."""
        held = self._narrowest.take(cart, mode="clip")
        is_shared = self._narrowest.take(rows, mode="clip") == held[held >= 0][:, None]
        return np.asarray(np.logical_or.reduce(is_shared))  # any() takes thrice as long for so few


def _pairs(rows: Rows, together: Candidates) -> tuple[npt.NDArray[Any] | int, npt.NDArray[Any] | int]:
    """Of how many pairs with the cart each of `rows` is, and what they count."""
    if together.parts is None:
        return 0, 0
    places = together.rows.searchsorted(rows)
    is_paired = together.rows.take(places, mode="clip") == rows
    counts, scores = (each.take(places, mode="clip") for each in (together.parts, together.scores))
    return counts * is_paired, scores * is_paired
