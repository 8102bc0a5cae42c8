"""The science of Encore: orders in, suggestions with their reasons out. This is its face, and all that others
import; but how an evaluation is shown stands in `recommender.evaluation`, and others' models in
`recommender.peers`.
"""

from recommender.artefact import ArtefactError
from recommender.bundles import Bundle
from recommender.changes import ListChanges, list_changes
from recommender.evaluation import (
    Cart,
    Evaluation,
    Recommender,
    bestseller_lists,
    bestsellers,
    evaluate,
    held_out_carts,
    hit_rate_ratio_interval,
    measured,
    places,
)
from recommender.explanation import Dropped, Explained, Explanation
from recommender.gate import Comparison, Live, Trial, Verdict, compared, judge, unsound
from recommender.model import Model, load
from recommender.reason import Reason
from recommender.settings import Settings
from recommender.suggestion import Suggestion
from recommender.training import train

__all__ = [
    "ArtefactError",
    "Bundle",
    "Cart",
    "Comparison",
    "Dropped",
    "Evaluation",
    "Explained",
    "Explanation",
    "ListChanges",
    "Live",
    "Model",
    "Reason",
    "Recommender",
    "Settings",
    "Suggestion",
    "Trial",
    "Verdict",
    "bestseller_lists",
    "bestsellers",
    "compared",
    "evaluate",
    "held_out_carts",
    "hit_rate_ratio_interval",
    "judge",
    "list_changes",
    "load",
    "measured",
    "places",
    "train",
    "unsound",
]
