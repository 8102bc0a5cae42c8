"""Ranking: which products come back, in which order, and which source answers for each."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from recommender.identifiers import Rows
from recommender.settings import Settings
from recommender.sources import Candidates, Question, Source
from recommender.suggestion import BOUGHT_TOGETHER, CATEGORY, OWN_PURCHASES, POPULAR

LADDER: tuple[tuple[str, ...], ...] = ((OWN_PURCHASES, BOUGHT_TOGETHER), (CATEGORY,), (POPULAR,))
"""The steps, best first; the sources of one step are ranked together, a later step only fills what is
left.
"""


@dataclass(frozen=True)
class Ranked:
    """Products best first: `rows` and `scores`, and the `kinds` of the sources that speak most for each."""

    rows: list[int]
    scores: list[float]
    kinds: list[str]


@dataclass(frozen=True)
class Ranker:
    """The sources of one model, asked in the order of LADDER."""

    sources: Mapping[str, Source]
    n_products: int
    settings: Settings
    ladder: Sequence[Sequence[str]] = LADDER

    def rank(self, question: Question, left_out: Sequence[int], limit: int) -> Ranked:
        """The best `limit` products for `question`, none of `left_out` among them."""
        ranked = Ranked([], [], [])
        for step in self.ladder:
            if len(ranked.rows) >= limit:
                break
            answers = [self.sources[kind].candidates(question) for kind in step]
            self._add_best(ranked, step, answers, [*left_out, *ranked.rows], limit - len(ranked.rows))
        return ranked

    def _add_best(
        self, ranked: Ranked, step: Sequence[str], answers: Sequence[Candidates], taken: list[int], limit: int
    ) -> None:
        rows = np.concatenate([answer.rows for answer in answers])
        places = self._places(rows, taken)
        parts = _parts(answers, places, [self._weight(kind) for kind in step])
        total = parts.sum(axis=0)
        free = np.flatnonzero((places == np.arange(len(rows))) & (total > 0))
        best = free[_top(total[free], rows[free], limit)]
        ranked.rows.extend(rows[best].tolist())
        ranked.scores.extend(total[best].tolist())
        ranked.kinds.extend(step[each] for each in parts[:, best].argmax(axis=0).tolist())

    def _places(self, rows: Rows, taken: list[int]) -> npt.NDArray[np.int64]:
        """For each entry the one entry that stands for its row, len(rows) for a taken row: no sorting, few
        steps.
        """
        slots = np.empty(self.n_products, dtype=np.int64)
        slots[rows] = np.arange(len(rows))
        slots[taken] = len(rows)
        return slots[rows]

    def _weight(self, kind: str) -> float:
        return self.settings.own_weight if kind == OWN_PURCHASES else 1.0


def _parts(
    answers: Sequence[Candidates], places: npt.NDArray[np.int64], weights: Sequence[float]
) -> npt.NDArray[np.float64]:
    """What each answer adds to each entry's score: its sums scaled so that its best product has the answer's
    weight.
    """
    parts, begin = np.zeros((len(answers), len(places))), 0
    for part, answer, weight in zip(parts, answers, weights, strict=True):
        own = places[begin : begin + len(answer.rows)]
        begin += len(answer.rows)
        sums = np.bincount(own, weights=answer.scores, minlength=len(places) + 1)[:-1]
        greatest = sums.max(initial=0.0)
        if greatest > 0:
            np.multiply(sums, weight / greatest, out=part)
    return parts


def _top(scores: npt.NDArray[np.float64], rows: Rows, limit: int) -> npt.NDArray[np.int64]:
    """Places of the `limit` greatest scores, greatest first; ties go to the lower row."""
    if len(scores) > limit:
        least = np.partition(scores, len(scores) - limit)[len(scores) - limit]
        kept = np.flatnonzero(scores >= least)
    else:
        kept = np.arange(len(scores))
    return kept[np.lexsort((rows[kept], -scores[kept]))][:limit]
