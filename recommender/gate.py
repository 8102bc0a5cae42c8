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
    """A model may be served if it knows products, its numbers are finite, and it is not worse than
    bestsellers.

    `evaluation`: of the same orders. With fewer than 200 test carts nobody can tell, and the model is let
    through; likewise where it may by chance have hit less often than bestsellers (the ratio's interval holds
    1).
    """
    if not model.figures["n_orders"] or not model.figures["n_products"]:
        return Verdict(False, "The model knows no orders: import some first.")
    if not _is_finite(model):
        return Verdict(
            False, "The model holds a number that is not finite: keep the last one and report this."
        )
    if evaluation.n_carts < LEAST_CARTS or evaluation.ratio is None or evaluation.ratio_interval is None:
        return Verdict(
            True, f"Too few orders to judge ({evaluation.n_carts} test carts, {LEAST_CARTS} needed)."
        )
    compared = f"finds the missing product of {_shares(evaluation)}"
    if evaluation.ratio > 1:
        return Verdict(True, f"The model {compared}.")
    if evaluation.ratio_interval[1] >= 1:
        return Verdict(True, f"The model cannot be told apart from bestsellers: it {compared}.")
    return Verdict(False, f"The model is worse than bestsellers: it {compared}.")


def _shares(evaluation: Evaluation) -> str:
    return (
        f"{evaluation.hit_rate:.1%} of the latest carts, bestsellers of {evaluation.bestsellers_hit_rate:.1%}"
    )


def _is_finite(model: Model) -> bool:
    return all(np.isfinite(array).all() for array in model.arrays.values() if array.dtype.kind == "f")
