"""Ranking: which products come back, in which order, and which source answers for each."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from recommender.blend import Shape
from recommender.identifiers import Rows
from recommender.settings import Settings
from recommender.sources import Candidates, Question, Scores, Source, summed
from recommender.suggestion import BOUGHT_TOGETHER, CATEGORY, NEXT_BASKET, OWN_PURCHASES, POPULAR

LADDER: tuple[tuple[str, ...], ...] = (
    (OWN_PURCHASES, BOUGHT_TOGETHER),
    (NEXT_BASKET,),
    (CATEGORY,),
    (POPULAR,),
)
"""The steps, best first; the sources of one step are ranked together, a later step only fills what is
left.
"""
AS_IT_IS = Shape(1.0, 0.0)


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
    settings: Settings
    ladder: Sequence[Sequence[str]] = LADDER

    def rank(self, question: Question, left_out: Sequence[int], limit: int) -> Ranked:
        """The best `limit` products for `question`, none of `left_out` among them."""
        ranked = Ranked([], [], [])
        for step in self.ladder:
            if len(ranked.rows) >= limit:
                break
            taken = np.array([*left_out, *ranked.rows], dtype=np.int32)
            self._add_best(ranked, question, step, taken, limit - len(ranked.rows))
        return ranked

    def _add_best(
        self, ranked: Ranked, question: Question, step: Sequence[str], taken: Rows, limit: int
    ) -> None:
        answers = {kind: self._weighed(kind, question, taken) for kind in step}
        heard = {kind: answer for kind, answer in answers.items() if len(answer.rows)}
        if not heard:
            return
        together = _together(list(heard.values()))
        best = _top(together.scores, limit)
        rows = together.rows[best]
        ranked.rows.extend(rows.tolist())
        ranked.scores.extend(together.scores[best].tolist())
        ranked.kinds.extend(_greatest(heard, rows))

    def _weighed(self, kind: str, question: Question, taken: Rows) -> Candidates:
        """What a source contributes: its scores in the blend's shape, what is taken at 0."""
        answer = self.sources[kind].candidates(question)
        if not len(answer.rows):
            return answer
        is_personal = question.customer is not None
        shape = self.settings.blend.shapes(len(question.cart), is_personal=is_personal).get(kind, AS_IT_IS)
        scores = shape.of(answer.scores)
        places = answer.rows.searchsorted(taken)
        scores[places[answer.rows.take(places, mode="clip") == taken]] = 0
        return Candidates(answer.rows, scores)


def _together(answers: Sequence[Candidates]) -> Candidates:
    if len(answers) == 1:
        return answers[0]
    rows = np.concatenate([answer.rows for answer in answers])
    return summed(rows, np.concatenate([answer.scores for answer in answers]))


def _top(scores: Scores, limit: int) -> npt.NDArray[np.int64]:
    """Places of the `limit` greatest scores above 0, greatest first; ties go to the lower place."""
    least = np.partition(scores, -limit)[-limit] if len(scores) > limit else 0
    kept = (scores >= least if least > 0 else scores > 0).nonzero()[0]
    return kept[(-scores[kept]).argsort(kind="stable")][:limit]


def _greatest(answers: Mapping[str, Candidates], rows: Rows) -> list[str]:
    """For each of `rows` the kind of the answer in which it scores most, the first of equals."""
    if len(answers) == 1:
        return [*answers] * len(rows)
    kinds = list(answers)
    parts = np.stack([_scores_of(rows, answer) for answer in answers.values()])
    return [kinds[place] for place in parts.argmax(axis=0).tolist()]


def _scores_of(rows: Rows, answer: Candidates) -> Scores:
    places = answer.rows.searchsorted(rows)
    known = answer.rows.take(places, mode="clip") == rows
    return np.where(known, answer.scores.take(places, mode="clip"), np.float32(0))
