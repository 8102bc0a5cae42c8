"""The science of Encore: orders in, suggestions with their reasons out. This is its face, and all that others
import.
"""

from recommender.artefact import ArtefactError
from recommender.evaluation import (
    Cart,
    Evaluation,
    bestseller_lists,
    bestsellers,
    evaluate,
    held_out_carts,
    hit_rate_ratio_interval,
    places,
)
from recommender.gate import Verdict, judge
from recommender.model import Model, load
from recommender.settings import Settings
from recommender.suggestion import Reason, Suggestion
from recommender.training import train

__all__ = [
    "ArtefactError",
    "Cart",
    "Evaluation",
    "Model",
    "Reason",
    "Settings",
    "Suggestion",
    "Verdict",
    "bestseller_lists",
    "bestsellers",
    "evaluate",
    "held_out_carts",
    "hit_rate_ratio_interval",
    "judge",
    "load",
    "places",
    "train",
]
