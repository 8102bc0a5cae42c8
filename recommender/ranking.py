"""Ranking: which products come back, in which order, and which source answers for each."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, cast

import numpy as np
import numpy.typing as npt

from recommender.blend import SILENT, Shape
from recommender.identifiers import Rows
from recommender.settings import Settings
from recommender.sources import NOTHING, Candidates, Question, Scores, Source, summed
from recommender.sources.own_purchases import OwnPurchases
from recommender.suggestion import (
    BOUGHT_TOGETHER,
    CATEGORY,
    COMPLEMENT,
    LIKENESS,
    NEAREST_ORDERS,
    NEXT_BASKET,
    OWN_PURCHASES,
    POPULAR,
)
from recommender.values import Values

LADDER: tuple[tuple[str, ...], ...] = (
    (COMPLEMENT,),
    (OWN_PURCHASES, BOUGHT_TOGETHER, NEAREST_ORDERS),
    (LIKENESS,),
    (NEXT_BASKET,),
    (CATEGORY,),
    (POPULAR,),
)
"""The steps, best first; the sources of one step are ranked together, a later step only fills what is
left. Likeness is asked about all that the step before it found: newcomers have no orders yet that could show
that they are better than what is known.
"""
AS_IT_IS = Shape(1.0, 0.0)
QUIETEST = np.finfo(np.float32).tiny


@dataclass
class Ranked:
    """Products best first: `rows` and `scores`, the `kinds` of the sources that speak most for each; `found`:
    what likeness was asked about.
    """

    rows: list[int]
    scores: list[float]
    kinds: list[str]
    found: Candidates = NOTHING


@dataclass(frozen=True)
class Ranker:
    """The sources of one model, asked in the order of LADDER."""

    sources: Mapping[str, Source]
    settings: Settings
    values: Values
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

    def contributions(self, question: Question, row: int) -> dict[str, float]:
        """What each source of the first step that knows `row` adds to its score."""
        for step in self.ladder:
            heard, together = self._heard(question, step, NOTHING.rows)
            if BOUGHT_TOGETHER in step:
                question = replace(question, found=together)
            found = {kind: float(_scores_of(np.array([row]), answer)[0]) for kind, answer in heard.items()}
            if any(found.values()):
                return {kind: score for kind, score in found.items() if score}
        return {}

    def _add_best(
        self, ranked: Ranked, question: Question, step: Sequence[str], taken: Rows, limit: int
    ) -> None:
        if LIKENESS in step:
            question = replace(question, found=ranked.found)
        heard, together = self._heard(question, step, taken)
        if BOUGHT_TOGETHER in step:
            ranked.found = together
        if not heard:
            return
        scores = self.values.of(together, is_personal=question.customer is not None)
        diversity = self.settings.diversity
        best = _top(scores, len(scores) if diversity else limit)
        if diversity:
            best = best[self.values.mixed(together.rows[best], scores[best], diversity, limit)]
        rows = together.rows[best]
        ranked.rows.extend(rows.tolist())
        ranked.scores.extend(scores[best].tolist())
        ranked.kinds.extend(_greatest(heard, rows))

    def _heard(
        self, question: Question, step: Sequence[str], taken: Rows
    ) -> tuple[dict[str, Candidates], Candidates]:
        """The answers of a step's sources that have one, and their sum."""
        answers = {kind: self._weighed(kind, question, taken) for kind in step}
        heard = {kind: answer for kind, answer in answers.items() if len(answer.rows)}
        return heard, _together(list(heard.values())) if heard else NOTHING

    def _weighed(self, kind: str, question: Question, taken: Rows) -> Candidates:
        """What a source contributes: its scores in the blend's shape, what is taken at 0."""
        if kind == LIKENESS and not len(question.found.rows):
            return NOTHING  # what is like the cart itself would be no complement
        is_personal = question.customer is not None
        shape = self.settings.blend.shapes(len(question.cart), is_personal=is_personal).get(kind, AS_IT_IS)
        answer = NOTHING if shape == SILENT else self.sources[kind].candidates(question)
        if not len(answer.rows):
            return answer
        return self._allowed(Candidates(answer.rows, shape.of(answer.scores)), question, taken)

    def _allowed(self, answer: Candidates, question: Question, taken: Rows) -> Candidates:
        """`answer` with what is taken, and for a customer what is sensitive or no more needed, at 0."""
        if not len(answer.rows):
            return answer
        scores = np.array(answer.scores)
        places = answer.rows.searchsorted(taken)
        scores[places[answer.rows.take(places, mode="clip") == taken]] = 0
        if question.customer is not None:
            done = cast(OwnPurchases, self.sources[OWN_PURCHASES]).done(question.customer, answer.rows)
            if done is not None:
                scores[done] = 0
            sensitive = self.values.sensitive(answer.rows)
            if sensitive is not None:
                scores[sensitive] = 0
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
    """For each of `rows` the kind of the answer in which it scores most, the first of equals; nearest orders,
    of which nothing can be told, only where no other speaks.
    """
    if len(answers) == 1:
        return [*answers] * len(rows)
    kinds = list(answers)
    parts = np.stack([_scores_of(rows, answer) for answer in answers.values()])
    if NEAREST_ORDERS in answers:
        last = kinds.index(NEAREST_ORDERS)
        parts[last] = np.minimum(parts[last], QUIETEST)
    return [kinds[place] for place in parts.argmax(axis=0).tolist()]


def _scores_of(rows: npt.NDArray[np.integer[Any]], answer: Candidates) -> Scores:
    places = answer.rows.searchsorted(rows)
    known = answer.rows.take(places, mode="clip") == rows
    return np.where(known, answer.scores.take(places, mode="clip"), np.float32(0))
