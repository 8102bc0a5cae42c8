"""What a model answers: suggestions, each with the reason that is true of it."""

from typing import NamedTuple

from recommender.grading import grade
from recommender.reason import Reason


class Suggestion(NamedTuple):
    """One product with its reason. Scores can be compared within one list only, and there among what one step
    of the ladder (see recommender.ranking) gave: each step has a measure of its own, and a later one may
    score more. Within a step they fall along the list, unless `diversity` mixes it: it changes the order and
    not the scores. `orders_share`: the share of all orders that hold the product, 0 to 1.
    """

    product_id: str
    score: float
    reason: Reason
    orders_share: float

    @property
    def grade(self) -> str:
        """How sure it is, "A" to "D", see recommender.grading; worked out where it is asked for, which no
        shopper's page does.
        """
        return grade(self.reason, self.orders_share)
