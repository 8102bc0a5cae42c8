"""Likeness: products that few have bought yet, brought in by better known ones of their kind."""

from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt
import polars as pl

from recommender.alike import few_bought, is_new, most_alike, newest, vectors
from recommender.history import History, places
from recommender.identifiers import Ids, Rows
from recommender.reason import LIKENESS, Reason
from recommender.settings import Settings
from recommender.sources import (
    NOTHING,
    Arrays,
    Candidates,
    Question,
    Scores,
    Slices,
    Tables,
    parts,
    row_starts,
)
from recommender.substitutes import substitutes
from recommender.words import CATEGORY_MARK, tokens

LIKES = 10
"""Of so many better known products one is said to be like."""
BESIDE = 3
"""So many newcomers may stand beside one that they are like."""

Fitted = dict[str, npt.NDArray[Any]]


class Likeness:
    """likeness(n, j) = cosine of their tokens, each weighing log(1 + products / products that hold it).

    TF-IDF after Salton and Buckley (1988): a narrow category is held by few, and weighs more than a wide one.
    A product that fewer than `few_customers` customers bought is compared with all others, and its best
    of at least `least_likeness` are kept. A newcomer among them, never sold or in its first `newcomer_days`,
    is suggested where its likes are:

        score(n) = max over the products j found so far of likeness(n, j) * score(j)

    so that it stands beside what it could replace, and never before it: a new mug goes where mugs go.
    """

    kind: ClassVar[str] = LIKENESS

    @staticmethod
    def fit(history: History, settings: Settings) -> Fitted:
        """Tokens: `offsets`, `letters` (as Ids has them) and `weights`; CSR products by tokens: `starts`,
        `words`. `known`: which products many bought. `few`: the newest of the others, ascending, and `is_new`
        of each; CSR over these, best first: `like_starts`, `likes`, `likeness`. CSRs over all products:
        `new_starts`, `newcomers`, `new_likeness`; `similar_starts`, `similar`, `similar_scores` (see
        recommender.substitutes).
        """
        said, n = tokens(history.catalogue), len(history.products)
        vocabulary = Ids.of(said["token"].unique())
        word = places(said["token"], pl.Series(vocabulary.all(), dtype=pl.String))
        n_words = np.bincount(said["product"].to_numpy(), minlength=n)
        is_few = few_bought(history, settings)
        few = newest(history, is_few & (n_words > 0))
        holders = np.bincount(word, minlength=len(vocabulary))
        arrays: Fitted = {
            "offsets": vocabulary.offsets,
            "letters": vocabulary.letters,
            "weights": np.log1p(n / np.maximum(holders, 1)).astype(np.float32),
            "starts": row_starts(n_words),
            "words": word.astype(np.min_scalar_type(len(vocabulary))),
            "known": ~is_few,
            "few": few,
            "is_new": is_new(history, settings)[few],
        }
        similar = substitutes(history, vectors(arrays), ~is_few, settings)
        arrays |= _likes(arrays, few, settings)
        instead: Fitted = {
            "similar_starts": similar.indptr.astype(np.int64),
            "similar": similar.indices.astype(np.int32),
            "similar_scores": similar.data,
        }
        return arrays | instead | _beside(arrays)

    @staticmethod
    def grown(arrays: Arrays, said: pl.DataFrame, settings: Settings) -> Fitted:
        """The arrays of `fit` with the products of `said`, none of them known, as newcomers at the rows after
        the last, in the order of `said` (CATALOGUE of recommender.frames). Words never met say nothing.
        """
        met, n = tokens(said), len(arrays["starts"]) - 1
        vocabulary = Ids(arrays["offsets"], arrays["letters"])
        rows = [(product, vocabulary.row(token)) for product, token in met.iter_rows()]
        known = np.array([pair for pair in rows if pair[1] is not None], dtype=np.int64).reshape(-1, 2)
        counts = np.bincount(known[:, 0], minlength=len(said))
        added = (n + counts.nonzero()[0]).astype(np.int32)
        larger = dict(arrays) | {
            "starts": np.concatenate([arrays["starts"], arrays["starts"][-1] + row_starts(counts)[1:]]),
            "words": np.concatenate([arrays["words"], known[:, 1].astype(arrays["words"].dtype)]),
            "known": np.concatenate([arrays["known"], np.zeros(len(said), dtype=bool)]),
            "few": np.concatenate([arrays["few"], added]),
            "is_new": np.concatenate([arrays["is_new"], np.ones(len(added), dtype=bool)]),
        }
        theirs = _likes(larger, added, settings)
        last = arrays["like_starts"][-1]
        larger["like_starts"] = np.concatenate([arrays["like_starts"], last + theirs["like_starts"][1:]])
        for name in ("likes", "likeness"):
            larger[name] = np.concatenate([arrays[name], theirs[name]])
        return larger | _beside(larger)

    def __init__(self, arrays: Arrays, tables: Tables, settings: Settings) -> None:
        self._products, self._vocabulary = tables.products, Ids(arrays["offsets"], arrays["letters"])
        self._said, self._words, self._weights = Slices(arrays["starts"]), arrays["words"], arrays["weights"]
        self._few, self._held = arrays["few"], Slices(arrays["like_starts"])
        self._likes, self._likeness = arrays["likes"], arrays["likeness"]
        self._starts, self._beside = arrays["new_starts"], Slices(arrays["new_starts"])
        self._instead, self._n_similar = Slices(arrays["similar_starts"]), len(arrays["similar_starts"]) - 1
        self._similar, self._similar_scores = arrays["similar"], arrays["similar_scores"]
        self._newcomers, self._new_likeness = arrays["newcomers"], arrays["new_likeness"]

    def candidates(self, question: Question) -> Candidates:
        """The newcomers that are like what was found so far, and not among it; where nothing was, what the
        cart's products of few customers are like.
        """
        if len(question.found.rows):
            return self._like_found(question.found)
        places = self._places(question.cart)
        held = [self._held[place] for place in places.tolist()]
        return _best_of_each(parts(self._likes, held), parts(self._likeness, held))

    def similar(self, row: int) -> Candidates:
        """What is bought instead of the product at `row`; where too few bought it, what it is like."""
        if len(self._places(np.array([row], dtype=np.int32))) or row >= self._n_similar:
            return self.candidates(Question(np.array([row], dtype=np.int32)))
        held = self._instead[row]
        return Candidates(self._similar[held], self._similar_scores[held])

    def reasons(self, question: Question, rows: Rows) -> list[Reason]:
        """The product that speaks most for each row, and what the two have in common."""
        if len(question.found.rows):
            return [self.reason(row, self._speaker(row, question.found)) for row in rows.tolist()]
        return [self.reason(row, self._asker(row, question.cart)) for row in rows.tolist()]

    def _like_found(self, found: Candidates) -> Candidates:
        counts = self._starts[found.rows + 1] - self._starts[found.rows]
        heard = counts.nonzero()[0]
        if not len(heard):
            return NOTHING
        held = self._beside.of(found.rows[heard])
        likeness = np.concatenate(parts(self._new_likeness, held))
        scores = likeness * np.repeat(found.scores[heard], counts[heard])
        every = _best_of_each(parts(self._newcomers, held), [scores])
        is_more = found.rows.take(found.rows.searchsorted(every.rows), mode="clip") != every.rows
        return Candidates(every.rows[is_more], every.scores[is_more])

    def _places(self, rows: Rows) -> npt.NDArray[np.int64]:
        """The places in `few` of those of `rows` that stand there."""
        found = self._few.searchsorted(rows)
        return found[self._few.take(found, mode="clip") == rows] if len(self._few) else found[:0]

    def _speaker(self, row: int, found: Candidates) -> int:
        held = self._held[int(self._few.searchsorted(row))]
        likes = self._likes[held]
        met = found.rows.searchsorted(likes)
        its = np.where(found.rows.take(met, mode="clip") == likes, found.scores.take(met, mode="clip"), 0)
        return int(likes[(its * self._likeness[held]).argmax()])

    def _asker(self, row: int, cart: Rows) -> int:
        asked = self._places(cart)
        scores = [
            self._likeness[held][self._likes[held] == row].sum()
            for held in map(self._held.__getitem__, asked)
        ]
        return int(self._few[asked[int(np.argmax(scores))]])

    def reason(self, row: int, other: int) -> Reason:
        """That `row` is suggested for being like `other`, with what the two have in common."""
        shared = np.intersect1d(self._words[self._said[row]], self._words[self._said[other]])
        # The most telling first, so that the narrowest category is the first of them.
        told = self._vocabulary.ids(shared[(-self._weights[shared]).argsort(kind="stable")])
        words = " ".join(each for each in told if not each.startswith(CATEGORY_MARK)) or None
        category = next((each[1:] for each in told if each.startswith(CATEGORY_MARK)), None)
        return Reason(self.kind, self._products.id(other), {"words": words, "category": category})


def _likes(arrays: Arrays, asked: Rows, settings: Settings) -> Fitted:
    """CSR over `asked`: the LIKES known products that each is most like, best first."""
    found = most_alike(vectors(arrays), arrays["known"], asked, settings.least_likeness, LIKES)
    return {
        "like_starts": found.indptr.astype(np.int64),
        "likes": found.indices.astype(np.int32),
        "likeness": found.data,
    }


def _beside(arrays: Arrays) -> Fitted:
    """CSR over all products: the BESIDE newcomers most like each, by row."""
    n, few = len(arrays["starts"]) - 1, arrays["few"]
    place = np.repeat(np.arange(len(few)), np.diff(arrays["like_starts"]))
    new = arrays["is_new"][place]
    newcomer, other, likeness = few[place[new]], arrays["likes"][new], arrays["likeness"][new]
    order = np.lexsort((newcomer, -likeness, other))
    counts = np.bincount(other, minlength=n)
    rank = np.arange(len(order)) - row_starts(counts)[other[order]]
    kept = np.sort(order[rank < BESIDE])
    kept = kept[np.lexsort((newcomer[kept], other[kept]))]
    return {
        "new_starts": row_starts(np.minimum(counts, BESIDE)),
        "newcomers": newcomer[kept].astype(np.int32),
        "new_likeness": likeness[kept],
    }


def _best_of_each(rows: list[Rows], scores: list[Scores]) -> Candidates:
    """Each row once, with its greatest score."""
    if not rows:
        return NOTHING
    every = np.concatenate(rows)
    order = every.argsort(kind="stable")
    ascending = every[order]
    firsts = np.diff(ascending, prepend=-1).nonzero()[0]
    best = np.maximum.reduceat(np.concatenate(scores)[order], firsts) if len(firsts) else NOTHING.scores
    return Candidates(ascending[firsts], best.astype(np.float32))
