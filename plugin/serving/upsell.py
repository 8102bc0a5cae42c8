"""Upsells: of what the model knows to be better, or bought beside, what the merchant's bounds allow."""

from typing import TYPE_CHECKING

from plugin.serving.request import SlateRequest
from recommender import Model, Suggestion

if TYPE_CHECKING:
    from plugin.serving.candidates import Candidate
    from plugin.serving.live import LiveShop

ASKED = 60
"""So many candidates of each kind are looked at."""
LIMIT = 1
MOST_REFUSED = 1
"""After one refusal a cheaper one may come; after the second nothing does."""
BETTER = ("moved_up", "chosen_over")
_ADD_ONS = ("bought_together", "complement")


def suggestions(model: Model, product_id: str, limit: int) -> list[Suggestion]:
    """Better versions of a product, then what is bought with it; prices are not looked at."""
    beside = model.recommend([product_id], limit=limit)
    return [*model.upsells(product_id, limit), *(each for each in beside if each.reason.kind in _ADD_ONS)]


def rule(live: "LiveShop", asked: SlateRequest, candidate: "Candidate") -> str | None:
    """The word for what keeps `candidate` from being shown beside the product in view; None: nothing."""
    in_view, item = (live.catalogue.get(each) for each in (asked.product_ids[0], candidate.product_id))
    if in_view is None or item is None or in_view.price_minor is None or item.price_minor is None:
        return "no_one_price"
    if _is_refused(live, asked, candidate.product_id, item.price_minor):
        return "refused"
    if not live.shop.settings.no_upsell_categories.isdisjoint((*in_view.categories, *item.categories)):
        return "no_upsell"
    share, bounds = item.price_minor / max(in_view.price_minor, 1), live.shop.settings.upsells
    is_better = candidate.kind in BETTER
    low, high = (bounds.least_share, bounds.greatest_share) if is_better else (0, bounds.add_on_share)
    return None if low <= share <= high else "price_step"


def told(live: "LiveShop", asked: SlateRequest, candidate: "Candidate") -> str:
    """What an upsell's entry says beyond any other's, as JSON: `more_minor`, how much dearer a better version
    is than the product in view (null: an add-on, which comes beside it), and `silence_days` after a refusal.
    """
    in_view, item = (
        live.catalogue[each].price_minor for each in (asked.product_ids[0], candidate.product_id)
    )
    more = "null" if candidate.kind not in BETTER else f"{(item or 0) - (in_view or 0)}"
    return f',"more_minor":{more},"silence_days":{live.shop.settings.offers.silence_days}'


def _is_refused(live: "LiveShop", asked: SlateRequest, product_id: str, price_minor: int) -> bool:
    """It, or something no dearer, was refused; or enough was."""
    if len(asked.refused) > MOST_REFUSED or product_id in asked.refused:
        return True
    refused = (live.catalogue.get(each) for each in asked.refused)
    return any(item is not None and price_minor >= (item.price_minor or 0) for item in refused)
