"""Reranking: the learned ranker's trees, fitted on the best candidates of later carts, kept only where they
win.
"""

from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from recommender import values
from recommender.blend import Blend
from recommender.boosting import boosted
from recommender.features import FEATURES, Features
from recommender.history import History
from recommender.lists import Lists, is_sure
from recommender.ranking import Ranker
from recommender.settings import Settings
from recommender.sources import Tables, row_starts
from recommender.sources.copurchase import Copurchase, packed
from recommender.sources.own_purchases import OwnPurchases
from recommender.sources.pairs import Pairs
from recommender.sources.popular import Popular, PopularInCategory
from recommender.trees import Correction, Trees
from recommender.validation import Carts

N_TREES = (10, 20, 40)
"""So many trees are tried: few lists are learnt by heart by many."""
LEAST_LISTS = 100
"""So many carts with a right answer among their best candidates it takes on either half."""

Scores = npt.NDArray[np.floating[Any]]


def with_trees(blend: Blend, known: History, pairs: Pairs, asked: Carts, settings: Settings) -> Blend:
    """`blend` with trees that put its best candidates right, once for carts alone and once for known
    customers; without where, fitted on one half of the carts `asked`, they do not surely find more in the
    other.

    The trees look at what the ranker itself sees when it is asked (recommender.features): `known` is all that
    it has learnt from, `pairs` what is measured of it.
    """
    ranker = _ranker(known, pairs, replace(settings, blend=blend))
    nobody, somebody = (_lists(ranker, asked, is_personal=each) for each in (False, True))
    trees = _winning(nobody, blend.sharpness[0]), _winning(somebody, blend.sharpness[1])
    return replace(blend, trees=trees)


def _ranker(known: History, pairs: Pairs, settings: Settings) -> Ranker:
    arrays = {each.kind: each.fit(known, settings) for each in (OwnPurchases, Popular, PopularInCategory)}
    arrays[Copurchase.kind] = packed(pairs, known, settings)
    tables = Tables(known.products, known.categories)
    of_all = (OwnPurchases, Popular, PopularInCategory, Copurchase)
    sources = {each.kind: each(arrays[each.kind], tables, settings) for each in of_all}
    told = values.fit(known, pl.DataFrame(), replace(settings, objective="hits"))
    return Ranker(sources, settings, values.Values(told, settings.blend), Features(sources))


def _lists(ranker: Ranker, asked: Carts, *, is_personal: bool) -> Lists:
    """The features of the best candidates of each cart that has the right answer among them."""
    looked_at: list[npt.NDArray[np.float32]] = []
    held_out: list[int] = []
    carts: list[int] = []
    for n in np.flatnonzero(asked.customer >= 0) if is_personal else range(len(asked)):
        cart = asked.rows[asked.starts[n] : asked.starts[n + 1]]
        question = ranker.question(cart, int(asked.customer[n]) if is_personal else None)
        best, found = ranker.shortlist(question)
        place = np.flatnonzero(best.rows == asked.held_out[n])
        if len(place):
            looked_at.append(found.T)
            held_out.append(int(place[0]))
            carts.append(int(n))
    starts = row_starts(np.array([len(each) for each in looked_at], dtype=np.int64))
    measured = np.concatenate(looked_at) if looked_at else np.zeros((0, 0), np.float32)
    return Lists(
        measured, starts, starts[:-1] + np.array(held_out, dtype=np.int64), np.array(carts, dtype=np.int64)
    )


def _winning(lists: Lists, sharpness: float) -> Trees:
    """As many trees as find most where they were not fitted; none where that is not surely more."""
    is_even = lists.cart % 2 == 0
    halves = [lists.some(chosen) for chosen in (is_even, ~is_even)] if len(lists.cart) else []
    if not halves or min(len(half.cart) for half in halves) < LEAST_LISTS:
        return Trees()
    judged = [(_fitted(one, sharpness), other) for one, other in (halves, halves[::-1])]
    more = {n: np.concatenate([_gained(trees.first(n), other) for trees, other in judged]) for n in N_TREES}
    best = max(N_TREES, key=lambda n: more[n].mean())
    return _fitted(lists, sharpness).first(best) if is_sure(more[best]) else Trees()


def _fitted(lists: Lists, sharpness: float) -> Trees:
    return boosted(lists, _scores(lists) * sharpness, max(N_TREES)).times(1 / sharpness)


def _gained(trees: Trees, lists: Lists) -> npt.NDArray[np.float64]:
    scores = _scores(lists)
    least = np.repeat(np.minimum.reduceat(scores, lists.starts[:-1]), np.diff(lists.starts))
    corrected = np.maximum(scores + Correction(trees).of(lists.measured.T), least)  # as the ranker does
    return lists.gains_of(corrected) - lists.gains_of(scores)


def _scores(lists: Lists) -> Scores:
    return lists.measured[:, FEATURES.index("score")]
