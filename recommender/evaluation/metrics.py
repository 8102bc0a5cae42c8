"""The metrics: one figure for each cart, so that means and intervals are taken of all in one place."""

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt

from recommender.evaluation.carts import Cart

Figures = npt.NDArray[np.float64]
Lists = Sequence[Sequence[str]]


def places(carts: Sequence[Cart], answers: Lists) -> npt.NDArray[np.int64]:
    """For each cart the place (1 is the first) of its held-out product in its answer, 0 where it is not
    there.
    """
    found = (
        list(answer).index(cart.held_out_id) + 1 if cart.held_out_id in answer else 0
        for cart, answer in zip(carts, answers, strict=True)
    )
    return np.fromiter(found, dtype=np.int64, count=len(carts))


def hits(places: npt.NDArray[np.int64]) -> Figures:
    """1 where the held-out product was found, else 0. Their mean is the hit rate."""
    return (places > 0).astype(np.float64)


def gains(places: npt.NDArray[np.int64]) -> Figures:
    """1 / log2(1 + place), 0 where not found: NDCG where one product is to be found (Järvelin and Kekäläinen
    2002).
    """
    return np.where(places > 0, 1 / np.log2(1 + np.maximum(places, 1)), 0.0)


def reciprocal_ranks(places: npt.NDArray[np.int64]) -> Figures:
    """1 / place, 0 where not found. Their mean is the MRR."""
    return np.where(places > 0, 1 / np.maximum(places, 1), 0.0)


def recalls(carts: Sequence[Cart], answers: Lists, k: int) -> Figures:
    """Of all that an order held beyond its cart (the product held out, and those beyond the eleventh) the
    share that is in the answer; of more than `k` products, `k` are all. Orders of up to eleven products: the
    same as `hits`.
    """
    found = np.empty(len(carts))
    for place, (cart, answer) in enumerate(zip(carts, answers, strict=True)):
        wanted = {cart.held_out_id, *cart.rest_ids}
        found[place] = len(wanted.intersection(answer)) / min(k, len(wanted))
    return found


def novelties(answers: Lists, orders: Mapping[str, int], n_orders: int) -> Figures:
    """The mean self-information of an answer's products in bits, log2(n_orders / orders of the product): 0
    for what stands in every order, 10 for what stands in one of 1,024 (Zhou et al. 2010). A product of no
    order counts as one of one order. NaN for an empty answer.
    """
    bits = {product_id: float(np.log2(n_orders / count)) for product_id, count in orders.items()}
    most = float(np.log2(max(n_orders, 1)))
    told = [[bits.get(each, most) for each in answer] for answer in answers]
    return np.array([sum(each) / len(each) if each else np.nan for each in told])
