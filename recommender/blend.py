"""The blend: what each source's score counts, fitted on a shop's own later orders or, for want of them, as it
was found elsewhere.
"""

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from types import MappingProxyType
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from recommender.reason import BOUGHT_TOGETHER, OWN_PURCHASES
from recommender.trees import Trees

Floats = npt.NDArray[Any]
PairWeights = tuple[float, float, float]
CURVE = 0.3
"""Where the logarithm of a score begins to bend."""
CART_SIZES = (2, 4, 10)
"""Where the classes of carts begin: up to 1 product, 2 to 3, 4 to 9, 10 and more."""


class Shape(NamedTuple):
    """contribution(score) = plain * score + curved * log(1 + score / CURVE); both at least 0."""

    plain: float
    curved: float

    def of(self, scores: Floats) -> Floats:
        """The contribution of each of `scores`, in their dtype."""
        if not self.curved:
            return np.asarray(scores * self.plain)
        bent = np.log1p(scores * (1 / CURVE)) * self.curved
        return np.asarray(bent + scores * self.plain if self.plain else bent)


class Shapes(NamedTuple):
    """What is asked together where the customer is known, one shape each."""

    bought_together: Shape
    own_purchases: Shape


ANONYMOUS = MappingProxyType({BOUGHT_TOGETHER: Shape(0.0, 1.0)})
"""Where no customer is known only pairs speak: no weight of theirs changes what comes first."""
SILENT = Shape(0.0, 0.0)
FOUND_ELSEWHERE = Shapes(Shape(12.0, 40.0), Shape(1.0, 0.0))


@dataclass(frozen=True)
class Blend:
    """The weights of a candidate's score, which is the sum of its sources' contributions.

    `pairs`: RP3beta's, EASE's and habits' in the one table of pairs, where no customer is known and where one
    is; `own`: of each measure of a customer's own purchase (`own_purchases.MEASURES`); `personal`: where the
    customer is known, for each class of cart, see CART_SIZES; `sharpness`: by which a score, without and with
    a customer, is multiplied to be the logarithm of a chance; `trees`: the learned ranker's, likewise, which
    are added to the scores of the best candidates; none where they did not win.
    """

    pairs: tuple[PairWeights, PairWeights] = ((1.0, 1.0, 0.0), (1.0, 1.0, 0.0))
    own: tuple[float, ...] = (0.0, 2.0, 2.0, 6.0, 1.0, 2.0, 2.0)
    personal: tuple[Shapes, ...] = (FOUND_ELSEWHERE,) * 4
    sharpness: tuple[float, float] = (1.0, 0.06)
    trees: tuple[Trees, Trees] = (Trees(), Trees())

    @classmethod
    def of(cls, given: Mapping[str, Any]) -> "Blend":
        """From what JSON makes of one: lists for tuples."""
        personal = tuple(Shapes(*(Shape(*shape) for shape in shapes)) for shapes in given["personal"])
        own, sharpness = (tuple(given[name]) for name in ("own", "sharpness"))
        nobody, somebody = (tuple(each) for each in given["pairs"])
        trees = [Trees.of(each) for each in given.get("trees", ((), ()))]
        return cls((nobody, somebody), own, personal, sharpness, (trees[0], trees[1]))

    def shapes(self, cart_size: int, *, is_personal: bool) -> Mapping[str, Shape]:
        """By kind of source: the shape of its contribution for a cart of so many products."""
        return self._personal[bisect_right(CART_SIZES, cart_size)] if is_personal else ANONYMOUS

    @cached_property
    def _personal(self) -> Sequence[Mapping[str, Shape]]:
        return [dict(zip((BOUGHT_TOGETHER, OWN_PURCHASES), each, strict=True)) for each in self.personal]
