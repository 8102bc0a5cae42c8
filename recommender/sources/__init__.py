"""The sources of candidates: one page each. Every one is `fit` on a History into arrays, and answers from
arrays.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, NamedTuple, Protocol, cast

import numpy as np
import numpy.typing as npt

from recommender.history import History
from recommender.identifiers import Ids, Rows
from recommender.reason import Reason
from recommender.settings import Settings

Arrays = Mapping[str, npt.NDArray[Any]]
Scores = npt.NDArray[np.float32]


class Candidates(NamedTuple):
    """A source's answer: `rows` (int32, ascending, each once) with `scores` (float32; what has 0 is not
    heard); where these are sums, of how many `parts` above 0.
    """

    rows: Rows
    scores: Scores
    parts: npt.NDArray[np.int64] | None = None


NOTHING = Candidates(np.zeros(0, np.int32), np.zeros(0, np.float32))


class Question(NamedTuple):
    """What is asked: the products in the cart, the customer's row where known, and, for the sources that are
    asked last, what was found so far.
    """

    cart: Rows
    customer: int | None = None
    found: Candidates = NOTHING


@dataclass(frozen=True)
class Tables:
    """The id tables that a source may name things by."""

    products: Ids
    categories: Ids


class Source(Protocol):
    """One way to find candidates."""

    kind: ClassVar[str]

    @staticmethod
    def fit(history: History, settings: Settings) -> dict[str, npt.NDArray[Any]]:
        """Learn: arrays by name, as they will lie in the artefact. The same history gives the same bytes."""

    def __init__(self, arrays: Arrays, tables: Tables, settings: Settings) -> None:
        """Answer from `arrays`, those of `fit` or the same read from a file."""

    def candidates(self, question: Question) -> Candidates:
        """Products that this source speaks for; what is in the cart may be among them."""

    def reasons(self, question: Question, rows: Rows) -> list[Reason]:
        """The reason why each of `rows`, all of them candidates for `question`, is one."""


def belonging(arrays: Arrays, kind: str) -> dict[str, npt.NDArray[Any]]:
    """Those of a model's `arrays` that are of one `kind`, by the names that its source gave them."""
    return {name.split("/")[1]: array for name, array in arrays.items() if name.split("/")[0] == kind}


def named(kind: str, arrays: Arrays) -> dict[str, npt.NDArray[Any]]:
    """The arrays of one `kind` by the names that they have among all of a model."""
    return {f"{kind}/{name}": array for name, array in arrays.items()}


def items(array: npt.NDArray[Any]) -> Sequence[Any]:
    """The same numbers, quicker to take one by one: an item costs a third of what it costs from an array."""
    return cast(Sequence[Any], memoryview(cast(Any, array)))


class Slices:
    """Where each row of a CSR has its entries, from the row pointer `starts`."""

    def __init__(self, starts: npt.NDArray[np.int64]) -> None:
        self._starts = items(starts)

    def __getitem__(self, row: int) -> slice:
        return slice(self._starts[row], self._starts[row + 1])

    def of(self, rows: Rows) -> list[slice]:
        """One slice for each of `rows`."""
        starts = self._starts
        return [slice(starts[row], starts[row + 1]) for row in rows.tolist()]


def parts(array: npt.NDArray[Any], slices: Sequence[slice]) -> list[npt.NDArray[Any]]:
    """The parts of `array`, not copied."""
    return [array[each] for each in slices]


def summed(rows: Rows, scores: Scores, *, counts_parts: bool = False) -> Candidates:
    """Each of `rows`, of which there is one at least, once, with the sum of its `scores`, and of how many
    above 0 it is, where that is wanted; ascending runs of rows make it fast.
    """
    order = rows.argsort(kind="stable")
    ascending = rows[order]
    firsts = is_first(ascending).nonzero()[0]
    scores = scores[order]
    n_parts = _n_parts(scores, firsts) if counts_parts else None
    return Candidates(ascending[firsts], np.add.reduceat(scores, firsts), n_parts)


def _n_parts(scores: Scores, firsts: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """How many of each run, which begin at `firsts`, are above 0: mostly all, which is told quicker."""
    if np.minimum.reduce(scores) <= 0:
        return np.asarray(np.add.reduceat(scores > 0, firsts, dtype=np.int64))
    lengths = np.empty_like(firsts)
    np.subtract(firsts[1:], firsts[:-1], out=lengths[:-1])
    lengths[-1] = len(scores) - firsts[-1]
    return lengths


def scores_of(rows: npt.NDArray[np.integer[Any]], answer: Candidates) -> Scores:
    """What `answer` gives each of `rows`; 0 where it does not know it."""
    places = answer.rows.searchsorted(rows)
    found = answer.scores.take(places, mode="clip")
    found[answer.rows.take(places, mode="clip") != rows] = 0
    return found


def least_of_best(scores: npt.NDArray[Any], most: int) -> float:
    """The least of the `most` greatest; 0 where there are no more than these."""
    if len(scores) <= most:
        return 0.0
    ascending = scores.copy()
    ascending.partition(-most)  # numpy's own function for the two takes twice as long for so few
    return float(ascending[-most])


def is_first(ascending: npt.NDArray[Any]) -> npt.NDArray[np.bool_]:
    """Whether each entry, of which there is one at least, differs from the one before it."""
    first = np.empty(len(ascending), dtype=bool)
    first[0] = True
    np.not_equal(ascending[1:], ascending[:-1], out=first[1:])
    return first


def row_starts(counts: npt.NDArray[Any]) -> npt.NDArray[np.int64]:
    """A CSR's row pointer (int64, n + 1) from the number of entries of each row."""
    starts = np.zeros(len(counts) + 1, dtype=np.int64)
    np.cumsum(counts, out=starts[1:])
    return starts


def rows_of(starts: npt.NDArray[Any]) -> npt.NDArray[np.int64]:
    """The row of each entry of a CSR with the row pointer `starts`."""
    return np.repeat(np.arange(len(starts) - 1), np.diff(starts))


def among_best(scores: npt.NDArray[Any], starts: npt.NDArray[Any], most: int) -> npt.NDArray[np.bool_]:
    """Whether each entry of a CSR is above 0 and of the `most` greatest of its row; of equals the first."""
    heard = (scores > 0).nonzero()[0]  # of many a few: only these are sorted
    row = rows_of(starts)[heard]
    order = heard[np.lexsort((-scores[heard], row))]
    firsts = row_starts(np.bincount(row, minlength=len(starts) - 1))
    best = np.zeros(len(scores), dtype=bool)
    best[order[np.arange(len(order)) - firsts[row] < most]] = True
    return best
