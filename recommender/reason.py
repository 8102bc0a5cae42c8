"""Reasons: why a product is suggested, in facts that can be checked; one kind for each source, and `habit`
for pairs that nothing may be told of.
"""

from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType
from typing import NamedTuple

OWN_PURCHASES = "own_purchases"
BOUGHT_TOGETHER = "bought_together"
HABIT = "habit"
NEXT_BASKET = "next_basket"
CATEGORY = "category"
POPULAR = "popular"
LIKENESS = "likeness"
COMPLEMENT = "complement"
MOVED_UP = "moved_up"
CHOSEN_OVER = "chosen_over"

Evidence = Mapping[str, int | str | datetime | None]


class Reason(NamedTuple):
    """Why a product is suggested, in facts that can be checked.

    `kind` is that of the source that ranked the product; where two did, of the one that added more to its
    score. `evidence` speaks of unweighted counts up to the model's `as_of`:
    - own_purchases: `orders` of this customer that hold the product, `last_bought_at` (UTC, None if unknown);
      where the customer buys it in a rhythm, `usual_gap_days` and whether it is `due`
    - bought_together: `product_id` is the cart product that speaks most for it; `orders_with_both`,
      `orders_with_cart_product`, `customers` who bought both in one order (never fewer than 3)
    - habit: nothing; that it goes with the cart
    - next_basket: `customers`, of those most like this one, who bought the product (never fewer than 3)
    - category: `category`, one that a cart product has too
    - likeness: `product_id` is the better known product that it is like; `words` that the titles or tags of
      both hold (by a space; None: none), `category`, the narrowest that both are in (None: none)
    - complement: `product_id` is the cart product beside which the shop itself wants it; `place` it has among
      that product's complements
    - moved_up: `product_id` is the product that `customers` (never fewer than 3) had bought before this one,
      with which they stayed; `kept_percent` of its buyers returned none of it, rounded down
    - chosen_over: likewise, of `customers` who viewed both before they ordered this one
    - popular: `orders` that held it in the last `days` days (`days` None: ever, for want of dates)
    """

    kind: str
    product_id: str | None = None
    evidence: Evidence = MappingProxyType({})
