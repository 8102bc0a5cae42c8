"""The gate: whether a newly trained model may be served in place of the last good one."""

from dataclasses import dataclass

import numpy as np

from recommender.evaluation import Evaluation
from recommender.model import Model

LEAST_CARTS = 200


@dataclass(frozen=True)
class Verdict:
    """`publishable`, and in `words` why, for the merchant."""

    publishable: bool
    words: str


def judge(model: Model, evaluation: Evaluation) -> Verdict:
    """A model may be served if it knows products, all its numbers are finite, and it beats bestsellers.

    `evaluation`: of the same orders. With fewer than 200 test carts nobody can tell, and the model is let
    through.
    """
    if not model.figures["n_orders"] or not model.figures["n_products"]:
        return Verdict(False, "The model knows no orders: import some first.")
    if not _is_finite(model):
        return Verdict(
            False, "The model holds a number that is not finite: keep the last one and report this."
        )
    if (
        evaluation.n_carts < LEAST_CARTS
        or evaluation.hit_rate is None
        or evaluation.bestsellers_hit_rate is None
    ):
        return Verdict(
            True, f"Too few orders to judge ({evaluation.n_carts} test carts, {LEAST_CARTS} needed)."
        )
    compared = (
        f"{evaluation.hit_rate:.1%} of the latest carts, bestsellers {evaluation.bestsellers_hit_rate:.1%}"
    )
    if evaluation.hit_rate > evaluation.bestsellers_hit_rate:
        return Verdict(True, f"The model finds the missing product of {compared}.")
    return Verdict(
        False, f"The model is no better than bestsellers: it finds the missing product of {compared}."
    )


def _is_finite(model: Model) -> bool:
    return all(np.isfinite(array).all() for array in model.arrays.values() if array.dtype.kind == "f")
