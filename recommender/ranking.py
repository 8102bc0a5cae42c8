"""Ranking: which products come back, in which order, and which source answers for each."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import cast

import numpy as np
import numpy.typing as npt

from recommender.blend import SILENT, Shape
from recommender.features import Features
from recommender.identifiers import Rows
from recommender.reason import (
    BOUGHT_TOGETHER,
    CATEGORY,
    COMPLEMENT,
    LIKENESS,
    NEXT_BASKET,
    OWN_PURCHASES,
    POPULAR,
)
from recommender.settings import Settings
from recommender.sources import (
    NOTHING,
    Candidates,
    Question,
    Scores,
    Source,
    least_of_best,
    scores_of,
    summed,
)
from recommender.sources.own_purchases import OwnPurchases
from recommender.trees import Correction
from recommender.values import Values

RANKED = (OWN_PURCHASES, BOUGHT_TOGETHER)
"""The sources that are ranked together by the blend, the best of it by the learned ranker."""
LADDER: tuple[tuple[str, ...], ...] = (
    (COMPLEMENT,),
    RANKED,
    (LIKENESS,),
    (NEXT_BASKET,),
    (CATEGORY,),
    (POPULAR,),
)
"""The steps, best first; the sources of one step are ranked together, a later step only fills what is
left. Likeness is asked about all that the step before it found: newcomers have no orders yet that could show
that they are better than what is known.
"""
LEARNED_RANKER = "learned_ranker"
"""What it adds is told under this name, beside what the sources add."""
SHORTLIST = 30
"""So many candidates are looked at by the learned ranker."""
AS_IT_IS = Shape(1.0, 0.0)
Places = npt.NDArray[np.int64]


@dataclass
class Ranked:
    """Products best first: `rows` and `scores`, the `kinds` of the sources that speak most for each; `found`:
    what likeness was asked about, `blended`: the same before the learned ranker spoke.
    """

    rows: list[int]
    scores: list[float]
    kinds: list[str]
    found: Candidates = NOTHING
    blended: Candidates = NOTHING


@dataclass(frozen=True)
class Ranker:
    """The sources of one model, asked in the order of LADDER."""

    sources: Mapping[str, Source]
    settings: Settings
    values: Values
    features: Features
    ladder: Sequence[Sequence[str]] = LADDER

    def question(self, cart: Rows, customer: int | None) -> Question:
        """What is asked with `cart`: for a known customer nothing sensitive steers."""
        rows = np.sort(cart)  # so that the order of the cart changes no sum in its last bit
        sensitive = None if customer is None else self.values.sensitive(rows)
        return Question(rows if sensitive is None else rows[~sensitive], customer)

    def rank(self, question: Question, left_out: Sequence[int], limit: int) -> Ranked:
        """The best `limit` products for `question`, none of `left_out` among them."""
        ranked = Ranked([], [], [])
        for step in self.ladder:
            if len(ranked.rows) >= limit:
                break
            self._add_best(ranked, question, step, left_out, limit - len(ranked.rows))
        return ranked

    def contributions(self, question: Question, row: int, ranked: Ranked) -> dict[str, float]:
        """What each source of the first step that knows `row` added to its score in `ranked`, and what the
        learned ranker did.
        """
        for step in self.ladder:
            if LIKENESS in step:
                question = question._replace(found=ranked.found)
            found = {kind: _score_of(row, answer) for kind, answer in self._heard(question, step).items()}
            if any(found.values()):
                if step == RANKED:
                    found[LEARNED_RANKER] = _score_of(row, ranked.found) - _score_of(row, ranked.blended)
                return {kind: score for kind, score in found.items() if score}
        return {}

    def _add_best(
        self, ranked: Ranked, question: Question, step: Sequence[str], left_out: Sequence[int], limit: int
    ) -> None:
        if LIKENESS in step:
            question = question._replace(found=ranked.found)
        heard = self._heard(question, step)
        if not heard:
            return
        taken = np.array([*left_out, *ranked.rows], dtype=np.int32)
        together = self._allowed(_together(heard), question, taken)
        among = None
        if step == RANKED:
            ranked.blended = together
            together, among = self._corrected(together, question, heard)
            ranked.found = together
        scores = self.values.of(together, is_personal=question.customer is not None)
        diversity = self.settings.diversity
        first = among if scores is together.scores else None
        best = _best(scores, len(scores) if diversity else limit, first)
        if diversity:
            best = best[self.values.mixed(together.rows[best], scores[best], diversity, limit)]
        rows = together.rows[best]
        ranked.rows.extend(rows.tolist())
        ranked.scores.extend(scores[best].tolist())
        ranked.kinds.extend(_greatest(heard, rows))

    def shortlist(self, question: Question) -> tuple[Candidates, npt.NDArray[np.float32]]:
        """What the learned ranker chooses among: the best candidates that the blend finds, best first,
        without what is in the cart, and their features.
        """
        heard = self._heard(question, RANKED)
        if not heard:
            return NOTHING, np.zeros((0, 0), dtype=np.float32)
        return self._shortlist(self._allowed(_together(heard), question, question.cart), question, heard)[1:]

    def _corrected(
        self, together: Candidates, question: Question, heard: Mapping[str, Candidates]
    ) -> tuple[Candidates, Places | None]:
        """`together`, the best as the learned ranker has them, and the places of these, if any; none falls
        behind those it never saw.
        """
        correction = self._corrections[question.customer is not None]
        if correction is None:
            return together, None
        places, best, looked_at = self._shortlist(together, question, heard)
        scores = np.array(together.scores)
        scores[places] = np.maximum(best.scores + correction.of(looked_at), best.scores[-1:])
        return Candidates(together.rows, scores), places

    def _shortlist(
        self, together: Candidates, question: Question, heard: Mapping[str, Candidates]
    ) -> tuple[Places, Candidates, npt.NDArray[np.float32]]:
        places = _top(together.scores, SHORTLIST)
        best = Candidates(together.rows[places], together.scores[places])
        return places, best, self.features.of(question, heard, best)

    @cached_property
    def _corrections(self) -> tuple[Correction | None, ...]:
        return tuple(Correction(each) if each.leaves else None for each in self.settings.blend.trees)

    def _heard(self, question: Question, step: Sequence[str]) -> dict[str, Candidates]:
        """By kind: what each source of a step that has an answer contributes."""
        is_personal = question.customer is not None
        shapes = self.settings.blend.shapes(len(question.cart), is_personal=is_personal)
        heard = {}
        for kind in step:
            answer = self._weighed(kind, question, shapes.get(kind, AS_IT_IS))
            if answer is not None:
                heard[kind] = answer
        return heard

    def _weighed(self, kind: str, question: Question, shape: Shape) -> Candidates | None:
        """A source's answer with its scores in the blend's `shape`, if it has any."""
        if shape == SILENT or (kind == LIKENESS and not len(question.found.rows)):
            return None  # what is like the cart itself would be no complement
        found = self.sources[kind].candidates(question)
        return None if not len(found.rows) else Candidates(found.rows, shape.of(found.scores), found.parts)

    def _allowed(self, answer: Candidates, question: Question, taken: Rows) -> Candidates:
        """`answer` with what is taken, and for a customer what is sensitive or no more needed, at 0."""
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


def _together(heard: Mapping[str, Candidates]) -> Candidates:
    """The sum of all answers, of which there is one at least."""
    answers = list(heard.values())
    if len(answers) == 1:
        return answers[0]
    rows = np.concatenate([answer.rows for answer in answers])
    return summed(rows, np.concatenate([answer.scores for answer in answers]))


def _best(scores: Scores, limit: int, first: Places | None) -> Places:
    """Places of the `limit` greatest scores above 0, greatest first; those of `first` before all others,
    which are at most as great, and equals among them in the order they have there.
    """
    if first is None:
        return _top(scores, limit)
    best = first[_top(scores[first], len(first))]
    if limit <= len(best):
        return best[:limit]
    others = np.array(scores)
    others[first] = 0
    return np.concatenate([best, _top(others, limit - len(best))])


def _top(scores: Scores, limit: int) -> Places:
    """Places of the `limit` greatest scores above 0, greatest first; ties go to the lower place."""
    least = least_of_best(scores, limit)
    kept = (scores >= least if least > 0 else scores > 0).nonzero()[0]
    return kept[(-scores[kept]).argsort(kind="stable")][:limit]


def _score_of(row: int, answer: Candidates) -> float:
    return float(scores_of(np.array([row]), answer)[0]) if len(answer.rows) else 0.0


def _greatest(answers: Mapping[str, Candidates], rows: Rows) -> list[str]:
    """For each of `rows` the kind of the answer in which it scores most, the first of equals."""
    kinds = list(answers)
    if len(kinds) == 1:
        return kinds * len(rows)
    parts = np.array([scores_of(rows, answer) for answer in answers.values()])
    return [kinds[place] for place in parts.argmax(axis=0).tolist()]
